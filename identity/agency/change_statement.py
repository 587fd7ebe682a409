"""A change of the gateway's register as a person signs it: what is done, to what, when, where, once.

It is signed at the gateway's terminal or, by a steward, on a machine that never touches the gateway; so its form stands here. What is believed
of it, and who may sign what, is the gateway's matter (`gateway.trust.signed_change`, `gateway.trust.operators`).

The statement is canonical JSON (keys sorted, no spaces, UTF-8) of exactly six members. The Ed25519 signature (RFC 8032) covers `DOMAIN` and the
statement's SHA-256 digest, so that the audit, which keeps only digest and signature, can still be checked against the signer's key.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.agency.keys import SigningKey
from mappings.canonical.identifiers import KeyId, PartnershipId

DOMAIN = b"patchwork-signed-change/1\n"
FORM = "patchwork-change/1"


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
    return sign_statement(statement, key)


def sign_statement(statement: bytes, key: SigningKey) -> SignedChange:
    """These very bytes, signed."""
    return SignedChange(statement, key.id, key.raw.sign(signed_bytes(statement)))


def signed_bytes(statement: bytes) -> bytes:
    """What the signature covers."""
    return DOMAIN + hashlib.sha256(statement).digest()
