"""Comparing the audit with what agencies hold of it: the one thing that whoever has the database, the checkpoints and the signing key cannot rewrite.

* What an agency was told of must be a checkpoint that is there and that the chain fits. Where it is not there, it was taken away or written
  anew; where the chain does not fit, the chain was.
* A chain that is written anew and signed anew fits checkpoints that nobody was told of. So only witnessed ones count here. One that fits says that
  nothing up to its event was written anew since it was told; what stands after it may have been.
* On one day everybody is told of the same checkpoint. Two of one day mean that the gateway told agencies different things, or that a file was
  changed since.
* A witness is its agency's word, not a proof by itself: that several agencies hold the same is what is hard to explain away.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from itertools import groupby

from gateway.audit.checkpoints import Kept
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.witness import ToldCheckpoint, Witness


@dataclass(frozen=True, slots=True)
class WitnessFinding:
    """On `told_on` these agencies were told of a checkpoint made on `made_on`, and `problem` says what is wrong with it. `after` is the last event
    of the chain that something told of before still fits: 0 where nothing does."""

    told_on: date
    made_on: date
    agencies: tuple[AgencyId, ...]
    after: int
    problem: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What was told on `days` fits; `agencies` is how many hold anything, `up_to` the event of the last that fits. Whatever does not is in
    `findings`, by day."""

    days: int
    agencies: int
    up_to: int
    findings: tuple[WitnessFinding, ...] = ()


def compare(witnesses: Iterable[Witness], fitting: Mapping[str, Kept], there: Collection[str]) -> Compared:
    """Those of one side. `fitting` are the checkpoints that the chain fits, by digest; `there` the digests of all that are in the folder."""
    days, agencies, up_to = 0, set[AgencyId](), 0
    findings: list[WitnessFinding] = []
    for told_on, of_day in groupby(sorted(witnesses, key=_order), key=lambda each: each.told_on):
        told = _by_checkpoint(of_day)
        wrong = [_problem(each, fitting, there) for each in told]
        if len(told) > 1:
            several = f"agencies were told of {len(told)} different checkpoints on one day"
            wrong = [f"{several}; {each}" if each else several for each in wrong]
        for (each, whose), problem in zip(told.items(), wrong, strict=True):
            if problem:
                findings.append(WitnessFinding(told_on, each.made_on, whose, up_to, problem))
        fit = [fitting[each.digest].seq for each in told if each.digest in fitting]
        up_to = max([up_to, *fit])
        days += not any(wrong)
        agencies.update(*told.values())
    return Compared(days, len(agencies), up_to, tuple(findings))


def _order(witness: Witness) -> tuple[date, date, str, str]:
    return witness.told_on, witness.told.made_on, witness.told.digest, witness.agency.value


def _by_checkpoint(of_day: Iterable[Witness]) -> dict[ToldCheckpoint, tuple[AgencyId, ...]]:
    """Who was told of which, on one day; in the order of `_order`."""
    told: dict[ToldCheckpoint, list[AgencyId]] = {}
    for each in of_day:
        told.setdefault(each.told, []).append(each.agency)
    return {what: tuple(dict.fromkeys(whose)) for what, whose in told.items()}


def _problem(told: ToldCheckpoint, fitting: Mapping[str, Kept], there: Collection[str]) -> str:
    kept = fitting.get(told.digest)
    if kept is None:
        return _UNFIT if told.digest in there else _MISSING
    made_at = kept.made_at
    return "" if made_at is not None and made_at.astimezone(UTC).date() == told.made_on else _OTHER_DAY


_MISSING = "the checkpoint they were told of is not in the folder: it was removed, or the audit was cut off or written anew and signed anew"
_UNFIT = (
    "the checkpoint they were told of is in the folder and the audit does not fit it: it was cut off or written anew"
)
_OTHER_DAY = "the checkpoint they were told of was made on another day than they were told"
