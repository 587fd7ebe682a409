"""Rules are set by two people, against the very version they were written for; every version is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.verification import verify
from gateway.ports import UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.rules.effects import effects
from gateway.rules.explaining import Supposed, explain_rules
from gateway.rules.in_force import rules_in_force
from gateway.rules.setting import SET_RULES, named_rules, read_rule_file, rule_history, rules_content
from gateway.sharing.rule_set import MAX_DOCUMENT_BYTES, RuleSet, shipped
from gateway.trust.actor import LOCAL_READER
from gateway.trust.expiries import Kind, expiries
from gateway.trust.proposals import approve, hand_in
from gateway.trust.signed_change import co_sign
from mappings.canonical.codes import AgeBand, AlertLevel, RelationKind, ServiceLine
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff, audited
from tests.gateway.trust.test_onboarding import AGREEMENT
from tests.sharing_rules import both_ways, document, forbid, permit

MUTUAL = document(*both_ways("school", "housing"))


def set_to(staff: Staff, made: dict[str, Any]) -> RuleSet:
    result: RuleSet = staff.carry_out(SET_RULES, rules_content(staff.office, made))
    return result


def counting(staff: Staff) -> RuleSet:
    with staff.office.store.read() as unit:
        return rules_in_force(unit)


def test_until_there_are_rules_of_ones_own_those_that_ship_count(staff: Staff) -> None:
    assert counting(staff) is shipped()
    assert rule_history(staff.office, LOCAL_READER) == [shipped()]


def test_a_set_counts_when_the_second_person_has_signed_and_not_before(staff: Staff) -> None:
    handed = staff.hand_in(SET_RULES, rules_content(staff.office, MUTUAL))
    assert counting(staff).version == 0
    assert staff.second
    made = staff.second.approve(handed).result
    assert counting(staff) == made
    assert (made.version, made.recorded_by, made.approved_by) == (1, "anna", "omar")
    assert [code for code, _ in audited(staff.office)][-2:] == ["rules-set", "proposal-approved"]
    assert verify(staff.office.store).broken_at is None


def test_every_version_is_kept_and_can_be_named(staff: Staff) -> None:
    first, second = set_to(staff, MUTUAL), set_to(staff, document(forbid("nobody")))
    assert rule_history(staff.office, LOCAL_READER) == [second, first, shipped()]
    for name, expected in (("current", second), ("1", first), ("2", second), ("0", shipped()), ("shipped", shipped())):
        assert named_rules(staff.office, LOCAL_READER, name) == expected
    for name, says in (("7", "there is no rule set 7"), ("no-such-file", "no-such-file cannot be read")):
        with pytest.raises(Refused, match=says):
            named_rules(staff.office, LOCAL_READER, name)


@pytest.mark.parametrize("role", ["registrar", "security-officer", "dpo", "steward", "operator", "observer"])
def test_nobody_but_an_ig_lead_proposes_rules(staff: Staff, role: str) -> None:
    ben = staff.colleague("ben", role)
    with pytest.raises(NotPermitted, match="may not set sharing rules: that needs the role ig-lead"):
        ben.hand_in(SET_RULES, rules_content(staff.office, MUTUAL))


@pytest.mark.parametrize("role", ["registrar", "security-officer", "steward", "operator", "observer"])
def test_the_second_person_is_an_ig_lead_or_the_dpo(staff: Staff, role: str) -> None:
    ben = staff.colleague("ben", role)
    handed = staff.hand_in(SET_RULES, rules_content(staff.office, MUTUAL))
    with pytest.raises(NotPermitted, match="may not approve sharing rules"):
        ben.approve(handed)
    with pytest.raises(NotPermitted, match="another enrolled person must approve it"):
        staff.approve(handed)
    assert counting(staff).version == 0


def test_what_was_written_against_another_version_is_not_approved(staff: Staff) -> None:
    stale = staff.hand_in(SET_RULES, rules_content(staff.office, MUTUAL))
    set_to(staff, document(forbid("nobody")))
    assert stale.proposal
    assert staff.second
    with pytest.raises(Refused, match="to take the place of version 0, and version 1 counts by now"):
        approve(staff.office, stale.proposal.id, co_sign(stale.proposal.statement, staff.second.key))
    assert counting(staff).version == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"rule_set": MUTUAL}, "the field 'replaces' is missing"),
        ({"replaces": 0}, "the field 'rule_set' is missing"),
        ({"replaces": 0, "rule_set": []}, "rule_set must be a table"),
        ({"replaces": True, "rule_set": MUTUAL}, "replaces must be a whole number"),
        ({"replaces": 0, "rule_set": MUTUAL, "by": "me"}, "there is no field 'by'"),
        (
            {"replaces": 0, "rule_set": document(permit("a-rule", "school", "housing", owner=""))},
            "rule a-rule: owner must",
        ),
        ({"replaces": 0, "rule_set": {**MUTUAL, "rules": []}}, "rules must be a list of 1"),
        ({"replaces": 0, "rule_set": dict(shipped().document)}, "rule as-agreed: grounds must be a list"),
    ],
)
def test_what_is_signed_is_read_again_before_anybody_is_asked(staff: Staff, content: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        hand_in(staff.office, staff.sign(SET_RULES, content))
    assert counting(staff).version == 0


def test_rules_name_agencies_that_are_there(staff: Staff) -> None:
    named = document(permit("a-rule", "school", "housing", to_agencies=[HOUSING.value], one_way="a test"))
    with pytest.raises(Refused, match=r"to_agencies names .*:housing, which is not in the register"):
        rules_content(staff.office, named)
    staff.agency(HOUSING, "housing")
    assert set_to(staff, named).version == 1


def test_the_same_rules_are_not_set_twice(staff: Staff) -> None:
    set_to(staff, MUTUAL)
    with pytest.raises(Refused, match="the rules that count already, as version 1"):
        rules_content(staff.office, MUTUAL)


@pytest.fixture
def agreed(staff: Staff) -> Staff:
    """A school and a housing office with an agreement about children, and children of tenants."""
    staff.agency(SCHOOL)
    staff.agency(HOUSING, "housing")
    staff.agreement(AGREEMENT | {"relations": ["parent"]})
    return staff


def explained(staff: Staff, **changes: Any) -> str:
    sides = Supposed(SCHOOL.value), Supposed(HOUSING.value, **changes)
    return explain_rules(staff.office, LOCAL_READER, sides).sentence


def test_one_sentence_says_who_is_told_what_and_by_which_rules(agreed: Staff) -> None:
    assert explained(agreed) == (
        "Seaton school and Seaton housing are each told of the other the agency and the service, with name, role and work contact, because an "
        "agreement in force between the two agencies covers this age band and both legal bases, and the rules let this much be shown (rule "
        "as-agreed of rule set 0, agreement seaton-children version 1)."
    )
    set_to(agreed, document(permit("one", "school", "housing", level="id-only", one_way="the board wants it")))
    assert explained(agreed) == (
        "Seaton school is told of Seaton housing nothing, and Seaton housing is told of Seaton school the agency and the service, because an "
        "agreement in force between the two agencies covers this age band and both legal bases, and the rules let this much be shown (rule one "
        "of rule set 1, agreement seaton-children version 1)."
    )
    set_to(agreed, document(*both_ways("school", "housing"), forbid("not-repairs", services=["housing"])))
    assert explained(agreed, service=ServiceLine.HOUSING) == (
        "Seaton school and Seaton housing are told nothing of each other, because a rule of the partnership forbids it; a rule lets the one be "
        "told of the other only if the other may be told too, and nothing permits that (rules not-repairs, school-to-housing of rule set 2)."
    )
    assert "age band is unknown" in explained(agreed, age_band=AgeBand.ADULT)


def test_an_explanation_takes_other_rules_another_day_and_relatives(agreed: Staff) -> None:
    sides = Supposed(SCHOOL.value), Supposed(HOUSING.value)
    family = document(*both_ways("school", "housing", relations=["parent", "child"], level="empty"))
    for relation, level in ((RelationKind.PARENT, AlertLevel.EMPTY), (RelationKind.SIBLING, None), (None, None)):
        set_to(agreed, family) if counting(agreed).version == 0 else None
        found = explain_rules(agreed.office, LOCAL_READER, sides, relation)
        assert found.decision.levels == (level, level)
    assert explain_rules(agreed.office, LOCAL_READER, sides, None, shipped()).decision.permit
    late = agreed.office.clock.now().date().replace(year=2028)
    assert explain_rules(agreed.office, LOCAL_READER, sides, None, shipped(), late).decision.reasons == (
        "no-agreement",
    )


def test_only_agencies_that_are_there_are_explained_and_nobody_else_is_asked_about(agreed: Staff) -> None:
    for id, says in (("urn:patchwork:seaton:zoo", "there is no agency"), ("Orla", "not a valid agency id")):
        with pytest.raises(Refused, match=says):
            explain_rules(agreed.office, LOCAL_READER, (Supposed(SCHOOL.value), Supposed(id)))


def test_what_ends_soon_is_among_what_ends(agreed: Staff) -> None:
    set_to(
        agreed,
        document(permit("short", "school", "housing", valid_until="2026-03-10", one_way="a test"), forbid("nobody")),
    )
    with agreed.office.store.read() as unit:
        found = [
            each for each in expiries(unit, agreed.office.clock.now()) if each.kind in (Kind.RULE, Kind.RULE_REVIEW)
        ]
    assert [(each.kind, each.subject, each.days) for each in found] == [
        (Kind.RULE, "short", 8),
        (Kind.RULE_REVIEW, "nobody", 304),
        (Kind.RULE_REVIEW, "short", 304),
    ]
    assert "patchwork rules propose" in found[0].sentence


class Blind:
    """A unit of work in which nothing that comes from notices can be reached."""

    PARTIES = ("trust", "agreements", "rule_sets")

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        if name not in self.PARTIES:
            pytest.fail(f"an explanation reached for {name}")
        return getattr(self._unit, name)


def test_an_explanation_looks_at_parties_and_rules_and_at_nobodys_records(agreed: Staff) -> None:
    class Store:
        @contextmanager
        def read(self) -> Iterator[Blind]:
            with agreed.office.store.read() as unit:
                yield Blind(unit)

    blind = replace(agreed.office, store=Store())
    sides = Supposed(SCHOOL.value), Supposed(HOUSING.value)
    assert explain_rules(blind, LOCAL_READER, sides, RelationKind.PARENT).decision.permit
    with pytest.raises(pytest.fail.Exception, match="reached for records"):
        effects(blind, LOCAL_READER, shipped(), shipped())


def test_a_file_that_holds_no_rules_is_refused_by_its_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin").write_bytes("title = 'Mêr'".encode("latin-1"))
    (tmp_path / "large").write_bytes(b"#" * (MAX_DOCUMENT_BYTES + 1))
    (tmp_path / "prose").write_text("Dear diary")
    for name, says in (
        ("pipe", "is not a plain file"),
        ("latin", "is not text in UTF-8"),
        ("large", "is not a plain file of at most"),
        ("prose", "neither TOML nor JSON"),
        ("missing", "cannot be read"),
    ):
        with pytest.raises(Refused, match=f"{name}.*{says}"):
            read_rule_file(tmp_path / name)
