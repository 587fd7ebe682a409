"""What the register of trust needs of the store (`gateway.ports`)."""

from typing import Protocol

from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.model.connector_change import ConnectorChange
from gateway.model.operator import Operator
from gateway.model.proposal import Proposal
from mappings.canonical.agency import Agency
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    KeyId,
)


class Trust(Protocol):
    """The register of agencies and of the connectors that may speak for them."""

    def add_agency(self, agency: Agency) -> None: ...
    def agency(self, id: AgencyId) -> Agency | None: ...
    def agencies(self) -> list[Agency]: ...
    def add_connector(self, connector: Connector) -> None: ...
    def update_connector(self, connector: Connector) -> None: ...
    def connector(self, id: ConnectorId) -> Connector | None: ...
    def connectors(self) -> list[Connector]: ...
    def connector_by_key(self, signing_key: KeyId) -> Connector | None: ...
    def connector_for(self, agency: AgencyId) -> Connector | None:
        """The connector that receives what is for this agency, whatever its status."""

    def add_change(self, change: ConnectorChange) -> None: ...
    def changes(self, connector: ConnectorId) -> list[ConnectorChange]:
        """Every step of its life, in order."""


class Agreements(Protocol):
    """Every version of every agreement; the highest version of an id is the one that counts."""

    def add(self, agreement: Agreement) -> None: ...
    def current(self) -> list[Agreement]: ...
    def current_of(self, id: AgreementId) -> Agreement | None: ...
    def versions(self, id: AgreementId) -> list[Agreement]:
        """Every version of one, the newest first."""


class Operators(Protocol):
    """The enrolled people."""

    def add(self, operator: Operator) -> None: ...
    def by_key(self, key: KeyId) -> Operator | None: ...
    def all(self) -> list[Operator]: ...


class Proposals(Protocol):
    """Changes that wait, or waited, for a second person."""

    def add(self, proposal: Proposal) -> None: ...
    def save(self, proposal: Proposal) -> None: ...
    def get(self, id: str) -> Proposal | None: ...
    def by_statement(self, digest: str) -> Proposal | None:
        """The one whose statement has that SHA-256 (hex)."""

    def all(self, limit: int) -> list[Proposal]:
        """The newest first, whatever their state."""
