"""Which involvements meet across a family: those with a client, and those with a relative whom a notice about that client names.

* One step: from the involvement that states the relation to the involvements with the relative. Another agency that helps the same client
  learns nothing of the relative from that statement.
* Where any agency calls the two disputed relatives, or under no contact, nobody meets across them; no contact outlives the notice that said
  so (`gateway.withholding.no_contact`).
* A relation that both sides state in different words counts as the earlier statement says.
"""

from dataclasses import dataclass, field
from datetime import date

from gateway.alerts.pairing import Pair, in_order
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.relation import StatedRelation
from gateway.ports import UnitOfWork
from gateway.sharing.decision import live_bands
from identity.person.family import connects, seen_from_there
from mappings.canonical.codes import AgeBand, Certainty, RelationKind


@dataclass(frozen=True, slots=True)
class Kin:
    """Two involvements with relatives. `relation` is what the second's client is to the first's, `certainty` how surely the relative is
    known again, `bands` every age band claimed of either."""

    pair: Pair
    relation: RelationKind
    certainty: Certainty
    bands: frozenset[AgeBand]


@dataclass(frozen=True, slots=True)
class _Reached:
    """One relation seen from a person's side: from which involvements, to which of whom, as what."""

    relation: StatedRelation
    own: tuple[RegisteredInvolvement, ...]
    person_id: int
    others: tuple[RegisteredInvolvement, ...]
    kind: RelationKind


@dataclass(frozen=True, slots=True)
class Kinship:
    """One unit of work's view, as of a day."""

    uow: UnitOfWork
    on: date
    _people: dict[int, tuple[RegisteredInvolvement, ...]] = field(default_factory=dict)

    def of_person(self, person_id: int) -> list[Kin]:
        """Every pair of different agencies that meets across this person's family, each once."""
        stated = self.uow.relations.touching(person_id)
        reached = [found for each in stated if (found := self._reach(each, person_id))]
        apart = {each.person_id for each in reached if not connects(each.relation.standing)}
        apart |= self.uow.no_contacts.apart_from(person_id)
        bands = live_bands(self._involvements(person_id), self.on)
        met: dict[tuple[int, int], Kin] = {}
        for each in reached:
            if each.person_id not in apart:
                self._meet(each, bands | live_bands(self._involvements(each.person_id), self.on), met)
        return list(met.values())

    def between(self, pair: Pair) -> Kin | None:
        """How this pair meets across a family, None where it does not."""
        link = self.uow.records.active_link(pair[0].record_id)
        if link is None:
            return None
        ids = (pair[0].id, pair[1].id)
        return next((kin for kin in self.of_person(link.person_id) if (kin.pair[0].id, kin.pair[1].id) == ids), None)

    def _reach(self, relation: StatedRelation, person_id: int) -> _Reached | None:
        if relation.person_id is None:
            return None
        own = self._involvements(person_id)
        stating = next((side for side in own if side.id == relation.involvement_id), None)
        if stating is not None:
            if relation.person_id == person_id:
                return None
            others = self._involvements(relation.person_id)
            return _Reached(relation, (stating,), relation.person_id, others, relation.kind)
        stating = self.uow.involvements.get(relation.involvement_id)
        link = self.uow.records.active_link(stating.record_id)
        if link is None:
            return None
        return _Reached(relation, own, link.person_id, (stating,), seen_from_there(relation.kind))

    def _meet(self, reached: _Reached, bands: frozenset[AgeBand], met: dict[tuple[int, int], Kin]) -> None:
        certainty = reached.relation.certainty or Certainty.STRONG_MATCH
        for own in reached.own:
            for other in reached.others:
                if own.agency == other.agency:
                    continue
                pair = in_order(own, other)
                seen = reached.kind if pair[0] is own else seen_from_there(reached.kind)
                met.setdefault((pair[0].id, pair[1].id), Kin(pair, seen, certainty, bands))

    def _involvements(self, person_id: int) -> tuple[RegisteredInvolvement, ...]:
        if person_id not in self._people:
            self._people[person_id] = tuple(self.uow.involvements.of_person(person_id))
        return self._people[person_id]
