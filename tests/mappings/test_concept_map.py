"""Local codes into shared ones."""

import pytest

from mappings.canonical.codes import Gender, ServiceLine
from mappings.concept_map import ConceptMap, UnmappedCode, fold

LINES = ConceptMap(
    "service", {fold("Early Help"): ServiceLine.EARLY_HELP}, ((fold("tenan"), ServiceLine.HOUSING),), defer=True
)


def test_case_spaces_and_punctuation_do_not_count():
    assert LINES.target("EARLY_HELP") is LINES.target(" early-help ") is ServiceLine.EARLY_HELP


def test_a_part_of_the_text_is_tried_after_the_whole():
    assert LINES.target("Tenancy sustainment") is ServiceLine.HOUSING


def test_an_unknown_code_defers_to_the_defaults_where_the_map_says_so():
    assert LINES.target("Rocket science") is None


def test_an_unknown_code_is_refused_without_being_repeated():
    strict = ConceptMap("gender", {"f": Gender.FEMALE})
    with pytest.raises(UnmappedCode) as refused:
        strict.target("Qwerty")
    assert "gender" in str(refused.value)
    assert "Qwerty" not in str(refused.value)


def test_nothing_said_is_nothing_meant_even_where_unknown_codes_have_a_target():
    assert ConceptMap("gender", {}, unmapped=Gender.UNKNOWN).target(" - ") is None
