"""What involvements state of relatives. The evidence stands in one sealed column; it is found by peppered keys only."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update

from gateway.model.relation import StatedRelation
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.relation_tables import relation, relation_key
from gateway.store.tables import involvement, link
from gateway.store.transaction import Transaction
from identity.person.blocking import BUDGET, MOST_PER_KEY, choose
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Certainty
from mappings.canonical.evidence import MAX_BLOCKS, MAX_IDENTIFIERS
from mappings.canonical.notice import MAX_EPOCHS, RelatedPerson

_MOST_ROWS: Final = (2 * MAX_BLOCKS + MAX_IDENTIFIERS) * MAX_EPOCHS * (MOST_PER_KEY + 1)

_OF_INVOLVEMENT: Final = (
    select(relation).where(relation.c.involvement_id == bindparam("involvement")).order_by(relation.c.position)
)
_ABOUT: Final = (
    select(involvement.c.id)
    .join_from(involvement, link, link.c.record_id == involvement.c.record_id)
    .where(link.c.person_id == bindparam("person"), link.c.valid_to.is_(None))
)
_TOUCHING: Final = (
    select(relation)
    .where(or_(relation.c.person_id == bindparam("person"), relation.c.involvement_id.in_(_ABOUT)))
    .order_by(relation.c.id)
)
_RESOLVE: Final = (
    update(relation)
    .where(relation.c.id == bindparam("relation"))
    .values(person_id=bindparam("person"), certainty=bindparam("how_sure"))
)
_POSITIONS: Final = select(relation.c.position).where(relation.c.involvement_id == bindparam("involvement"))
_STATED: Final = select(relation.c.id).where(relation.c.involvement_id == bindparam("involvement"))


class SqlRelations:
    """`gateway.family.ports.Relations`."""

    def __init__(self, transaction: Transaction, sealed: EvidenceColumn) -> None:
        self._db = transaction
        self._sealed = sealed

    def of_involvement(self, involvement_id: int) -> list[StatedRelation]:
        """Those that one involvement states, in order."""
        return [self._relation(row) for row in self._db.rows(_OF_INVOLVEMENT, {"involvement": involvement_id})]

    def replace(self, involvement_id: int, stated: Sequence[tuple[RelatedPerson, IndexKeys]]) -> list[StatedRelation]:
        """Put these in the place of what was stated before, matched with nobody."""
        before = {"involvement": involvement_id}
        for row in self._db.rows(_POSITIONS, before):
            self._sealed.erase(str(involvement_id), str(row.position))
        self._db.run(delete(relation_key).where(relation_key.c.relation_id.in_(_STATED)), before)
        self._db.run(delete(relation).where(relation.c.involvement_id == bindparam("involvement")), before)
        for position, (related, keys) in enumerate(stated):
            self._add(involvement_id, position, related, keys)
        return self.of_involvement(involvement_id)

    def resolve(self, id: int, person_id: int | None, certainty: Certainty | None) -> None:
        """Remember whom of the register it is."""
        self._db.run(_RESOLVE, {"relation": id, "person": person_id, "how_sure": certainty})

    def touching(self, person_id: int) -> list[StatedRelation]:
        """Stated about the person, or matched with the person; oldest first."""
        return [self._relation(row) for row in self._db.rows(_TOUCHING, {"person": person_id})]

    def sharing(self, keys: IndexKeys) -> list[StatedRelation]:
        """Those that share a key, those that share most first, within the budget of any look-up of candidates."""
        current = {old: key for key, old in keys.former.items()}
        every = [*keys.identifiers, *keys.blocks, *keys.bands, *current]
        if not every:
            return []
        found = select(relation_key).where(relation_key.c.key.in_(every)).limit(_MOST_ROWS)
        by_key: defaultdict[bytes, list[int]] = defaultdict(list)
        for row in self._db.rows(found):
            key = bytes(row.key)
            by_key[current.get(key, key)].append(row.relation_id)
        numbered = [by_key[key] for key in keys.identifiers if key in by_key]
        others = [by_key[key] for key in (*keys.blocks, *keys.bands) if key in by_key]
        chosen = choose(numbered, others)[:BUDGET]
        if not chosen:
            return []
        rows = self._db.rows(select(relation).where(relation.c.id.in_(chosen)).order_by(relation.c.id))
        return [self._relation(row) for row in rows]

    def _add(self, involvement_id: int, position: int, related: RelatedPerson, keys: IndexKeys) -> None:
        values = {
            "involvement_id": involvement_id,
            "position": position,
            "kind": related.kind,
            "standing": related.standing,
            "evidence": self._sealed.seal(related.evidence, str(involvement_id), str(position)),
        }
        index_relation(self._db, self._db.value(insert(relation).returning(relation.c.id), values), keys)

    def _relation(self, row: Row[Any]) -> StatedRelation:
        return StatedRelation(
            id=row.id,
            involvement_id=row.involvement_id,
            kind=row.kind,
            standing=row.standing,
            evidence=self._sealed.open(row.evidence, str(row.involvement_id), str(row.position)),
            person_id=row.person_id,
            certainty=row.certainty,
        )


def index_relation(db: Transaction, number: int, keys: IndexKeys) -> None:
    """Let a relation be found by these keys, and by no others."""
    db.run(delete(relation_key).where(relation_key.c.relation_id == bindparam("relation")), {"relation": number})
    for key in dict.fromkeys((*keys.identifiers, *keys.blocks, *keys.bands)):
        db.run(insert(relation_key), {"key": key, "relation_id": number})
