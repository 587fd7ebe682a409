"""How every connector is doing on a side that takes the register of trust from another store."""

from dataclasses import replace
from datetime import datetime

from gateway.model.standing import Figures
from gateway.trust.standing_ports import Standings
from mappings.canonical.identifiers import ConnectorId


class SharedStandings:
    """`gateway.trust.standing_ports.Standings`: traffic is this side's own; requests and certificates are where the register is."""

    def __init__(self, own: Standings, shared: Standings) -> None:
        self._own, self._shared = own, shared

    def figures(self, since: datetime) -> dict[ConnectorId, Figures]:
        """See the port. A connector that this side has not copied yet (`gateway.trust.leaving`) has no traffic here."""
        own = self._own.figures(since)
        return {
            id: replace(
                own.get(id, Figures(id)), last_request=known.last_request, certificate_until=known.certificate_until
            )
            for id, known in self._shared.figures(since).items()
        }
