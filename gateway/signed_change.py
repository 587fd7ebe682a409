"""A change of the register as an operator signs it: what is done, to what, when, where, once.

The statement is canonical JSON (keys sorted, no spaces, UTF-8) of exactly six members, and those bytes are what is
carried out: bytes go in, a verified change comes out. The Ed25519 signature (RFC 8032) covers `DOMAIN` and the
statement's SHA-256 digest, so that the audit, which keeps only digest and signature, can still be checked against the
operator's key.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.refused import Refused
from identity.agency.keys import SigningKey, VerifyKey
from mappings.canonical.identifiers import KeyId, PartnershipId

DOMAIN = b"patchwork-signed-change/1\n"
FORM = "patchwork-change/1"
MAX_STATEMENT_BYTES = 64 * 1024
_MEMBERS = frozenset({"form", "action", "content", "partnership", "at", "nonce"})


@dataclass(frozen=True, slots=True)
class ChangeStatement:
    """`action` is a noun and a verb such as `agency.add`; `content` is JSON; `nonce` makes the statement good once."""

    action: str
    content: Mapping[str, Any]
    partnership: PartnershipId
    at: datetime
    nonce: str

    def to_bytes(self) -> bytes:
        """The exact bytes that are signed."""
        document = {
            "form": FORM,
            "action": self.action,
            "content": dict(self.content),
            "partnership": self.partnership.value,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "nonce": self.nonce,
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class SignedChange:
    """A statement's bytes with the signature of the key `key` over them. Not yet believed."""

    statement: bytes
    key: KeyId
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the statement, hex."""
        return hashlib.sha256(self.statement).hexdigest()


def sign_change(
    action: str, content: Mapping[str, Any], partnership: PartnershipId, at: datetime, key: SigningKey
) -> SignedChange:
    """A new statement with a fresh nonce, signed."""
    statement = ChangeStatement(action, content, partnership, at, secrets.token_hex(16)).to_bytes()
    return SignedChange(statement, key.id, key.raw.sign(_signed_bytes(statement)))


def co_sign(statement: bytes, key: SigningKey) -> SignedChange:
    """The same bytes, signed by another key. Raises `Refused` for bytes that are no statement: nobody signs what cannot be read."""
    read_statement(statement)
    return SignedChange(statement, key.id, key.raw.sign(_signed_bytes(statement)))


def is_signed_by(change: SignedChange, key: VerifyKey) -> bool:
    """Whether this key made this signature over this statement."""
    from cryptography.exceptions import InvalidSignature

    if change.key != key.id:
        return False
    try:
        key.raw.verify(change.signature, _signed_bytes(change.statement))
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


def _signed_bytes(statement: bytes) -> bytes:
    return DOMAIN + hashlib.sha256(statement).digest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError
    return value
