"""A sharing rule as plain sentences, for whoever answers for it and never reads TOML."""

from collections.abc import Iterable

from gateway.model.capabilities import KNOWN_BANDS
from gateway.rules.explaining import SHOWS
from gateway.sharing.ground import Ground
from gateway.sharing.rule import UNIVERSAL, Effect, Rule
from mappings.canonical.codes import AgencyType, ServiceLine


def in_words(rule: Rule) -> str:
    """The whole rule."""
    who = f"{_agencies(rule, 'from')} {_verb(rule)} {_agencies(rule, 'to')}"
    about = f"involvements of {_services(rule)} with people of the age bands {_bands(rule)}, {_relations(rule)}"
    if rule.effect is Effect.FORBID:
        return f"{rule.id}: {who} of {about}. It is to be reviewed by {rule.review_by}. Owner: {rule.owner}."
    sentences = [f"{rule.id}: {who}, of {about}: {SHOWS[rule.level]}.", f"Purpose: {rule.purpose}."]
    if rule.one_way:
        sentences.append(f"Nothing need be shown in return, because {rule.one_way}.")
    sentences.append(_grounds(rule.grounds))
    sentences.append(
        f"Valid {rule.valid_from} to {rule.valid_until}, to be reviewed by {rule.review_by}. Owner: {rule.owner}."
    )
    return " ".join(sentences)


def _verb(rule: Rule) -> str:
    return "may show" if rule.effect is Effect.PERMIT else "never show anything to"


def _agencies(rule: Rule, side: str) -> str:
    types, single = (rule.from_types, rule.from_agencies) if side == "from" else (rule.to_types, rule.to_agencies)
    kinds = _kinds(types)
    return kinds if single is None else f"{_list(single)} ({kinds})"


def _kinds(types: frozenset[AgencyType]) -> str:
    if types == frozenset(AgencyType):
        return "agencies of any kind"
    if types == frozenset(AgencyType) - UNIVERSAL:
        return f"agencies of any kind but universal services ({_list(UNIVERSAL)})"
    return f"agencies of the kind {_list(types)}"


def _services(rule: Rule) -> str:
    return "any service" if rule.services == frozenset(ServiceLine) else f"the service {_list(rule.services)}"


def _bands(rule: Rule) -> str:
    return "unborn to adult (any that is known)" if rule.age_bands >= KNOWN_BANDS else _list(rule.age_bands)


def _relations(rule: Rule) -> str:
    same = ["where both are one person"] if None in rule.relations else []
    kinds = _list(kind for kind in rule.relations if kind is not None)
    return " or ".join([*same, *([f"where one is the other's {kinds}"] if kinds else [])])


def _grounds(grounds: Iterable[Ground] | None) -> str:
    if grounds is None:
        return "Ground: the legal bases that the agreement names."
    return "Ground: " + "; ".join(map(_ground, grounds)) + "."


def _ground(ground: Ground) -> str:
    parts = [
        f"{ground.discloser} under {ground.power}",
        f"UK GDPR Article {ground.article_6}",
        f"condition {ground.condition}",
    ]
    if ground.schedule_1 is not None:
        parts.append(f"DPA 2018 Schedule 1 paragraph {ground.schedule_1}")
    if ground.confidentiality is not None:
        parts.append(f"confidentiality: {ground.confidentiality}")
    if ground.consent_needed:
        parts.append("with consent")
    return ", ".join(parts)


def _list(codes: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, codes)))
