"""What linkage needs of the store (`gateway.ports`)."""

from datetime import datetime
from typing import Protocol

from gateway.model.person_record import Link, PersonRecord
from identity.person.linkage import Candidate
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import (
    AgencyId,
    PersonRef,
)


class Records(Protocol):
    """Person records (one a client an agency), their evidence, index keys and links."""

    def find(self, agency: AgencyId, person_ref: PersonRef) -> PersonRecord | None: ...
    def get(self, record_id: int) -> PersonRecord | None: ...
    def add(
        self, agency: AgencyId, person_ref: PersonRef, evidence: tuple[Evidence, ...], keys: IndexKeys
    ) -> PersonRecord: ...
    def replace_evidence(self, record_id: int, evidence: tuple[Evidence, ...], keys: IndexKeys) -> None: ...
    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """By exact identifier first, then by block keys, those that share most first, within the budget (identity.person.blocking)."""

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """The second pass, by LSH bands, within the same budget."""

    def members(self, person_id: int) -> list[Candidate]:
        """Every record actively linked to the person."""

    def active_link(self, record_id: int) -> Link | None: ...
    def links(self, record_id: int) -> list[Link]:
        """Every link the record ever had, oldest first."""

    def new_person(self) -> int: ...
    def population(self) -> int:
        """About how many people there are (the prior of linkage needs the size, not the count): must be cheap."""

    def people_after(self, person_id: int, limit: int) -> list[int]:
        """Ids of people with an active link, greater than `person_id`, in order: for sweeps over everybody."""

    def open_link(self, link: Link) -> Link:
        """Stores it and returns it with its id. One active link per record."""

    def close_link(self, link_id: int, at: datetime) -> None: ...
