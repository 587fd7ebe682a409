"""Text as sources write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.transforms import (
    TEXT_TRANSFORMS,
    is_name,
    lines,
    nicknames,
    one_line,
    postcode,
    split_name,
    surname_first,
)


def test_a_cell_loses_odd_spaces_and_unprintable_characters():
    assert one_line("\u00a0O\u2019Neill \u200b,\tMaya\r\n Grace\x00 ") == "O'Neill , Maya Grace"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Adeyemi, Folake", "Folake Adeyemi"),
        ("Dr P Rao", "Dr P Rao"),
        ("Adeyemi,", "Adeyemi,"),
        ("a, b, c", "a, b, c"),
    ],
)
def test_a_surname_that_comes_first_goes_last(written, meant):
    assert surname_first(written) == meant


@pytest.mark.parametrize(
    ("written", "given", "family"),
    [
        ("O'Neill, Siobhán", ("Siobhán",), "O'Neill"),
        ("Mrs Siobhán Mary O'Neill", ("Siobhán", "Mary"), "O'Neill"),
        ("Whitlock", (), "Whitlock"),
        ("", (), ""),
    ],
)
def test_a_full_name_is_split(written, given, family):
    assert split_name(written) == (given, family)


def test_nicknames_in_brackets_and_quotation_marks_are_taken_out():
    assert nicknames('Darren (Daz) "Dazza" James') == ("Darren James", ("Daz", "Dazza"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("zz24xy", "ZZ2 4XY"), ("4 Cliff Way, ZZ2  4XY", "ZZ2 4XY"), ("ZZ99 3VZ", ""), ("Seaton", "")],
)
def test_a_postcode_is_found_and_pseudo_postcodes_are_none(written, meant):
    assert postcode(written) == meant


def test_an_address_is_split_at_line_ends_or_else_at_commas():
    assert lines("4 Cliff Way\nSeaton\r\nZZ2 4XY") == ("4 Cliff Way", "Seaton", "ZZ2 4XY")
    assert lines("4 Cliff Way, Seaton, ") == ("4 Cliff Way", "Seaton")


def test_words_for_not_knowing_are_no_names():
    assert [word for word in ("(Unknown)", "-", "Not known", "Maya") if is_name(word)] == ["Maya"]


@given(st.text(max_size=80))
def test_every_transform_takes_every_text(text):
    for transform in TEXT_TRANSFORMS.values():
        assert isinstance(transform(text), str)
    assert "\x00" not in one_line(text)
    one_line(text).encode()
    split_name(text)
    nicknames(text)
    lines(text)
