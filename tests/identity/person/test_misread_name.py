"""What a name that nobody bears may be, misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.misread_name import MOST_ALIASES, misread_as
from identity.person.standardise import standardise
from tests.identity.person.people import person


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("OLIUER", ("OLIVER",)),
        ("OHARLIE", ("CHARLIE", "CHARLES", "CHARLOTTE")),
        ("NUHANNAD", ("MOHAMMED",)),
        ("MIHE", ("MIKE", "MICHAEL")),
        ("EIIEN", ("ELLEN",)),
        ("LIIIY", ("LILLY",)),
    ],
)
def test_one_letter_taken_for_another_of_its_shape_at_any_of_its_places(written: str, meant: tuple[str, ...]) -> None:
    assert misread_as(written) == meant


@pytest.mark.parametrize("written", ["OLIVER", "RUDY", "AB", "", "SIOBHAN", "OLIUEW", "OLIZER", "AAAAAA"])
def test_nothing_is_said_of_a_borne_name_a_short_one_or_one_with_more_than_one_letter_changed(written: str) -> None:
    assert misread_as(written) == ()


def test_where_many_names_could_be_meant_the_letters_say_nothing() -> None:
    """Dina, Gina, Lina and Tina: no more can be said than that the shapes agree."""
    assert misread_as("CINA") == ()


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=60))
def test_any_name_is_answered_briefly(written: str) -> None:
    found = misread_as(written)
    assert len(found) == len(set(found)) <= MOST_ALIASES
    assert written not in found


def test_what_is_meant_stands_as_an_alias_beside_what_is_written() -> None:
    found = standardise(person("Oliuer"))
    assert (found.given, found.given_aliases) == ("OLIUER", ("OLIVER",))
