"""Verifying a long audit: what is counted adds up, on both engines, and its memory does not grow with the chain. Never its times."""

import json
import tracemalloc
from pathlib import Path

import pytest

from deploy.servers.postgresql import PostgreSQL
from gateway.audit.verification import verify
from gateway.bench import command
from gateway.bench.audit_walk import fill, measure
from gateway.store.sql_store import open_store


def peak(folder: Path, events: int) -> int:
    """The most memory, in bytes, that a walk over so many events takes at once."""
    url = f"sqlite:///{folder}/{events}.db"
    fill(url, events)
    store = open_store(url, bytes(32))
    verify(store, page=50)
    tracemalloc.start()
    found = verify(store, page=50)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    store.close()
    assert (found.events, found.problem) == (events, "")
    return most


def test_both_engines_walk_every_event(postgresql: PostgreSQL) -> None:
    told: list[str] = []
    walked = measure(1_001, postgresql, told.append)
    assert [(each["engine"], each["events"]) for each in walked] == [("sqlite", 1_001), ("postgresql", 1_001)]
    assert all(each["peak_mebibytes"] >= each["idle_mebibytes"] > 0 for each in walked)
    assert len(told) == 4
    assert walked[0]["server_cpu_seconds"] == 0.0
    if Path("/proc/self/stat").exists():
        worked = postgresql.cpu_seconds()
        assert worked is not None
        assert worked >= walked[1]["server_cpu_seconds"] >= 0
        assert worked > 0
    json.dumps(walked)


def test_one_engine_alone_is_walked_where_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--audit", "11", "--engine", "sqlite", "--json"]) == 0
    (walked,) = json.loads(capsys.readouterr().out)["audit"]
    assert (walked["engine"], walked["events"]) == ("sqlite", 11)
    assert command.run(["--audit", "11", "--engine", "oracle"]) == 2


def test_a_chain_ten_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    assert peak(tmp_path, 4_000) < 1.5 * peak(tmp_path, 400)


@pytest.mark.parametrize("events", ["0", "-1", "many"])
def test_so_many_events_must_be_a_number(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--audit", events]) == 2
    assert "whole number" in capsys.readouterr().err
