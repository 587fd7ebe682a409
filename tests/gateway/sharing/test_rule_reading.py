"""A rule that lacks something, or says what cannot be, is refused by the name of the rule and the field."""

import json
import re
from typing import Any

import pytest

from gateway.refused import Refused
from gateway.sharing.ground import SCHEDULE_1, Condition
from gateway.sharing.legal_basis import legal_bases
from gateway.sharing.rule_set import (
    MAX_DOCUMENT_BYTES,
    MAX_RULES,
    digest_of,
    document_from,
    faults_in,
    rule_set_from,
    shipped,
)
from mappings.canonical.alert import Introducer
from mappings.canonical.codes import AgeBand, LegalBasis
from mappings.canonical.involvement import Contact
from tests.sharing_rules import CHILDREN, SCHOOL, document, forbid, ground, permit, private_permit

FIELDS = sorted(set(permit("a-rule", CHILDREN, SCHOOL)) - {"id", "effect"})


def refusal(rule: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        rule_set_from(document(rule), 1)
    return str(caught.value)


def without(rule: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in rule.items() if field != name}


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_may_be_missing(field: str) -> None:
    assert refusal(without(permit("a-rule", CHILDREN, SCHOOL), field)) == f"rule a-rule: the field '{field}' is missing"


@pytest.mark.parametrize("field", sorted(set(ground(CHILDREN)) - {"schedule_1"}))
def test_nothing_of_a_ground_may_be_missing(field: str) -> None:
    assert f"the field '{field}' is missing" in refusal(
        permit("a-rule", CHILDREN, SCHOOL, grounds=[without(ground(CHILDREN), field)])
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "Not an id"}, "rule 1: id must be 2 to 40"),
        ({"effect": "allow"}, "rule a-rule: effect must be one of permit, forbid"),
        ({"effect": ["permit"]}, "rule a-rule: effect must be one of permit, forbid"),
        ({"from_type": ["school"]}, "there is no field 'from_type'; did you mean from_types?"),
        ({"from_types": ["zoo"]}, "rule a-rule: from_types must be one of local-authority-children"),
        ({"services": []}, "rule a-rule: services must be a list of 1 to 200"),
        ({"age_bands": ["child", "unknown"]}, "age_bands of a permit cannot name 'unknown'"),
        (
            {"sensitivities": ["standard", "sensitive"]},
            'level of a permit for services that are sensitive, or not classified yet, must be "empty"',
        ),
        ({"sensitivities": "any", "level": "id-only"}, 'or not classified yet, must be "empty"'),
        ({"to_private": "the board"}, "to_private needs one_way"),
        ({"one_way": "the board", "to_private": ""}, "to_private must be text of 1 to 500"),
        ({"relations": ["cousin"]}, "relations must be one of same-person, parent"),
        ({"level": "everything"}, "level must be one of empty, id-only, full"),
        ({"valid_from": "01/02/2026"}, "valid_from must be a day written as YYYY-MM-DD"),
        ({"valid_until": "2025-12-31"}, "valid_until must not be before valid_from"),
        ({"review_by": "2025-12-31"}, "review_by must not be before valid_from"),
        ({"owner": ""}, "owner must be text of 1 to 200"),
        ({"one_way": ""}, "one_way must be text of 1 to 500"),
        ({"to_agencies": ["school"]}, "to_agencies is not a valid agency id"),
        ({"grounds": "as-agreed"}, "grounds must be a list"),
        ({"grounds": [ground("school")]}, "names the discloser school, which is not among from_types"),
        ({"from_types": [CHILDREN, "school"]}, "lacks a ground on which school discloses"),
        ({"grounds": [ground(CHILDREN), ground(CHILDREN)]}, "names the same entry twice"),
        ({"grounds": [ground(CHILDREN), ground(CHILDREN, article_6="6(1)(c)")]}, "two grounds for one discloser"),
        ({"grounds": [ground(CHILDREN, "care-act-2014-s6")]}, "on which nothing may be said of the age bands"),
        ({"age_bands": ["adult"]}, "states children-act-2004-s10 for local-authority-children, on which nothing"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], says: str) -> None:
    assert says in refusal(permit("a-rule", CHILDREN, SCHOOL) | changes)


@pytest.mark.parametrize(
    ("discloser", "changes", "says"),
    [
        (CHILDREN, {"schedule_1": 5}, "schedule_1 must be 6 to 28 for condition 9(2)(g)"),
        (CHILDREN, {"schedule_1": 38}, "schedule_1 must be a whole number from 1 to 37"),
        (CHILDREN, {"condition": "9(2)(h)"}, "schedule_1 must be 2 for condition 9(2)(h)"),
        (CHILDREN, {"condition": "9(2)(c)"}, "schedule_1 must be left out for condition 9(2)(c)"),
        (CHILDREN, {"article_6": "6(1)(f)"}, "is not for a public body's tasks"),
        (CHILDREN, {"article_6": "6(1)(a)"}, "what rests on consent must say consent_needed = true"),
        (CHILDREN, {"confidentiality": "hope"}, "confidentiality must be one of consent, statute"),
        (CHILDREN, {"power": "common-sense"}, "power must be one of children-act-2004-s10"),
        ("charity", {"article_6": "6(1)(e)"}, "article_6 of a charity must be one of 6(1)(ea), 6(1)(f), 6(1)(a)"),
    ],
)
def test_what_is_wrong_with_a_ground_is_named(discloser: str, changes: dict[str, Any], says: str) -> None:
    assert says in refusal(permit("a-rule", discloser, SCHOOL, grounds=[ground(discloser, **changes)]))


@pytest.mark.parametrize("condition", [each for each in Condition if SCHEDULE_1[each]])
def test_a_condition_that_needs_a_paragraph_is_not_met_without(condition: Condition) -> None:
    bare = without(ground(CHILDREN, condition=condition.value), "schedule_1")
    assert "needs a paragraph of DPA 2018 Schedule 1" in refusal(permit("a-rule", CHILDREN, SCHOOL, grounds=[bare]))


@pytest.mark.parametrize("kind", ["health-community", "health-mental", "health-acute", "general-practice"])
def test_a_health_service_says_why_confidentiality_does_not_stand_in_the_way(kind: str) -> None:
    bare = without(ground(kind), "confidentiality")
    assert "a health service needs confidentiality" in refusal(permit("a-rule", kind, SCHOOL, grounds=[bare]))


@pytest.mark.parametrize("field", ["level", "grounds", "valid_until", "one_way", "to_private"])
def test_a_forbid_has_no_level_no_ground_and_no_end(field: str) -> None:
    assert f"there is no field '{field}'" in refusal(forbid("a-rule") | {field: "full"})


def test_a_rule_for_private_services_needs_an_introducer_whom_practitioners_can_reach() -> None:
    made = document(private_permit("a-rule", CHILDREN, SCHOOL))
    assert rule_set_from(made, 1).introducer == Introducer("Seaton introducer", Contact("01632 960900"))
    for introducer, says in (
        (None, "rule a-rule: of a service that must stay private others are told to ask the introducer; name who"),
        ("the duty desk", "introducer must be a table"),
        ({"name": "Desk"}, "introducer: give a phone or an email"),
        ({"phone": "01632 960900"}, "introducer: the field 'name' is missing"),
        ({"name": "Desk", "phone": "1" * 121}, "phone must be text of 1 to 120"),
        ({"name": "Desk", "fax": "1"}, "there is no field 'fax'"),
    ):
        faulty = {name: value for name, value in made.items() if name != "introducer"}
        faulty |= {} if introducer is None else {"introducer": introducer}
        with pytest.raises(Refused, match=re.escape(says)):
            rule_set_from(faulty, 1)
        assert [says in fault for fault in faults_in(faulty)] == [True]


def test_two_rules_do_not_share_an_id() -> None:
    twice = document(permit("a-rule", CHILDREN, SCHOOL), forbid("a-rule"))
    with pytest.raises(Refused, match="rule a-rule: there are two of that id"):
        rule_set_from(twice, 1)


def test_a_check_names_every_fault_and_a_reading_the_first() -> None:
    faulty = document(
        permit("first", CHILDREN, SCHOOL, owner=""),
        permit("second", CHILDREN, SCHOOL),
        forbid("third") | {"level": "full"},
    )
    assert [fault.partition(":")[0] for fault in faults_in(faulty)] == ["rule first", "rule third"]
    assert faults_in({"title": "T"}) == ["rule set: the field 'rules' is missing"]
    assert faults_in(document(permit("good", CHILDREN, SCHOOL))) == []


def test_a_set_is_bounded_in_rules_and_in_bytes() -> None:
    many = document(*({"id": f"r{number}"} for number in range(MAX_RULES + 1)))
    with pytest.raises(Refused, match=r"must be (at most 200|a list of 1 to 200)"):
        rule_set_from(many, 1)
    with pytest.raises(Refused, match=f"at most {MAX_DOCUMENT_BYTES} bytes"):
        document_from(" " * (MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(Refused, match=f"at most {MAX_DOCUMENT_BYTES} bytes"):
        rule_set_from(document(*[permit(f"r{number}", CHILDREN, SCHOOL) for number in range(99)]), 1)


@pytest.mark.parametrize("text", ["{", "a = ", "[[rules]\n", "{}]", "[" * 9_000, '{"a": ' * 8_000])
def test_what_is_neither_toml_nor_json_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="neither TOML nor JSON"):
        document_from(text)


@pytest.mark.parametrize(
    "text", ['{"title": NaN}', "title = 2026-01-01T00:00:00Z", '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}']
)
def test_what_no_rule_holds_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"holds an instant|nested too deeply"):
        document_from(text)


def test_toml_and_json_of_one_set_are_one_set() -> None:
    made = document(forbid("a-rule"))
    rule = "\n".join(f"{name} = {json.dumps(value)}" for name, value in made["rules"][0].items())
    toml = f"title = {json.dumps(made['title'])}\n[[rules]]\n{rule}".replace('"2026-01-01"', "2026-01-01")
    assert digest_of(document_from(toml)) == digest_of(document_from(json.dumps(made))) == digest_of(made)


def test_every_legal_basis_ships_with_its_source_and_none_is_active() -> None:
    assert set(legal_bases()) == set(LegalBasis)
    for basis in legal_bases().values():
        assert basis.source.startswith("https://")
        assert basis.title
        assert basis.age_bands
        assert AgeBand.UNKNOWN not in basis.age_bands
    assert [rule.grounds for rule in shipped().rules] == [None], (
        "the set that ships rests on agreements, and on no basis here"
    )


def test_only_the_set_that_ships_leaves_its_grounds_to_the_agreement() -> None:
    with pytest.raises(Refused, match="rule as-agreed: grounds must be a list"):
        rule_set_from(shipped().document, 1)
