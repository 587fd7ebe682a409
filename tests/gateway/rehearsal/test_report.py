"""So few that they could be recognised are not shown, nor can they be reckoned from a total."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from gateway.rehearsal.counting import Found
from gateway.rehearsal.report import document, text
from mappings.evidence_file import Counts

NAMES = ("School", "Health", "Housing")
PAIRS = list(combinations(NAMES, 2))


def shown(match: list[int], *, exact: bool = False) -> dict[str, object]:
    agencies = {name: Counts(rows=3, involvements=3, people=2, weak=1) for name in NAMES}
    return document(agencies, Found(dict(zip(PAIRS, match, strict=True)), {}), exact=exact)


def matches(result: dict[str, object]) -> tuple[list[object], object]:
    return [each["match"] for each in result["pairs"]], result["connections"]["match"]  # type: ignore[index,attr-defined]


def test_counts_from_one_to_four_are_shown_as_fewer_than_five() -> None:
    assert matches(shown([0, 4, 5])) == ([0, "<5", 5], "6 to 9")
    assert matches(shown([1, 0, 0])) == (["<5", 0, 0], "<5")
    assert matches(shown([7, 0, 5])) == ([7, 0, 5], 12)
    assert matches(shown([0, 4, 5], exact=True)) == ([0, 4, 5], 9)


@given(st.lists(st.integers(0, 8), min_size=3, max_size=3))
def test_a_total_never_gives_a_small_count_away(match: list[int]) -> None:
    pairs, total = matches(shown(match))
    small = [number for number in match if 0 < number < 5]
    assert pairs.count("<5") == len(small)
    assert not small or isinstance(total, str)


def test_the_document_has_the_members_that_are_promised_and_the_text_says_the_same() -> None:
    result = shown([0, 4, 5])
    assert set(result) == {"agencies", "connections", "pairs"}
    assert result["agencies"]["School"] == {"rows": 3, "involvements": 3, "people": 2, "weak": 1, "skipped": 0}  # type: ignore[index]
    assert [set(each) for each in result["pairs"]] == [{"a", "b", "match", "review"}] * 3  # type: ignore[attr-defined]
    said = text(result)
    assert "6 to 9" in said
    assert "Destroy the evidence files" in said
