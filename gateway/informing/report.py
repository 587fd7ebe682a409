"""Of how many people agencies say that they were told, in each way, and of how many that they were not: counts, and none that is small.

* A count from 1 to 4 is not shown, and then no total of that agency is, from which it could be reckoned.
* `undated`: said to be told, without the day of it; that is no evidence of it.
* Which people they are only their own agency can say: `patchwork-connector informed list`.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from gateway.informing.ports import InformedCount
from gateway.reporting.small_number import THRESHOLD
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.codes import Informed
from mappings.canonical.identifiers import AgencyId

TOLD: Final = (Informed.IN_PERSON, Informed.BY_LETTER, Informed.BY_NOTICE)


@dataclass(frozen=True, slots=True)
class InformedRow:
    """One agency's live involvements. None where a count is too small to be shown, or (`total`) would give one away."""

    agency: AgencyId
    total: int | None
    by_code: dict[Informed, int | None]
    undated: int | None


def informed_report(office: Office, actor: Actor) -> list[InformedRow]:
    """Every agency with a live involvement. Raises `NotPermitted`, `StoreDown`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return report_of(unit.informing.counts())


def report_of(counts: list[InformedCount]) -> list[InformedRow]:
    """The report of these counts, by agency."""
    by_agency: defaultdict[AgencyId, list[InformedCount]] = defaultdict(list)
    for each in counts:
        by_agency[each.agency].append(each)
    return [_row(agency, by_agency[agency]) for agency in sorted(by_agency, key=str)]


def _row(agency: AgencyId, counts: list[InformedCount]) -> InformedRow:
    by_code = {code: sum(each.count for each in counts if each.informed is code) for code in Informed}
    # That a privacy notice hangs in the hall happened on no day.
    undated = sum(
        each.count for each in counts if not each.dated and each.informed in (Informed.IN_PERSON, Informed.BY_LETTER)
    )
    shown = {code: _shown(count) for code, count in by_code.items()}
    hides = None in shown.values()
    return InformedRow(agency, None if hides else sum(by_code.values()), shown, _shown(undated))


def _shown(count: int) -> int | None:
    return None if 0 < count < THRESHOLD else count
