"""Places: postcodes, addresses, what is missing and what is withheld."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.address_standard import standard_address, standard_location, standard_postcode, standard_town
from mappings.canonical.person import Address


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("sw1a1aa", "SW1A 1AA"), ("SW1A  1AA", "SW1A 1AA"), ("m1 1ae", "M1 1AE"), ("SW1A OAA", "SW1A 0AA"), ("0X1 2JD", "OX1 2JD"),
        ("ZZ2 4XY", "ZZ2 4XY"), ("ZZ24XY", "ZZ2 4XY"), ("3029", "3029"), ("", ""), ("unknown", ""), ("N/A", ""), ("-", ""),
    ],
)  # fmt: skip
def test_a_postcode_has_one_form(written: str, standard: str) -> None:
    assert standard_postcode(written) == standard


@pytest.mark.parametrize("pseudo", ["ZZ99 3VZ", "zz993wz", "ZZ99 3CZ"])
def test_a_pseudo_postcode_is_missing(pseudo: str) -> None:
    assert standard_postcode(pseudo) == ""
    place = standard_location(Address((), "Seaton", pseudo))
    assert place is not None
    assert (place.postcode, place.sector, place.area) == ("", "", "")


def test_a_postcode_gives_its_sector_and_area() -> None:
    place = standard_location(Address((), "", "ZZ2 4XY"))
    assert place is not None
    assert (place.sector, place.area) == ("ZZ2 4", "ZZ")


@pytest.mark.parametrize(
    "lines",
    [("12 High Street",), ("12 High St",), ("12, High St.",), ("12 HIGH STREET", "Northgate"), ("12 High St, Northgate, Seaton",),
     ("012 High Street", "Seaton", "ZZ2 4XY")],
)  # fmt: skip
def test_an_address_is_one_however_it_is_written(lines: tuple[str, ...]) -> None:
    assert standard_address(lines, "Seaton", "ZZ2 4XY") == "12 HIGH STREET"


def test_a_saint_is_no_street_and_flats_stay_apart() -> None:
    assert standard_address(("3 St Johns Rd",)) == "3 SAINT JOHNS ROAD"
    assert standard_address(("Flat 1", "12 High Street")) != standard_address(("Flat 2", "12 High Street"))


@pytest.mark.parametrize("line", ["No fixed abode", "NFA", "Unknown", "Address withheld", "not known"])
def test_an_address_that_says_there_is_none_is_missing(line: str) -> None:
    assert standard_address((line,)) == ""


def test_a_protected_address_leaves_nothing_not_even_the_town() -> None:
    assert standard_location(Address(("12 High Street",), "Seaton", "ZZ2 4XY", withheld=True)) is None


@given(st.lists(st.text(max_size=60), max_size=10), st.text(max_size=30), st.text(max_size=20))
def test_whatever_is_written_gives_a_bounded_place(lines: list[str], town: str, postcode: str) -> None:
    place = standard_location(Address(tuple(lines), town, postcode))
    if place is not None:
        assert len(place.address) <= 100
        assert len(place.postcode) <= 10
        assert place.town == standard_town(town)
