"""The number by which a record names its agency. A number is given with the first record, and never to another agency."""

from typing import Final

from sqlalchemy import bindparam, insert, select

from gateway.store.tables import record_agency
from gateway.store.transaction import Transaction
from mappings.canonical.identifiers import AgencyId

_FIND: Final = select(record_agency.c.number).where(record_agency.c.agency == bindparam("named"))
_GIVE: Final = insert(record_agency).returning(record_agency.c.number)


def number_of(db: Transaction, agency: AgencyId) -> int:
    """The agency's number; a new one where it has none. In a transaction that writes."""
    known = db.value(_FIND, {"named": agency})
    return int(known if known is not None else db.value(_GIVE, {"agency": agency}))
