"""Who must be told what, given where things stand now. A function of the register, not of the order in which notices came.

* Two live involvements of different agencies with one person connect when the rules permit both sides to know (`sharing.decision`).
* Each side of a connection is told once that it was made, again when what it was shown has changed, and once that it is over.
* An involvement that was withdrawn, or a match that was wrong, is retracted: "disregard". Anything else that stops is an ending.
* Told means marked as sent. What was never sent needs no ending: it is superseded in silence.
* Each side is told as much as the agreement grants, and no more than its own connector may be told (`gateway.capabilities`).
* An alert rests on the links it was made from; the relay sends it only while those links stand.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.capabilities import lowered
from gateway.model.agreement import Agreement
from gateway.model.alert_reference import TOLD, AlertReference, AlertStatus
from gateway.model.connection import Connection, ConnectionState
from gateway.model.connector import Connector
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.person_record import Link
from gateway.pairing import Pairing
from gateway.ports import UnitOfWork
from gateway.sharing.decision import Decision, band_on, decide
from identity.agency.trust import Status
from mappings.canonical.codes import AgeBand, AlertEvent, AlertLevel, Certainty
from mappings.canonical.identifiers import AgencyId, MessageId

Pair = tuple[RegisteredInvolvement, RegisteredInvolvement]
CERTAINTIES = (Certainty.STRONG_MATCH, Certainty.SAME_NUMBER, Certainty.REVIEWED)
GONE = (Status.REVOKED, Status.OFF_BOARDED)
SHOWING = (AlertEvent.MADE, AlertEvent.CHANGED)


@dataclass(frozen=True, slots=True)
class Alerting:
    """One unit of work's view: `agreements` are all current ones, `now` its instant."""

    uow: UnitOfWork
    pairing: Pairing
    agreements: Sequence[Agreement]
    now: datetime
    _connectors: dict[AgencyId, Connector | None] = field(default_factory=dict)

    def reconcile_person(self, person_id: int) -> int:
        """Bring every pair of the person's involvements to what it should be. Returns how many alerts were queued."""
        involvements = self.uow.involvements.of_person(person_id)
        bands = live_bands(involvements, self.now)
        queued = 0
        for index, first in enumerate(involvements):
            for second in involvements[index + 1 :]:
                if first.agency != second.agency:
                    queued += self._reconcile_pair(in_order(first, second), bands)
        return queued

    def reconcile_unlinked(self, record_id: int) -> int:
        """Close what connected this record's involvements with people it is no longer linked to."""
        queued = 0
        for involvement in self.uow.involvements.of_record(record_id):
            for connection in self.uow.connections.of_involvement(involvement.id):
                pair = (self.uow.involvements.get(connection.first), self.uow.involvements.get(connection.second))
                # One that ended is taken back too: whoever was told of it was told of a wrong match.
                if connection.state is not ConnectionState.RETRACTED and not self._one_person(pair):
                    queued += self._close(connection, pair, ConnectionState.RETRACTED)
        return queued

    def decide(self, pair: Pair, bands: frozenset[AgeBand]) -> Decision:
        """What the rules say of the pair today."""
        return decide(pair[0], pair[1], bands, self.agreements, self.now.date())

    def level_for(self, agency: AgencyId, granted: AlertLevel | None) -> AlertLevel | None:
        """How much the agency's connector is told where an agreement grants this level. None where nothing is granted."""
        connector = self._connector_for(agency)
        return granted if granted is None or connector is None else lowered(granted, connector.capabilities)

    def is_gone(self, agency: AgencyId) -> bool:
        """Whether the agency's connector was revoked or off-boarded: then nobody is there to be told, until it comes back with another."""
        connector = self._connector_for(agency)
        return connector is not None and connector.status in GONE

    def tell_again(self, involvement: RegisteredInvolvement) -> int:
        """Queue afresh what this involvement's agency should know now, because its ledger was restored. Returns how many.

        Endings and retractions too: the restored ledger may hold as current what is over since.
        """
        queued = 0
        for connection in self.uow.connections.of_involvement(involvement.id):
            history = self.uow.alerts.of_direction(connection.id, involvement.id)
            told = _last_told(history)
            if told is None:
                continue
            self.uow.alerts.save(replace(told, status=AlertStatus.FORGOTTEN))
            pair = (self.uow.involvements.get(connection.first), self.uow.involvements.get(connection.second))
            live = connection.state is ConnectionState.LIVE
            level = self.decide(pair, self._bands_of(involvement)).level if live else None
            discloser = pair[1] if pair[0].id == involvement.id else pair[0]
            queued += self._tell(connection, involvement, discloser, level)
        return queued

    def _reconcile_pair(self, pair: Pair, bands: frozenset[AgeBand]) -> int:
        known = self.uow.connections.get(self.pairing.connection_id(*pair))
        decision = self.decide(pair, bands)
        if decision.permit and decision.level is not None:
            return self._open(known, pair, decision.level)
        if known is None:
            return 0
        withdrawn = any(side.standing is Standing.WITHDRAWN for side in pair)
        return self._close(known, pair, ConnectionState.RETRACTED if withdrawn else ConnectionState.ENDED)

    def _open(self, known: Connection | None, pair: Pair, level: AlertLevel) -> int:
        links = [self.uow.records.active_link(side.record_id) for side in pair]
        first, second = links
        if first is None or second is None:
            return 0
        connection = Connection(
            id=self.pairing.connection_id(*pair),
            first=pair[0].id,
            second=pair[1].id,
            links=(first.id, second.id),
            spoken_reference=self.pairing.spoken_reference(*pair),
            certainty=certainty_of(first, second),
            state=ConnectionState.LIVE,
            opened_at=known.opened_at if known and known.state is ConnectionState.LIVE else self.now,
        )
        if connection != known:
            self.uow.connections.save(connection)
        return self._tell(connection, pair[0], pair[1], level) + self._tell(connection, pair[1], pair[0], level)

    def _close(self, known: Connection, pair: Pair, state: ConnectionState) -> int:
        # A connection that ended and is withdrawn later turns from an ending into a retraction; never the other way round.
        if known.state is ConnectionState.LIVE or (known.state, state) == (
            ConnectionState.ENDED,
            ConnectionState.RETRACTED,
        ):
            known = replace(known, state=state, closed_at=self.now)
            self.uow.connections.save(known)
        return self._tell(known, pair[0], pair[1], None) + self._tell(known, pair[1], pair[0], None)

    def _tell(
        self,
        connection: Connection,
        recipient: RegisteredInvolvement,
        discloser: RegisteredInvolvement,
        level: AlertLevel | None,
    ) -> int:
        history = self.uow.alerts.of_direction(connection.id, recipient.id)
        told, told_level = _last_told(history), self.level_for(recipient.agency, level)
        shown = "" if told_level is None else self.pairing.shown(discloser, told_level, connection.certainty)
        wanted = event_wanted(connection.state, told, shown) or _unsettled(connection, told)
        pending = _pending(history)
        if pending is not None:
            if wanted is not None and (pending.event, pending.shown, pending.links) == (
                wanted,
                shown,
                connection.links,
            ):
                return 0
            self.uow.alerts.save(replace(pending, status=AlertStatus.SUPERSEDED))
        if wanted is None or self.is_gone(recipient.agency):
            return 0
        self._queue(connection, recipient.id, discloser.id, wanted, shown, history)
        return 1

    def _queue(
        self,
        connection: Connection,
        recipient: int,
        discloser: int,
        event: AlertEvent,
        shown: str,
        history: list[AlertReference],
    ) -> None:
        after = max((alert.version for alert in history), default=0)
        self.uow.alerts.add(
            AlertReference(
                id=MessageId(str(uuid.uuid4())),
                connection=connection.id,
                recipient=recipient,
                discloser=discloser,
                event=event,
                version=max(int(self.now.timestamp() * 1000), after + 1),
                status=AlertStatus.PENDING,
                shown=shown,
                links=connection.links,
                made_at=self.now,
                next_attempt_at=self.now,
            )
        )

    def _connector_for(self, agency: AgencyId) -> Connector | None:
        if agency not in self._connectors:
            self._connectors[agency] = self.uow.trust.connector_for(agency)
        return self._connectors[agency]

    def _bands_of(self, involvement: RegisteredInvolvement) -> frozenset[AgeBand]:
        link = self.uow.records.active_link(involvement.record_id)
        return live_bands(self.uow.involvements.of_person(link.person_id) if link else [involvement], self.now)

    def _one_person(self, pair: Pair) -> bool:
        links = [self.uow.records.active_link(side.record_id) for side in pair]
        return all(links) and len({link.person_id for link in links if link}) == 1


def event_wanted(state: ConnectionState, told: AlertReference | None, shown: str) -> AlertEvent | None:
    """What one side must hear, given the latest thing it was told (None: nothing yet). None: nothing new."""
    if told is None:
        return AlertEvent.MADE if state is ConnectionState.LIVE else None
    knows, forgotten = told.event in SHOWING, told.status is AlertStatus.FORGOTTEN
    if state is ConnectionState.LIVE:
        if not knows or forgotten:
            return AlertEvent.MADE
        return AlertEvent.CHANGED if told.shown != shown else None
    if state is ConnectionState.RETRACTED:
        return AlertEvent.RETRACTED if forgotten or told.event is not AlertEvent.RETRACTED else None
    return AlertEvent.ENDED if knows or (forgotten and told.event is AlertEvent.ENDED) else None


def _unsettled(connection: Connection, told: AlertReference | None) -> AlertEvent | None:
    """What was sent on links that were replaced since and is not settled yet: it is not sent again as it was, and may never have arrived."""
    showing = told is not None and told.event in SHOWING and connection.state is ConnectionState.LIVE
    if told is None or not showing or told.status is not AlertStatus.SENT or told.links == connection.links:
        return None
    return told.event


def live_bands(involvements: Sequence[RegisteredInvolvement], now: datetime) -> frozenset[AgeBand]:
    """Every age band that a live involvement with the person claims today."""
    return frozenset(band_on(side, now.date()) for side in involvements if side.standing is Standing.LIVE)


def certainty_of(first: Link, second: Link) -> Certainty:
    """The weaker of two links' certainties: a connection is only as sure as its weaker end. A record that founded its person has none."""
    known = [link.certainty for link in (first, second) if link.certainty is not None]
    return min(known, key=CERTAINTIES.index, default=Certainty.STRONG_MATCH)


def in_order(first: RegisteredInvolvement, second: RegisteredInvolvement) -> Pair:
    """The pair by involvement id, so that both orders name one connection."""
    return (first, second) if first.id < second.id else (second, first)


def _last_told(history: list[AlertReference]) -> AlertReference | None:
    return next((alert for alert in reversed(history) if alert.status in TOLD), None)


def _pending(history: list[AlertReference]) -> AlertReference | None:
    return next((alert for alert in reversed(history) if alert.status is AlertStatus.PENDING), None)
