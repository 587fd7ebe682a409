"""From references to the words of an alert: looked up at the moment of sending, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.alerts.alerting import relation_to
from gateway.model.agreement import Agreement
from gateway.model.alert_reference import AlertReference
from gateway.model.connection import Connection
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.side import Side
from gateway.sharing.agreement import partners
from gateway.sharing.rule import UNIVERSAL
from gateway.trust.ports import Trust
from mappings.canonical.alert import Alert, Introducer, OtherParty, Participation
from mappings.canonical.codes import AlertEvent, AlertLevel
from mappings.canonical.identifiers import AgencyId, GatewayId
from mappings.canonical.notice import Worker


@dataclass(frozen=True, slots=True)
class AlertWriter:
    """One sending's view of who takes part."""

    trust: Trust
    agreements: Sequence[Agreement]
    home: GatewayId
    side: Side
    introducer: Introducer | None = None

    def write(
        self,
        alert: AlertReference,
        connection: Connection,
        recipient: RegisteredInvolvement,
        discloser: RegisteredInvolvement,
        level: AlertLevel,
        now: datetime,
        not_after: datetime,
    ) -> Alert:
        """The alert as it stands now. An ending or a retraction says nothing of the other side that was not said before."""
        shows = alert.event in (AlertEvent.MADE, AlertEvent.CHANGED)
        return Alert(
            id=alert.id,
            event=alert.event,
            connection=alert.connection,
            version=alert.version,
            level=level if shows else AlertLevel.EMPTY,
            home_gateway=self.home,
            recipient_agency=recipient.agency,
            recipient_person=recipient.person_ref,
            recipient_involvement=recipient.involvement_ref,
            spoken_reference=connection.spoken_reference,
            certainty=connection.certainty,
            relation=relation_to(connection, recipient.id) if shows else None,
            other=self._other(discloser, level) if shows else None,
            participation=self.participation(recipient.agency, now),
            made_at=alert.made_at,
            not_after=not_after,
            introducer=self.introducer if shows and level is AlertLevel.EMPTY else None,
            digest_only=shows and self._is_universal(recipient.agency),
        )

    def participation(self, agency: AgencyId, now: datetime) -> Participation:
        """The names of the agencies that take part with this one today: those with a connector that is heard on
        this side."""
        speaking = {
            party
            for connector in self.trust.connectors()
            if self.side.hears(connector.status)
            for party in connector.agencies
        }
        taking_part = partners(self.agreements, agency, now.date()) & speaking
        names = sorted(agency.name for agency in self.trust.agencies() if agency.id in taking_part)
        return Participation(tuple(names), now.date())

    def _is_universal(self, agency: AgencyId) -> bool:
        """Whether it knows nearly everybody: a rule that names it tells it, but by digests only."""
        known = self.trust.agency(agency)
        return known is not None and known.type in UNIVERSAL

    def _other(self, discloser: RegisteredInvolvement, level: AlertLevel) -> OtherParty | None:
        if level is AlertLevel.EMPTY:
            return None
        agency = self.trust.agency(discloser.agency)
        worker = discloser.worker if level is AlertLevel.FULL else Worker()
        start = discloser.start if level is AlertLevel.FULL else None
        return OtherParty(discloser.agency, agency.name if agency else "", discloser.service, worker, start)
