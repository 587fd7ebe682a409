"""When somebody is to look at a connector: each rule just below and just at its threshold, and what a normal life never raises."""

import pytest

from gateway.alarms.raising import SETTLED_DAYS, Measured, Usual, in_words, measure, needs_history, usual_of
from gateway.model.alarm import AlarmKind, Tally
from gateway.model.standing import Light

NEW = Usual()
SETTLED = Usual((Tally(accepted=10, placed=4, matched=1),) * 20)
BUSY = Usual((Tally(accepted=300, placed=200, matched=40),) * 20)


def raised(day: Tally, usual: Usual = SETTLED) -> dict[AlarmKind, Measured]:
    """Every alarm that follows from such a day."""
    found = {kind: measure(kind, day, usual) for kind in AlarmKind}
    return {kind: measured for kind, measured in found.items() if measured is not None}


@pytest.mark.parametrize("usual", [NEW, SETTLED, BUSY], ids=["new", "settled", "busy"])
def test_a_usual_day_raises_nothing(usual: Usual) -> None:
    assert raised(Tally(accepted=12, placed=5, matched=1, brief=1, refused=1), usual) == {}
    assert raised(Tally(), usual) == {}


def test_a_busy_agencys_usual_day_raises_nothing() -> None:
    assert raised(Tally(accepted=320, placed=210, matched=45, brief=9, refused=8), BUSY) == {}


@pytest.mark.parametrize("usual", [NEW, Usual(SETTLED.days[: SETTLED_DAYS - 1])], ids=["nothing", "four days"])
def test_the_first_load_of_a_new_agency_is_expected_and_nothing_else(usual: Usual) -> None:
    found = raised(Tally(accepted=5_000, placed=4_000, matched=900), usual)
    assert found == {AlarmKind.FIRST_LOAD: Measured(4_000, 0)}
    assert AlarmKind.FIRST_LOAD.light is Light.AMBER


@pytest.mark.parametrize(("placed", "expected"), [(49, None), (50, Measured(50, 4))])
def test_a_burst_is_far_above_the_connectors_own_usual(placed: int, expected: Measured | None) -> None:
    assert (
        raised(Tally(accepted=placed, placed=placed, matched=placed // 4)).get(AlarmKind.DECLARATION_BURST) == expected
    )


@pytest.mark.parametrize(("placed", "expected"), [(999, None), (1_000, Measured(1_000, 200))])
def test_what_is_a_burst_from_one_is_a_day_of_another(placed: int, expected: Measured | None) -> None:
    day = Tally(accepted=placed, placed=placed, matched=placed // 5)
    assert raised(day, BUSY).get(AlarmKind.DECLARATION_BURST) == expected


def test_one_great_load_does_not_hide_a_burst_a_week_later() -> None:
    days = usual_of([Tally(accepted=9_000, placed=9_000, matched=1_800), *SETTLED.days[:6], Tally()])
    assert (len(days.days), days.placed) == (7, 4)
    assert AlarmKind.DECLARATION_BURST in raised(Tally(accepted=60, placed=60, matched=12), days)


@pytest.mark.parametrize(
    ("day", "is_raised"),
    [
        (Tally(accepted=18, placed=9, brief=9), False),
        (Tally(accepted=20, placed=10, brief=10), True),
        (Tally(accepted=500, placed=400, brief=99, matched=100), False),
        (Tally(accepted=500, placed=400, brief=100, matched=100), True),
    ],
)
@pytest.mark.parametrize("usual", [NEW, BUSY], ids=["new", "busy"])
def test_involvements_taken_back_at_once(day: Tally, is_raised: bool, usual: Usual) -> None:
    assert (AlarmKind.BRIEF_INVOLVEMENTS in raised(day, usual)) is is_raised


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (Tally(accepted=29, placed=29, matched=29), None),
        (Tally(accepted=30, placed=30, matched=22), None),
        (Tally(accepted=30, placed=30, matched=23), AlarmKind.MATCHES_OFTEN),
        (Tally(accepted=40, placed=40, matched=3), None),
        (Tally(accepted=40, placed=40, matched=2), AlarmKind.MATCHES_NOBODY),
        (Tally(accepted=40, placed=40, matched=0), AlarmKind.MATCHES_NOBODY),
    ],
)
def test_guessing_matches_far_more_or_far_less_often_than_clients_do(day: Tally, kind: AlarmKind | None) -> None:
    """A quarter of this connector's people are known to somebody else."""
    assert list(raised(day)) == ([kind] if kind else [])


def test_where_hardly_anybody_ever_matches_matching_nobody_is_usual() -> None:
    alone = Usual((Tally(accepted=10, placed=4),) * 20)
    assert raised(Tally(accepted=40, placed=40), alone) == {}
    assert AlarmKind.MATCHES_OFTEN in raised(Tally(accepted=40, placed=40, matched=20), alone)


@pytest.mark.parametrize(
    ("below", "at", "kind", "light"),
    [
        (Tally(unbelieved=4), Tally(unbelieved=5), AlarmKind.SIGNATURES_REFUSED, Light.RED),
        (Tally(refused=19), Tally(refused=20), AlarmKind.NOTICES_REFUSED, Light.AMBER),
        (Tally(accepted=81, refused=20), Tally(accepted=80, refused=20), AlarmKind.NOTICES_REFUSED, Light.AMBER),
        (Tally(), Tally(limited=1), AlarmKind.VOLUME_LIMIT, Light.AMBER),
    ],
)
def test_refusals_and_limits(below: Tally, at: Tally, kind: AlarmKind, light: Light) -> None:
    assert raised(below) == {}
    assert list(raised(at)) == [kind]
    assert kind.light is light


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_can_be_said_in_words_of_numbers_alone(kind: AlarmKind) -> None:
    text = in_words(kind, 4711, 12)
    assert "4711" in text
    assert "{" not in text


def test_no_rule_that_compares_looks_at_a_day_for_which_no_history_was_fetched() -> None:
    comparing = [AlarmKind.FIRST_LOAD, AlarmKind.DECLARATION_BURST, AlarmKind.MATCHES_OFTEN, AlarmKind.MATCHES_NOBODY]
    for placed in range(60):
        for matched in (0, placed):
            day = Tally(accepted=placed, placed=placed, matched=matched)
            if not needs_history(day):
                assert [kind for kind in comparing if measure(kind, day, SETTLED) or measure(kind, day, NEW)] == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (Tally(sights=9, one_way=9), None),
        (Tally(sights=10, one_way=10), Measured(10, 10)),
        (Tally(sights=100, one_way=24), None),
        (Tally(sights=100, one_way=25), Measured(25, 100)),
    ],
)
def test_who_is_told_of_many_that_are_not_told_back(day: Tally, expected: Measured | None) -> None:
    assert raised(day).get(AlarmKind.ONE_WAY_SIGHTS) == expected
    assert AlarmKind.ONE_WAY_SIGHTS.light is Light.AMBER


@pytest.mark.parametrize(
    ("dropped", "usual", "expected"),
    [
        (9, NEW, None),
        (10, NEW, Measured(10, 0)),
        (14, Usual((Tally(accepted=1, dropped=3),) * 20), None),
        (15, Usual((Tally(accepted=1, dropped=3),) * 20), Measured(15, 3)),
    ],
)
def test_involvements_that_are_over_once_they_have_brought_an_alert(
    dropped: int, usual: Usual, expected: Measured | None
) -> None:
    day = Tally(accepted=40, dropped=dropped)
    assert raised(day, usual).get(AlarmKind.DROPPED_AFTER_ALERTS) == expected
    assert needs_history(day) is (dropped >= 10)
    assert AlarmKind.DROPPED_AFTER_ALERTS.light is Light.RED


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (Tally(accepted=4, unreachable=4), None),
        (Tally(accepted=5, unreachable=5), Measured(5, 5)),
        (Tally(accepted=100, unreachable=49), None),
        (Tally(accepted=100, unreachable=50), Measured(50, 100)),
    ],
)
def test_an_agency_that_nobody_can_ring(day: Tally, expected: Measured | None) -> None:
    assert raised(day).get(AlarmKind.NO_CONTACT) == expected
    assert AlarmKind.NO_CONTACT.light is Light.AMBER


ANSWERED = Usual((Tally(accepted=1, answered=1),) * 19)


@pytest.mark.parametrize(
    ("day", "usual", "expected"),
    [
        (Tally(accepted=1, answered=1), ANSWERED, Measured(0, 20)),
        (Tally(accepted=1, answered=1), Usual(ANSWERED.days[1:]), None),
        # Nothing new was said today, or today's was contact.
        (Tally(accepted=1), Usual(ANSWERED.days * 2), None),
        (Tally(accepted=1, answered=1, followed=1), Usual(ANSWERED.days * 2), None),
        (Tally(accepted=1, answered=1), Usual((*ANSWERED.days[2:], Tally(accepted=1, answered=2, followed=2))), None),
        (Tally(accepted=1, answered=2), Usual((*ANSWERED.days, Tally(accepted=1, answered=1, followed=1))), Measured(1, 22)),
        # Who never answers has not said anything.
        (Tally(accepted=1, sights=50), SETTLED, None),
    ],
)  # fmt: skip
def test_answers_that_hardly_ever_tell_of_contact_show(day: Tally, usual: Usual, expected: Measured | None) -> None:
    found = raised(day, usual).get(AlarmKind.NEVER_FOLLOWED)
    assert found == expected
    if found:
        assert needs_history(day)
        assert f"{found.observed} were followed by contact" in in_words(
            AlarmKind.NEVER_FOLLOWED, *(found.observed, found.usual)
        )
    assert AlarmKind.NEVER_FOLLOWED.light is Light.AMBER
