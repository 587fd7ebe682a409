"""The keyholder's word about the linkage epochs: which are in use, and which are over. Signed, public, and never taken back.

A word is a JWS (`identity.agency.sealing`) of a type of its own, for one partnership and one mode. It names every epoch that was ever retired,
so that the latest word is all anybody needs; `serial` counts them. Whoever has taken one in never goes back to an earlier one, nor to one that
leaves a retired epoch out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from identity.agency.faults import EnvelopeFault, KeyFault
from identity.agency.key_ring import directory_of
from identity.agency.keys import SigningKey, VerifyKey
from identity.agency.sealing import sign, verify
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import InvalidIdentifier, PartnershipId

MAX_WORD_BYTES = 16 * 1024
MOST_RETIRED = 200
_FORM = "patchwork-epochs/1"
_TYP = "patchwork-epochs+jws"
_MEMBERS = frozenset({"form", "partnership", "mode", "serial", "active", "retired", "issued_at"})


class InvalidEpochWord(KeyFault):
    """This is not the keyholder's word, or not one that may follow the last. The message names the way out."""


@dataclass(frozen=True, slots=True)
class EpochWord:
    """`active` and `retired` are ids of epochs, in order."""

    partnership: PartnershipId
    mode: Mode
    serial: int
    active: tuple[str, ...]
    retired: tuple[str, ...]
    issued_at: datetime


def issue(word: EpochWord, signer: SigningKey) -> bytes:
    """The word, signed; compact JWS."""
    said = {
        "form": _FORM,
        "partnership": word.partnership.value,
        "mode": word.mode.value,
        "serial": word.serial,
        "active": list(word.active),
        "retired": list(word.retired),
        "issued_at": word.issued_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return sign(json.dumps(said, sort_keys=True).encode(), signer, _TYP)


def read(document: bytes, keyholder: VerifyKey) -> EpochWord:
    """What this keyholder said. Raises `InvalidEpochWord`."""
    if len(document) > MAX_WORD_BYTES:
        raise InvalidEpochWord(f"a word about linkage epochs is at most {MAX_WORD_BYTES} bytes")
    try:
        return _read(json.loads(verify(document.strip(), directory_of(keyholder), _TYP).payload))
    except (EnvelopeFault, InvalidIdentifier, ValueError, TypeError, KeyError, RecursionError):
        raise InvalidEpochWord(
            "this is not a word about linkage epochs signed by the keyholder; have it made with: patchwork-keyholder epoch retire EPOCH "
            "-o OUT, and check that the keyholder's public key here is the right one"
        ) from None


def check_follows(word: EpochWord, last_serial: int, last_retired: Sequence[str]) -> None:
    """Raises `InvalidEpochWord` unless everything that was retired still is."""
    if word.serial < last_serial or not set(last_retired) <= set(word.retired):
        raise InvalidEpochWord(
            "this word about linkage epochs is older than the last one, or takes something back; a retired epoch never returns"
        )


def _read(said: object) -> EpochWord:
    if not isinstance(said, dict) or set(said) != _MEMBERS or said["form"] != _FORM:
        raise ValueError
    active, retired = _ids(said["active"]), _ids(said["retired"])
    issued_at = datetime.fromisoformat(said["issued_at"])
    counted = type(said["serial"]) is int and said["serial"] == len(retired)
    if not counted or not active or set(active) & set(retired) or issued_at.tzinfo is None:
        raise ValueError
    return EpochWord(PartnershipId(said["partnership"]), Mode(said["mode"]), said["serial"], active, retired, issued_at)


def _ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_RETIRED or len(set(map(str, value))) != len(value):
        raise ValueError
    if not all(isinstance(each, str) and 1 <= len(each) <= 40 for each in value):
        raise ValueError
    return tuple(value)
