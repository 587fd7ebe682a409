"""What no rule lifts for a service that must stay private: over every combination of what rules may say of both directions."""

import itertools
from datetime import date

import pytest

from gateway.model.involvement import RegisteredInvolvement
from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.decision import RULES, Decision, Sharing, decide
from gateway.sharing.policy import Permitted, Verdict, shown
from gateway.sharing.privacy import is_confirmed, is_private, protected
from mappings.canonical.codes import AgencyType, AlertLevel, Sensitivity
from tests import builders
from tests.builders import HOUSING, SCHOOL
from tests.sharing_rules import both_ways, permit, private_permit, rule_set

TODAY = date(2026, 3, 2)
LEVELS = (None, *GENEROSITY)
TYPES = {SCHOOL: AgencyType.SCHOOL, HOUSING: AgencyType.HOUSING}
CONFIRMED = {"stated_on": date(2026, 2, 1)}
FRESH = {"stated_on": date(2026, 3, 1)}


def verdicts() -> list[Verdict]:
    """Every level of every kind of permit; whatever is meant for private recipients is one-way."""
    kinds = itertools.product(LEVELS, LEVELS, LEVELS)
    made = [Verdict("", *(Permitted(level, kind) if level else None for kind, level in zip(("mutual", "one-way", "to-private"), said, strict=True)))
            for said in kinds if rank(said[2]) <= rank(said[1])]  # fmt: skip
    return [*made, Verdict(forbidden="forbid")]


def rank(level: AlertLevel | None) -> int:
    return -1 if level is None else GENEROSITY.index(level)


def sides(sensitivity: Sensitivity, confirmed: bool, number: int = 1) -> RegisteredInvolvement:
    agency = SCHOOL if number == 1 else HOUSING
    return builders.registered(agency, number, sensitivity=sensitivity, **(CONFIRMED if confirmed else FRESH))


@pytest.mark.parametrize("here", Sensitivity)
@pytest.mark.parametrize("there", [Sensitivity.STANDARD, Sensitivity.UNCLASSIFIED])
def test_every_combination_of_rules_is_held_to_what_no_rule_lifts(here: Sensitivity, there: Sensitivity) -> None:
    counted: set[tuple[AlertLevel | None, AlertLevel | None]] = set()
    for confirmed in itertools.product((True, False), repeat=2):
        first, second = sides(here, confirmed[0]), sides(there, confirmed[1], 2)
        for of in itertools.product(verdicts(), repeat=2):
            before = shown(of[1], of[0]), shown(of[0], of[1])
            after = protected(first, second, of, before)
            counted.add((after[0].level, after[1].level))
            lifted = of[1].to_private, of[0].to_private
            for index, (recipient, discloser) in enumerate(((first, second), (second, first))):
                level, given = after[index].level, after[1 - index].level
                assert bool(level) is not bool(after[index].reason)
                assert after[index].reason in {"", *RULES}
                if not is_private(recipient) and not is_private(discloser):
                    assert after[index] == before[index], "nothing else changes"
                if is_private(discloser) and not is_private(recipient):
                    assert rank(level) == min(rank(before[index].level), rank(AlertLevel.EMPTY))
                if is_private(recipient):
                    assert level is None or is_confirmed(recipient)
                    # Of two that must stay private each may be held back for itself; neither is shown more than that somebody is there.
                    most = AlertLevel.EMPTY if is_private(discloser) else given
                    signed = lifted[index]
                    assert rank(level) <= max(rank(most), rank(signed.level if signed else None))
                assert rank(level) <= rank(before[index].level)
    assert len(counted) > 1, "where nothing is ever shown nothing is compared"


def decided(*rules: dict[str, object], here: dict[str, object], there: dict[str, object] | None = None) -> Decision:
    pair = builders.registered(SCHOOL, 1, **here), builders.registered(HOUSING, 2, **(there or {}))
    return decide(*pair, frozenset(), [builders.agreement()], TODAY, None, Sharing(rule_set(*rules), TYPES.get))


PRIVATE = {"sensitivity": Sensitivity.SENSITIVE, **CONFIRMED}
WAY = private_permit("private", "school", "housing")


def test_without_a_rule_for_it_a_private_service_connects_to_nothing() -> None:
    decision = decided(*both_ways("school", "housing"), here=PRIVATE)
    assert (decision.permit, decision.reasons) == (False, ("sensitive-line",))


def test_with_one_each_is_told_that_somebody_is_involved_and_no_more() -> None:
    back = permit("back", "housing", "school")
    assert decided(WAY, back, here=PRIVATE).levels == (AlertLevel.EMPTY, AlertLevel.EMPTY)


def test_an_unclassified_service_needs_a_rule_that_names_it() -> None:
    unclassified = {"sensitivity": Sensitivity.UNCLASSIFIED, **CONFIRMED}
    back = permit("back", "housing", "school")
    assert not decided(WAY, back, here=unclassified).permit
    named = private_permit("private", "school", "housing", sensitivities=["unclassified"])
    assert decided(named, back, here=unclassified).levels == (AlertLevel.EMPTY, AlertLevel.EMPTY)


def test_until_it_is_confirmed_it_is_told_nothing_and_the_other_side_is() -> None:
    fresh = {"sensitivity": Sensitivity.SENSITIVE, **FRESH}
    back = permit("back", "housing", "school")
    assert decided(WAY, back, here=fresh).levels == (None, AlertLevel.EMPTY)
    assert decided(WAY, back, here=fresh | {"confirmed": date(2026, 3, 2)}).levels == (
        AlertLevel.EMPTY,
        AlertLevel.EMPTY,
    )
    assert decided(WAY, back, here={"sensitivity": Sensitivity.SENSITIVE}).levels == (None, AlertLevel.EMPTY), (
        "nobody knows"
    )


def test_it_is_shown_no_more_than_it_shows_unless_the_other_side_signed_for_it() -> None:
    way = private_permit("private", "school", "housing", one_way="the board")
    back = permit("back", "housing", "school", one_way="the board")
    assert decided(way, back, here=PRIVATE).levels == (AlertLevel.EMPTY, AlertLevel.EMPTY)
    alone = decided(back, here=PRIVATE)
    assert (alone.permit, alone.reasons) == (
        False,
        ("more-than-given", "sensitive-line"),
    )
    signed = permit("back", "housing", "school", one_way="the board", to_private="the refuge must know")
    assert decided(way, signed, here=PRIVATE).levels == (AlertLevel.FULL, AlertLevel.EMPTY)
    assert decided(signed, here=PRIVATE).levels == (AlertLevel.FULL, None)
