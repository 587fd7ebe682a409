"""A change of the register as an operator signed it: bytes go in, a statement comes out. Its form stands in
`identity.agency.change_statement`; those bytes are what is carried out.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.refused import Refused
from identity.agency.change_statement import (
    DOMAIN,
    FORM,
    ChangeStatement,
    SignedChange,
    sign_change,
    sign_statement,
    signed_bytes,
)
from identity.agency.keys import SigningKey, VerifyKey
from mappings.canonical.identifiers import PartnershipId

__all__ = ["DOMAIN", "ChangeStatement", "SignedChange", "co_sign", "is_signed_by", "read_statement", "sign_change"]

MAX_STATEMENT_BYTES = 64 * 1024
_MEMBERS = frozenset({"form", "action", "content", "partnership", "at", "nonce"})


def co_sign(statement: bytes, key: SigningKey) -> SignedChange:
    """The same bytes, signed by another key. Raises `Refused` for bytes that are no statement: nobody signs what cannot be read."""
    read_statement(statement)
    return sign_statement(statement, key)


def is_signed_by(change: SignedChange, key: VerifyKey) -> bool:
    """Whether this key made this signature over this statement."""
    from cryptography.exceptions import InvalidSignature

    if change.key != key.id:
        return False
    try:
        key.raw.verify(change.signature, signed_bytes(change.statement))
    except InvalidSignature:
        return False
    return True


def read_statement(data: bytes) -> ChangeStatement:
    """The statement in bytes whose signature was verified. Raises `Refused` unless they are exactly what `to_bytes`
    makes."""
    if len(data) > MAX_STATEMENT_BYTES:
        raise Refused(f"the signed change is larger than {MAX_STATEMENT_BYTES} bytes; split it into smaller changes")
    try:
        document = json.loads(data)
        if not isinstance(document, dict) or set(document) != _MEMBERS or document["form"] != FORM:
            raise ValueError
        statement = ChangeStatement(
            _text(document["action"]),
            _object(document["content"]),
            PartnershipId(document["partnership"]),
            datetime.fromisoformat(_text(document["at"])),
            _text(document["nonce"]),
        )
        if statement.at.utcoffset() is None or not 16 <= len(statement.nonce) <= 64 or statement.to_bytes() != data:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise Refused(
            "the signed change is not a statement of this form; sign it with this version of patchwork"
        ) from None
    return statement


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError
    return value
