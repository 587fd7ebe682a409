"""Keeping what notices state of relatives, and finding out whom of the register each is.

* A relation lives as long as the live involvement that states it, and goes with it.
* A relative's evidence is held against the people who are there; it makes no person and moves no link.
* When a record comes in or changes, the relations it may be about are looked at again: whoever joins later is found too.
* Who is said to be under no contact is kept apart from then on (`gateway.withholding.no_contact`).
* Whatever is not a clear match stays unmatched. A wrong relative tells a stranger about a family.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.linkage.comparing import decided
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.person_record import PersonRecord
from gateway.model.relation import StatedRelation
from gateway.ports import UnitOfWork
from gateway.withholding import no_contact
from identity.person.family import RELATED_PERSON
from identity.person.kept_evidence import as_kept
from identity.person.linkage import Decision, LinkContext, Outcome
from identity.person.pepper import Pepper
from mappings.canonical.notice import RelatedPerson


@dataclass(slots=True)
class Rematched:
    """`people` whose family is to be looked at again; `involvements` that named a relative who is somebody else now."""

    people: set[int] = field(default_factory=set)
    involvements: set[int] = field(default_factory=set)


def state(
    uow: UnitOfWork,
    pepper: Pepper,
    involvement: RegisteredInvolvement,
    relations: tuple[RelatedPerson, ...],
    now: datetime,
) -> set[int]:
    """Keep what the latest notice of an involvement states; nothing of one that is not live. Returns the people whose family changed."""
    live = relations if involvement.standing is Standing.LIVE else ()
    wanted = [replace(each, evidence=as_kept(each.evidence)) for each in live]
    before = uow.relations.of_involvement(involvement.id)
    if [RelatedPerson(each.kind, each.evidence, each.standing) for each in before] == wanted:
        return set()
    keyed = [(each, pepper.index_keys_of(each.evidence)) for each in wanted]
    rematched = Rematched({each.person_id for each in before if each.person_id is not None})
    for each in uow.relations.replace(involvement.id, keyed):
        _match(uow, pepper, each, rematched, now)
    return rematched.people


def revisit(uow: UnitOfWork, pepper: Pepper, record: PersonRecord, people: Iterable[int], now: datetime) -> Rematched:
    """Look again at the relations that this record, which is new or changed or another person now, may be about, and at those that were
    matched with the `people` it belongs or belonged to."""
    found = {each.id: each for each in uow.relations.sharing(pepper.search_keys_of(record.evidence))}
    for person_id in sorted(people):
        found |= {each.id: each for each in uow.relations.touching(person_id) if each.person_id == person_id}
    rematched = Rematched()
    for _, each in sorted(found.items()):
        _match(uow, pepper, each, rematched, now)
    return rematched


def _match(uow: UnitOfWork, pepper: Pepper, relation: StatedRelation, rematched: Rematched, now: datetime) -> None:
    context = LinkContext(RELATED_PERSON, uow.records.population())
    decision = decided(uow.records, pepper, relation.evidence, context)
    person_id = _person(uow, relation, decision)
    rematched.people |= no_contact.follow(uow, relation, decision, person_id, now)
    if person_id == relation.person_id:
        return
    uow.relations.resolve(relation.id, person_id, decision.certainty if person_id is not None else None)
    rematched.people |= {each for each in (relation.person_id, person_id) if each is not None}
    if relation.person_id is not None:
        rematched.involvements.add(relation.involvement_id)


def _person(uow: UnitOfWork, relation: StatedRelation, decision: Decision) -> int | None:
    """Who was matched; never the very person whose relative it is said to be."""
    if decision.outcome is not Outcome.MATCH:
        return None
    own = uow.records.active_link(uow.involvements.get(relation.involvement_id).record_id)
    return decision.person_id if own is None or own.person_id != decision.person_id else None
