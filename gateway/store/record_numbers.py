"""The numbers by which a record names what many records have alike: its agency, and the epochs it has evidence under. A number is given with the
first record, and never to anything else."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, insert, select

from gateway.store.epoch_names import written
from gateway.store.tables import record_agency, record_epochs
from gateway.store.transaction import Transaction
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

_AGENCY: Final = select(record_agency.c.number).where(record_agency.c.agency == bindparam("agency"))
_EPOCHS: Final = select(record_epochs.c.number).where(record_epochs.c.names == bindparam("names"))
# Both in one statement, because every new record asks for both.
_BOTH: Final = select(_AGENCY.scalar_subquery().label("agency"), _EPOCHS.scalar_subquery().label("epochs"))
_GIVE_AGENCY: Final = insert(record_agency).returning(record_agency.c.number)
_GIVE_EPOCHS: Final = insert(record_epochs).returning(record_epochs.c.number)


def names_of(db: Transaction, agency: AgencyId, evidence: Iterable[Evidence]) -> tuple[int, int]:
    """The number of the agency and that of the evidence's epochs; new ones where there are none. In a transaction that writes."""
    names = written(evidence)
    row = db.row(_BOTH, {"agency": agency, "names": names})
    number, epochs = (row.agency, row.epochs) if row else (None, None)
    return (
        int(number if number is not None else db.value(_GIVE_AGENCY, {"agency": agency})),
        int(epochs if epochs is not None else db.value(_GIVE_EPOCHS, {"names": names})),
    )


def epochs_number(db: Transaction, evidence: Iterable[Evidence]) -> int:
    """The same of the epochs alone."""
    names = written(evidence)
    known = db.value(_EPOCHS, {"names": names})
    return int(known if known is not None else db.value(_GIVE_EPOCHS, {"names": names}))
