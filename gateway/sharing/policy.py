"""What a rule set says, on one day, of what two involvements may show of each other. Pure, compiled for speed: microseconds a pair.

* Default deny: what no permit covers is not shown. A forbid wins over every permit, whatever their order.
* Every direction is decided by itself, for its discloser: what the discloser lets that recipient learn.
* Reciprocity: mutual permits count only where both directions have one, and then both sides are shown the lesser of the two levels. A
  one-way permit counts by itself.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.ground import Ground
from gateway.sharing.rule import Effect, Relative, Rule
from gateway.sharing.rule_set import RuleSet
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    Consent,
    LegalBasis,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId

# Tuples, because many are made for every pair and a frozen dataclass takes four times as long to make.
RANK = {level: rank for rank, level in enumerate(GENEROSITY)}
_Key = tuple[AgencyType | None, AgencyType | None, ServiceLine, Sensitivity, Relative]
TypeOf = Callable[[AgencyId], AgencyType | None]


class Disclosure(NamedTuple):
    """One direction: what may `recipient` learn of an involvement of `discloser`? `band` is the age band that involvement states, `bands` all
    that are claimed of the people concerned. A type is None where nobody knows it; then only rules for all types cover it."""

    discloser: AgencyId
    discloser_type: AgencyType | None
    recipient: AgencyId
    recipient_type: AgencyType | None
    service: ServiceLine
    sensitivity: Sensitivity
    basis: LegalBasis
    consent: Consent
    band: AgeBand
    bands: frozenset[AgeBand]
    relation: Relative


class Permitted(NamedTuple):
    """How much one rule lets be shown."""

    level: AlertLevel
    rule: str


class Verdict(NamedTuple):
    """What the rules say of one direction: the forbid that wins, if any, else the most generous mutual and one-way permits, and of the one-way
    ones the most generous that is meant for recipients that must stay private too."""

    forbidden: str = ""
    mutual: Permitted | None = None
    one_way: Permitted | None = None
    to_private: Permitted | None = None


class Shown(NamedTuple):
    """What comes out of both directions. `level` None: nothing; `rules` are the ids that made it so."""

    level: AlertLevel | None
    rules: tuple[str, ...]
    reason: str


class _Permit(NamedTuple):
    """A permit as it is asked about: `grounds` are the discloser's, by power; None where the agreement's bases count."""

    rule: Rule
    permitted: Permitted
    grounds: dict[LegalBasis, Ground] | None


_Applying = tuple[tuple[Rule, ...], tuple[_Permit, ...], tuple[_Permit, ...], tuple[_Permit, ...]]


class Policy:
    """One rule set on one day. What rules apply to a kind of disclosure is worked out when it is first asked for; there are only so many."""

    __slots__ = ("_counting", "_table", "day", "rule_set")

    def __init__(self, rule_set: RuleSet, day: date) -> None:
        self.rule_set, self.day = rule_set, day
        self._counting = tuple(rule for rule in rule_set.rules if rule.counts_on(day))
        self._table: dict[_Key, _Applying] = {}

    def judge(self, ask: Disclosure) -> Verdict:
        """What the rules say of one direction, for itself."""
        key = (ask.discloser_type, ask.recipient_type, ask.service, ask.sensitivity, ask.relation)
        applying = self._table.get(key)
        if applying is None:
            applying = self._table[key] = _applying(self._counting, key)
        forbids, mutual, one_way, to_private = applying
        for rule in forbids:
            if not rule.age_bands.isdisjoint(ask.bands) and _between_these(rule, ask):
                return Verdict(forbidden=rule.id)
        return Verdict("", _most(mutual, ask), _most(one_way, ask), _most(to_private, ask) if to_private else None)


@lru_cache(maxsize=64)
def policy_on(rule_set: RuleSet, day: date) -> Policy:
    """The set compiled for that day."""
    return Policy(rule_set, day)


def shown(this: Verdict, other: Verdict) -> Shown:
    """What `this` direction shows, given what the rules say of the `other`."""
    if this.forbidden:
        return Shown(None, (this.forbidden,), "forbidden-by-rule")
    mutual, returned, one_way = this.mutual, other.mutual, this.one_way
    if mutual is None or returned is None:
        if one_way is not None:
            return Shown(one_way.level, (one_way.rule,), "")
        return Shown(None, (mutual.rule,), "not-reciprocal") if mutual else Shown(None, (), "no-rule")
    least = mutual if RANK[mutual.level] <= RANK[returned.level] else returned
    if one_way is not None and RANK[one_way.level] > RANK[least.level]:
        return Shown(one_way.level, (one_way.rule,), "")
    both = (mutual.rule,) if mutual.rule == returned.rule else (mutual.rule, returned.rule)
    return Shown(least.level, both, "")


def _applying(rules: Iterable[Rule], key: _Key) -> _Applying:
    discloser, recipient, service, sensitivity, relation = key
    found = [
        rule
        for rule in rules
        if _is_of(discloser, rule.from_types)
        and _is_of(recipient, rule.to_types)
        and service in rule.services
        and sensitivity in rule.sensitivities
        and relation in rule.relations
    ]
    permits = [
        _Permit(rule, Permitted(rule.level, rule.id), _grounds_of(rule, discloser))
        for rule in found
        if rule.effect is Effect.PERMIT and rule.level is not None
    ]
    # The most generous first, so that the first that covers is the one that counts.
    permits.sort(key=lambda each: -RANK[each.permitted.level])
    return (
        tuple(rule for rule in found if rule.effect is Effect.FORBID),
        tuple(each for each in permits if not each.rule.one_way),
        tuple(each for each in permits if each.rule.one_way),
        tuple(each for each in permits if each.rule.to_private),
    )


def _is_of(kind: AgencyType | None, kinds: frozenset[AgencyType]) -> bool:
    return len(kinds) == len(AgencyType) if kind is None else kind in kinds


def _grounds_of(rule: Rule, discloser: AgencyType | None) -> dict[LegalBasis, Ground] | None:
    return None if rule.grounds is None else {each.power: each for each in rule.grounds if each.discloser is discloser}


def _most(permits: tuple[_Permit, ...], ask: Disclosure) -> Permitted | None:
    for rule, permitted, grounds in permits:
        if ask.bands <= rule.age_bands and _between_these(rule, ask) and (grounds is None or _grounded(grounds, ask)):
            return permitted
    return None


def _between_these(rule: Rule, ask: Disclosure) -> bool:
    """Whether the rule is for these very agencies, or for all of their types."""
    return (rule.from_agencies is None or ask.discloser in rule.from_agencies) and (
        rule.to_agencies is None or ask.recipient in rule.to_agencies
    )


def _grounded(grounds: dict[LegalBasis, Ground], ask: Disclosure) -> bool:
    """Whether the discloser has a ground for what it published: the power it named, covering the age of its client, and consent if needed."""
    ground = grounds.get(ask.basis)
    if ground is None or ask.band not in ground.age_bands:
        return False
    return ask.consent is Consent.GIVEN or not ground.consent_needed
