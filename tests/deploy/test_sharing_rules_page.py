"""The page for IG leads: its example can be proposed, and it names every field that there is."""

from dataclasses import fields
from datetime import date

from deploy import bootstrap
from gateway.sharing.findings import Weight, findings
from gateway.sharing.ground import ArticleSix, Condition, Confidentiality, Ground
from gateway.sharing.rule import Rule
from gateway.sharing.rule_set import document_from, faults_in, rule_set_from

PAGE = (bootstrap.PROJECT / "deploy" / "docs" / "sharing-rules.md").read_text("utf-8")
EXAMPLE = PAGE.partition("```toml\n")[2].partition("```")[0]


def test_the_example_is_without_fault() -> None:
    document = document_from(EXAMPLE)
    assert faults_in(document) == []
    made = rule_set_from(document, 1)
    assert [rule.id for rule in made.rules] == ["children-to-school", "school-to-children", "youth-justice-stays-apart"]
    assert not [each for each in findings(made, date(2026, 3, 2)) if each.weight is not Weight.NOTE]


def test_the_page_names_every_field_and_code() -> None:
    for made in (Rule, Ground):
        for field in fields(made):
            assert f"`{field.name}`" in PAGE
    for code in (
        *Confidentiality,
        *(each.replace("6(1)", "").replace("9(2)", "") for each in (*ArticleSix, *Condition)),
    ):
        assert code in PAGE
