"""What `patchwork rules check` says of rules that can be read."""

from typing import Any

import pytest

from gateway.sharing.findings import Weight, findings
from tests.sharing_rules import both_ways, day, forbid, permit, rule_set

ON = day("03-02")


def found(*rules: dict[str, Any], on: Any = ON) -> dict[str, tuple[Weight, tuple[str, ...]]]:
    return {each.kind: (each.weight, each.rules) for each in findings(rule_set(*rules), on)}


def test_rules_that_are_whole_raise_nothing_but_notes() -> None:
    made = findings(rule_set(*both_ways("school", "housing")), ON)
    assert [(each.weight, each.sentence) for each in made] == [
        (Weight.NOTE, "no rule lets housing disclose to housing"),
        (Weight.NOTE, "no rule lets school disclose to school"),
    ]


def test_a_permit_that_a_forbid_takes_away_whole_is_an_error() -> None:
    forbidden = forbid("no-schools", discloser="school")
    kinds = found(*both_ways("school", "housing"), forbidden)
    assert kinds["contradiction"] == (Weight.ERROR, ("school-to-housing", "no-schools"))
    assert "contradiction" not in found(*both_ways("school", "housing"), forbidden | {"services": ["school"]})
    assert "contradiction" not in found(*both_ways("school", "housing"), forbidden | {"age_bands": ["child"]})


def test_a_mutual_permit_that_nothing_returns_is_an_error_unless_it_says_one_way() -> None:
    alone = permit("alone", "school", "housing")
    assert found(alone)["not-returned"] == (Weight.ERROR, ("alone",))
    assert "not-returned" not in found(alone | {"one_way": "the board wants it"})
    assert found(alone | {"one_way": "the board wants it"})["one-way"] == (Weight.NOTE, ("alone",))
    assert "not-returned" not in found(alone, permit("back", "housing", "school"))
    other_ages = permit("back", "housing", "school", age_bands=["18-19"])
    assert found(alone, other_ages)["not-returned"][0] is Weight.ERROR
    part = found(alone | {"to_types": ["housing", "charity"]}, permit("back", "housing", "school"))
    assert part["not-returned"][0] is Weight.WARNING


def test_what_lifts_the_limit_for_private_services_is_named_and_repeated_by_nothing_that_does_not() -> None:
    lifting = permit("alone", "school", "housing", one_way="the board", to_private="the board wants it")
    assert found(lifting)["to-private"] == (Weight.NOTE, ("alone",))
    plain = permit("more", "school", "housing", one_way="the board")
    assert found(lifting, plain)["unreachable"][1] == ("more", "alone")


def test_a_permit_for_children_is_returned_by_one_for_parents() -> None:
    of_child = permit("of-child", "school", "housing", relations=["child"])
    assert "not-returned" not in found(of_child, permit("of-parent", "housing", "school", relations=["parent"]))
    assert found(of_child, permit("of-child-too", "housing", "school", relations=["child"]))["not-returned"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [({}, True), ({"level": "id-only"}, True), ({"services": ["school"]}, True), ({"services": "any", "age_bands": ["child"]}, True),
     ({"valid_until": "2027-01-31"}, True), ({"valid_until": "2027-01-31", "review_by": "2027-01-31"}, False),
     ({"age_bands": ["child", "18-19"]}, False), ({"one_way": "the board wants it"}, False)],
)  # fmt: skip
def test_a_rule_that_another_says_already_is_named(changes: dict[str, Any], says: bool) -> None:
    first, back = both_ways("school", "housing")
    again = permit("zz-again", "school", "housing", **changes)
    named = found(first, back, again).get("unreachable")
    if says:
        assert named == (Weight.WARNING, ("zz-again", "school-to-housing"))
    else:
        assert named is None or named[1][0] != "zz-again"


@pytest.mark.parametrize(
    ("on", "changes", "says"),
    [
        ("03-02", {}, None),
        ("12-05", {}, "rule one permits until 2026-12-31; renew or review it before then"),
        ("03-02", {"valid_until": "2026-03-31"}, "rule one permits until 2026-03-31; renew or review it before then"),
        ("04-01", {"valid_until": "2026-03-31"}, "rule one ended on 2026-03-31 and permits nothing any more"),
        (
            "04-01",
            {"review_by": "2026-03-31"},
            "the review of rule one was due on 2026-03-31; it permits nothing until it is reviewed",
        ),
    ],
)
def test_what_ends_or_ended_is_said(on: str, changes: dict[str, Any], says: str | None) -> None:
    made = findings(rule_set(permit("one", "school", "housing", one_way="a test", **changes)), day(on))
    assert [each.sentence for each in made if each.kind == "expiring"] == ([says] if says else [])


def test_a_forbid_whose_review_is_due_goes_on_forbidding() -> None:
    made = findings(rule_set(forbid("one", review_by="2026-03-01")), ON)
    assert [each.sentence for each in made] == ["the review of rule one was due on 2026-03-01; it goes on forbidding"]
    soon = findings(rule_set(forbid("one", review_by="2026-03-20")), ON)
    assert [each.sentence for each in soon] == ["rule one is to be reviewed by 2026-03-20"]


def test_a_rule_of_the_future_is_noted() -> None:
    assert found(forbid("one", valid_from="2026-05-01"))["not-yet"] == (Weight.NOTE, ("one",))
