"""Names: what is one name however it is written, and what is no name at all."""

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from identity.person.name_standard import family_name, full_forms, given_names, hyphen_parts, usual_spelling


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("O'Brien", "OBRIEN"), ("O’Brien", "OBRIEN"), ("O Brien", "OBRIEN"), ("obrien", "OBRIEN"),
        ("McDonald", "MCDONALD"), ("Mc Donald", "MCDONALD"), ("van der Berg", "VANDERBERG"), ("bin Ali", "BINALI"),
        ("Müller", "MULLER"), ("Łukasiewicz", "LUKASIEWICZ"), ("Nuñez", "NUNEZ"), ("Strauß", "STRAUSS"),
        ("Smith Jnr", "SMITH"), ("Mrs Smith", "SMITH"), ("", ""), ("Unknown", ""), ("N/K", ""), ("not known", ""),
    ],
)  # fmt: skip
def test_a_family_name_is_one_however_it_is_written(written: str, standard: str) -> None:
    assert family_name(written)[0] == standard


@pytest.mark.parametrize(
    ("written", "whole", "aliases"),
    [
        ("Smith-Jones", "SMITHJONES", {"SMITH", "JONES"}),
        ("Smith - Jones", "SMITHJONES", {"SMITH", "JONES"}),
        ("Smith Jones", "SMITHJONES", {"SMITH", "JONES"}),
        ("Kaur Gill", "KAURGILL", {"KAUR", "GILL"}),
        ("van der Berg", "VANDERBERG", {"BERG"}),
        ("O'Brien", "OBRIEN", set()),
        ("O Brien", "OBRIEN", set()),
        ("Smith (née Patel)", "SMITH", {"PATEL"}),
    ],
)
def test_the_parts_of_a_double_name_are_aliases(written: str, whole: str, aliases: set[str]) -> None:
    found = family_name(written)
    assert found[0] == whole
    assert set(found[1]) == aliases


@pytest.mark.parametrize(
    "written",
    ["Baby", "Infant", "BABY BOY", "Baby Girl", "Twin 2", "Twin Two", "twin a", "Unknown", "Not known", "not yet named", "N/K",
     "Baby of Sarah", "B/O Sarah", "Unborn", "Male", "Mr", "", "  ", "Triplet 3", "Baby 1"],
)  # fmt: skip
def test_what_stands_for_a_missing_given_name_is_no_name(written: str) -> None:
    assert given_names(written).parts == ()


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Baby Oliver", ("OLIVER",)), ("Mary Jane", ("MARY", "JANE")), ("Mr John", ("JOHN",)), ("Zoë", ("ZOE",)),
        ("Mary-Jane Ann", ("MARYJANE", "ANN")), ("D'Arcy", ("DARCY",)), ("J", ("J",)), ("John,Paul/Peter", ("JOHN", "PAUL", "PETER")),
    ],
)  # fmt: skip
def test_several_given_names_in_one_field_are_parted(written: str, parts: tuple[str, ...]) -> None:
    assert given_names(written).parts == parts


@pytest.mark.parametrize(
    "written", ["Elizabeth (Liz)", 'Elizabeth "Liz"', "Elizabeth aka Liz", "Elizabeth known as Liz"]
)
def test_what_somebody_is_called_beside_the_name_is_an_alias(written: str) -> None:
    assert given_names(written).parts == ("ELIZABETH",)
    assert given_names(written).asides == ("LIZ",)


def test_the_halves_of_a_hyphenated_given_name_are_found() -> None:
    assert hyphen_parts("Mary-Jane Ann") == ("MARY", "JANE")


@pytest.mark.parametrize(
    "spelling", ["MUHAMMAD", "MOHAMED", "MOHAMMAD", "MUHAMMED", "MOHAMUD", "MOHD", "MD", "MAXAMED"]
)
def test_one_name_from_another_alphabet_has_one_spelling(spelling: str) -> None:
    assert usual_spelling(spelling) == "MOHAMMED"


def test_a_short_form_knows_its_full_forms() -> None:
    assert "WILLIAM" in full_forms("BILL")
    assert full_forms("JASMINE") == ()


@any_of(st.text(max_size=80))
def test_whatever_is_written_gives_letters_without_case_or_nothing(text: str) -> None:
    whole, aliases = family_name(text)
    names = given_names(text)
    for name in (whole, *aliases, *names.parts, *names.asides):
        assert name == "".join(letter for letter in name if letter.isalpha())
        assert len(name) <= 60
    assert family_name(whole)[0] in {whole, ""} or not whole.isascii()
