"""`patchwork housekeeping`, typed and by its timer, and how `patchwork check` says that it has not run."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app import opened_office, opened_sides
from gateway.clock import SystemClock
from gateway.model.housekeeping import HousekeepingRun
from gateway.model.involvement import Standing
from identity.person.pepper import IndexKeys
from tests.builders import SCHOOL, agency, registered
from tests.gateway.cli.conftest import Patchwork

SETTINGS = Path("gw") / "patchwork.toml"


def hold(*, confirmed_days_ago: int, standing: Standing = Standing.LIVE) -> None:
    """One involvement in the register."""
    today = SystemClock().now().date()
    with opened_office(SETTINGS) as (_, office), office.store.write() as unit:
        unit.trust.add_agency(agency(SCHOOL))
        record = unit.records.add(SCHOOL, registered().person_ref, (), IndexKeys((), (), ()))
        confirmed = today - timedelta(days=confirmed_days_ago)
        over = None if standing is Standing.LIVE else confirmed
        unit.involvements.save(
            registered(id=0, record_id=record.id, confirmed=confirmed, standing=standing, over_since=over)
        )


def test_it_says_what_it_did_and_does_nothing_twice(ready: Patchwork) -> None:
    hold(confirmed_days_ago=365)
    ran = ready("housekeeping")
    assert (ran.status, ran.out, ran.err) == (0, "trial: 1 expired because nobody confirmed them.\n", "")
    assert ready("housekeeping").out == "trial: nothing was too old.\n"
    (side,) = ready("housekeeping", "--json").json["sides"]
    assert side.pop("mode") == "trial"
    assert set(side.values()) == {0}
    assert ready("audit", "verify").status == 0


def test_what_the_settings_say_counts(ready: Patchwork) -> None:
    hold(confirmed_days_ago=90)
    with SETTINGS.open("a") as file:
        file.write("unconfirmed_days = 91\n")
    assert ready("housekeeping", "--json").json["sides"][0]["expired"] == 0
    SETTINGS.write_text(
        SETTINGS.read_text()
        .replace("= 91", "= 90")
        .replace("unconfirmed_days = 90", "unconfirmed_days = 90\nlinger_days_children = 0")
    )
    counts = ready("housekeeping", "--json").json["sides"][0]
    assert (counts["expired"], counts["erased"], counts["records_erased"]) == (1, 1, 1)


def test_both_sides_of_a_live_gateway_are_kept(live: Patchwork) -> None:
    assert [side["mode"] for side in live("housekeeping", "--json").json["sides"]] == ["live", "trial"]
    with opened_sides(SETTINGS) as sides:
        for _, office in sides:
            with office.store.read() as unit:
                assert unit.housekeeping.run().finished_at is not None


def test_a_second_run_is_turned_away_with_status_1(ready: Patchwork) -> None:
    now = SystemClock().now()
    with opened_office(SETTINGS) as (_, office), office.store.write() as unit:
        unit.housekeeping.keep(HousekeepingRun("other", now + timedelta(minutes=5), "over", 0, now))
    turned_away = ready("housekeeping")
    assert turned_away.status == 1
    assert "going on since" in turned_away.err


class Terminal:
    """A standard error that a person looks at."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


def test_a_person_who_looks_sees_how_far_it_is(ready: Patchwork, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert ready("housekeeping", "--json").json["sides"][0]["expired"] == 0
    assert "housekeeping (trial)" in terminal.written
    assert "100%" in terminal.written


def test_check_warns_where_it_has_not_run_for_two_days_and_something_is_held(ready: Patchwork) -> None:
    def warnings() -> list[str]:
        answer = ready("check", "--json")
        assert answer.status == 0
        (check,) = [each for each in answer.json["checks"] if each["name"] == "housekeeping"]
        return list(check["warnings"])

    assert warnings() == []
    hold(confirmed_days_ago=1)
    assert ["it has never run; run patchwork housekeeping" in each for each in warnings()] == [True]
    ready("housekeeping")
    assert warnings() == []
    with opened_office(SETTINGS) as (_, office), office.store.write() as unit:
        long_ago = SystemClock().now() - timedelta(days=2, seconds=1)
        unit.housekeeping.keep(HousekeepingRun(finished_at=long_ago))
    assert ["it last ended at" in each for each in warnings()] == [True]
