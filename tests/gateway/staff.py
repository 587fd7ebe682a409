"""People at the office: they sign changes the way the command line does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.agreements import ADD_AGREEMENT, add_agreement, agreement_content
from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.onboarding import ADD_AGENCY, ADD_CONNECTOR, add_agency, add_connector, agency_content, connector_content
from gateway.operators import ENROL, Office, enrol, enrolment_content
from gateway.signed_change import SignedChange, sign_change
from identity.agency.keys import PrivateKeys, SigningKey, generate
from mappings.canonical.agency import Agency
from mappings.canonical.identifiers import AgencyId, PartnershipId
from tests.builders import NOON

PARTNERSHIP = PartnershipId("seaton")


@dataclass
class StillClock:
    """Stands still until it is moved."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant


@dataclass
class Staff:
    """One enrolled person with a key, and the office that person works in."""

    office: Office
    key: SigningKey
    signed: list[SignedChange] = field(default_factory=list)

    def sign(self, action: str, content: Mapping[str, Any], late: timedelta = timedelta(0)) -> SignedChange:
        """What this person hands in now, or signed as long ago as `late` says."""
        signed = sign_change(action, content, self.office.partnership, self.office.clock.now() - late, self.key)
        self.signed.append(signed)
        return signed

    def colleague(self, name: str, *roles: str) -> "Staff":
        """Enrol somebody else."""
        other = Staff(self.office, SigningKey.generate())
        enrol(self.office, self.sign(ENROL, enrolment_content(name, list(roles), other.key.public)))
        return other

    def agency(self, id: AgencyId, type: str = "school") -> Agency:
        """Add an agency."""
        content = agency_content(id.value, "Seaton " + id.value.rpartition(":")[2], type, "Seaton Council")
        return add_agency(self.office, self.sign(ADD_AGENCY, content))

    def connector(
        self, name: str, *agencies: AgencyId, keys: PrivateKeys | None = None, carrier: str = "https"
    ) -> Connector:
        """Add a connector for agencies that are there."""
        public = (keys or generate()).public(name)
        content = connector_content(public, [agency.value for agency in agencies], carrier)
        return add_connector(self.office, self.sign(ADD_CONNECTOR, content))

    def agreement(self, members: Mapping[str, Any]) -> Agreement:
        """Record an agreement."""
        return add_agreement(self.office, self.sign(ADD_AGREEMENT, agreement_content(members)))


def audited(office: Office) -> list[tuple[str, str]]:
    """Code and actor of every audit event."""
    with office.store.read() as unit:
        return [(event.code, event.actor) for event in unit.audit.events(0, 1000)]
