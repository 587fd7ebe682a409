"""The latest state of every involvement. The worker stands in the sealed contact column only."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update

from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.store.faults import StoreConflict
from gateway.store.packed_worker import pack, unpack
from gateway.store.sealed_column import SealedColumn
from gateway.store.tables import involvement, link
from gateway.store.transaction import Transaction
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId, InvolvementRef
from mappings.canonical.notice import Sequence
from mappings.canonical.statement import StatementEntry

_PLAIN: Final = tuple(
    column.name for column in involvement.columns if column.name not in ("id", "worker", "incarnation", "n")
)
_REF_DIGITS: Final = 64
_PAGE: Final = 500

_FIND: Final = select(involvement).where(
    involvement.c.agency == bindparam("agency"), involvement.c.involvement_ref == bindparam("ref")
)
_GET: Final = select(involvement).where(involvement.c.id == bindparam("number"))
_ADD: Final = insert(involvement).returning(involvement.c.id)
_UPDATE: Final = (
    update(involvement)
    .where(involvement.c.id == bindparam("number"))
    .values({column.name: bindparam(f"new_{column.name}") for column in involvement.columns if column.name != "id"})
)
_OF_RECORD: Final = select(involvement).where(involvement.c.record_id == bindparam("record")).order_by(involvement.c.id)
_OF_PERSON: Final = (
    select(involvement)
    .join_from(involvement, link, link.c.record_id == involvement.c.record_id)
    .where(link.c.person_id == bindparam("person"), link.c.valid_to.is_(None))
    .order_by(involvement.c.id)
)
_LIVE: Final = involvement.c.standing == Standing.LIVE
_DIGESTS: Final = select(involvement.c.service, involvement.c.involvement_ref, involvement.c.digest).where(
    involvement.c.agency == bindparam("agency"),
    involvement.c.involvement_ref.between(bindparam("lowest"), bindparam("highest")),
    _LIVE,
)
_AFTER: Final = (
    select(involvement)
    .where(involvement.c.agency == bindparam("agency"), involvement.c.id > bindparam("number"))
    .order_by(involvement.c.id)
    .limit(_PAGE)
)


class SqlInvolvements:
    """`gateway.ports.Involvements`."""

    def __init__(self, transaction: Transaction, sealed: SealedColumn) -> None:
        self._db = transaction
        self._sealed = sealed

    def find(self, agency: AgencyId, ref: InvolvementRef) -> RegisteredInvolvement | None:
        """The agency's involvement of that reference."""
        row = self._db.row(_FIND, {"agency": agency, "ref": ref})
        return None if row is None else self._involvement(row)

    def get(self, id: int) -> RegisteredInvolvement:
        """The involvement of that number. Raises `StoreConflict` where there is none."""
        row = self._db.row(_GET, {"number": id})
        if row is None:
            raise StoreConflict("there is no such involvement")
        return self._involvement(row)

    def save(self, involvement_: RegisteredInvolvement) -> RegisteredInvolvement:
        """Insert (id 0) or update. Raises `StoreConflict` where a new one is there already or a known one is not."""
        values = self._row(involvement_)
        if involvement_.id == 0:
            return replace(involvement_, id=self._db.value(_ADD, values))
        new = {f"new_{name}": value for name, value in values.items()}
        if not self._db.run(_UPDATE, {"number": involvement_.id} | new):
            raise StoreConflict("there is no such involvement")
        return involvement_

    def of_person(self, person_id: int) -> list[RegisteredInvolvement]:
        """All of them, by number, of all records actively linked to the person."""
        return [self._involvement(row) for row in self._db.rows(_OF_PERSON, {"person": person_id})]

    def of_record(self, record_id: int) -> list[RegisteredInvolvement]:
        """All of them, by number."""
        return [self._involvement(row) for row in self._db.rows(_OF_RECORD, {"record": record_id})]

    def live_digests(self, agency: AgencyId, prefix: str, line: ServiceLine | None = None) -> dict[InvolvementRef, str]:
        """Reference -> state digest. `prefix` is lower-case hexadecimal; raises ValueError (an `InvalidIdentifier`)
        where it is not."""
        lowest, highest = InvolvementRef(prefix.ljust(_REF_DIGITS, "0")), InvolvementRef(prefix.ljust(_REF_DIGITS, "f"))
        rows = self._db.rows(_DIGESTS, {"agency": agency, "lowest": lowest, "highest": highest})
        return {row.involvement_ref: row.digest for row in rows if line in (None, row.service)}

    def live_by_line(self, agency: AgencyId) -> list[tuple[ServiceLine, StatementEntry]]:
        """All live ones of the agency."""
        lowest, highest = InvolvementRef("0" * _REF_DIGITS), InvolvementRef("f" * _REF_DIGITS)
        rows = self._db.rows(_DIGESTS, {"agency": agency, "lowest": lowest, "highest": highest})
        return [(row.service, StatementEntry(row.involvement_ref, row.digest)) for row in rows]

    def of_agency(self, agency: AgencyId) -> Iterator[RegisteredInvolvement]:
        """All of them, whatever their standing, by number, read in pages."""
        number = 0
        while rows := self._db.rows(_AFTER, {"agency": agency, "number": number}):
            yield from (self._involvement(row) for row in rows)
            number = rows[-1].id

    def _row(self, involvement_: RegisteredInvolvement) -> dict[str, Any]:
        values = {name: getattr(involvement_, name) for name in _PLAIN}
        values |= {"incarnation": involvement_.sequence.incarnation, "n": involvement_.sequence.n}
        values["worker"] = self._sealed.seal(
            pack(involvement_.worker, involvement_.worker_tokens), *_whose(involvement_)
        )
        return values

    def _involvement(self, row: Row[Any]) -> RegisteredInvolvement:
        worker, tokens = unpack(self._sealed.open(row.worker, *_whose(row)))
        plain = {name: getattr(row, name) for name in _PLAIN}
        sequence = Sequence(row.incarnation, row.n)
        return RegisteredInvolvement(id=row.id, worker=worker, worker_tokens=tokens, sequence=sequence, **plain)


def _whose(row: Any) -> tuple[str, str]:
    return row.agency.value, row.involvement_ref.value
