"""Retiring a linkage epoch: the keyholder says so, the registrar hands the word in, and the register shows that nobody is lost.

* The word is the keyholder's, checked against the key of the settings before anything is signed. A later one must retire all that an earlier
  one did.
* It is refused while a live record has no evidence under any one epoch that stays, unless the registrar names how many records of which agency
  are given up. Then a second person must sign too.
* From then on evidence under a retired epoch is left out of whatever comes in, what is there is dropped in the background (`gateway.keys.renewal`),
  and connectors are told the word, which they believe by the keyholder's key alone. Links stay: they join records.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.keys.epoch_coverage import coverage, loss
from gateway.model.epoch_use import KeptWord
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_approve_connector, check_may_onboard
from identity.agency.keys import VerifyKey
from identity.agency.private_file import read_public
from identity.custody.epoch_word import MAX_WORD_BYTES, MOST_RETIRED, read
from mappings.canonical.codes import Mode
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

RETIRE = "epoch.retire"
_MEMBERS = frozenset({"mode", "serial", "active", "retired", "losing", "word"})
_LOST = frozenset({"agency", "records"})
_MOST_RECORDS = 1_000_000_000
_MOST_AGENCIES = 200


@dataclass(frozen=True, slots=True)
class Retired:
    """`epochs` are those that this word retired; `lost` how many records were given up for it."""

    epochs: tuple[str, ...]
    serial: int
    lost: int


def retired_epochs(uow: UnitOfWork) -> frozenset[str]:
    """The ids of those that the keyholder retired."""
    return frozenset(each.epoch for each in uow.epochs.retired())


def without(retired: frozenset[str]) -> Callable[[tuple[Evidence, ...]], tuple[Evidence, ...]]:
    """What is left of evidence when these epochs are dropped from it."""
    return lambda evidence: tuple(each for each in evidence if each.epoch not in retired)


def retire_content(
    office: Office, file: Path, keyholder: VerifyKey | None, mode: Mode, losing: Mapping[str, int]
) -> dict[str, Any]:
    """What is signed to retire epochs. Raises `Refused`, `KeyFault` before anything is signed."""
    if keyholder is None:
        raise Refused(
            "the settings do not name the keyholder's public key, so nobody can say whether this word is theirs; set keyholder_public_file"
        )
    document = read_public(file).strip()
    word = read(document, keyholder)
    if word.partnership != office.partnership or word.mode is not mode:
        raise Refused("this word is for another partnership, or for the other mode; live and trial never mix")
    content = {
        "mode": word.mode.value,
        "serial": word.serial,
        "active": list(word.active),
        "retired": list(word.retired),
        "losing": [{"agency": agency, "records": records} for agency, records in sorted(losing.items())],
        "word": document.decode("ascii"),
    }
    _accepted(content)
    return content


def retire(unit: UnitOfWork, change: VerifiedChange) -> Retired:
    """Carry out a verified `epoch.retire`. Raises `Refused`."""
    read_content = Content("epoch retirement", change.content, _MEMBERS)
    mode, serial = read_content.code("mode", Mode), read_content.whole("serial", 1, MOST_RETIRED)
    active, named = read_content.texts("active", 40), read_content.texts("retired", 40)
    word = read_content.text("word", MAX_WORD_BYTES).encode("ascii", "replace")
    known = retired_epochs(unit)
    _check_follows(unit.epochs.word(mode), serial, named, known)
    lost = _check_covered(unit, active, _accepted(change.content))
    fresh = tuple(epoch for epoch in named if epoch not in known)
    for epoch in fresh:
        unit.epochs.retire(epoch, change.at)
        record(unit, change, "epoch-retired", epoch=epoch, serial=serial, losing=lost)
    unit.epochs.keep_word(KeptWord(mode, serial, word))
    unit.renewals.save(unit.renewals.state().from_the_beginning())
    return Retired(fresh, serial, lost)


def gives_something_up(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Whether a second person must sign: somebody's records are given up. Raises `Refused`."""
    return bool(_accepted(content))


def _check_follows(kept: KeptWord | None, serial: int, named: Sequence[str], known: frozenset[str]) -> None:
    if (kept is not None and serial < kept.serial) or not known <= set(named):
        raise Refused(
            "this word of the keyholder is older than the last one, or takes something back; a retired epoch never returns"
        )


def _check_covered(unit: UnitOfWork, active: Sequence[str], accepted: Mapping[AgencyId, int]) -> int:
    lost = loss(coverage(unit.epochs.uses()), active)
    if any(records > accepted.get(agency, 0) for agency, records in lost.records.items()):
        counts = ", ".join(f"{agency}={records}" for agency, records in lost.records.items())
        options = " ".join(f"--losing {agency}={records}" for agency, records in lost.records.items())
        raise Refused(
            f"live records without evidence under {lost.successor} would be lost to matching: {counts}. Wait until their connectors have "
            f"stated them again (patchwork epoch coverage), or give them up with: {options}"
        )
    return sum(lost.records.values())


def _accepted(content: Mapping[str, Any]) -> dict[AgencyId, int]:
    listed = content.get("losing")
    if (
        not isinstance(listed, list)
        or len(listed) > _MOST_AGENCIES
        or not all(isinstance(each, dict) for each in listed)
    ):
        raise Refused("epoch retirement: losing must be a list of agencies with their records")
    read_each = [Content("epoch retirement: losing", each, _LOST) for each in listed]
    return {each.identifier("agency", AgencyId): each.whole("records", 1, _MOST_RECORDS) for each in read_each}


EXECUTORS = {RETIRE: Executor(check_may_onboard, check_may_approve_connector, gives_something_up, retire)}
