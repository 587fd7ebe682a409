"""How many bytes the register takes for people, table by table with all indexes, and how many of them are sealed evidence."""

from typing import Final

from sqlalchemy import func, select

from gateway.store.sql_store import SqlStore
from gateway.store.tables import link, person, person_record, posting_page
from gateway.store.transaction import Transaction

EVIDENCE: Final = "of which sealed evidence"
_SEALED: Final = select(func.coalesce(func.sum(func.length(person_record.c.evidence)), 0))
_TABLES: Final = (person, person_record, posting_page, link)
_IN_FILE: Final = """
SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat
WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)
"""


def table_sizes(store: SqlStore) -> dict[str, int]:
    """Bytes of each table about people with its indexes, whole pages; and (`EVIDENCE`) of the sealed evidence within `person_record`."""
    with store.transactions.reading() as db:
        sizes = {table.name: _size(db, table.name) for table in _TABLES}
        return sizes | {EVIDENCE: int(db.value(_SEALED))}


def bytes_of_people(store: SqlStore) -> int:
    """Persons, records with their sealed evidence, index keys and links, with all their indexes; not the details sealed to stewards."""
    return sum(size for table, size in table_sizes(store).items() if table != EVIDENCE)


def _size(db: Transaction, table: str) -> int:
    if db.postgresql:
        return int(db.value(select(func.pg_total_relation_size(table))))
    return int(db.driver_rows(_IN_FILE, (table,))[0].bytes)
