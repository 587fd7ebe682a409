"""Person records, their evidence, and the links that say which person of the register they are."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, select, union_all, update

from gateway.model.person_record import Link, PersonRecord
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.faults import StoreConflict
from gateway.store.key_heads import heads
from gateway.store.record_index import Kind, RecordIndex, numbers_of
from gateway.store.record_numbers import epochs_number, names_of
from gateway.store.record_rows import by_id, by_person
from gateway.store.tables import link, person, person_record, record_agency
from gateway.store.transaction import Transaction
from identity.person.blocking import choose
from identity.person.candidate import Candidate
from identity.person.kept_evidence import as_kept
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef

_ACTIVE: Final = link.c.valid_to.is_(None)
_RECORDS: Final = select(
    person_record.c.id, record_agency.c.agency, person_record.c.person_ref, person_record.c.evidence
).join_from(person_record, record_agency)
_FIND: Final = _RECORDS.where(
    record_agency.c.agency == bindparam("agency"), person_record.c.person_ref == bindparam("person_ref")
)
_GET: Final = _RECORDS.where(person_record.c.id == bindparam("record"))
_ADD: Final = insert(person_record).returning(person_record.c.id)
_WHOSE: Final = (
    select(record_agency.c.agency, person_record.c.person_ref)
    .join_from(person_record, record_agency)
    .where(person_record.c.id == bindparam("record"))
)
_REPLACE: Final = (
    update(person_record)
    .where(person_record.c.id == bindparam("record"))
    .values(evidence=bindparam("sealed"), epochs=bindparam("under"))
)
_ACTIVE_LINK: Final = select(link).where(link.c.record_id == bindparam("record"), _ACTIVE)
# Each half has an index of its own.
_LINKS: Final = union_all(_ACTIVE_LINK, select(link).where(link.c.record_id == bindparam("record"), ~_ACTIVE))
_NEW_PERSON: Final = insert(person).returning(person.c.id)
_POPULATION: Final = select(func.max(person.c.id))
_PEOPLE_AFTER: Final = (
    select(link.c.person_id)
    .distinct()
    .where(_ACTIVE, link.c.person_id > bindparam("person"))
    .order_by(link.c.person_id)
    .limit(bindparam("limit"))
)
_OPEN_LINK: Final = insert(link).returning(link.c.id)
_CLOSE_LINK: Final = update(link).where(link.c.id == bindparam("link"), _ACTIVE).values(valid_to=bindparam("at"))


class SqlRecords:
    """`gateway.linkage.ports.Records`."""

    def __init__(self, transaction: Transaction, sealed: EvidenceColumn, index: RecordIndex) -> None:
        self._db = transaction
        self._sealed = sealed
        self._index = index
        # Whoever asks for candidates asks for the other records of some of their persons next: of one alone, or, asked for a second, of all in one
        # go.
        self._suspects: set[int] = set()
        self._members: dict[int, list[Candidate]] = {}

    def find(self, agency: AgencyId, person_ref: PersonRef) -> PersonRecord | None:
        """The agency's record of that client."""
        row = self._db.row(_FIND, {"agency": agency, "person_ref": person_ref})
        return None if row is None else PersonRecord(row.id, row.agency, row.person_ref, self._open(row))

    def get(self, record_id: int) -> PersonRecord | None:
        """The record of that number."""
        row = self._db.row(_GET, {"record": record_id})
        return None if row is None else PersonRecord(row.id, row.agency, row.person_ref, self._open(row))

    def add(
        self, agency: AgencyId, person_ref: PersonRef, evidence: tuple[Evidence, ...], keys: IndexKeys
    ) -> PersonRecord:
        """A new record, with its evidence as it is kept. Raises `StoreConflict` where the agency has one under that reference."""
        evidence = as_kept(evidence)
        sealed = self._sealed.seal(evidence, agency.value, person_ref.value)
        numbers = numbers_of(keys)
        number, epochs = names_of(self._db, agency, evidence)
        row = {"agency": number, "person_ref": person_ref, "evidence": sealed, "epochs": epochs}
        record_id = self._db.value(_ADD, row | {"index_keys": heads(numbers)})
        self._index.add(record_id, numbers)
        return PersonRecord(record_id, agency, person_ref, evidence)

    def replace_evidence(self, record_id: int, evidence: tuple[Evidence, ...], keys: IndexKeys) -> None:
        """Put other evidence and other index keys in place of the record's. Raises `StoreConflict` where there is no
        such record."""
        self._forget()
        row = self._db.row(_WHOSE, {"record": record_id})
        if row is None:
            raise StoreConflict("there is no such record")
        sealed = self._sealed.seal(evidence, row.agency.value, row.person_ref.value)
        self._db.run(_REPLACE, {"record": record_id, "sealed": sealed, "under": epochs_number(self._db, evidence)})
        self._index.replace(record_id, keys)

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """Those that share an identifier, then those that share most of the block keys (`identity.person.blocking`)."""
        return self._candidates(IndexKeys(keys.identifiers, keys.blocks, (), keys.former), exclude_record)

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """Those that share most of the LSH bands."""
        return self._candidates(IndexKeys((), (), keys.bands, keys.former), exclude_record)

    def members(self, person_id: int) -> list[Candidate]:
        """Every record actively linked to the person, by id."""
        if person_id not in self._members:
            asked = {person_id, *(self._suspects if self._members else ())} - self._members.keys()
            self._members |= {person: [] for person in asked}
            for row in by_person(self._db, asked):
                self._members[row.person_id] += self._as_candidates(row)
        return list(self._members[person_id])

    def active_link(self, record_id: int) -> Link | None:
        """Which person the record is now."""
        row = self._db.row(_ACTIVE_LINK, {"record": record_id})
        return None if row is None else Link(**row._mapping)

    def links(self, record_id: int) -> list[Link]:
        """Every link the record ever had, oldest first."""
        rows = self._db.rows(_LINKS, {"record": record_id})
        return sorted((Link(**row._mapping) for row in rows), key=lambda each: each.id)

    def new_person(self) -> int:
        """A number that no person ever had."""
        return int(self._db.value(_NEW_PERSON, {}))

    def population(self) -> int:
        """About how many people there are: the highest number given, which costs one look at an index."""
        return int(self._db.value(_POPULATION) or 0)

    def people_after(self, person_id: int, limit: int) -> list[int]:
        """Ids above `person_id` of people with an active link, lowest first."""
        return [row.person_id for row in self._db.rows(_PEOPLE_AFTER, {"person": person_id, "limit": limit})]

    def open_link(self, link_: Link) -> Link:
        """Store a link. Raises `StoreConflict` where the record has an active one."""
        self._forget()
        values = {name: getattr(link_, name) for name in link.columns.keys() if name != "id"}  # noqa: SIM118 - not a dict
        return replace(link_, id=self._db.value(_OPEN_LINK, values))

    def close_link(self, link_id: int, at: datetime) -> None:
        """End an active link. Raises `StoreConflict` where it is not active."""
        self._forget()
        if not self._db.run(_CLOSE_LINK, {"link": link_id, "at": at}):
            raise StoreConflict("there is no active link of that number")

    def _candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        found = self._index.find_under_either(keys)
        by_identifier = [records for kind, records in found if kind is Kind.IDENTIFIER]
        by_key = [records for kind, records in found if kind is not Kind.IDENTIFIER]
        chosen = choose(by_identifier, by_key, exclude_record)
        if not chosen:
            return []
        rows = by_id(self._db, chosen)
        self._suspects = {row.person_id for row in rows.values() if row.person_id is not None}
        return [each for record_id in chosen for each in self._as_candidates(rows[record_id])]

    def _forget(self) -> None:
        self._suspects, self._members = set(), {}

    def _as_candidates(self, row: Row[Any]) -> list[Candidate]:
        return [Candidate(row.id, row.person_id, row.agency, each) for each in self._open(row)]

    def _open(self, row: Row[Any]) -> tuple[Evidence, ...]:
        return self._sealed.open(row.evidence, row.agency.value, row.person_ref.value)
