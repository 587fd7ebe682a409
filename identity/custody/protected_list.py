"""The list of protected places as it leaves the keyholder's machine: tokens under one epoch, signed; no address in it.

The keyholder reads a CSV with the headings `address`, `town` and `postcode` (a place may have one of address and postcode alone), and signs
(JWS, Ed25519) the epoch, mode, partnership and tokens. Whoever holds the linkage key could try addresses against it, as against any
evidence; the gateway does not, and keeps it sealed.
"""

import base64
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey, VerifyKey
from identity.custody.epoch import LinkageEpoch
from identity.person.address_standard import standard_location
from identity.person.protected_place import ProtectedTokens
from identity.person.standard_person import StandardLocation
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.evidence import TOKEN_BYTES
from mappings.canonical.identifiers import PartnershipId
from mappings.canonical.person import Address

MOST_PLACES = 2_000
MAX_CSV_BYTES = 1024 * 1024
MAX_LIST_BYTES = 32 * 1024 * 1024
_FORM = "patchwork-protected-places/1"
_HEADER = {"alg": "Ed25519", "typ": "patchwork-protected-places+jws"}
_HEADINGS = ("address", "town", "postcode")
_MEMBERS = frozenset({"form", "epoch", "mode", "partnership", "places", "blocks"})


class _Registry(jws.JWSRegistry):
    max_payload_length = MAX_LIST_BYTES


_registry = _Registry(algorithms=["Ed25519"])


class InvalidProtectedList(KeyFault):
    """This is not a list of protected places that may be used. The message names the way out."""


@dataclass(frozen=True, slots=True, repr=False)
class ProtectedList:
    """What the keyholder says is protected under one epoch."""

    epoch: str
    mode: Mode
    partnership: PartnershipId
    tokens: ProtectedTokens


def read_places(path: Path) -> list[StandardLocation]:
    """The places of the keyholder's own CSV. Raises `InvalidProtectedList`, naming the row."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CSV_BYTES + 1)
        if len(data) > MAX_CSV_BYTES:
            raise InvalidProtectedList(
                f"{path} is larger than {MAX_CSV_BYTES} bytes; split it, and keep to {MOST_PLACES} places"
            )
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except OSError as problem:
        raise InvalidProtectedList(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, csv.Error):
        raise InvalidProtectedList(
            f"{path} is not CSV in UTF-8; save it as CSV with the headings {', '.join(_HEADINGS)}"
        ) from None
    if not rows or set(rows[0]) != set(_HEADINGS):
        raise InvalidProtectedList(f"{path} must have exactly the headings {', '.join(_HEADINGS)}, and a row a place")
    if len(rows) > MOST_PLACES:
        raise InvalidProtectedList(f"{path} has more than {MOST_PLACES} places")
    return [_place(path, number, row) for number, row in enumerate(rows, 2)]


def make(epoch: LinkageEpoch, places: list[StandardLocation], signer: SigningKey) -> bytes:
    """The tokens of these places under the epoch, signed; compact JWS."""
    tokens = KeyedTokeniser(epoch).protected(places)
    statement = {
        "form": _FORM,
        "epoch": epoch.id,
        "mode": epoch.mode.value,
        "partnership": epoch.partnership.value,
        "places": _packed(tokens.places),
        "blocks": _packed(tokens.blocks),
    }
    header = {**_HEADER, "kid": signer.id.value}
    return jws.serialize_compact(header, json.dumps(statement).encode(), signer.jose, algorithms=["Ed25519"]).encode()


def read(data: bytes, keyholder: VerifyKey) -> ProtectedList:
    """What this keyholder signed. Raises `InvalidProtectedList`."""
    if len(data) > MAX_LIST_BYTES:
        raise InvalidProtectedList(f"a list of protected places is at most {MAX_LIST_BYTES} bytes")
    try:
        opened = jws.deserialize_compact(data.strip(), keyholder.jose, registry=_registry)
        if opened.headers() != {**_HEADER, "kid": keyholder.id.value}:
            raise ValueError
        return _read(json.loads(opened.payload or b""))
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise InvalidProtectedList(
            "this is not a list of protected places that the keyholder signed; make it with: patchwork-keyholder protect "
            "ADDRESSES.csv --epoch EPOCH -o OUT, and check that the keyholder's public key here is the right one"
        ) from None


def _place(path: Path, number: int, row: dict[str, Any]) -> StandardLocation:
    # A row with more cells than headings has them under None.
    cells = {name: row.get(name) or "" for name in _HEADINGS}
    place = None
    if None not in row:
        place = standard_location(
            Address((cells["address"],) if cells["address"] else (), cells["town"], cells["postcode"])
        )
    if place is None or not (place.postcode or place.address):
        raise InvalidProtectedList(f"{path} row {number}: a place needs a postcode or an address that can be read")
    return place


def _packed(tokens: frozenset[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(tokens))).decode("ascii")


def _unpacked(text: Any) -> frozenset[bytes]:
    data = base64.b64decode(text, validate=True)
    if len(data) % TOKEN_BYTES:
        raise ValueError
    return frozenset(data[start : start + TOKEN_BYTES] for start in range(0, len(data), TOKEN_BYTES))


def _read(statement: Any) -> ProtectedList:
    if not isinstance(statement, dict) or set(statement) != _MEMBERS or statement["form"] != _FORM:
        raise ValueError
    epoch = statement["epoch"]
    if not isinstance(epoch, str) or not 1 <= len(epoch) <= 40:
        raise ValueError
    tokens = ProtectedTokens(_unpacked(statement["places"]), _unpacked(statement["blocks"]))
    return ProtectedList(epoch, Mode(statement["mode"]), PartnershipId(statement["partnership"]), tokens)
