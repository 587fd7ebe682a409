"""What two people decide of a shield that an agency placed: confirm it, so that it stands until it is lifted, or lift it.

Both take two, information governance leads or data protection officers: to leave a shield standing for good withholds a person from everybody,
and to lift one may put the person in danger. What nobody decides lapses by itself (`gateway.withholding.placing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.executor import Executor
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_withhold
from gateway.withholding.deciding import alerting_of, content_of, find, signed_for
from gateway.withholding.placing import end
from mappings.canonical.codes import Mode

CONFIRM, LIFT = "shield.confirm", "shield.lift"
SHIELD = WithholdingKind.SHIELD


@dataclass(frozen=True, slots=True)
class Ended:
    """What stands no longer, and how many alerts follow."""

    withholding: Withholding
    alerts: int


@dataclass(frozen=True, slots=True)
class WithholdingView:
    """One withholding, the records that bear it, and the live involvements with the people it stands on."""

    withholding: Withholding
    records: tuple[int, ...]
    involvements: tuple[RegisteredInvolvement, ...]


def list_withholdings(office: Office, actor: Actor, kind: WithholdingKind, whole: bool = False) -> list[Withholding]:
    """Those that have not ended; with `whole` all. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.withholdings.all(kind, whole)


def show_withholding(office: Office, actor: Actor, kind: WithholdingKind, id: int) -> WithholdingView:
    """One of them. Raises `NotPermitted`, `Refused` where there is none of that kind and number."""
    check_may_observe(actor)
    with office.store.read() as unit:
        known = find(unit, id, kind)
        return WithholdingView(known, tuple(unit.withholdings.bearers(id)), tuple(involved_with(unit, known)))


def signed_content(office: Office, kind: WithholdingKind, id: int, mode: Mode) -> dict[str, Any]:
    """What is signed about one of them. Raises `Refused` where there is none of that kind and number."""
    with office.store.read() as unit:
        return content_of(find(unit, id, kind), mode)


def involved_with(unit: UnitOfWork, known: Withholding) -> list[RegisteredInvolvement]:
    """The live involvements with the people on whom it stands."""
    links = [unit.records.active_link(each) for each in unit.withholdings.bearers(known.id)]
    people = sorted({link.person_id for link in links if link is not None})
    involved = (each for person in people for each in unit.involvements.of_person(person))
    return [each for each in involved if each.standing is Standing.LIVE]


def _needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    signed_for(unit, content, SHIELD)
    return True


def _confirm_needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    known = signed_for(unit, content, SHIELD)
    if known.confirmed_at is not None:
        raise Refused(f"shield {known.id} was confirmed already; it stands until it is lifted")
    return True


def _confirm(unit: UnitOfWork, change: VerifiedChange) -> Withholding:
    _confirm_needs_two(unit, change.content)
    known = signed_for(unit, change.content, SHIELD)
    if not known.stands(change.at):
        raise Refused(f"shield {known.id} has lapsed; the agency can shield its client again")
    confirmed = replace(known, lapses_at=None, confirmed_at=change.at)
    unit.withholdings.save(confirmed)
    record(unit, change, "shield-confirmed", shield=known.id)
    return confirmed


def _lift(unit: UnitOfWork, change: VerifiedChange) -> Ended:
    known = signed_for(unit, change.content, SHIELD)
    alerts = end(alerting_of(unit, change), known)
    record(unit, change, "shield-lifted", shield=known.id, alerts=alerts)
    return Ended(replace(known, ended_at=change.at), alerts)


EXECUTORS = {
    CONFIRM: Executor(check_may_withhold, check_may_withhold, _confirm_needs_two, _confirm),
    LIFT: Executor(check_may_withhold, check_may_withhold, _needs_two, _lift),
}
