"""What an operator types to see how connectors are doing, and to deal with what was refused."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import open_register
from gateway.clock import SystemClock
from gateway.dead_letters.replay import Replayed
from gateway.model.dead_letter import DeadLetter
from gateway.settings import load_settings
from identity.agency.fingerprint import fingerprint
from identity.agency.keys import generate, save_public
from mappings.canonical.receipt import Issue
from tests.builders import SCHOOL
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.gateway.cli.test_commands import WHY, add_agencies

REASON = Issue("forbidden", "connector-not-live", "", "this connector is not live")


@pytest.fixture
def letters(ready: Patchwork, tmp_path: Path) -> Patchwork:
    """Three messages that were refused, none of which anybody can open."""
    store = open_register(load_settings(tmp_path / "gw" / "patchwork.toml", {}))
    with store.write() as unit:
        for number in range(3):
            sealed = b"sealed %d" % number
            unit.dead_letters.add(DeadLetter(0, SystemClock().now(), None, f"{number:064x}", sealed, (REASON,)))
    store.close()
    return ready


@pytest.fixture
def school(ready: Patchwork, tmp_path: Path) -> str:
    """A connector in its trial; returns its fingerprint."""
    add_agencies(ready)
    keys = generate().public("school-1")
    save_public(tmp_path / "school.json", keys)
    compared = ("--agency", SCHOOL, "--fingerprint", fingerprint(keys))
    added = ready("connector", "add", "school.json", *compared, "--json", *SIGN, *SECOND).json["added"]
    assert added["fingerprint"] == fingerprint(keys)
    return fingerprint(keys)


def test_the_list_has_a_light_for_each_connector_and_says_why(ready: Patchwork, school: str) -> None:
    (row,) = ready("connector", "list", "--json").json["connectors"]
    assert (row["id"], row["light"], row["fingerprint"]) == ("school-1", "red", school)
    assert row["findings"] == [{"light": "red", "text": f"no agreement in force for {SCHOOL}"}]
    assert (row["last_seen"], row["refused_percent"], row["agreement_days"]) == (None, None, None)
    heading, line = ready("connector", "list").out.splitlines()
    assert heading.split()[:4] == ["light", "id", "status", "side"]
    assert line.split()[:4] == ["red", "school-1", "approved", "trial"]
    assert line.endswith(f"no agreement in force for {SCHOOL}")


def test_one_connector_is_shown_with_every_reason(ready: Patchwork, school: str) -> None:
    assert ready("connector", "revoke", "school-1", *WHY, *SIGN).status == 0
    lines = ready("connector", "show", "school-1").out.splitlines()
    for line in (
        "light: amber",
        f"fingerprint: {school}",
        "amber: it is revoked, and what it published is still there; off-board it",
        "lag seconds: -",
        "dead letters: 0",
        "last seen: never",
    ):
        assert line in lines


def test_dead_letters_are_counted_by_reason(letters: Patchwork) -> None:
    listed = letters("dead-letter", "list", "--json").json
    (group,) = listed["by_reason"]
    assert (group["reasons"], group["number"]) == (["connector-not-live"], 3)
    assert [row["state"] for row in listed["dead_letters"]] == ["waits"] * 3
    assert letters("dead-letter", "list", "--reason", "other").out == "No dead letters.\n"
    assert letters("dead-letter", "list").out.splitlines()[1].split()[:2] == ["3", "connector-not-live"]


def test_a_check_says_why_it_would_be_refused_and_leaves_no_trace(letters: Patchwork) -> None:
    before = letters("audit", "verify", "--json").json
    checked = letters("dead-letter", "check", "1")
    assert checked.status == 1
    assert checked.out.startswith("Dead letter 1 would be refused again:\n- ")
    found = letters("dead-letter", "check", "1", "--json").json
    assert (found["dead_letter"], found["accepted"], len(found["issues"])) == (1, False, 1)
    assert letters("audit", "verify", "--json").json == before


def test_some_or_all_of_a_reason_are_replayed(letters: Patchwork) -> None:
    some = letters("dead-letter", "replay", "3", "1", "--json", *SIGN)
    assert some.status == 1
    assert some.json == {
        "replayed": [{"dead_letter": 3, "outcome": "refused"}, {"dead_letter": 1, "outcome": "refused"}],
        "accepted": 0,
        "not_tried": [],
    }
    some = letters("dead-letter", "replay", "--reason", "connector-not-live", "--limit", "2", "--pause", "0.01", *SIGN)
    assert some.out.splitlines()[:2] == ["Dead letter 1: refused.", "Dead letter 2: refused."]
    assert "0 of 2 were accepted" in some.out
    assert letters("audit", "verify", "--json").json["intact"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "one of the two"),
        (("1", "--reason", "x"), "one of the two"),
        (("--reason", "x"), "no open dead letter"),
        (("1", "1"), "each dead letter once"),
        (("1", "9"), "no dead letter 9"),
    ],
)
def test_what_cannot_be_replayed(letters: Patchwork, words: tuple[str, ...], said: str) -> None:
    refused = letters("dead-letter", "replay", *words, *SIGN)
    assert (refused.status, said in refused.err) == (1, True)


def test_ctrl_c_lets_the_letter_in_hand_be_done_and_begins_no_other(
    letters: Patchwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.dead_letters import replay as dead_letter_replay

    honest: Callable[..., Iterator[tuple[int, Replayed]]] = dead_letter_replay.replay_each

    def interrupted(*arguments: Any) -> Iterator[tuple[int, Replayed]]:
        outcomes = honest(*arguments)
        os.kill(os.getpid(), signal.SIGINT)
        yield from outcomes

    monkeypatch.setattr(dead_letter_replay, "replay_each", interrupted)
    before = signal.getsignal(signal.SIGINT)
    stopped = letters("dead-letter", "replay", "1", "2", "3", "--json", *SIGN)
    assert signal.getsignal(signal.SIGINT) is before
    assert (stopped.status, stopped.json["not_tried"]) == (1, [2, 3])
    assert [row["dead_letter"] for row in stopped.json["replayed"]] == [1]


def test_what_is_discarded_leaves_its_digest_and_why(letters: Patchwork) -> None:
    discarded = letters("dead-letter", "discard", "2", *WHY, "--json", *SIGN).json["discarded"]
    assert (discarded["state"], discarded["bytes"], discarded["discarded_by"]) == ("discarded", 0, "anna")
    shown = letters("dead-letter", "show", "2").out
    assert f"digest: {1:064x}" in shown
    assert "discard reason: as the test wants it" in shown
    assert "- connector-not-live : this connector is not live" in shown
    for words in (("replay", "2", *SIGN), ("check", "2"), ("discard", "2", *WHY, *SIGN)):
        assert "was discarded by anna" in letters("dead-letter", *words).err
    assert letters("dead-letter", "discard", "1", *SIGN).status == 2
    assert letters("audit", "verify", "--json").json["intact"] is True
