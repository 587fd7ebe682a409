"""The list of stewards to whom agencies seal details, and the list of DPOs to whom the gateway seals disclosure records; signed by the keyholder.

The gateway passes it on. It must not be the one that vouches for it: whoever names the stewards can read the details. A connector believes
the keyholder alone, whose key it has pinned, and never goes back to an older list.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from identity.agency import sealing
from identity.agency.faults import EnvelopeFault, KeyFault
from identity.agency.key_ring import directory_of
from identity.agency.keys import EncryptKey, SigningKey, VerifyKey
from identity.agency.sealed_details import MAX_STEWARDS
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

MAX_LIST_BYTES: Final = 16 * 1024
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


class InvalidStewardList(KeyFault):
    """This is not a list of stewards that the pinned keyholder signed for us. The message names the way out."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Whose list it is: one kind is never taken for another. `word` is what refusals call them."""

    form: str
    typ: str
    member: str
    word: str


STEWARDS: Final = Readers("patchwork-stewards/1", "patchwork-stewards+jws", "stewards", "stewards")
DPOS: Final = Readers("patchwork-dpos/1", "patchwork-dpos+jws", "dpos", "data protection officers")


@dataclass(frozen=True, slots=True)
class Steward:
    """`name` is the steward's work name; `key` is what details are sealed to."""

    name: str
    key: EncryptKey


@dataclass(frozen=True, slots=True)
class StewardList:
    """For one partnership and mode. A later `issued_at` takes the place of an earlier one. No stewards: nothing is sealed any more."""

    partnership: PartnershipId
    mode: Mode
    issued_at: datetime
    stewards: tuple[Steward, ...]


def sign_list(listed: StewardList, signer: SigningKey, readers: Readers = STEWARDS) -> bytes:
    """The list as the keyholder hands it out. Raises `InvalidStewardList` for too many, or two of one name."""
    _check(listed.stewards, readers)
    document = {
        "form": readers.form,
        "partnership": listed.partnership.value,
        "mode": listed.mode.value,
        "issued_at": listed.issued_at.astimezone(UTC).isoformat(timespec="seconds"),
        readers.member: [steward_document(each) for each in listed.stewards],
    }
    return sealing.sign(json.dumps(document).encode(), signer, readers.typ)


def read_list(
    data: bytes, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode, readers: Readers = STEWARDS
) -> StewardList:
    """What this keyholder signed for this partnership and mode. Raises `InvalidStewardList`."""
    if len(data) > MAX_LIST_BYTES:
        raise InvalidStewardList(f"a list of {readers.word} is at most {MAX_LIST_BYTES} bytes")
    try:
        document = json.loads(sealing.verify(data.strip(), directory_of(keyholder), readers.typ).payload)
        listed = _read(document, readers)
    except (EnvelopeFault, KeyFault, ValueError, TypeError, KeyError, RecursionError):
        raise InvalidStewardList(
            f"the list of {readers.word} is not signed by the keyholder whose key is pinned here; compare its fingerprint with the keyholder"
        ) from None
    if (listed.partnership, listed.mode) != (partnership, mode):
        raise InvalidStewardList(f"this list of {readers.word} is for another partnership, or for the other mode")
    return listed


def steward_document(steward: Steward) -> dict[str, Any]:
    """The public half of a steward's key, as it is handed to the keyholder."""
    return {"steward": steward.name, "encryption": steward.key.to_jwk()}


def steward_from(document: object) -> Steward:
    """The reverse of `steward_document`. Raises `KeyFault`."""
    if not isinstance(document, dict) or set(document) != {"steward", "encryption"}:
        raise KeyFault('a steward\'s public key is a JSON object with exactly "steward" and "encryption"')
    name = document["steward"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise KeyFault("a steward's name must be 2 to 40 of a-z, 0-9 and -, beginning with a letter")
    return Steward(name, EncryptKey.from_jwk(document["encryption"]))


def _read(document: Any, readers: Readers) -> StewardList:
    members = {"form", "partnership", "mode", "issued_at", readers.member}
    if set(document) != members or document["form"] != readers.form:
        raise ValueError
    issued_at = datetime.fromisoformat(document["issued_at"])
    if issued_at.utcoffset() is None:
        raise ValueError
    stewards = tuple(steward_from(each) for each in document[readers.member])
    _check(stewards, readers)
    return StewardList(PartnershipId(document["partnership"]), Mode(document["mode"]), issued_at, stewards)


def _check(stewards: Sequence[Steward], readers: Readers) -> None:
    if len(stewards) > MAX_STEWARDS:
        raise InvalidStewardList(f"a list names at most {MAX_STEWARDS} {readers.word}")
    if len({each.name for each in stewards}) != len(stewards) or len({each.key.id for each in stewards}) != len(
        stewards
    ):
        raise InvalidStewardList(f"a list of {readers.word} names everybody, and every key, once")
