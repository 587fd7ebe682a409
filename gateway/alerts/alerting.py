"""Who must be told what, given where things stand now. A function of the register, not of the order in which notices came.

* Two live involvements of different agencies with one person connect when the rules permit both sides to know (`sharing.decision`).
* So do an involvement and one with a relative whom its notice names (`gateway.family.kinship`), where the agreement covers that kind of relative.
* Each side of a connection is told once that it was made, again when what it was shown has changed, and once that it is over.
* An involvement that was withdrawn, or a match that was wrong, is retracted: "disregard". Anything else that stops is an ending.
* Told means marked as sent. What was never sent needs no ending: it is superseded in silence.
* Each side is told as much as agreement and rules let the other disclose to it, and no more than its own connector may be told
  (`gateway.notices.capabilities`). A side of which the rules let nothing be told any more hears that the connection ended, though the other stays.
* Across a shielded or restricted person nothing is told either way (`gateway.withholding`); one override of a shield serves one alert.
* Nor across a pair of which one side says that they are different people, until a steward has decided (`gateway.answers`).
* An alert rests on the links it was made from; the relay sends it only while those links stand.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.alerts.next_event import SHOWING, event_wanted, last_told, pending, unsettled
from gateway.alerts.pairing import Pair, Pairing, in_order
from gateway.answers.judging import unless_contested
from gateway.family.kinship import Kin, Kinship
from gateway.introducing.granting import granted_to
from gateway.model.agreement import Agreement
from gateway.model.alert_reference import AlertReference, AlertStatus
from gateway.model.connection import Connection, ConnectionState
from gateway.model.connector import Connector
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.notices.capabilities import lowered
from gateway.ports import UnitOfWork
from gateway.rules.in_force import sharing_of
from gateway.sharing.decision import Decision, Sharing, decide, live_bands
from gateway.withholding.judging import is_used_up, rest_on_override, withheld
from identity.person.family import seen_from_there
from mappings.canonical.alert import Introducer
from mappings.canonical.codes import AgeBand, AlertLevel, Certainty, RelationKind
from mappings.canonical.identifiers import AgencyId, MessageId

CERTAINTIES = (Certainty.STRONG_MATCH, Certainty.SAME_NUMBER, Certainty.REVIEWED)
NOT_RELATED = Decision(False, ("not-related",))
OVER = Decision(False, ("not-live",))


@dataclass(frozen=True, slots=True)
class Alerting:
    """One unit of work's view: `agreements` are all current ones, `now` its instant."""

    uow: UnitOfWork
    pairing: Pairing
    agreements: Sequence[Agreement]
    now: datetime
    _connectors: dict[AgencyId, Connector | None] = field(default_factory=dict)
    _sharing: Sharing = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sharing", sharing_of(self.uow))

    def reconcile_person(self, person_id: int) -> int:
        """Bring every pair of the person's involvements to what it should be. Returns how many alerts were queued."""
        self.uow.withholdings.hand_on(person_id)
        involvements = self.uow.involvements.of_person(person_id)
        bands = live_bands(involvements, self.now.date())
        queued = self._reconcile_family(person_id)
        for index, first in enumerate(involvements):
            for second in involvements[index + 1 :]:
                if first.agency != second.agency:
                    queued += self._reconcile_pair(in_order(first, second), bands)
        return queued

    def reconcile_unlinked(self, record_id: int) -> int:
        """Close what connected this record's involvements with people it is no longer linked or related to."""
        return sum(self.reconcile_rematched(side.id) for side in self.uow.involvements.of_record(record_id))

    def reconcile_rematched(self, involvement_id: int) -> int:
        """Close what connected this involvement with people who turned out to be others: "disregard"."""
        queued = 0
        for connection in self.uow.connections.of_involvement(involvement_id):
            if self._was_wrong(connection):
                queued += self._close(connection, self._sides(connection), ConnectionState.RETRACTED)
        return queued

    def decide(self, connection: Connection) -> Decision:
        """What the rules say today of a connection that was made."""
        pair, family = self._sides(connection), connection.relation is not None
        return self._left(pair, self.ruled(pair, family), family)

    def disregard(self, connection: Connection) -> int:
        """It was wrong, as a person found out: whoever was told of it is told so. Returns how many alerts were queued."""
        return self._close(connection, self._sides(connection), ConnectionState.RETRACTED)

    def ruled(self, pair: Pair, across_family: bool) -> Decision:
        """What agreement and rules say today of a pair, whatever is withheld from it."""
        if not across_family:
            return self._rule(pair, self._bands_of(pair[0]) | self._bands_of(pair[1]), None)
        kin = self._kinship().between(pair)
        return NOT_RELATED if kin is None else self._rule(pair, kin.bands, kin.relation)

    def level_for(self, agency: AgencyId, granted: AlertLevel | None) -> AlertLevel | None:
        """How much the agency's connector is told where an agreement grants this level. None where nothing is granted."""
        connector = self._connector_for(agency)
        return granted if granted is None or connector is None else lowered(granted, connector.capabilities)

    @property
    def introducer(self) -> Introducer | None:
        """Whom practitioners are to ask where nobody is named."""
        return self._sharing.rule_set.introducer

    def is_gone(self, agency: AgencyId) -> bool:
        """Whether the agency's connector was revoked or off-boarded, or has left this side: then nobody is there to be told, until it comes
        back with another."""
        connector = self._connector_for(agency)
        return connector is not None and self.uow.side.has_left(connector.status)

    def tell_again(self, involvement: RegisteredInvolvement) -> int:
        """Queue afresh what this involvement's agency should know now, because its ledger was restored. Returns how many.

        Endings and retractions too: the restored ledger may hold as current what is over since.
        """
        queued = 0
        for connection in self.uow.connections.of_involvement(involvement.id):
            history = self.uow.alerts.of_direction(connection.id, involvement.id)
            told = last_told(history)
            if told is None:
                continue
            self.uow.alerts.save(replace(told, status=AlertStatus.FORGOTTEN))
            pair = self._sides(connection)
            decision = self.decide(connection) if connection.state is ConnectionState.LIVE else OVER
            queued += self._tell(connection, pair, 0 if pair[0].id == involvement.id else 1, decision)
        return queued

    def _reconcile_family(self, person_id: int) -> int:
        """Every pair across the person's family; what was one and is none any more ends."""
        met = {self.pairing.connection_id(*kin.pair): kin for kin in self._kinship().of_person(person_id)}
        queued = sum(self._reconcile_pair(kin.pair, kin.bands, kin) for kin in met.values())
        for known in self.uow.connections.family_of(person_id):
            if known.id not in met:
                queued += self._close(known, self._sides(known), _over(self._sides(known)))
        return queued

    def _reconcile_pair(self, pair: Pair, bands: frozenset[AgeBand], kin: Kin | None = None) -> int:
        known = self.uow.connections.get(self.pairing.connection_id(*pair))
        decision = self._judge(pair, bands, kin.relation if kin else None)
        if decision.permit:
            return self._open(known, pair, decision, kin)
        return 0 if known is None else self._close(known, pair, _over(pair))

    def _judge(self, pair: Pair, bands: frozenset[AgeBand], relation: RelationKind | None) -> Decision:
        return self._left(pair, self._rule(pair, bands, relation), relation is not None)

    def _left(self, pair: Pair, ruled: Decision, across_family: bool) -> Decision:
        """What is left of what the rules say, after what is withheld from the pair and what is contested of it."""
        family = self.pairing.connection_id(*pair) if across_family else None
        return withheld(self.uow, pair, unless_contested(self.uow, pair, ruled, family), self.now)

    def _rule(self, pair: Pair, bands: frozenset[AgeBand], relation: RelationKind | None) -> Decision:
        return decide(*pair, bands, self.agreements, self.now.date(), relation, self._sharing)

    def _open(self, known: Connection | None, pair: Pair, decision: Decision, kin: Kin | None) -> int:
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
            certainty=certainty_of(first.certainty, second.certainty, kin.certainty if kin else None),
            state=ConnectionState.LIVE,
            opened_at=known.opened_at if known and known.state is ConnectionState.LIVE else self.now,
            relation=kin.relation if kin else None,
        )
        if connection != known:
            self.uow.connections.save(connection)
        return self._tell(connection, pair, 0, decision) + self._tell(connection, pair, 1, decision)

    def _close(self, known: Connection, pair: Pair, state: ConnectionState) -> int:
        # A connection that ended and is withdrawn later turns from an ending into a retraction; never the other way round.
        if known.state is ConnectionState.LIVE or (known.state, state) == (
            ConnectionState.ENDED,
            ConnectionState.RETRACTED,
        ):
            known = replace(known, state=state, closed_at=self.now)
            self.uow.connections.save(known)
        return self._tell(known, pair, 0, OVER) + self._tell(known, pair, 1, OVER)

    def _tell(self, connection: Connection, pair: Pair, side: int, decision: Decision) -> int:
        """`side`: which of the pair is told of the other."""
        recipient, discloser = pair[side], pair[1 - side]
        history = self.uow.alerts.of_direction(connection.id, recipient.id)
        granted, introduced = granted_to(self.uow, self.agreements, connection, recipient.id, decision)
        told, level = last_told(history), self.level_for(recipient.agency, granted)
        relation = relation_to(connection, recipient.id)
        shown = ""
        if level is not None:
            asked = self.introducer, introduced
            shown = self.pairing.shown(discloser, level, connection.certainty, relation, *asked)
        state = connection.state
        if state is ConnectionState.LIVE and level is None:
            state = ConnectionState.ENDED
        wanted = event_wanted(state, told, shown) or unsettled(connection.links, state, told)
        if wanted in SHOWING and is_used_up(self.uow, decision, recipient, discloser):
            wanted = None
        waiting = pending(history)
        if waiting is not None:
            if wanted is not None and (waiting.event, waiting.shown, waiting.links) == (
                wanted,
                shown,
                connection.links,
            ):
                return 0
            self.uow.alerts.save(replace(waiting, status=AlertStatus.SUPERSEDED))
        if wanted is None or self.is_gone(recipient.agency):
            return 0
        after = max((alert.version for alert in history), default=0)
        queued = AlertReference(
            id=MessageId(str(uuid.uuid4())),
            connection=connection.id,
            recipient=recipient.id,
            discloser=discloser.id,
            event=wanted,
            version=max(int(self.now.timestamp() * 1000), after + 1),
            status=AlertStatus.PENDING,
            shown=shown,
            links=connection.links,
            made_at=self.now,
            next_attempt_at=self.now,
            terms=decision.terms if wanted in SHOWING else "",
        )
        self.uow.alerts.add(queued)
        rest_on_override(self.uow, decision, queued)
        return 1

    def _connector_for(self, agency: AgencyId) -> Connector | None:
        if agency not in self._connectors:
            self._connectors[agency] = self.uow.trust.connector_for(agency)
        return self._connectors[agency]

    def _bands_of(self, involvement: RegisteredInvolvement) -> frozenset[AgeBand]:
        link = self.uow.records.active_link(involvement.record_id)
        return live_bands(self.uow.involvements.of_person(link.person_id) if link else [involvement], self.now.date())

    def _was_wrong(self, connection: Connection) -> bool:
        """Whether whoever was told of it was told of a wrong match. One that ended is taken back too; across a family only where the links
        are others now, since the relation may have ended with it."""
        if connection.state is ConnectionState.RETRACTED or self._still_joined(connection):
            return False
        if connection.state is ConnectionState.LIVE or connection.relation is None:
            return True
        now = [self.uow.records.active_link(side.record_id) for side in self._sides(connection)]
        return {link.id for link in now if link} != set(connection.links)

    def _still_joined(self, connection: Connection) -> bool:
        """Whether the two sides are of one person, or of relatives where that is what joined them."""
        pair = self._sides(connection)
        if connection.relation is not None:
            return self._kinship().between(pair) is not None
        links = [self.uow.records.active_link(side.record_id) for side in pair]
        return all(links) and len({link.person_id for link in links if link}) == 1

    def _sides(self, connection: Connection) -> Pair:
        return self.uow.involvements.get(connection.first), self.uow.involvements.get(connection.second)

    def _kinship(self) -> Kinship:
        return Kinship(self.uow, self.now.date())


def certainty_of(*certainties: Certainty | None) -> Certainty:
    """The weakest of those that there are: a connection is only as sure as its weakest part. A record that founded its person has none."""
    known = [certainty for certainty in certainties if certainty is not None]
    return min(known, key=CERTAINTIES.index, default=Certainty.STRONG_MATCH)


def relation_to(connection: Connection, recipient: int) -> RelationKind | None:
    """What the other side's client is to the client of involvement `recipient`; None where both are one person."""
    if connection.relation is None or recipient == connection.first:
        return connection.relation
    return seen_from_there(connection.relation)


def _over(pair: Pair) -> ConnectionState:
    """How a connection of this pair ends: what was withdrawn should never have been told."""
    withdrawn = any(side.standing is Standing.WITHDRAWN for side in pair)
    return ConnectionState.RETRACTED if withdrawn else ConnectionState.ENDED
