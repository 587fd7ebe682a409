"""The bench in its short form, on the real servers: what it prints, and that what it counts adds up. Never its times."""

import json
import sys
from typing import Any

import pytest

from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from gateway.bench import command, pipeline
from gateway.bench.failed import BenchFailed
from gateway.bench.report import Round, as_text, summary
from gateway.bench.run import Plan, measure

SHORT = Plan(notices=12, rounds=1, batch=5, tick=0.1, agencies=3, floor_times=2, warm_up=4)
NUMBERS = ["notices_per_s", "alerts_per_s", "p50_ms", "p95_ms", "p99_ms"]
STAGES = {"take", "open", "read", "link", "decide", "write", "relay", "decide_again", "seal", "send", "other", "total"}


@pytest.fixture(scope="module")
def measured(rabbitmq: RabbitMQ, postgresql: PostgreSQL) -> Round:
    """One short round. `measure` itself fails where a notice is not receipted or an alert is missing or settled twice."""
    (one,) = measure(SHORT, rabbitmq, postgresql)
    return one


def test_every_notice_and_every_alert_is_counted(measured: Round) -> None:
    assert (measured.pipeline.drained.notices, measured.pipeline.drained.alerts) == (12, 12)
    assert (measured.floor.drained.notices, measured.floor.drained.alerts) == (24, 24)
    assert len(measured.pipeline.latencies) == len(measured.floor.latencies) > 0
    assert len(measured.pipeline.latencies) % 2 == 0


def test_cpu_is_told_by_stage_and_the_stages_make_the_total(measured: Round) -> None:
    cpu = measured.pipeline.drained.cpu
    assert set(cpu) == STAGES
    assert all(seconds >= 0 for seconds in cpu.values())
    assert sum(cpu.values()) - cpu["total"] == pytest.approx(cpu["total"])


def test_the_result_has_exactly_the_agreed_keys(measured: Round) -> None:
    result = summary([measured])
    assert list(result) == ["floor", "pipeline", "ratio"]
    for side in (result["floor"], result["pipeline"]):
        assert list(side) == [*NUMBERS, "cpu_ms"]
        assert side["p50_ms"] <= side["p95_ms"] <= side["p99_ms"]
        assert "total" in side["cpu_ms"]
    assert list(result["ratio"]) == ["throughput", "p99"]
    assert all(name in as_text(result) for name in NUMBERS)


def test_nothing_of_it_stays_on_the_servers(measured: Round, rabbitmq: RabbitMQ, postgresql: PostgreSQL) -> None:
    users = {user["name"] for user in rabbitmq.management.call("GET", "users")}
    assert not {name for name in users if name.startswith("bench-")}


def test_a_notice_that_is_told_to_nobody_makes_the_measurement_fail(
    rabbitmq: RabbitMQ, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = pipeline.PipelineSide._hear

    def half_deaf(side: Any, arrived: Any, load: Any) -> Any:
        return genuine(side, arrived[:-1], load)

    monkeypatch.setattr(pipeline.PipelineSide, "_hear", half_deaf)
    with pytest.raises(BenchFailed):
        measure(SHORT, rabbitmq, postgresql)


@pytest.mark.parametrize(
    "arguments",
    [["--notices", "3"], ["--notices", "x"], ["--rounds", "0"], ["--batch", "-1"], ["--tick", "0"], ["--what"]],
)
def test_wrong_usage_is_told_before_anything_starts(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(arguments) == 2
    assert "error" in capsys.readouterr().err


def test_outside_a_checkout_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "deploy.servers.missing", None)
    assert command.run(["--json"]) == 2
    assert "checkout" in json.loads(capsys.readouterr().err)["error"]


def test_without_servers_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deploy.servers import postgresql as servers
    from deploy.servers.missing import ServerMissing

    def missing() -> None:
        raise ServerMissing("postgresql not found; install it")

    monkeypatch.setattr(servers, "find_programs", missing)
    assert command.run([]) == 1
    assert capsys.readouterr().err.strip().endswith("postgresql not found; install it")
