"""What a rule set says, on one day, of what two involvements may show of each other. Pure, compiled for speed: microseconds a pair.

* Default deny: what no permit covers is not shown. A forbid wins over every permit, whatever their order.
* Every direction is decided by itself, for its discloser: what the discloser lets that recipient learn.
* Reciprocity: mutual permits count only where both directions have one, and then both sides are shown the lesser of the two levels. A
  one-way permit counts by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product

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

_RANK = {level: rank for rank, level in enumerate(GENEROSITY)}
_KINDS: tuple[AgencyType | None, ...] = (None, *AgencyType)
_Permit = tuple[Rule, dict[LegalBasis, Ground] | None]
_Applying = tuple[tuple[Rule, ...], tuple[_Permit, ...], tuple[_Permit, ...]]
TypeOf = Callable[[AgencyId], AgencyType | None]


@dataclass(frozen=True, slots=True)
class Disclosure:
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


@dataclass(frozen=True, slots=True)
class Permitted:
    """How much one rule lets be shown."""

    level: AlertLevel
    rule: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one direction: the forbid that wins, if any, else the most generous mutual and one-way permits."""

    forbidden: str = ""
    mutual: Permitted | None = None
    one_way: Permitted | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What comes out of both directions. `level` None: nothing; `rules` are the ids that made it so."""

    level: AlertLevel | None
    rules: tuple[str, ...]
    reason: str


class Policy:
    """One rule set on one day."""

    __slots__ = ("_table", "day", "rule_set")

    def __init__(self, rule_set: RuleSet, day: date) -> None:
        self.rule_set, self.day = rule_set, day
        counting = [rule for rule in rule_set.rules if rule.counts_on(day)]
        self._table = {kinds: _applying(counting, *kinds) for kinds in product(_KINDS, _KINDS)}

    def judge(self, ask: Disclosure) -> Verdict:
        """What the rules say of one direction, for itself."""
        forbids, mutual, one_way = self._table[ask.discloser_type, ask.recipient_type]
        for rule in forbids:
            if _covers(rule, ask) and not rule.age_bands.isdisjoint(ask.bands):
                return Verdict(forbidden=rule.id)
        return Verdict("", _most(mutual, ask), _most(one_way, ask))


@lru_cache(maxsize=64)
def policy_on(rule_set: RuleSet, day: date) -> Policy:
    """The set compiled for that day."""
    return Policy(rule_set, day)


def shown(this: Verdict, other: Verdict) -> Shown:
    """What `this` direction shows, given what the rules say of the `other`."""
    if this.forbidden:
        return Shown(None, (this.forbidden,), "forbidden-by-rule")
    found: list[tuple[AlertLevel, tuple[str, ...]]] = []
    if this.mutual and other.mutual:
        least = min(this.mutual.level, other.mutual.level, key=_RANK.__getitem__)
        found.append((least, tuple(dict.fromkeys((this.mutual.rule, other.mutual.rule)))))
    if this.one_way:
        found.append((this.one_way.level, (this.one_way.rule,)))
    if found:
        level, rules = max(found, key=lambda each: _RANK[each[0]])
        return Shown(level, rules, "")
    if this.mutual:
        return Shown(None, (this.mutual.rule,), "not-reciprocal")
    return Shown(None, (), "no-rule")


def _applying(rules: Iterable[Rule], discloser: AgencyType | None, recipient: AgencyType | None) -> _Applying:
    found = [rule for rule in rules if _is_of(discloser, rule.from_types) and _is_of(recipient, rule.to_types)]
    permits = [rule for rule in found if rule.effect is Effect.PERMIT]
    # The most generous first, so that the first that covers is the one that counts.
    permits.sort(key=lambda rule: -_RANK[rule.level or AlertLevel.EMPTY])
    return (
        tuple(rule for rule in found if rule.effect is Effect.FORBID),
        tuple((rule, _grounds_of(rule, discloser)) for rule in permits if not rule.one_way),
        tuple((rule, _grounds_of(rule, discloser)) for rule in permits if rule.one_way),
    )


def _is_of(kind: AgencyType | None, kinds: frozenset[AgencyType]) -> bool:
    return len(kinds) == len(AgencyType) if kind is None else kind in kinds


def _grounds_of(rule: Rule, discloser: AgencyType | None) -> dict[LegalBasis, Ground] | None:
    return None if rule.grounds is None else {each.power: each for each in rule.grounds if each.discloser is discloser}


def _most(permits: tuple[_Permit, ...], ask: Disclosure) -> Permitted | None:
    for rule, grounds in permits:
        if _covers(rule, ask) and ask.bands <= rule.age_bands and rule.level and _grounded(grounds, ask):
            return Permitted(rule.level, rule.id)
    return None


def _covers(rule: Rule, ask: Disclosure) -> bool:
    return (
        ask.service in rule.services
        and ask.sensitivity in rule.sensitivities
        and ask.relation in rule.relations
        and (rule.from_agencies is None or ask.discloser in rule.from_agencies)
        and (rule.to_agencies is None or ask.recipient in rule.to_agencies)
    )


def _grounded(grounds: dict[LegalBasis, Ground] | None, ask: Disclosure) -> bool:
    """Whether the discloser has a ground for what it published: the power it named, covering the age of its client, and consent if needed."""
    if grounds is None:
        return True
    ground = grounds.get(ask.basis)
    if ground is None or ask.band not in ground.age_bands:
        return False
    return ask.consent is Consent.GIVEN or not ground.consent_needed
