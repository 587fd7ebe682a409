"""How far a partnership has come from one linkage epoch to the next: under which epochs each agency's live records have evidence.

An epoch may retire when there is another one under which every live record has evidence: then everybody can still be compared with everybody.
What would be lost otherwise is counted for each agency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.model.epoch_use import EpochUse
from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class Coverage:
    """One agency: its `live` records, how many of them have evidence `under` each epoch, and how many are not counted yet (only after an
    update of the gateway, for a short while)."""

    agency: AgencyId
    live: int
    under: Mapping[str, int]
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when everything but `successor`, the best covered epoch that stays, is left aside: records of each agency."""

    successor: str
    records: Mapping[AgencyId, int]


def coverage(uses: Iterable[EpochUse]) -> list[Coverage]:
    """By agency."""
    by_agency: dict[AgencyId, list[EpochUse]] = {}
    for use in uses:
        by_agency.setdefault(use.agency, []).append(use)
    return [_of(agency, of_agency) for agency, of_agency in sorted(by_agency.items(), key=lambda item: str(item[0]))]


def loss(covered: Sequence[Coverage], staying: Sequence[str]) -> Loss:
    """What is lost when only these epochs stay. `staying` is not empty."""
    missing = {epoch: _missing(covered, epoch) for epoch in staying}
    successor = min(staying, key=lambda epoch: (sum(missing[epoch].values()), epoch))
    return Loss(successor, missing[successor])


def _missing(covered: Sequence[Coverage], epoch: str) -> dict[AgencyId, int]:
    return {
        each.agency: each.live - each.under.get(epoch, 0) for each in covered if each.live > each.under.get(epoch, 0)
    }


def _of(agency: AgencyId, uses: Sequence[EpochUse]) -> Coverage:
    under: dict[str, int] = {}
    for use in uses:
        for epoch in use.epochs or ():
            under[epoch] = under.get(epoch, 0) + use.records
    live = sum(use.records for use in uses)
    uncounted = sum(use.records for use in uses if use.epochs is None)
    return Coverage(agency, live, dict(sorted(under.items())), uncounted)
