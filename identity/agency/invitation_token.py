"""An invitation as it is handed from the registrar to an agency: one line of text that can be copied.

    patchwork-invitation-1.<base64url of a JSON object>.<8 hexadecimal digits>

* It holds a secret of 256 bits, good for one enrolment until it expires. Whoever has the text can use it, so it is kept like a
  password; the gateway keeps only a hash of the secret.
* It names the gateway's keys by their thumbprints: what the gateway hands out at enrolment is believed only if it is these.
* The digits at its end show a mistake in copying at once. They protect against nothing else.
"""

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from identity.agency.enrolment_keys import MOST_AGENCIES
from identity.agency.faults import KeyFault
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, KeyId, MessageId, PartnershipId

PREFIX = "patchwork-invitation-1"
SECRET_BYTES = 32
MAX_INVITATION_BYTES = 24 * 1024
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_HASHED = b"patchwork-invitation-secret/1\n"


class InvalidInvitation(KeyFault):
    """The text is not a whole invitation. The message names the way out and repeats nothing of the text."""


@dataclass(frozen=True, slots=True)
class InvitationToken:
    """`gateway_signing` and `gateway_encryption` are thumbprints, and so is `keyholder` (None where the gateway does not know
    the keyholder's key). `carrier` is https or amqp. `secret` is base64url and never shown."""

    id: MessageId
    url: str
    partnership: PartnershipId
    mode: Mode
    home: GatewayId
    connector: ConnectorId
    agencies: tuple[AgencyId, ...]
    carrier: str
    gateway_signing: KeyId
    gateway_encryption: KeyId
    keyholder: KeyId | None
    expires_at: datetime
    secret: str

    def __repr__(self) -> str:
        return f"InvitationToken({self.id}, {self.connector})"


_MEMBERS = frozenset(field.name for field in fields(InvitationToken))


def new_secret() -> str:
    """256 random bits, base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What the gateway keeps. The secret is random and long, so that a plain hash cannot be searched."""
    return hashlib.sha256(_HASHED + secret.encode()).hexdigest()


def write(token: InvitationToken) -> str:
    """The text to hand over."""
    members: dict[str, Any] = {
        "id": token.id.value,
        "url": token.url,
        "partnership": token.partnership.value,
        "mode": token.mode.value,
        "home": token.home.value,
        "connector": token.connector.value,
        "agencies": [agency.value for agency in token.agencies],
        "carrier": token.carrier,
        "gateway_signing": token.gateway_signing.value,
        "gateway_encryption": token.gateway_encryption.value,
        "keyholder": token.keyholder.value if token.keyholder else None,
        "expires_at": token.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
        "secret": token.secret,
    }
    text = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    body = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return f"{PREFIX}.{body}.{_check(body)}"


def read(text: str) -> InvitationToken:
    """The invitation in the text, whatever line breaks and spaces came into it on the way. Raises `InvalidInvitation`."""
    whole = "".join(text.split())
    if len(whole) > MAX_INVITATION_BYTES:
        raise InvalidInvitation(
            "this is longer than any invitation; give the text that the registrar sent, and only that"
        )
    parts = whole.split(".")
    if len(parts) != 3 or not whole.isascii() or parts[0] != PREFIX:
        raise InvalidInvitation(f"this is not an invitation: expected one line that begins with {PREFIX}.")
    if parts[2].lower() != _check(parts[1]):
        raise InvalidInvitation(
            "the invitation was not copied whole; copy it again from its first to its last character"
        )
    try:
        members = json.loads(base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True))
        if not isinstance(members, dict) or set(members) != _MEMBERS:
            raise ValueError
        return _read(members)
    except (ValueError, TypeError, RecursionError):
        raise InvalidInvitation("the invitation is damaged; ask the registrar for a new one") from None


def _read(members: dict[str, Any]) -> InvitationToken:
    agencies, keyholder, secret, url = members["agencies"], members["keyholder"], members["secret"], members["url"]
    if not isinstance(agencies, list) or not 1 <= len(agencies) <= MOST_AGENCIES:
        raise ValueError
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret) or not isinstance(url, str) or len(url) > 300:
        raise ValueError
    expires_at = datetime.fromisoformat(members["expires_at"])
    if expires_at.tzinfo is None or members["carrier"] not in ("https", "amqp"):
        raise ValueError
    return InvitationToken(
        id=MessageId(members["id"]),
        url=url,
        partnership=PartnershipId(members["partnership"]),
        mode=Mode(members["mode"]),
        home=GatewayId(members["home"]),
        connector=ConnectorId(members["connector"]),
        agencies=tuple(AgencyId(agency) for agency in agencies),
        carrier=members["carrier"],
        gateway_signing=KeyId(members["gateway_signing"]),
        gateway_encryption=KeyId(members["gateway_encryption"]),
        keyholder=None if keyholder is None else KeyId(keyholder),
        expires_at=expires_at,
        secret=secret,
    )


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:8]
