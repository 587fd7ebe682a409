"""What the report of who was informed needs of the store."""

from dataclasses import dataclass
from typing import Protocol

from mappings.canonical.codes import Informed
from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class InformedCount:
    """How many live involvements of one agency say that the person was informed in this way, with the day of it or without."""

    agency: AgencyId
    informed: Informed
    dated: bool
    count: int


class Informing(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.informing`)."""

    def counts(self) -> list[InformedCount]:
        """Of every agency with a live involvement, by agency and code."""
