"""Keeping care teams: what is refused or down is tried again with growing pauses, what cannot be put there stops nothing else, and what is owed is
known after a restart."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.alerts.care_teams import CareTeamKeeping, ClientTeam
from connectors.alerts.worklist import Worklist, worklist
from connectors.ledger.connections import Told
from connectors.sinks.port import SinkDown, SinkRefused
from mappings.canonical.codes import AlertEvent
from tests.connectors.answers.desk import alert_of, told
from tests.connectors.office import Office, involvement


class Board:
    """A sink that keeps care teams. `fails` raises for a client, or for all."""

    name = "board"
    keeps_care_teams = True

    def __init__(self) -> None:
        self.put: list[tuple[str, int]] = []
        self.fails: dict[str, Exception] = {}
        self.there: dict[str, str] = {}
        self.looked = 0

    def keep_care_team(self, team: ClientTeam) -> None:
        """See the port."""
        if problem := self.fails.get(team.client_local_id) or self.fails.get("*"):
            raise problem
        self.put.append((team.client_local_id, len(team.alerts)))

    def care_teams(self) -> dict[str, str]:
        """See the port."""
        self.looked += 1
        if problem := self.fails.get("*"):
            raise problem
        return self.there


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Of three clients, each of whom somebody else is involved with."""
    made = Office(tmp_path)
    made.publish(*(involvement(number) for number in (1, 2, 3)))
    made.exchange()
    for number in (1, 2, 3):
        told(made, number)
    return made


def listed(school: Office) -> Worklist:
    with school.ledger.read() as unit:
        return worklist(unit, school.clock())


def keep(school: Office, board: Board, keeping: CareTeamKeeping) -> str:
    return keeping.keep(school.ledger, board, listed(school), school.clock())


def test_each_is_put_there_once_and_again_only_when_it_changed(school: Office) -> None:
    board, keeping = Board(), CareTeamKeeping()
    assert keep(school, board, keeping) == ""
    assert sorted(board.put) == [("C1", 1), ("C2", 1), ("C3", 1)]
    school.clock.wait(days=3)
    assert keep(school, board, CareTeamKeeping()) == ""
    assert len(board.put) == 3
    told(school, 2, AlertEvent.CHANGED, 2)
    # How sure it is counts as a change, too.
    keep(school, board, keeping)
    assert board.put[3:] == [("C2", 1)]


def test_whoever_is_gone_goes_first_and_is_not_owed_twice(school: Office) -> None:
    board, keeping = Board(), CareTeamKeeping()
    keep(school, board, keeping)
    told(school, 3, AlertEvent.RETRACTED, 2)
    told(school, 1, AlertEvent.CHANGED, 2)
    keep(school, board, CareTeamKeeping())
    assert board.put[3:] == [("C3", 0), ("C1", 1)]
    keep(school, board, keeping)
    assert len(board.put) == 5


def test_one_that_is_refused_stops_no_other_and_waits(school: Office) -> None:
    board, keeping = Board(), CareTeamKeeping()
    board.fails["C2"] = SinkRefused("the board refuses a care team")
    assert keep(school, board, keeping) == "the board refuses a care team"
    assert sorted(board.put) == [("C1", 1), ("C3", 1)]
    board.fails.clear()
    assert keep(school, board, keeping) == ""
    assert len(board.put) == 2, "not at once"
    school.clock.wait(minutes=2)
    keep(school, board, keeping)
    assert board.put[2:] == [("C2", 1)]


def test_a_board_that_is_down_is_left_alone_for_a_while(school: Office) -> None:
    board, keeping = Board(), CareTeamKeeping()
    board.fails["*"] = SinkDown("the board is down")
    assert keep(school, board, keeping) == "the board is down"
    assert keep(school, board, keeping) == "", "not even tried"
    board.fails.clear()
    school.clock.wait(minutes=2)
    keep(school, board, keeping)
    assert len(board.put) == 3


def test_what_a_new_ledger_does_not_know_is_looked_for_once_and_emptied(school: Office) -> None:
    board = Board()
    board.there = {"e" * 64: "C-gone"}
    keep(school, board, CareTeamKeeping())
    assert board.put[0] == ("C-gone", 0), "whoever is gone goes first"
    assert len(board.put) == 4
    keep(school, board, CareTeamKeeping())
    assert (board.looked, len(board.put)) == (1, 4)
    with school.ledger.write() as unit:
        unit.positions.begin_incarnation("20260303T090000Z-00000000")
    keep(school, board, CareTeamKeeping())
    assert (board.looked, board.put[4:]) == (2, [("C-gone", 0)]), "and again after a restore"


def test_before_anything_is_known_nothing_is_emptied(tmp_path: Path) -> None:
    board, fresh = Board(), Office(tmp_path)
    board.there = {"e" * 64: "C1"}
    assert keep(fresh, board, CareTeamKeeping()) == ""
    assert (board.looked, board.put) == (0, [])


def test_one_connection_that_two_of_our_involvements_are_told_of_is_one_member(school: Office) -> None:
    board, again = Board(), involvement(4, person=involvement(1).person)
    school.publish(*(involvement(number) for number in (1, 2, 3)), again)
    alert = alert_of(school)
    with school.ledger.write() as unit:
        first = unit.connections.find(alert.connection, alert.recipient_involvement)
        assert first is not None
        other = school.references.involvement("I4")
        unit.connections.save(
            Told(first.connection, other, 1, "current", "m", first.told_at + timedelta(0), first.alert)
        )
    keep(school, board, CareTeamKeeping())
    assert ("C1", 1) in board.put
