"""What the operator's view needs of the store."""

from datetime import datetime
from typing import Protocol

from gateway.model.standing import Figures
from mappings.canonical.identifiers import ConnectorId


class Standings(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.standings`)."""

    def figures(self, since: datetime) -> dict[ConnectorId, Figures]:
        """Of every connector; `accepted` and `refused` count from `since` on."""
