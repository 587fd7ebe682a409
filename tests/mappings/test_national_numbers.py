"""National numbers: checked, and never of the other mode."""

import pytest

from mappings.canonical.codes import IdentifierSystem, Mode, Strength
from mappings.national_numbers import WrongMode, pupil_number, ten_digits

INVENTED = "9990100012"
# Ten digits of a correct check digit outside the test range; the number of nobody known.
OUTSIDE_999 = "1000000060"


def test_the_sample_outside_the_range_is_a_valid_number():
    # In live mode such a number is what is expected.
    number = ten_digits(IdentifierSystem.NHS_NUMBER, OUTSIDE_999, Strength.STRONG, Mode.LIVE)
    assert number is not None


def test_the_999_range_is_for_trial_mode_only():
    number = ten_digits(IdentifierSystem.NHS_NUMBER, "999 010 0012", Strength.STRONG, Mode.TRIAL)
    assert number is not None
    assert number.value == INVENTED
    with pytest.raises(WrongMode, match="999 test range") as refused:
        ten_digits(IdentifierSystem.NHS_NUMBER, INVENTED, Strength.STRONG, Mode.LIVE)
    assert INVENTED not in str(refused.value)


def test_trial_mode_leaves_out_every_number_a_real_person_may_have():
    assert ten_digits(IdentifierSystem.NHS_NUMBER, OUTSIDE_999, Strength.STRONG, Mode.TRIAL) is None


def test_a_wrong_check_digit_is_no_number():
    assert ten_digits(IdentifierSystem.NHS_NUMBER, "9990100013", Strength.STRONG, Mode.TRIAL) is None


def test_a_pupil_number_is_checked_by_its_letter():
    number = pupil_number("g 9992 0011 8011")
    assert number is not None
    assert (number.value, number.strength) == ("G999200118011", Strength.MEDIUM)
    assert pupil_number("H999200118011") is None


def test_a_temporary_pupil_number_is_no_evidence():
    assert pupil_number("G99920011801A") is None
