"""`patchwork alarm`, as a security officer types it."""

from pathlib import Path

import pytest

from gateway.alarms.watching import AlarmWatch
from gateway.app import open_register
from gateway.clock import SystemClock
from gateway.model.alarm import Tally
from gateway.settings import load_settings
from mappings.canonical.identifiers import ConnectorId
from tests.gateway.cli.conftest import APPROVE, SIGN, Patchwork

WHY = ("--reason", "their new server sent everything twice")


@pytest.fixture
def raised(ready: Patchwork, tmp_path: Path) -> Patchwork:
    """One alarm."""
    store = open_register(load_settings(tmp_path / "gw" / "patchwork.toml", {}))
    with store.write() as unit:
        unit.alarms.count(ConnectorId("school-1"), SystemClock().now(), Tally(limited=3))
    AlarmWatch(store, SystemClock()).look()
    store.close()
    return ready


def test_an_alarm_is_listed_shown_and_acknowledged(raised: Patchwork) -> None:
    (row,) = raised("alarm", "list", "--json").json["alarms"]
    assert (row["id"], row["connector"], row["kind"], row["light"]) == (1, "school-1", "volume-limit", "amber")
    assert (row["observed"], row["acknowledged_at"]) == (3, None)
    heading, line = raised("alarm", "list").out.splitlines()
    assert heading.split()[:4] == ["id", "light", "connector", "kind"]
    assert "3 of its notices in a day were put off" in line
    assert "observed: 3" in raised("alarm", "show", 1).out.splitlines()
    refused = raised("alarm", "acknowledge", 1, *WHY, *SIGN)
    assert (refused.status, "needs the role security-officer" in refused.err) == (1, True)
    closed = raised("alarm", "acknowledge", 1, *WHY, *APPROVE, "--json").json["acknowledged"]
    assert (closed["acknowledged_by"], closed["reason"]) == ("omar", WHY[1])
    assert raised("alarm", "list").out == "No alarms.\n"
    assert raised("alarm", "list", "--all", "--json").json["alarms"] == [closed]
    assert f"reason: {WHY[1]}" in raised("alarm", "show", 1).out


def test_what_is_not_there_and_what_is_missing_is_named(raised: Patchwork) -> None:
    missing = raised("alarm", "show", 9)
    assert (missing.status, "patchwork alarm list --all" in missing.err) == (1, True)
    assert raised("alarm", "acknowledge", 1, *APPROVE).status == 2
