"""When an agreement counts. Pure functions; the value itself is `gateway.model.agreement.Agreement`."""

from collections.abc import Iterable
from datetime import date

from gateway.model.agreement import Agreement
from mappings.canonical.codes import AlertLevel
from mappings.canonical.identifiers import AgencyId

GENEROSITY = (AlertLevel.EMPTY, AlertLevel.ID_ONLY, AlertLevel.FULL)


def in_force(agreement: Agreement, on: date) -> bool:
    """Whether the agreement binds anybody on that day. An agreement whose review is overdue permits nothing."""
    return agreement.valid_from <= on <= agreement.valid_until and on <= agreement.review_by


def between(agreements: Iterable[Agreement], first: AgencyId, second: AgencyId, on: date) -> list[Agreement]:
    """The agreements in force that day to which both agencies are parties, the most generous level first, then by id."""
    found = [a for a in agreements if first in a.parties and second in a.parties and in_force(a, on)]
    return sorted(found, key=lambda a: (-GENEROSITY.index(a.level), a.id))


def partners(agreements: Iterable[Agreement], agency: AgencyId, on: date) -> set[AgencyId]:
    """Every agency that takes part in an agreement in force with this one, itself included."""
    return {party for a in agreements if agency in a.parties and in_force(a, on) for party in a.parties}
