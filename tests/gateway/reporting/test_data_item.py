"""The data items of the report are those of the allow-list, each in words."""

from gateway.housekeeping.retention import Retention
from gateway.reporting.data_item import BESIDES, FORM_ONLY, ITEMS
from gateway.reporting.kept import kept
from mappings.fhir.allow_list import NOTICE
from mappings.fhir.data_items import items


def test_every_element_that_a_notice_may_carry_is_named_once() -> None:
    allowed = {path for path in items(NOTICE, "Bundle") if not path.startswith("part ")}
    named = [path for item in ITEMS for path in item.paths]
    assert sorted([*named, *FORM_ONLY]) == sorted(allowed)


def test_every_item_says_how_it_is_kept() -> None:
    assert all(item.words and item.kept for item in (*ITEMS, *BESIDES))


def test_what_no_notice_says_is_named_too() -> None:
    assert not [path for item in BESIDES for path in item.paths]
    (champion,) = [item for item in BESIDES if "champion" in item.words]
    assert champion.kept.startswith("encrypted in the roll-out plan")
    assert "removed at the next housekeeping" in " ".join(kept(Retention()))


def test_the_clocks_are_those_that_housekeeping_goes_by() -> None:
    said = " ".join(
        kept(Retention(unconfirmed_days=200, ask_before_days=1, linger_days_children=61, dead_letter_days=62))
    )
    assert "200 days after its agency last confirmed it; its agency is asked 1 day before" in said
    for number in (61, 62, 0, 400):
        assert f"{number} days" in said
