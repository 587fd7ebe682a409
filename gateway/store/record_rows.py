"""Reads many records at once, each with the person it is linked to now.

The statements say the order in which the tables are gone through. The engines' planners would choose it by statistics,
which a register that is being filled for the first time has not gathered yet, and then read whole tables for each notice.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Row, TextualSelect, text

from gateway.store.tables import link, person_record, record_agency
from gateway.store.transaction import Transaction

# OFFSET 0 keeps PostgreSQL from turning the look-ups by index into one join; CROSS JOIN keeps SQLite to the order written.
_BY_ID_ON_SERVER: Final = """
SELECT r.id, a.agency, r.person_ref, r.evidence, l.person_id
FROM unnest(CAST(:asked AS bigint[])) AS asked (id)
CROSS JOIN LATERAL (SELECT * FROM person_record WHERE id = asked.id OFFSET 0) AS r
CROSS JOIN LATERAL (SELECT agency FROM record_agency WHERE number = r.agency OFFSET 0) AS a
LEFT JOIN LATERAL (SELECT person_id FROM link WHERE record_id = asked.id AND valid_to IS NULL OFFSET 0) AS l ON true
"""
_BY_PERSON_ON_SERVER: Final = """
SELECT r.id, a.agency, r.person_ref, r.evidence, asked.id AS person_id
FROM unnest(CAST(:asked AS bigint[])) AS asked (id)
CROSS JOIN LATERAL (SELECT record_id FROM link WHERE person_id = asked.id AND valid_to IS NULL OFFSET 0) AS l
CROSS JOIN LATERAL (SELECT * FROM person_record WHERE id = l.record_id OFFSET 0) AS r
CROSS JOIN LATERAL (SELECT agency FROM record_agency WHERE number = r.agency OFFSET 0) AS a
"""
_BY_ID_IN_FILE: Final = """
SELECT r.id, a.agency, r.person_ref, r.evidence, l.person_id
FROM json_each(:asked) AS asked CROSS JOIN person_record AS r ON r.id = asked.value
CROSS JOIN record_agency AS a ON a.number = r.agency
LEFT JOIN link AS l ON l.record_id = r.id AND l.valid_to IS NULL
"""
_BY_PERSON_IN_FILE: Final = """
SELECT r.id, a.agency, r.person_ref, r.evidence, l.person_id
FROM json_each(:asked) AS asked
CROSS JOIN link AS l ON l.person_id = asked.value AND l.valid_to IS NULL
CROSS JOIN person_record AS r ON r.id = l.record_id
CROSS JOIN record_agency AS a ON a.number = r.agency
"""


def _typed(statement: str) -> TextualSelect:
    columns = (person_record.c.id, record_agency.c.agency, person_record.c.person_ref, person_record.c.evidence)
    return text(statement).columns(*columns, link.c.person_id)


_BY_ID: Final = {True: _typed(_BY_ID_ON_SERVER), False: _typed(_BY_ID_IN_FILE)}
_BY_PERSON: Final = {True: _typed(_BY_PERSON_ON_SERVER), False: _typed(_BY_PERSON_IN_FILE)}


def by_id(db: Transaction, records: Iterable[int]) -> dict[int, Row[Any]]:
    """The records of those numbers, with `person_id` None where one is linked to nobody."""
    return {row.id: row for row in _read(db, _BY_ID, records)}


def by_person(db: Transaction, persons: Iterable[int]) -> list[Row[Any]]:
    """Every record actively linked to one of the persons, by number."""
    return sorted(_read(db, _BY_PERSON, persons), key=lambda row: int(row.id))


def _read(db: Transaction, statements: dict[bool, TextualSelect], asked: Iterable[int]) -> Sequence[Row[Any]]:
    numbers = list(asked)
    return db.rows(statements[db.postgresql], {"asked": numbers if db.postgresql else json.dumps(numbers)})
