"""Person numbers: what is evidence and how far."""

import pytest

from identity.person.identifier_rules import counts_in, standard_identifiers, strength_of_status
from mappings.canonical.codes import IdentifierSystem, Mode, Strength
from mappings.canonical.person import PersonIdentifier

VALID = "9990000018"


def _kept(system: IdentifierSystem, value: str, strength: Strength = Strength.STRONG) -> tuple[PersonIdentifier, ...]:
    return standard_identifiers((PersonIdentifier(system, value, strength),))


@pytest.mark.parametrize("value", ["999 000 0018", "999-000-0018", VALID])
def test_a_number_has_one_form(value: str) -> None:
    assert [item.value for item in _kept(IdentifierSystem.NHS_NUMBER, value)] == [VALID]


@pytest.mark.parametrize("value", ["9990000019", "0000000000", "4444444444", "123", ""])
def test_a_number_that_cannot_be_is_no_evidence(value: str) -> None:
    assert _kept(IdentifierSystem.NHS_NUMBER, value) == ()


def test_passing_the_check_digit_never_raises_a_strength() -> None:
    assert _kept(IdentifierSystem.NHS_NUMBER, VALID, Strength.WEAK)[0].strength is Strength.WEAK


@pytest.mark.parametrize(
    ("status", "strength"),
    [("01", Strength.STRONG), ("1", Strength.STRONG), ("02", Strength.MEDIUM), ("06", Strength.MEDIUM), ("03", Strength.WEAK),
     ("04", Strength.WEAK), ("", Strength.WEAK), ("99", Strength.WEAK)],
)  # fmt: skip
def test_the_status_says_how_far_a_number_is_believed(status: str, strength: Strength) -> None:
    assert strength_of_status(status) is strength


def test_the_test_range_counts_in_trial_mode_only() -> None:
    item = PersonIdentifier(IdentifierSystem.NHS_NUMBER, VALID, Strength.STRONG)
    assert counts_in(item, Mode.TRIAL)
    assert not counts_in(item, Mode.LIVE)


def test_a_pupil_number_needs_its_check_letter_and_a_temporary_one_is_weak() -> None:
    assert _kept(IdentifierSystem.UPN, "h801200001001")[0].strength is Strength.STRONG
    assert _kept(IdentifierSystem.UPN, "A801200001001") == ()
    temporary = [_kept(IdentifierSystem.UPN, f"{letter}80120000100B") for letter in "ABCDEFGHJKLMNPQRTUVWXYZ"]
    assert [item[0].strength for item in temporary if item] == [Strength.WEAK]


def test_one_number_twice_is_one_number_as_strong_as_the_stronger() -> None:
    twice = tuple(PersonIdentifier(IdentifierSystem.NHS_NUMBER, VALID, strength) for strength in reversed(Strength))
    assert [item.strength for item in standard_identifiers(twice)] == [Strength.STRONG]
