"""Fills a register with many people at once, to measure how it behaves when it is large. Nothing else may: nobody is matched.

The rows are those that linking makes of people of whom each is new (a test compares them). They are written a table at a time and the index
in the order of its keys, because one person after the other would touch every page of the index again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select

from gateway.store.epoch_names import written
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.key_heads import heads
from gateway.store.record_index import RecordIndex, numbers_of
from gateway.store.record_numbers import names_of
from gateway.store.tables import link, person, person_record
from gateway.store.transaction import Transaction
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef

_LAST_RECORD: Final = select(func.coalesce(func.max(person_record.c.id), 0))
_LAST_PERSON: Final = select(func.coalesce(func.max(person.c.id), 0))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One client of one agency, known to nobody else."""

    agency: AgencyId
    person_ref: PersonRef
    evidence: tuple[Evidence, ...]
    keys: IndexKeys


def fill(db: Transaction, sealed: EvidenceColumn, people: Sequence[Newcomer], at: datetime) -> None:
    """Add them, each as a person of their own. The transaction holds the register lock, so that numbers come without gaps. Raises
    `StoreConflict` where an agency has such a client already."""
    if not people:
        return
    numbers = [numbers_of(each.keys) for each in people]
    names = _names(db, people)
    db.run(
        insert(person_record),
        [
            {
                "agency": agency,
                "person_ref": each.person_ref,
                "evidence": sealed.seal(each.evidence, each.agency.value, each.person_ref.value),
                "epochs": epochs,
                "index_keys": heads(held),
            }
            for each, held, (agency, epochs) in zip(people, numbers, names, strict=True)
        ],
    )
    db.run(insert(person), [{} for _ in people])
    first_record, first_person = (int(db.value(last)) - len(people) + 1 for last in (_LAST_RECORD, _LAST_PERSON))
    db.run(
        insert(link),
        [
            {
                "record_id": first_record + place,
                "person_id": first_person + place,
                "method": "new",
                "score": 0.0,
                "certainty": None,
                "explanation": "[]",
                "decided_by": "linkage",
                "valid_from": at,
                "valid_to": None,
            }
            for place in range(len(people))
        ],
    )
    RecordIndex(db).fill((first_record + place, held) for place, held in enumerate(numbers))


def _names(db: Transaction, people: Sequence[Newcomer]) -> list[tuple[int, int]]:
    kinds = [(each.agency, written(each.evidence)) for each in people]
    numbers = {
        kind: names_of(db, kind[0], each.evidence) for kind, each in dict(zip(kinds, people, strict=True)).items()
    }
    return [numbers[kind] for kind in kinds]
