"""Turning an alert's opaque references back into what only this agency knows: its own ids, its client's label, its own worker."""

from dataclasses import dataclass

from connectors.alerts import wording
from connectors.ledger.ledger import Unit
from connectors.publishing import standing as standings
from connectors.publishing.standing import OwnSide, Standing
from connectors.sinks.port import Delivery
from mappings.canonical.alert import Alert
from mappings.canonical.identifiers import InvolvementRef, MessageId


@dataclass(frozen=True, slots=True)
class NotKnownHere(Exception):
    """The ledger does not know the involvement, or no longer what it was about; the next full reading of its source tells."""

    ref: InvolvementRef

    def __str__(self) -> str:
        return (
            "the ledger does not know this involvement yet; it is delivered after the next full reading of its source"
        )


def own_side(unit: Unit, ref: InvolvementRef) -> OwnSide:
    """What this agency knows. Raises `NotKnownHere`."""
    return _standing(unit, ref).own


def label(own: OwnSide) -> str:
    """What staff call the client: the label, else the agency's own id."""
    return own.client_label or f"client {own.client_local_id}"


def delivery_of(unit: Unit, alert: Alert) -> Delivery:
    """The alert in the agency's own words. Raises `NotKnownHere`."""
    standing = _standing(unit, alert.recipient_involvement)
    own, person = standing.own, standing.person
    worker, instead_of = who_sees_to_it(unit, alert.connection, alert.recipient_involvement, own.worker)
    text = wording.text(alert, label(own), worker)
    return Delivery(
        alert=alert,
        client_local_id=own.client_local_id,
        client_label=label(own),
        involvement_local_id=own.involvement_local_id,
        worker=worker,
        text=wording.rerouted(text, instead_of) if instead_of else text,
        rerouted=bool(instead_of),
        client_family=person.family,
        client_given=person.given,
        client_born=standing.birth_date,
        team=standing.worker.team,
        worker_id=_worker_id(unit, alert.recipient_involvement, own, worker),
    )


def who_sees_to_it(unit: Unit, connection: MessageId, ref: InvolvementRef, worker: str) -> tuple[str, str]:
    """Who of ours sees to a connection, and instead of whom: the source's own worker and nobody, unless that worker has answered that it is not
    on their caseload. Empty for whoever is on duty."""
    rerouted = unit.answers.rerouted(connection, ref)
    # Once the source names somebody else, its word counts again.
    return (rerouted.to, worker) if rerouted is not None and rerouted.from_worker == worker else (worker, "")


def _worker_id(unit: Unit, ref: InvolvementRef, own: OwnSide, worker: str) -> str:
    """Our own id of whoever sees to it; empty where our data has none, or it is a team."""
    if worker == own.worker:
        return own.worker_id
    known = unit.involvements.find(ref)
    ids = set()
    for other in unit.involvements.of_person(known.person_ref) if known and worker else ():
        try:
            other_own = own_side(unit, other.ref)
        except NotKnownHere:
            continue
        if other_own.worker == worker:
            ids.add(other_own.worker_id)
    return ids.pop() if len(ids) == 1 else ""


def _standing(unit: Unit, ref: InvolvementRef) -> Standing:
    written = unit.involvements.standing(ref)
    if written is None:
        raise NotKnownHere(ref)
    return standings.read(written)
