"""No small number is shown, and none can be worked out from what is."""

import itertools

import pytest

from gateway.reporting.small_number import SUPPRESSED, Published, published, share, total


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (7, 5), (9, 5), (10, 10), (999, 995), (1_000, 1_000)],
)
def test_one_to_four_are_suppressed_and_the_rest_is_rounded(number: int, shown: Published) -> None:
    assert published(number) == shown


def test_a_negative_count_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not negative"):
        published(-1)


@pytest.mark.parametrize("cells", [2, 3])
def test_a_suppressed_number_cannot_be_found_from_a_count_of_all_and_the_others(cells: int) -> None:
    # Two breakdowns of the same people show their number twice: of everything that looks the same, more than one number is possible.
    looks: dict[tuple[Published, ...], list[set[int]]] = {}
    for counted in itertools.product(range(24), repeat=cells):
        shown = (*map(published, counted), published(sum(counted)))
        possible = looks.setdefault(shown, [set() for _ in counted])
        for position, number in enumerate(counted):
            possible[position].add(number)
    found = [
        each
        for shown, possible in looks.items()
        # Beyond that not everything that looks the same was made above.
        if all(number in (SUPPRESSED, 0, 5, 10, 15) for number in shown[:-1])
        for mark, each in zip(shown, possible, strict=False)
        if mark == SUPPRESSED
    ]
    assert len(found) > 10
    assert min(map(len, found)) > 1


def test_a_difference_of_two_reports_finds_no_small_number_either() -> None:
    looks: dict[tuple[Published, Published], set[int]] = {}
    for before in range(5, 113):
        for new in range(1, 5):
            looks.setdefault((published(before), published(before + new)), set()).add(new)
    assert min(len(new) for (before, _), new in looks.items() if before != 110) > 1


@pytest.mark.parametrize(
    ("parts", "shown"),
    [((), 0), ((0, 0), 0), ((3,), "<5"), ((9, 12), 15), ((3, 4), "at least 2"), ((11, 3, 0), "at least 11")],
)
def test_a_total_is_made_of_what_is_shown(parts: tuple[int, ...], shown: Published) -> None:
    assert total(parts) == shown
    assert total(reversed(parts)) == shown


def test_a_share_is_of_published_numbers_and_of_nothing_small() -> None:
    assert share(10, 100) == 10
    assert share("<5", 100) == ""
    assert share(10, "at least 11") == ""
    assert share(5, 15) == ""
    assert share(0, 100) == 0
