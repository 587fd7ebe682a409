"""A rule is read aloud whole: nothing that changes what it does is left out."""

from gateway.reporting.rule_wording import in_words
from gateway.sharing.rule_set import rule_set_from, shipped
from tests.sharing_rules import CHILDREN, SCHOOL, document, forbid, ground, permit


def said(*rules: dict[str, object]) -> str:
    """What the first of them says."""
    return in_words(rule_set_from(document(*rules), 1).rules[0])


def test_a_permit_says_who_whom_what_why_and_until_when() -> None:
    narrowed = {"services": ["early-help"], "level": "id-only", "relations": ["same-person", "parent"]}
    text = said(permit("there", CHILDREN, SCHOOL, to_agencies=["urn:patchwork:seaton:school"], **narrowed))
    for part in (
        "there: agencies of the kind local-authority-children may show urn:patchwork:seaton:school",
        "the service early-help",
        "age bands child, unborn",
        "where both are one person or where one is the other's parent",
        "the agency and the service",
        "Purpose: so that those who help a child know of each other.",
        "local-authority-children under children-act-2004-s10, UK GDPR Article 6(1)(e), condition 9(2)(g), DPA 2018 Schedule 1 paragraph 18",
        "Valid 2026-01-01 to 2026-12-31, to be reviewed by 2026-12-31. Owner: IG lead, Seaton Council.",
    ):
        assert part in text
    assert "in return" not in text


def test_what_is_one_way_or_needs_consent_says_so() -> None:
    needed = [ground(SCHOOL, consent_needed=True, article_6="6(1)(a)")]
    text = said(permit("there", SCHOOL, CHILDREN, one_way="the board reviewed it", grounds=needed))
    assert "Nothing need be shown in return, because the board reviewed it." in text
    assert "with consent" in text


def test_a_forbid_says_never() -> None:
    text = said(forbid("nobody"))
    assert "agencies of any kind never show anything to agencies of any kind" in text
    assert "Valid" not in text


def test_the_set_that_ships_says_that_the_agreement_counts() -> None:
    (rule,) = shipped().rules
    assert "Ground: the legal bases that the agreement names." in in_words(rule)
    assert "unborn to adult (any that is known)" in in_words(rule)
