"""The invented town: the same for the same seed and day, safe to match, and true by a second way of counting."""

from collections import Counter
from datetime import date, timedelta

import pytest

from deploy.demo.caseloads import FOR_ADULTS, FOR_CHILDREN, PRIVATE_SERVICE, Allocation, Fate, Office, caseloads, truth
from deploy.demo.residents import TWINS_IN, Resident, residents
from deploy.demo.story import SEED, tell
from mappings.canonical.identifiers import NHSNumber
from tests.deploy.demo.known_truth import must_be_told, naive_truth

DAY = date(2026, 3, 14)
SEEDS = (SEED, 1, 99)


def town(seed: int = SEED, day: date = DAY) -> list[Resident]:
    return residents(seed, day)


def rows(seed: int = SEED, day: date = DAY) -> list[Allocation]:
    return caseloads(town(seed, day), seed, day)


def test_the_same_seed_and_day_give_the_same_town_and_another_seed_another() -> None:
    assert town() == town()
    assert rows() == rows()
    assert [each.nhs_number for each in town()] == [each.nhs_number for each in town(day=DAY + timedelta(days=1))]
    assert [each.family for each in town()] != [each.family for each in town(seed=1)]
    assert tell(DAY).rows == tell(DAY).rows
    assert tell(DAY).truth == tell(DAY).truth


@pytest.mark.parametrize("seed", SEEDS)
def test_every_nhs_number_is_of_the_test_range_and_right_and_one_persons_alone(seed: int) -> None:
    numbers = [each.nhs_number for each in town(seed)]

    assert all(number.startswith("999") and NHSNumber.parse(number) for number in numbers)
    assert len(set(numbers)) == len(numbers) > 180


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_near_a_birthday_at_which_another_agreement_counts(seed: int) -> None:
    for each in town(seed):
        today_age, next_month = (age(each.born, day) for day in (DAY, DAY + timedelta(days=31)))
        assert (today_age >= 18) == each.adult == (next_month >= 18)
        assert each.born.day not in (1, 15)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_who_share_a_birth_date_and_a_home_are_twins_with_names_of_their_own(seed: int) -> None:
    homes: dict[tuple[int, date], list[Resident]] = {}
    for each in town(seed):
        homes.setdefault((each.household, each.born), []).append(each)
    together = [people for people in homes.values() if len(people) > 1]

    assert {people[0].household for people in together} >= set(TWINS_IN)
    for people in together:
        assert len({each.given for each in people}) == len(people)
        assert len({each.nhs_number for each in people}) == len(people)


@pytest.mark.parametrize("seed", SEEDS)
def test_agencies_for_children_know_children_and_those_for_adults_adults(seed: int) -> None:
    for row in rows(seed):
        assert row.office in (FOR_ADULTS if row.person.adult else FOR_CHILDREN)
        assert row.start < DAY
        assert row.start > row.person.born or row.fate is Fate.HISTORIC
        assert (row.end is not None) == (row.fate is Fate.HISTORIC)
        assert (row.service == PRIVATE_SERVICE) == (row.fate is Fate.PRIVATE)
        assert not (row.person.twin_of_somebody and row.quirk)
    assert len({row.number for row in rows(seed)}) == len(rows(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fate_every_quirk_and_every_agency_comes_up(seed: int) -> None:
    drawn = rows(seed)

    assert {row.fate for row in drawn} == set(Fate)
    assert {row.quirk for row in drawn} == {"", "no-number", "no-middle-name", "capitals", "moved-house"}
    assert min(Counter(row.office for row in drawn).values()) > 20
    assert {row.office for row in drawn} == set(Office)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_closing_line_is_what_plain_counting_comes_to(seed: int) -> None:
    story = tell(DAY, seed)

    assert story.truth == truth(story.rows) == naive_truth(story.rows)
    assert story.truth.alerts == must_be_told(story.rows).total()
    assert min(story.truth.connections, story.truth.refused) > 0


def test_the_closing_line_is_written_as_promised() -> None:
    shown = tell(DAY).truth

    assert str(shown) == (
        f"{shown.notices} notices, {shown.people} people, {shown.connections} connections, "
        f"{shown.alerts} alerts delivered, {shown.refused} refused"
    )


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
