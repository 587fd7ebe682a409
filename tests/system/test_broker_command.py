"""`patchwork broker` and `patchwork gateway run` against a real broker, as the programs a person starts."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.ports import free_ports
from deploy.servers.rabbitmq import RabbitMQ
from gateway.initialise import initialise
from tests.system.internal_port import shown
from tests.system.program import Program
from tests.system.site import BIN
from tests.system.typed import typed
from tests.system.until import until


class Office:
    """A gateway's folder whose broker is a fresh virtual host of the session's node."""

    def __init__(self, node: RabbitMQ, folder: Path) -> None:
        self.node, self.vhost = node, node.fresh_vhost()
        self.port, self.internal_port = free_ports(2)
        members: dict[str, str | int | float] = {
            "listen_port": self.port,
            "internal_port": self.internal_port,
            "broker_url": f"amqp://{node.user}@127.0.0.1:{node.port}/{self.vhost}",
            "broker_password_file": str(node.password_file),
            "broker_management_url": node.management_url,
            "broker_management_user": node.user,
            "broker_management_password_file": str(node.password_file),
            "broker_reconcile_seconds": 1,
        }
        self.settings = initialise(folder / "gateway", members).settings_file

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """One command; what the environment adds are settings."""
        added = {f"PATCHWORK_{name.upper()}": value for name, value in environment.items()}
        return typed("patchwork", [*words, "--settings", self.settings], self.settings.parent, settings=added)

    def exchanges(self) -> set[str]:
        """Those of the virtual host that do not come with the broker."""
        told = self.node.management.call("GET", f"exchanges/{self.vhost}")
        return {each["name"] for each in told if each["name"] and not each["name"].startswith("amq.")}


@pytest.fixture
def office(rabbitmq: RabbitMQ, tmp_path: Path) -> Iterator[Office]:
    """A gateway that has never run."""
    made = Office(rabbitmq, tmp_path)
    yield made
    rabbitmq.management.remove_vhost(made.vhost)


def test_drift_is_shown_then_mended_then_gone_and_the_check_passes(office: Office) -> None:
    shown = office.run("broker", "reconcile", "--dry-run", "--json")
    assert (shown.returncode, office.exchanges()) == (1, set())
    kinds = {each["kind"] for each in json.loads(shown.stdout)["left"]}
    assert kinds == {"exchange-missing", "queue-missing", "binding-missing"}
    mended = office.run("broker", "reconcile")
    assert mended.returncode == 0, mended.stderr
    assert "mended: Exchange patchwork.trial.trial.notices is missing." in mended.stdout
    assert office.run("broker", "reconcile", "--dry-run").returncode == 0
    checked = office.run("broker", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "The broker keeps connectors apart." in checked.stdout


def test_a_shared_user_is_said_plainly_and_a_broker_that_nobody_keeps_is_refused(office: Office) -> None:
    shared = office.run("broker", "check", broker_shared_user="true")
    assert shared.returncode == 1
    assert "the broker proves nothing" in shared.stderr
    assert "SHARES one broker user" in office.run("check", broker_shared_user="true").stdout
    for words in (("broker", "reconcile"), ("gateway", "run")):
        unkept = office.run(*words, broker_management_url="")
        assert unkept.returncode == 1
        assert "'broker_management_url' is missing" in unkept.stderr
        assert len(unkept.stderr.splitlines()) == 1


def test_a_running_gateway_sets_the_broker_up_and_mends_it_on_its_timer(office: Office, tmp_path: Path) -> None:
    command = [str(BIN / "patchwork"), "gateway", "run", "--settings", str(office.settings)]
    gateway = Program("gateway", command, tmp_path)
    gateway.start()
    try:
        until(lambda: shown(office.internal_port, "/readyz"), "the gateway to be ready", gateway.last_words)
        spy = f"bindings/{office.vhost}/e/patchwork.trial.trial.notices/e/amq.fanout"
        office.node.management.call("POST", spy, {"routing_key": "#"})
        until(lambda: not office.node.management.call("GET", spy), "the spy to be unbound", gateway.last_words)
        gateway.stop()
    finally:
        gateway.kill()
