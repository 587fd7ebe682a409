"""An alert: what one recipient is told about one connection. It names the recipient's client only by the recipient's own reference."""

from dataclasses import dataclass
from datetime import date, datetime

from mappings.canonical.codes import AlertEvent, AlertLevel, Certainty, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef, SpokenReference
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker

NO_ALERT_MEANS = "No alert does not mean nobody is involved. This is not a referral and not for emergencies."


@dataclass(frozen=True, slots=True, repr=False)
class OtherParty:
    """Who else is involved, as far as the rules let the recipient know. `worker` empty at level `id-only`."""

    agency: AgencyId
    agency_name: str
    service: ServiceLine
    worker: Worker
    start: date | None = None


@dataclass(frozen=True, slots=True)
class Introducer:
    """Whom to ask where the other side may not be named: an office of the partnership, and how to reach it."""

    name: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Participation:
    """Which agencies take part, as of when: every alert and worklist says it."""

    agencies: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Alert:
    """`id` is stable over every sending. `connection` is the gateway's random id of the pair, so that later events find the first.

    `version` counts the events of this connection towards this recipient; a connector ignores one not greater than what it has applied.
    `other` is None in a retraction, an ending and at level `empty`; there `introducer` says whom to ask instead. `introduced`: the other side
    does not know who the recipient is, and asked through the introducer to be called. `digest_only`: the recipient knows nearly everybody and is
    told in the digest of the day, never at once. `not_after` is when the alert may no longer be shown.
    """

    id: MessageId
    event: AlertEvent
    connection: MessageId
    version: int
    level: AlertLevel
    home_gateway: GatewayId
    recipient_agency: AgencyId
    recipient_person: PersonRef
    recipient_involvement: InvolvementRef
    spoken_reference: SpokenReference
    certainty: Certainty
    relation: RelationKind | None
    other: OtherParty | None
    participation: Participation
    made_at: datetime
    not_after: datetime
    introducer: Introducer | None = None
    introduced: bool = False
    digest_only: bool = False
