"""Rules at the command line: checked, explained, compared, proposed by one and approved by another."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import HOUSING, SCHOOL
from tests.gateway.cli.conftest import APPROVE, SECOND, SIGN, Patchwork
from tests.gateway.cli.test_commands import add_agencies
from tests.gateway.trust.test_onboarding import FILE
from tests.sharing_rules import both_ways, document, forbid, ground, permit

LASTING = {"valid_from": "2020-01-01", "valid_until": "9999-12-31", "review_by": "9999-12-31"}


def lasting(*rules: dict[str, Any]) -> str:
    """As long as tests by the real clock may run."""
    return json.dumps(document(*({**rule, **{k: v for k, v in LASTING.items() if k in rule}} for rule in rules)))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "rules.json").write_text(lasting(*both_ways("school", "housing", level="id-only")))
    return tmp_path


def test_a_check_needs_no_gateway_and_says_what_is_wrong(patchwork: Patchwork, written: Path) -> None:
    good = patchwork("rules", "check", "rules.json")
    assert (good.status, good.out.splitlines()[-1]) == (0, "These rules can be proposed.")
    lone = permit("alone", "school", "housing")
    (written / "bad.json").write_text(json.dumps(document(lone, permit("bare", "school", "housing", owner=""))))
    bad = patchwork("rules", "check", "bad.json", "--json")
    assert (bad.status, bad.json["passed"]) == (1, False)
    assert bad.json["findings"] == [
        {
            "weight": "error",
            "kind": "refused",
            "rules": [],
            "sentence": "rule bare: owner must be text of 1 to 200 printable characters, with no spaces around it",
        }
    ]
    (written / "lone.json").write_text(json.dumps(document(lone)))
    said = patchwork("rules", "check", "lone.json", "--on", "2026-03-02")
    assert (said.status, said.out.splitlines()[0]) == (
        1,
        "error: rule alone has no effect: no rule lets its recipients disclose in return, and it is not one-way",
    )
    assert patchwork("rules", "check", "lone.json", "--on", "soon").status == 2
    missing = patchwork("rules", "check", "missing.json")
    assert (missing.status, "missing.json cannot be read" in missing.err) == (1, True)


def test_rules_are_proposed_by_one_and_approved_by_another(ready: Patchwork, written: Path) -> None:
    add_agencies(ready)
    waits = ready("rules", "propose", "rules.json", "--json", *SIGN)
    assert waits.status == 0
    id = waits.json["proposal"]["id"]
    assert [each["version"] for each in ready("rules", "history", "--json").json["versions"]] == [0]
    assert "another enrolled person must approve it" in ready("rules", "approve", id, *SIGN).err
    approved = ready("rules", "approve", id, *APPROVE)
    assert approved.out == "Rule set 1 is in force with 2 rules; 0 alerts follow from it.\n"
    rows = ready("rules", "history", "--json").json["versions"]
    assert [(row["version"], row["recorded_by"], row["approved_by"]) for row in rows] == [
        (1, "anna", "omar"),
        (0, "", ""),
    ]
    shown = ready("rules", "show", "current")
    assert json.loads(shown.out) == json.loads((written / "rules.json").read_text())
    assert ready("rules", "show", "1", "--json").json["set"]["rules"] == ["school-to-housing", "housing-to-school"]


def test_another_kind_of_proposal_is_not_approved_here(ready: Patchwork, tmp_path: Path) -> None:
    add_agencies(ready)
    (tmp_path / "agreement.toml").write_text(FILE)
    id = ready("agreement", "add", "agreement.toml", "--json", *SIGN).json["proposal"]["id"]
    refused = ready("rules", "approve", id, *APPROVE)
    assert (refused.status, "is not about rules; use patchwork proposal approve" in refused.err) == (1, True)


def test_an_explanation_is_one_sentence_and_rule_ids(ready: Patchwork, written: Path) -> None:
    add_agencies(ready)
    (written / "agreement.toml").write_text(FILE)
    assert ready("agreement", "add", "agreement.toml", *SIGN, *SECOND).status == 0
    on = ("--on", "2026-03-02")
    before = ready("rules", "explain", SCHOOL, HOUSING, *on, "--json").json
    assert (before["rules"], before["told"]) == (["as-agreed"], {SCHOOL.value: "full", HOUSING.value: "full"})
    tried = ready("rules", "explain", SCHOOL, HOUSING, *on, "--under", "rules.json")
    sentence, *supposed = tried.out.splitlines()
    assert "are each told of the other the agency and the service, because" in sentence
    assert sentence.endswith(
        "(rules housing-to-school, school-to-housing of rule set 1, agreement seaton-children version 1)."
    )
    assert supposed[0] == f"  supposed: {SCHOOL} other standard children-act-2004-s10 not-needed child"
    assert ready("rules", "propose", "rules.json", *SIGN, *SECOND).status == 0
    after = ready("rules", "explain", SCHOOL, HOUSING, *on, "--json").json
    assert (after["rule_set"], after["told"][SCHOOL.value]) == (1, "id-only")
    options = ("--age-band", "child", "--age-band", "adult", "--relation", "parent", "--basis", "consent")
    denied = ready("rules", "explain", SCHOOL, HOUSING, *on, *options, "--json").json
    assert (denied["shared"], denied["reasons"]) == (False, ["age-band", "legal-basis", "relation"])
    assert [each["age_band"] for each in denied["supposed"]] == ["child", "adult"]
    thrice = ("--service", "school") * 3
    assert ready("rules", "explain", SCHOOL, HOUSING, *thrice).status == 2


def test_nobody_is_explained_by_name_or_number(ready: Patchwork) -> None:
    add_agencies(ready)
    for words in ((SCHOOL, "9990100012"), ("Orla Testcase", HOUSING), (SCHOOL, "L1")):
        refused = ready("rules", "explain", *words)
        assert refused.status == 1
        assert "9990100012" not in refused.err
        assert "Orla" not in refused.err


def test_two_sets_are_compared_by_rules_and_by_what_they_change(ready: Patchwork, written: Path) -> None:
    add_agencies(ready)
    charity = permit("school-to-housing", "school", "housing", grounds=[ground("school", article_6="6(1)(c)")])
    (written / "other.json").write_text(lasting(charity, forbid("nobody")))
    assert ready("rules", "propose", "rules.json", *SIGN, *SECOND).status == 0
    found = ready("rules", "diff", "current", "other.json", "--json").json
    assert (found["added"], found["removed"], found["changed"]) == (
        ["nobody"],
        ["housing-to-school"],
        ["school-to-housing"],
    )
    assert set(found["connections"].values()) == {0}
    text = ready("rules", "diff", "shipped", "1").out.splitlines()
    assert text[0] == "added rules: housing-to-school, school-to-housing"
    assert text[-1] == "connections: 0 begins, 0 ends, 0 shows-more, 0 shows-less, 0 differs, 0 stays"
    assert "there is no rule set 9" in ready("rules", "diff", "current", "9").err
