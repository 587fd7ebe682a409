"""Headings bound to fields: known by name, or refused by name."""

import pytest

from mappings.column_binding import ColumnsRefused, bind, recognised, shown
from mappings.preset import load_preset
from mappings.source_map import Field, SourceMap


def generic() -> SourceMap:
    source_map = load_preset("generic_agency_csv").rows
    assert source_map is not None
    return source_map


def test_headings_are_known_whatever_their_case_spaces_and_punctuation():
    binding = bind(generic().mains[0], [" last\u00a0name", "FIRST NAME", "Service Event Start", "service/event  desc"])

    assert dict(binding.places) == {Field.FAMILY: 0, Field.GIVEN: 1, Field.START: 2, Field.TEAM: 3}


def test_an_unknown_column_is_named():
    with pytest.raises(ColumnsRefused, match="'Shoe size'"):
        bind(generic().mains[0], ["Last Name", "Service/Event Start", "Shoe size"])


def test_a_heading_that_looks_like_somebodys_data_is_named_by_its_place_only():
    with pytest.raises(ColumnsRefused) as refused:
        bind(generic().mains[0], ["Last Name", "Service/Event Start", "01/02/1988", "jo@example.org", "9990100012"])
    assert "3. column" in str(refused.value)
    assert not any(value in str(refused.value) for value in ("1988", "jo@", "9990100012"))


def test_two_columns_of_one_field_are_named_both():
    with pytest.raises(ColumnsRefused, match=r"'Surname'.*'Last Name'|'Last Name'.*'Surname'"):
        bind(generic().mains[0], ["Last Name", "Surname", "Service/Event Start"])


def test_denied_columns_are_not_kept():
    binding = bind(
        generic().mains[0], ["Last Name", "Presenting condition", "Primary diagnosis", "Service/Event Start"]
    )

    row = binding.row(["O'Neill", "secret", "secret", "01/02/2025"], frozenset())

    assert set(row.values()) == {"O'Neill", "01/02/2025"}


def test_null_tokens_are_nothing():
    binding = bind(generic().mains[0], ["Last Name", "Service/Event Start"])

    assert binding.row([" n/a ", "\u00a0"], frozenset({"n/a"})) == {}


def test_a_file_is_recognised_by_what_it_has_not_by_its_name():
    assert recognised(generic().mains[0], ["Surname", "Date opened"])
    assert not recognised(generic().mains[0], ["Surname", "Shoe size"])
    assert not recognised(generic().mains[0], [])


def test_a_long_heading_is_not_repeated():
    assert shown("x" * 61, 4) == "the 5. column"
