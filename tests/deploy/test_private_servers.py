"""The private servers do what tests rely on: survive being killed, forget when wiped, never outlive their starter."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pika
import psycopg
import pytest

import deploy.servers.postgresql
import deploy.servers.rabbitmq
from deploy.servers import install
from deploy.servers.guardian import descendants, kill_all
from deploy.servers.management import Management
from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.ports import answers, free_ports
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.postgresql_backup import dump, find_backup_programs, restore
from deploy.servers.processes import ServerProcess, plain_environment
from deploy.servers.rabbitmq import RabbitMQ

pytest_plugins = ["pytester"]

# Not waiting for input: a server's is empty, and what waits for it ends at once.
SLEEPER = [
    sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])",
]  # fmt: skip


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def test_postgresql_keeps_what_was_committed_through_kill_minus_9(disposable_postgresql: PostgreSQL) -> None:
    url = disposable_postgresql.fresh_database()
    with connect(url) as connection:
        connection.execute("CREATE TABLE told (n integer)")
        connection.execute("INSERT INTO told VALUES (1)")
    disposable_postgresql.kill()
    assert not disposable_postgresql.alive
    disposable_postgresql.start()
    with connect(url) as connection:
        assert connection.execute("SELECT n FROM told").fetchall() == [(1,)]
    disposable_postgresql.wipe()
    disposable_postgresql.start()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(url)


def test_each_test_has_an_empty_database(postgresql: PostgreSQL, postgresql_url: str) -> None:
    other = postgresql.fresh_database()
    assert other != postgresql_url
    with connect(postgresql_url) as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    postgresql.drop_database(other)
    with pytest.raises(ValueError, match="fresh_database"):
        postgresql.drop_database(postgresql.dsn)


def test_rabbitmq_keeps_confirmed_messages_through_kill_minus_9_and_forgets_when_wiped(
    disposable_rabbitmq: RabbitMQ,
) -> None:
    node = disposable_rabbitmq
    with pika.BlockingConnection(pika.URLParameters(node.amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "kept", b"told", mandatory=True)
        node.settle()
        node.kill()
        with pytest.raises(pika.exceptions.AMQPError):
            connection.process_data_events(time_limit=30)
    node.start()
    with pika.BlockingConnection(pika.URLParameters(node.amqp_url)) as connection:
        assert connection.channel().basic_get("kept", auto_ack=True)[2] == b"told"
    node.wipe()
    node.start()
    assert node.management.queues() == []


def test_a_virtual_host_of_ones_own_is_empty_and_only_loopback_answers(rabbitmq: RabbitMQ, rabbitmq_vhost: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_vhost)) as connection:
        connection.channel().queue_declare("mine")
    assert rabbitmq.management.queues() == []
    assert Management(rabbitmq.management_url, rabbitmq.user, "wrong").answers() is False
    assert rabbitmq.password_file.read_text() == rabbitmq.password
    assert rabbitmq.password_file.stat().st_mode & 0o077 == 0


def test_nothing_outlives_a_starter_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    script = (
        "import sys; from pathlib import Path; from deploy.servers.processes import ServerProcess, plain_environment;"
        f"server = ServerProcess('sleeper', Path({str(folder)!r})); server.start({SLEEPER!r}, plain_environment());"
        "print(server._running.pid, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    server = int(starter.stdout.readline())
    assert descendants(server)
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    deadline = time.monotonic() + 30
    while (folder.exists() or descendants(server)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()
    assert not descendants(server)


def test_a_server_that_stops_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    server = ServerProcess("the server", tmp_path)
    server.start([sys.executable, "-c", "raise SystemExit('no room')"], plain_environment())
    with pytest.raises(ServerFailed, match=r"the server stopped while starting:\nno room"):
        server.wait_until(lambda: False, seconds=30)
    server.discard()


def test_kill_all_spares_a_process_that_only_has_the_same_number() -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    kill_all([(sleeper.pid, "started at another time")])
    assert sleeper.poll() is None
    kill_all(descendants(sleeper.pid))
    assert sleeper.wait() == -signal.SIGKILL


def test_ports_are_free_and_different() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(answers(port) for port in ports)


@pytest.mark.parametrize("before", [None, b"#!/bin/sh\nexit 104\n"])
def test_whatever_forbade_services_before_is_put_back(tmp_path: Path, before: bytes | None) -> None:
    policy = tmp_path / "policy-rc.d"
    if before is not None:
        policy.write_bytes(before)
        policy.chmod(0o750)

    def installation_breaks() -> None:
        with install.no_services_started(policy):
            assert subprocess.run([str(policy)]).returncode == 101
            raise ServerFailed("apt broke")

    with pytest.raises(ServerFailed):
        installation_breaks()
    assert [path.name for path in tmp_path.iterdir()] == ([] if before is None else ["policy-rc.d"])
    if before is not None:
        assert (policy.read_bytes(), policy.stat().st_mode & 0o777) == (before, 0o750)


def test_a_missing_server_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> Path:
        raise ServerMissing("not here")

    monkeypatch.setattr(deploy.servers.rabbitmq, "find_programs", nothing)
    monkeypatch.setattr(deploy.servers.postgresql, "find_programs", nothing)
    line = install.how_to_install(install.missing_packages())
    assert line.endswith("sudo apt-get install rabbitmq-server postgresql")
    assert "\n" not in line


def test_missing_programs_for_backups_are_named_by_their_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("postgres", "initdb"):
        (tmp_path / program).touch()
    monkeypatch.setenv("PATCHWORK_POSTGRESQL_BIN", str(tmp_path))
    with pytest.raises(
        ServerMissing, match=r"pg_dump and pg_restore are not in .*sudo apt-get install postgresql-client"
    ):
        find_backup_programs()
    assert "postgresql-client" in install.missing_packages()


def test_a_database_put_back_is_as_it_was_when_it_was_dumped(
    postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path
) -> None:
    with connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE kept (number INTEGER)")
        connection.execute("INSERT INTO kept VALUES (1)")
    dump(postgresql, postgresql_url, tmp_path / "dump")
    with connect(postgresql_url) as connection:
        connection.execute("DELETE FROM kept")
    url = restore(postgresql, tmp_path / "dump")
    with connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]
    postgresql.drop_database(url)
    (tmp_path / "dump").write_bytes(b"no dump at all")
    with pytest.raises(ServerFailed, match="pg_restore failed"):
        restore(postgresql, tmp_path / "dump")


@pytest.mark.parametrize(("ci", "outcome"), [("true", "failed=1"), ("", "skipped=1")])
def test_a_missing_server_fails_in_continuous_integration_and_is_a_skip_elsewhere(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(
        """
        from deploy.servers.missing import ServerMissing
        from tests.servers.unavailable import give_up

        def test_needs_a_server():
            give_up(ServerMissing("install this"))
        """
    )
    result = pytester.runpytest_inprocess("-rs", "-p", "no:randomly")
    name, _, count = outcome.partition("=")
    result.assert_outcomes(**{name: int(count)})
    assert "install this" in result.stdout.str()
