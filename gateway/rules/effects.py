"""What another rule set would change: which rules differ, and how many pairs of involvements in the register would be shown more or less.

Only numbers come out, over everybody: no person, no agency. Nothing is changed by asking.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.alerts.pairing import Pair, in_order
from gateway.family.kinship import Kinship
from gateway.model.involvement import Standing
from gateway.ports import UnitOfWork
from gateway.rules.in_force import sharing_of
from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.decision import Decision, decide, live_bands
from gateway.sharing.rule_set import RuleSet
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.codes import AgeBand, AlertLevel, RelationKind

PAGE = 200
Meeting = tuple[Pair, frozenset[AgeBand], RelationKind | None]


class Change(StrEnum):
    """What becomes of one pair of involvements. `DIFFERENT`: one side is shown more and the other less."""

    BEGINS = "begins"
    ENDS = "ends"
    MORE = "shows-more"
    LESS = "shows-less"
    DIFFERENT = "differs"
    SAME = "stays"


@dataclass(frozen=True, slots=True)
class Effects:
    """`counts` holds every kind of change, over all pairs of live involvements of different agencies that meet."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    counts: Mapping[Change, int]


def effects(office: Office, actor: Actor, old: RuleSet, new: RuleSet, on: date | None = None) -> Effects:
    """From `old` to `new`, as of a day (None: today). Raises `NotPermitted`."""
    check_may_observe(actor)
    day = on or office.clock.now().date()
    counts = Counter(_change(*decisions) for decisions in _decisions(office, old, new, day))
    before, after = _by_id(old), _by_id(new)
    return Effects(
        added=tuple(sorted(set(after) - set(before))),
        removed=tuple(sorted(set(before) - set(after))),
        changed=tuple(sorted(id for id in set(before) & set(after) if before[id] != after[id])),
        counts={change: counts[change] for change in Change},
    )


def _decisions(office: Office, old: RuleSet, new: RuleSet, day: date) -> Iterator[tuple[Decision, Decision]]:
    last: int | None = 0
    while last is not None:
        # A page is a transaction of its own, so that no reader holds the register up.
        with office.store.read() as unit:
            agreements, people = unit.agreements.current(), unit.records.people_after(last, PAGE)
            before, after = sharing_of(unit, old), sharing_of(unit, new)
            last = people[-1] if people else None
            for person in people:
                for pair, bands, relation in _meetings(unit, person, day):
                    terms = (*pair, bands, agreements, day, relation)
                    yield decide(*terms, before), decide(*terms, after)


def _meetings(unit: UnitOfWork, person: int, day: date) -> Iterator[Meeting]:
    """Every pair that meets over this person; of those that meet across a family the ones whose first side is with this person."""
    own = [side for side in unit.involvements.of_person(person) if side.standing is Standing.LIVE]
    bands = live_bands(own, day)
    for index, first in enumerate(own):
        for second in own[index + 1 :]:
            if first.agency != second.agency:
                yield in_order(first, second), bands, None
    mine = {side.id for side in own}
    for kin in Kinship(unit, day).of_person(person):
        if kin.pair[0].id in mine and kin.pair[1].standing is Standing.LIVE:
            yield kin.pair, kin.bands, kin.relation


def _change(before: Decision, after: Decision) -> Change:
    if before.permit is not after.permit:
        return Change.BEGINS if after.permit else Change.ENDS
    steps = {_rank(new) - _rank(old) for old, new in zip(before.levels, after.levels, strict=True)}
    more, less = any(step > 0 for step in steps), any(step < 0 for step in steps)
    if more and less:
        return Change.DIFFERENT
    return Change.MORE if more else Change.LESS if less else Change.SAME


def _rank(level: AlertLevel | None) -> int:
    return -1 if level is None else GENEROSITY.index(level)


def _by_id(rule_set: RuleSet) -> dict[str, Any]:
    return {members["id"]: members for members in rule_set.document["rules"]}
