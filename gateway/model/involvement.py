"""One involvement as the register holds it: the latest state of it, by opaque references."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mappings.canonical.codes import AgeBand, Consent, Informed, LegalBasis, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, InvolvementRef, PersonRef
from mappings.canonical.notice import Sequence, Worker


class Standing(StrEnum):
    """Where an involvement stands. Only `LIVE` connects; `WITHDRAWN` means it should never have been said; `EXPIRED`, that nobody confirmed
    it for too long."""

    LIVE = "live"
    ENDED = "ended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RegisteredInvolvement:
    """`id` is 0 before it is stored. `worker` lives in the one encrypted contact column. `digest` is the state digest of the notice.

    `confirmed` is the last day on which the agency's source vouched for it, `stated_on` the day on which it was first stated here as live (None
    where nobody knows). `over_since` is the day on which it ceased to be live here (None while it is), `erased_on` the day on which its contact
    was erased. `informed_date` is the day on which the agency says that the person was told. `worker_tokens` are kept, encrypted and erased with
    `worker`."""

    id: int
    record_id: int
    connector: ConnectorId
    agency: AgencyId
    person_ref: PersonRef
    involvement_ref: InvolvementRef
    service: ServiceLine
    sensitivity: Sensitivity
    worker: Worker
    age_band: AgeBand
    age_band_until: date | None
    start: date | None
    end: date | None
    confirmed: date
    legal_basis: LegalBasis
    consent: Consent
    informed: Informed
    held_back: bool
    standing: Standing
    sequence: Sequence
    digest: str
    home_gateway: GatewayId
    over_since: date | None = None
    erased_on: date | None = None
    stated_on: date | None = None
    informed_date: date | None = None
    worker_tokens: tuple[str, ...] = ()
