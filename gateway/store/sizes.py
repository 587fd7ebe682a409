"""How many bytes the register takes for people, without their sealed details: what grows with every record."""

from typing import Final

from sqlalchemy import func, select

from gateway.store.sql_store import SqlStore
from gateway.store.tables import link, person, person_record, record_key

_SEALED: Final = select(func.coalesce(func.sum(func.length(person_record.c.evidence)), 0))
_TABLES: Final = (person, person_record, record_key, link)
_PAGES_IN_FILE: Final = "SELECT page_count - freelist_count AS page_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"


def bytes_beside_details(store: SqlStore) -> int:
    """Persons, records, index keys and links with all their indexes, less the sealed details themselves.

    An SQLite file counts whole (by its pages in use); of a PostgreSQL database those four tables with their indexes.
    """
    with store.transactions.reading() as db:
        sealed = int(db.value(_SEALED))
        if db.postgresql:
            sizes = (func.pg_total_relation_size(table.name) for table in _TABLES)
            return sum(int(db.value(select(size))) for size in sizes) - sealed
        found = db.driver_rows(_PAGES_IN_FILE, ())[0]
        return int(found.page_count) * int(found.page_size) - sealed
