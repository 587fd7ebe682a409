"""Pairs of records whose people must not meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, literal, or_, select, update

from gateway.model.no_contact import NoContact
from gateway.store.tables import link
from gateway.store.transaction import Transaction
from gateway.store.withholding_tables import no_contact
from mappings.canonical.identifiers import AgencyId

_STANDS: Final = no_contact.c.ended_at.is_(None)
_ANY: Final = select(func.count()).select_from(select(no_contact.c.id).where(_STANDS).limit(1).subquery())
_HERE, _THERE = link.alias("here"), link.alias("there")
_PEOPLE: Final = (
    select(no_contact, _HERE.c.person_id.label("here"), _THERE.c.person_id.label("there"))
    .join_from(no_contact, _HERE, and_(_HERE.c.record_id == no_contact.c.record_id, _HERE.c.valid_to.is_(None)))
    .join(_THERE, and_(_THERE.c.record_id == no_contact.c.other_id, _THERE.c.valid_to.is_(None)))
    .where(_STANDS)
)
_OF_PERSON: Final = _PEOPLE.where(
    or_(_HERE.c.person_id == bindparam("person"), _THERE.c.person_id == bindparam("person"))
)
_FIELDS: Final = tuple(column.name for column in no_contact.columns)


@dataclass(slots=True)
class SqlNoContacts:
    """`gateway.withholding.ports.NoContacts`."""

    _db: Transaction
    # Every family is asked about, and mostly nobody is under no contact: known once a unit, since nobody else writes meanwhile.
    _any: bool | None = None

    def note(self, agency: AgencyId, record_id: int, others: Iterable[int], at: datetime) -> int:
        """See the port."""
        said = [other for other in sorted(set(others) - {record_id}) if not self._says(agency, record_id, other)]
        rows = [
            {"agency": agency, "record_id": record_id, "other_id": other, "made_at": at, "ended_at": None}
            for other in said
        ]
        if rows:
            self._any = True
            self._db.run(insert(no_contact), rows)
        return len(rows)

    def take_back(self, agency: AgencyId, record_id: int, others: Iterable[int], at: datetime) -> int:
        """See the port."""
        if self._nothing_stands():
            return 0
        meant = (no_contact.c.agency == agency, no_contact.c.record_id == record_id)
        which = no_contact.c.other_id.in_(list(others))
        return self._db.run(update(no_contact).where(*meant, which, _STANDS).values(ended_at=at))

    def apart_from(self, person_id: int) -> set[int]:
        """See the port."""
        if self._nothing_stands():
            return set()
        rows = self._db.rows(_OF_PERSON, {"person": person_id})
        return {each for row in rows for each in (row.here, row.there)} - {person_id}

    def copy(self, here: int, there: int) -> None:
        """See the port."""
        if self._nothing_stands():
            return
        of_it = or_(no_contact.c.record_id == here, no_contact.c.other_id == here)
        for row in self._db.rows(select(no_contact).where(of_it, _STANDS).order_by(no_contact.c.id)):
            first, second = (there if each == here else each for each in (row.record_id, row.other_id))
            self.note(row.agency, first, [second], row.made_at)

    def get(self, id: int) -> NoContact | None:
        """By number."""
        row = self._db.row(select(no_contact).where(no_contact.c.id == id))
        return None if row is None else _pair(row)

    def all(self, ended: bool) -> list[NoContact]:
        """See the port."""
        asked = select(no_contact).order_by(no_contact.c.id)
        return [_pair(row) for row in self._db.rows(asked if ended else asked.where(_STANDS))]

    def between(self, agency: AgencyId, people: tuple[int, int]) -> list[NoContact]:
        """See the port."""
        both: ColumnElement[bool] = and_(_HERE.c.person_id.in_(people), _THERE.c.person_id.in_(people))
        asked = _PEOPLE.where(both, no_contact.c.agency == agency).order_by(no_contact.c.id)
        return [_pair(row) for row in self._db.rows(asked)]

    def end(self, ids: Iterable[int], at: datetime) -> None:
        """See the port."""
        self._db.run(update(no_contact).where(no_contact.c.id.in_(list(ids)), _STANDS).values(ended_at=at))

    def _says(self, agency: AgencyId, record_id: int, other: int) -> bool:
        said = (no_contact.c.agency == agency, no_contact.c.record_id == record_id, no_contact.c.other_id == other)
        return self._db.value(select(literal(1)).where(exists().where(*said, _STANDS))) is not None

    def _nothing_stands(self) -> bool:
        if self._any is None:
            self._any = bool(self._db.value(_ANY))
        return not self._any


def _pair(row: Any) -> NoContact:
    return NoContact(**{name: getattr(row, name) for name in _FIELDS})
