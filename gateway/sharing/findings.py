"""What an IG lead should hear of a rule set that can be read: rules without effect, one-sided ones, what no rule covers, what ends soon.

An error is what cannot be meant; a warning is what somebody should look at; a note says what follows from the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.rule import Effect, Rule
from gateway.sharing.rule_set import RuleSet
from identity.person.family import seen_from_there
from mappings.canonical.codes import RelationKind

SOON = timedelta(days=30)
_T = TypeVar("_T")


class Weight(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is a code, `rules` the ids of the rules it is about, `sentence` says it plainly."""

    weight: Weight
    kind: str
    rules: tuple[str, ...]
    sentence: str


def findings(rule_set: RuleSet, on: date) -> list[Finding]:
    """All of them, the heaviest first."""
    found = [*_without_effect(rule_set.rules), *_one_sided(rule_set.rules), *_one_way(rule_set.rules)]
    found += [*_endings(rule_set.rules, on), *_gaps(rule_set.rules)]
    return sorted(found, key=lambda each: (list(Weight).index(each.weight), each.kind, each.rules))


def _without_effect(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        for other in rules:
            if other is rule or not _within(rule, other):
                continue
            if rule.effect is Effect.PERMIT and other.effect is Effect.FORBID and other.valid_from <= rule.valid_from:
                sentence = f"rule {rule.id} permits only what rule {other.id} forbids, so it never permits anything"
                yield Finding(Weight.ERROR, "contradiction", (rule.id, other.id), sentence)
            elif _repeats(rule, other) and not (_repeats(other, rule) and _within(other, rule) and rule.id < other.id):
                sentence = f"rule {rule.id} says nothing that rule {other.id} does not say already"
                yield Finding(Weight.WARNING, "unreachable", (rule.id, other.id), sentence)


def _one_sided(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    """Mutual permits that no other returns, for at least one pair of agency types."""
    mutual = [rule for rule in rules if rule.effect is Effect.PERMIT and not rule.one_way]
    for rule in mutual:
        returned = {
            (recipient, discloser)
            for other in mutual
            if _turned(rule) & other.relations and rule.age_bands & other.age_bands
            for discloser in other.from_types
            for recipient in other.to_types
        }
        alone = [(a, b) for a in sorted(rule.from_types) for b in sorted(rule.to_types) if (a, b) not in returned]
        if len(alone) == len(rule.from_types) * len(rule.to_types):
            sentence = (
                f"rule {rule.id} has no effect: no rule lets its recipients disclose in return, and it is not one-way"
            )
            yield Finding(Weight.ERROR, "not-returned", (rule.id,), sentence)
        elif alone:
            pairs = "; ".join(f"{discloser} to {recipient}" for discloser, recipient in alone)
            sentence = f"rule {rule.id} has no effect where nothing is disclosed in return: {pairs}"
            yield Finding(Weight.WARNING, "not-returned", (rule.id,), sentence)


def _one_way(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        if rule.one_way:
            sentence = f"rule {rule.id} discloses without anything in return: {rule.one_way}"
            yield Finding(Weight.NOTE, "one-way", (rule.id,), sentence)
        if rule.to_private:
            sentence = f"rule {rule.id} shows services that must stay private more than they show: {rule.to_private}"
            yield Finding(Weight.NOTE, "to-private", (rule.id,), sentence)


def _endings(rules: tuple[Rule, ...], on: date) -> Iterator[Finding]:
    for rule in rules:
        over, permits = rule.valid_until, rule.effect is Effect.PERMIT
        if permits and over is not None and over < on:
            yield _ending(rule, f"rule {rule.id} ended on {over} and permits nothing any more")
        elif rule.review_by < on:
            after = "permits nothing until it is reviewed" if permits else "goes on forbidding"
            yield _ending(rule, f"the review of rule {rule.id} was due on {rule.review_by}; it {after}")
        elif rule.valid_from > on:
            sentence = f"rule {rule.id} counts from {rule.valid_from} on, and not before"
            yield Finding(Weight.NOTE, "not-yet", (rule.id,), sentence)
        elif permits and over is not None and min(over, rule.review_by) - on <= SOON:
            yield _ending(
                rule, f"rule {rule.id} permits until {min(over, rule.review_by)}; renew or review it before then"
            )
        elif rule.review_by - on <= SOON:
            yield _ending(rule, f"rule {rule.id} is to be reviewed by {rule.review_by}")


def _ending(rule: Rule, sentence: str) -> Finding:
    return Finding(Weight.WARNING, "expiring", (rule.id,), sentence)


def _gaps(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    """Pairs of agency types that occur in the set and of which no permit lets the one tell the other."""
    permits = [rule for rule in rules if rule.effect is Effect.PERMIT]
    kinds = sorted({kind for rule in permits for kind in rule.from_types | rule.to_types})
    covered = {(a, b) for rule in permits for a in rule.from_types for b in rule.to_types}
    for discloser in kinds:
        untold = [recipient.value for recipient in kinds if (discloser, recipient) not in covered]
        if untold:
            sentence = f"no rule lets {discloser} disclose to {', '.join(untold)}"
            yield Finding(Weight.NOTE, "gap", (), sentence)


def _within(rule: Rule, other: Rule) -> bool:
    """Whether whatever `rule` covers, `other` covers too. Age bands: a permit covers where all are its own, a forbid where any is."""
    return (
        rule.from_types <= other.from_types
        and rule.to_types <= other.to_types
        and _narrower(rule.from_agencies, other.from_agencies)
        and _narrower(rule.to_agencies, other.to_agencies)
        and rule.services <= other.services
        and rule.sensitivities <= other.sensitivities
        and rule.relations <= other.relations
        and rule.age_bands <= other.age_bands
    )


def _repeats(rule: Rule, other: Rule) -> bool:
    """Whether `other`, which covers all that `rule` covers, also does all that it does, for as long."""
    if rule.effect is not other.effect or bool(rule.one_way) is not bool(other.one_way):
        return False
    if rule.to_private and not other.to_private:
        return False
    if rule.effect is Effect.FORBID:
        return other.valid_from <= rule.valid_from
    if rule.level is None or other.level is None or rule.grounds is None or other.grounds is None:
        return False
    return (
        GENEROSITY.index(rule.level) <= GENEROSITY.index(other.level)
        and set(rule.grounds) <= set(other.grounds)
        and other.valid_from <= rule.valid_from
        and _last(rule) <= _last(other)
    )


def _last(rule: Rule) -> date:
    return min(rule.valid_until or rule.review_by, rule.review_by)


def _narrower(these: frozenset[_T] | None, those: frozenset[_T] | None) -> bool:
    return those is None or (these is not None and these <= those)


def _turned(rule: Rule) -> set[RelationKind | None]:
    return {None if kind is None else seen_from_there(kind) for kind in rule.relations}
