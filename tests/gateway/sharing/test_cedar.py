"""Cedar, somebody else's policy engine, judges as we do: the same documents as Cedar policies, drawn at random, asked the same things.

Nothing that ships imports it. It knows permits, forbids and conditions; levels and one-way rules become actions of their own.
"""

import json
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import cedarpy
import pytest

from gateway.refused import Refused
from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.legal_basis import legal_bases
from gateway.sharing.policy import Disclosure, Policy, Verdict
from gateway.sharing.rule_set import rule_set_from
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    Consent,
    LegalBasis,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.sharing_rules import document, forbid, ground, permit

ACTIONS = [f"{kind}-{level}" for kind in ("mutual", "one-way", "to-private") for level in GENEROSITY]
AGENCIES = (SCHOOL, HOUSING, SOCIAL_CARE)
TYPES = ("local-authority-children", "school", "housing", "health-mental", "charity")
FIELDS = {"from_types": "discloser_type", "to_types": "recipient_type", "services": "service", "sensitivities": "sensitivity",
          "relations": "relation", "from_agencies": "discloser", "to_agencies": "recipient"}  # fmt: skip


def as_cedar(made: dict[str, Any]) -> str:
    """The document as Cedar policies, written from its own words and from nothing that our reader made of them."""
    return "\n".join(_policy(rule) for rule in made["rules"])


def _policy(rule: dict[str, Any]) -> str:
    conditions = [
        f"{json.dumps(rule[name])}.contains(context.{attribute})"
        for name, attribute in FIELDS.items()
        if rule.get(name, "any") != "any"
    ]
    conditions.append(f"context.day >= {_number(rule['valid_from'])}")
    if rule["effect"] == "forbid":
        if rule["age_bands"] != "any":
            conditions.append(f"{json.dumps(rule['age_bands'])}.containsAny(context.bands)")
        return f"forbid (principal, action, resource) when {{ {' && '.join(conditions)} }};"
    if rule["to_types"] == "any":
        # Universal services are told nothing by default, and an agency of which nobody knows the kind may be one.
        others = [kind for kind in TYPES if kind not in ("general-practice", "school", "health-acute")]
        conditions.append(f"{json.dumps(others)}.contains(context.recipient_type)")
    conditions += [f"context.day <= {_number(rule[name])}" for name in ("valid_until", "review_by")]
    conditions.append(f"{json.dumps(rule['age_bands'])}.containsAll(context.bands)")
    conditions.append("(" + " || ".join(_ground(each) for each in rule["grounds"]) + ")")
    kinds = [*(["one-way"] if "one_way" in rule else ["mutual"]), *(["to-private"] if "to_private" in rule else [])]
    granted = [str(level) for level in GENEROSITY[: [str(each) for each in GENEROSITY].index(rule["level"]) + 1]]
    actions = ", ".join(f'Action::"{kind}-{level}"' for kind in kinds for level in granted)
    return f"permit (principal, action in [{actions}], resource) when {{ {' && '.join(conditions)} }};"


def _ground(members: dict[str, Any]) -> str:
    bands = sorted(legal_bases()[LegalBasis(members["power"])].age_bands)
    said = [
        f'context.discloser_type == "{members["discloser"]}"',
        f'context.basis == "{members["power"]}"',
        f"{json.dumps(bands)}.contains(context.band)",
        *(['context.consent == "given"'] if members["consent_needed"] else []),
    ]
    return "(" + " && ".join(said) + ")"


def _number(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def some(draw: random.Random, values: list[Any], least: int = 1, most: int = 3) -> list[Any]:
    return draw.sample(values, draw.randint(least, min(most, len(values))))


def a_rule(draw: random.Random, number: int) -> dict[str, Any]:
    """Any rule, a lawful one or one that will be refused."""
    kinds = some(draw, list(TYPES))
    changes: dict[str, Any] = {
        "from_types": kinds,
        "to_types": draw.choice(["any", some(draw, list(TYPES))]),
        "services": draw.choice(["any", some(draw, [str(each) for each in ServiceLine], 1, 9)]),
        "age_bands": some(draw, ["unborn", "child", "18-19", "20-24", "adult"], 1, 5),
        "sensitivities": draw.choice([["standard"], ["standard"], some(draw, [str(each) for each in Sensitivity])]),
        "relations": draw.choice(["any", some(draw, ["same-person", *map(str, RelationKind)])]),
        "valid_from": f"2026-0{draw.randint(1, 4)}-01",
        "review_by": f"2026-0{draw.randint(5, 9)}-01",
    }
    for name in ("from_agencies", "to_agencies"):
        if draw.random() < 0.2:
            changes[name] = [each.value for each in some(draw, list(AGENCIES), 1, 2)]
    if draw.random() < 0.25:
        narrowed = {"services": some(draw, [str(each) for each in ServiceLine], 1, 3)}
        return forbid(f"rule-{number}") | changes | narrowed
    powers = ("children-act-2004-s10", "care-act-2014-s6", "uk-gdpr-6-1-f")
    changes["grounds"] = [
        ground(kind, power, consent_needed=draw.random() < 0.3) for kind in kinds for power in some(draw, list(powers))
    ]
    changes["level"] = draw.choice([*GENEROSITY, AlertLevel.EMPTY]).value
    changes["valid_until"] = f"2026-{draw.randint(5, 12):02}-20"
    changes |= draw.choice([{}, {}, {"one_way": "drawn"}, {"one_way": "drawn", "to_private": "drawn"}])
    return permit(f"rule-{number}", "school", "school") | changes


def a_set(draw: random.Random) -> dict[str, Any]:
    """As many rules as are drawn and are lawful."""
    rules = []
    for number in range(draw.randint(4, 14)):
        rule = a_rule(draw, number)
        try:
            rule_set_from(document(rule), 1)
        except Refused:
            continue
        rules.append(rule)
    return document(*rules) if rules else a_set(draw)


def an_ask(draw: random.Random) -> Disclosure:
    band = draw.choice([*AgeBand, AgeBand.CHILD, AgeBand.CHILD, AgeBand.ADULT])
    bands = frozenset({band, *draw.choices(list(AgeBand), k=draw.choice([0, 0, 0, 1]))})
    return Disclosure(
        discloser=draw.choice(AGENCIES),
        discloser_type=AgencyType(draw.choice(TYPES)),
        recipient=draw.choice(AGENCIES),
        recipient_type=AgencyType(draw.choice(TYPES)),
        service=draw.choice(list(ServiceLine)),
        sensitivity=draw.choice([*Sensitivity, Sensitivity.STANDARD, Sensitivity.STANDARD]),
        basis=LegalBasis(draw.choice(["children-act-2004-s10", "care-act-2014-s6", "uk-gdpr-6-1-f"])),
        consent=draw.choice([Consent.NOT_NEEDED, Consent.GIVEN]),
        band=band,
        bands=bands,
        relation=draw.choice([None, None, None, *RelationKind]),
    )


def requests(asked: Disclosure, day: date) -> Iterator[dict[str, Any]]:
    values = {name: getattr(asked, name) for name in Disclosure._fields}
    context = {name: value.value if isinstance(value, AgencyId) else str(value) for name, value in values.items()}
    told = context | {
        "relation": "same-person" if asked.relation is None else str(asked.relation),
        "bands": sorted(map(str, asked.bands)),
        "day": day.toordinal(),
    }
    for action in ACTIONS:
        yield {"principal": 'A::"a"', "action": f'Action::"{action}"', "resource": 'B::"b"', "context": told}


def actions_of(verdict: Verdict) -> set[str]:
    """What our verdict allows, in the words of Cedar's actions."""
    kinds = {"mutual": verdict.mutual, "one-way": verdict.one_way, "to-private": verdict.to_private}
    return {
        f"{kind}-{level}"
        for kind, permitted in kinds.items()
        if permitted
        for level in GENEROSITY[: GENEROSITY.index(permitted.level) + 1]
    }


@pytest.mark.parametrize("seed", range(8))
def test_cedar_judges_as_we_do(seed: int) -> None:
    draw = random.Random(seed)
    allowed = forbidden = private = 0
    for _ in range(5):
        made, day = a_set(draw), date(2026, draw.randint(3, 8), 10)
        policy, policies = Policy(rule_set_from(made, 1), day), as_cedar(made)
        asks = [an_ask(draw) for _ in range(60)]
        answers = cedarpy.is_authorized_batch([one for each in asks for one in requests(each, day)], policies, [])
        assert not [answer.diagnostics.errors for answer in answers if answer.diagnostics.errors]
        for number, asked in enumerate(asks):
            theirs = {
                action
                for action, answer in zip(ACTIONS, answers[number * len(ACTIONS) :], strict=False)
                if answer.allowed
            }
            verdict = policy.judge(asked)
            assert theirs == actions_of(verdict), (made, asked)
            allowed += bool(theirs)
            forbidden += bool(verdict.forbidden)
            private += bool(verdict.to_private) or (bool(theirs) and asked.sensitivity is not Sensitivity.STANDARD)
    assert allowed, "a comparison in which nothing is ever allowed shows nothing"
    assert forbidden
    assert private
