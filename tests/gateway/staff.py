"""People at the office: they sign changes the way the command line does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.rules.agreements import ADD_AGREEMENT, agreement_content
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, move_content
from gateway.trust.onboarding import ADD_AGENCY, ADD_CONNECTOR, agency_content, connector_content
from gateway.trust.operators import ENROL, Office, enrolment_content
from gateway.trust.proposals import HandedIn, approve, hand_in
from gateway.trust.signed_change import SignedChange, co_sign, sign_change
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
    """One enrolled person with a key, the office that person works in, and whoever signs second where it takes two."""

    office: Office
    key: SigningKey
    second: "Staff | None" = None
    signed: list[SignedChange] = field(default_factory=list)

    def sign(self, action: str, content: Mapping[str, Any], late: timedelta = timedelta(0)) -> SignedChange:
        """What this person hands in now, or signed as long ago as `late` says."""
        signed = sign_change(action, content, self.office.partnership, self.office.clock.now() - late, self.key)
        self.signed.append(signed)
        return signed

    def hand_in(self, action: str, content: Mapping[str, Any]) -> HandedIn:
        """Sign and hand in, alone."""
        return hand_in(self.office, self.sign(action, content))

    def approve(self, handed: HandedIn) -> HandedIn:
        """Sign what somebody proposed."""
        assert handed.proposal is not None
        return approve(self.office, handed.proposal.id, co_sign(handed.proposal.statement, self.key))

    def carry_out(self, action: str, content: Mapping[str, Any]) -> Any:
        """Sign and hand in; where it takes two, the second person signs too. Returns what was made or changed."""
        handed = self.hand_in(action, content)
        if handed.done:
            return handed.result
        assert self.second is not None
        return self.second.approve(handed).result

    def colleague(self, name: str, *roles: str) -> "Staff":
        """Enrol somebody else."""
        other = Staff(self.office, SigningKey.generate(), second=self.second)
        self.carry_out(ENROL, enrolment_content(name, list(roles), other.key.public))
        return other

    def agency(self, id: AgencyId, type: str = "school") -> Agency:
        """Add an agency."""
        content = agency_content(id.value, "Seaton " + id.value.rpartition(":")[2], type, "Seaton Council")
        added: Agency = self.carry_out(ADD_AGENCY, content)
        return added

    def trial_connector(
        self, name: str, *agencies: AgencyId, keys: PrivateKeys | None = None, carrier: str = "https"
    ) -> Connector:
        """Add a connector for agencies that are there: approved, for its trial."""
        public = (keys or generate()).public(name)
        content = connector_content(public, [agency.value for agency in agencies], carrier)
        added: Connector = self.carry_out(ADD_CONNECTOR, content)
        return added

    def connector(
        self, name: str, *agencies: AgencyId, keys: PrivateKeys | None = None, carrier: str = "https"
    ) -> Connector:
        """Add a connector for agencies that are there, and send it live."""
        self.trial_connector(name, *agencies, keys=keys, carrier=carrier)
        return self.move(name, GO_LIVE_CONNECTOR)

    def move(self, name: str, action: str, reason: str = "as the test wants it") -> Connector:
        """Suspend, resume, revoke, off-board or send live."""
        moved: Connector = self.carry_out(action, move_content(name, reason))
        return moved

    def agreement(self, members: Mapping[str, Any]) -> Agreement:
        """Record an agreement."""
        recorded: Agreement = self.carry_out(ADD_AGREEMENT, agreement_content(members))
        return recorded


def opened(office: Office) -> Staff:
    """Nobody is enrolled yet: enrol anna, who is registrar and IG lead, and omar, who signs second."""
    anna, omar = Staff(office, SigningKey.generate()), Staff(office, SigningKey.generate())
    anna.carry_out(ENROL, enrolment_content("anna", ["registrar", "ig-lead"], anna.key.public))
    anna.carry_out(ENROL, enrolment_content("omar", ["security-officer", "dpo"], omar.key.public))
    anna.second, omar.second = omar, anna
    return anna


def audited(office: Office) -> list[tuple[str, str]]:
    """Code and actor of every audit event."""
    with office.store.read() as unit:
        return [(event.code, event.actor) for event in unit.audit.events(0, 1000)]
