"""A rule as somebody wrote it becomes a `Rule`, or is refused by the name of the rule and the field."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from gateway.refused import Refused
from gateway.sharing.ground import ArticleSix, Condition, Confidentiality, Ground, ground_fault
from gateway.sharing.rule import SAME_PERSON, UNIVERSAL, Effect, Relative, Rule
from gateway.trust.content import Content
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    LegalBasis,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId

ANY = "any"
AS_AGREED = "as-agreed"
MAX_GROUNDS = 40
_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
_BOTH = frozenset(
    {
        "id",
        "effect",
        "from_types",
        "to_types",
        "from_agencies",
        "to_agencies",
        "services",
        "age_bands",
        "sensitivities",
        "relations",
        "purpose",
        "valid_from",
        "review_by",
        "owner",
    }
)
_PERMIT = _BOTH | {"level", "grounds", "valid_until", "one_way", "to_private"}
_OPTIONAL = frozenset({"from_agencies", "to_agencies", "one_way", "to_private"})
_GROUND = frozenset(
    {"discloser", "power", "article_6", "condition", "schedule_1", "confidentiality", "consent_needed"},
)
_Code = TypeVar("_Code", bound=StrEnum)


def rule_from(members: Mapping[str, Any], position: int, shipped: bool = False) -> Rule:
    """The rule that stands at this position (from 1) of a set. `shipped`: it may leave its grounds to the agreement. Raises `Refused`."""
    id = members.get("id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise Refused(f"rule {position}: id must be 2 to 40 of a-z, 0-9 and -, beginning with a letter")
    effect = Content(f"rule {id}", {"effect": members.get("effect")}, frozenset({"effect"})).code("effect", Effect)
    permits = effect is Effect.PERMIT
    read = Content(f"rule {id}", members, _PERMIT if permits else _BOTH, _OPTIONAL)
    rule = Rule(
        id=id,
        effect=effect,
        from_types=_codes(read, "from_types", AgencyType),
        to_types=_recipients(read, permits and not shipped),
        from_agencies=_agencies(read, members, "from_agencies"),
        to_agencies=_agencies(read, members, "to_agencies"),
        services=_codes(read, "services", ServiceLine),
        age_bands=_bands(read, permits),
        sensitivities=_codes(read, "sensitivities", Sensitivity),
        relations=_relations(read),
        purpose=read.text("purpose", 1000),
        level=read.code("level", AlertLevel) if permits else None,
        grounds=_grounds(read, shipped) if permits else (),
        one_way=read.text("one_way", 500) if "one_way" in members else "",
        valid_from=read.day("valid_from"),
        valid_until=read.day("valid_until") if permits else None,
        review_by=read.day("review_by"),
        owner=read.text("owner"),
        to_private=read.text("to_private", 500) if "to_private" in members else "",
    )
    _check(rule, read)
    return rule


def _check(rule: Rule, read: Content) -> None:
    if rule.effect is Effect.FORBID:
        return
    if AgeBand.UNKNOWN in rule.age_bands:
        raise read.refusal("age_bands", "of a permit cannot name 'unknown', which permits nothing")
    if rule.sensitivities != {Sensitivity.STANDARD} and rule.level is not AlertLevel.EMPTY:
        raise read.refusal(
            "level",
            'of a permit for services that are sensitive, or not classified yet, must be "empty": that somebody is involved, and to ask the '
            "introducer",
        )
    if rule.to_private and not rule.one_way:
        raise read.refusal("to_private", "needs one_way: a mutual rule shows both sides the same")
    if rule.valid_until is not None and rule.valid_until < rule.valid_from:
        raise read.refusal("valid_until", "must not be before valid_from")
    if rule.review_by < rule.valid_from:
        raise read.refusal("review_by", "must not be before valid_from, or the rule never counts")
    if rule.grounds is not None:
        _check_grounds(rule, rule.grounds, read)


def _check_grounds(rule: Rule, grounds: tuple[Ground, ...], read: Content) -> None:
    seen = {(ground.discloser, ground.power) for ground in grounds}
    if len(seen) < len(grounds):
        raise read.refusal("grounds", "states two grounds for one discloser and power; state one")
    for kind in sorted({discloser for discloser, _ in seen} - rule.from_types):
        raise read.refusal("grounds", f"names the discloser {kind}, which is not among from_types")
    for kind in sorted(rule.from_types - {discloser for discloser, _ in seen}):
        raise read.refusal("grounds", f"lacks a ground on which {kind} discloses; every discloser needs its own")
    for ground in grounds:
        if not ground.age_bands & rule.age_bands:
            raise read.refusal(
                "grounds",
                f"states {ground.power} for {ground.discloser}, on which nothing may be said of the age bands of this rule",
            )


def _grounds(read: Content, shipped: bool) -> tuple[Ground, ...] | None:
    if shipped and read.raw("grounds") == AS_AGREED:
        return None
    tables = read.objects("grounds")
    if len(tables) > MAX_GROUNDS:
        raise read.refusal("grounds", f"must be at most {MAX_GROUNDS}; split the rule")
    return tuple(_ground(read, members) for members in tables)


def _ground(rule: Content, members: Mapping[str, Any]) -> Ground:
    read = Content(f"{rule.what}, ground", members, _GROUND, frozenset({"schedule_1", "confidentiality"}))
    ground = Ground(
        discloser=read.code("discloser", AgencyType),
        power=read.code("power", LegalBasis),
        article_6=read.code("article_6", ArticleSix),
        condition=read.code("condition", Condition),
        schedule_1=read.whole("schedule_1", 1, 37) if "schedule_1" in members else None,
        confidentiality=read.code("confidentiality", Confidentiality) if "confidentiality" in members else None,
        consent_needed=read.flag("consent_needed"),
    )
    if fault := ground_fault(ground):
        raise Refused(f"{rule.what}, ground of {ground.discloser}: {fault}")
    return ground


def _codes(read: Content, name: str, codes: type[_Code]) -> frozenset[_Code]:
    return frozenset(codes) if read.raw(name) == ANY else frozenset(read.codes(name, codes))


def _recipients(read: Content, narrowed: bool) -> frozenset[AgencyType]:
    """Any recipient of a permit is any but universal services: those get nothing by default."""
    found = _codes(read, "to_types", AgencyType)
    return found - UNIVERSAL if narrowed and read.raw("to_types") == ANY else found


def _bands(read: Content, permits: bool) -> frozenset[AgeBand]:
    """Any band is every known one for a permit; a forbid covers the unknown too."""
    if permits and read.raw("age_bands") == ANY:
        return frozenset(AgeBand) - {AgeBand.UNKNOWN}
    return _codes(read, "age_bands", AgeBand)


def _agencies(read: Content, members: Mapping[str, Any], name: str) -> frozenset[AgencyId] | None:
    return frozenset(read.identifiers(name, AgencyId)) if name in members else None


def _relations(read: Content) -> frozenset[Relative]:
    if read.raw("relations") == ANY:
        return frozenset({None, *RelationKind})
    named = read.texts("relations", 40)
    known = {SAME_PERSON: None, **{kind.value: kind for kind in RelationKind}}
    for each in named:
        if each not in known:
            raise read.refusal("relations", f"must be one of {', '.join(known)}")
    return frozenset(known[each] for each in named)
