"""Passing an alert on that is not on the caseload of whom it went to: to another worker of ours, where our own data names one, else to whoever is
on duty. Every sink that had it is given it again, for them."""

from connectors.alerts.own_side import NotKnownHere, own_side
from connectors.ledger.answers import Rerouted
from connectors.ledger.connections import Told
from connectors.ledger.involvements import Status
from connectors.ledger.ledger import Unit
from connectors.publishing.queueing import Desk


def reroute(desk: Desk, unit: Unit, told: Told) -> Rerouted | None:
    """Pass it on; answers from whom to whom, None where it is over or was passed on already."""
    from mappings.fhir import alert_bundle

    if told.alert is None:
        return None
    try:
        worker = own_side(unit, told.involvement_ref).worker
    except NotKnownHere:
        return None
    before = unit.answers.rerouted(told.connection, told.involvement_ref)
    if before is not None and before.from_worker == worker:
        return None
    rerouted = Rerouted(worker, _another(unit, told, worker))
    unit.answers.reroute(told.connection, told.involvement_ref, rerouted)
    unit.deliveries.again(alert_bundle.read(told.alert), told.alert, desk.now())
    return rerouted


def _another(unit: Unit, told: Told, worker: str) -> str:
    """The one other worker of ours who is involved with the client; empty where there is none, or several."""
    known = unit.involvements.find(told.involvement_ref)
    found = set()
    for other in unit.involvements.of_person(known.person_ref) if known else ():
        if other.status is not Status.LIVE or other.ref == told.involvement_ref:
            continue
        try:
            found.add(own_side(unit, other.ref).worker)
        except NotKnownHere:
            continue
    found -= {worker, ""}
    return found.pop() if len(found) == 1 else ""
