"""A sealed epoch with its address on the outside, so that a gateway which cannot open it can still tell whom it is for and that
the keyholder sent it.

The keyholder signs (JWS, Ed25519) a statement that names the connector, its encryption key, the epoch, the mode and the
partnership, and holds the sealed epoch. The connector never needs it: what it believes is the signature *inside* the seal
(`sealed_epoch`).
"""

import json
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, SigningKey, VerifyKey
from identity.custody.epoch import LinkageEpoch
from identity.custody.sealed_epoch import MAX_SEALED_BYTES, addressee, seal
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, KeyId, PartnershipId

MAX_ADDRESSED_BYTES = 2 * MAX_SEALED_BYTES
_FORM = "patchwork-addressed-epoch/1"
_HEADER = {"alg": "Ed25519", "typ": "patchwork-addressed-epoch+jws"}
_MEMBERS = frozenset({"form", "connector", "encryption", "epoch", "mode", "partnership", "sealed"})


class InvalidAddressedEpoch(KeyFault):
    """This is not a sealed epoch that may be passed on. The message names the way out."""


@dataclass(frozen=True, slots=True)
class AddressedEpoch:
    """Whom it is for, and the blob. `encryption` is the key it is sealed to."""

    connector: ConnectorId
    encryption: KeyId
    epoch: str
    mode: Mode
    partnership: PartnershipId
    sealed: bytes


def address(epoch: LinkageEpoch, to: PublicKeys, signer: SigningKey) -> bytes:
    """The epoch sealed to `to`, with the address around it, signed; compact JWS."""
    statement = {
        "form": _FORM,
        "connector": to.owner,
        "encryption": to.encryption.id.value,
        "epoch": epoch.id,
        "mode": epoch.mode.value,
        "partnership": epoch.partnership.value,
        "sealed": seal(epoch, to, signer).decode("ascii"),
    }
    header = {**_HEADER, "kid": signer.id.value}
    return jws.serialize_compact(header, json.dumps(statement).encode(), signer.jose, algorithms=["Ed25519"]).encode()


def read_addressed(data: bytes, keyholder: VerifyKey) -> AddressedEpoch:
    """What is signed by this keyholder. Raises `InvalidAddressedEpoch`."""
    if len(data) > MAX_ADDRESSED_BYTES:
        raise InvalidAddressedEpoch(f"an addressed linkage epoch is at most {MAX_ADDRESSED_BYTES} bytes")
    try:
        opened = jws.deserialize_compact(data.strip(), keyholder.jose, algorithms=["Ed25519"])
        if opened.headers() != {**_HEADER, "kid": keyholder.id.value}:
            raise ValueError
        return _read(json.loads(opened.payload or b""))
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise InvalidAddressedEpoch(
            "this is not a linkage epoch that the keyholder addressed and signed; make it with: patchwork-keyholder epoch "
            "seal EPOCH --to FILE --relay -o OUT, and check that the keyholder's public key here is the right one"
        ) from None


def _read(statement: Any) -> AddressedEpoch:
    if not isinstance(statement, dict) or set(statement) != _MEMBERS or statement["form"] != _FORM:
        raise ValueError
    epoch, sealed = statement["epoch"], statement["sealed"].encode("ascii")
    encryption = KeyId(statement["encryption"])
    if not isinstance(epoch, str) or not 1 <= len(epoch) <= 40 or addressee(sealed) != encryption:
        raise ValueError
    return AddressedEpoch(
        ConnectorId(statement["connector"]),
        encryption,
        epoch,
        Mode(statement["mode"]),
        PartnershipId(statement["partnership"]),
        sealed,
    )
