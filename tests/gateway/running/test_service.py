"""The real process: it begins, carries a whole journey over HTTPS, survives, and stops when told; and says clearly when it cannot."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest

from connectors.channel.amqp import AmqpConnectorEnd
from connectors.channel.https import HttpsConnectorEnd
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown, ConnectorEnd
from connectors.channel.topology import Topology
from deploy.servers.rabbitmq import RabbitMQ
from gateway.app import open_register
from gateway.bench.counterpart import Counterpart, Place
from gateway.broker_settings import broker_settings
from gateway.checks import run_checks
from gateway.clock import SystemClock
from gateway.initialise import Initialised, initialise
from gateway.model.connector import Connector
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.operators import Office
from identity.agency.keys import PrivateKeys, generate
from identity.agency.references import References
from identity.custody.epoch import new_epoch
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AlertEvent, Mode, ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId
from tests import builders
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import PARTNERSHIP, opened
from tests.gateway.trust.test_onboarding import AGREEMENT
from tests.system.internal_port import shown

PATIENCE_SECONDS = 60.0
Found = TypeVar("Found")


@pytest.fixture
def gateway(tmp_path: Path) -> Initialised:
    """A gateway's folder, on ports that the system chooses."""
    members = {
        "partnership": PARTNERSHIP.value,
        "gateway_id": builders.HOME.value,
        "listen_port": 0,
        "internal_port": 0,
    }
    return initialise(tmp_path / "gateway", {**members, "tick_seconds": 0.1})


@contextmanager
def running(gateway: Initialised) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """The process and its two ports."""
    command = [sys.executable, "-m", "gateway", "gateway", "run", "--settings", str(gateway.settings_file)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}
    log = gateway.settings_file.with_name(f"log-{secrets.token_hex(4)}")
    with log.open("w") as errors:
        process = subprocess.Popen(command, stderr=errors, text=True, env=environment)
    try:
        yield process, _ports(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _ports(process: subprocess.Popen[str], log: Path) -> dict[str, int]:
    def look() -> dict[str, int] | None:
        assert process.poll() is None, log.read_text()
        events = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        ports = {event["channel"]: int(event["port"]) for event in events if event["event"] == "listening"}
        return ports if len(ports) == 2 else None

    ports = eventually(look)
    eventually(lambda: shown(ports["internal"], "/readyz"))
    return ports


def eventually(look: Callable[[], Found | None]) -> Found:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if found := look():
                return found
        except (httpx2.TransportError, ChannelDown):
            pass
        time.sleep(0.02)
    raise AssertionError("it did not come about")


MakeEnd = Callable[[Connector, PrivateKeys], ConnectorEnd]


def over_https(ports: dict[str, int]) -> MakeEnd:
    """The connector's end at the public port."""
    return lambda _, keys: HttpsConnectorEnd(HttpsSettings(f"http://127.0.0.1:{ports['public']}"), keys.signing)


def people(gateway: Initialised, end: MakeEnd, carrier: str = "https") -> tuple[Counterpart, Counterpart]:
    """Two agencies whose connectors speak to the running gateway."""
    store = open_register(gateway.settings)
    office = Office(store, SystemClock(), PARTNERSHIP)
    staff = opened(office)
    epoch = new_epoch(PARTNERSHIP, Mode.TRIAL)
    made = []
    for agency, type in ((SCHOOL, "school"), (HOUSING, "housing")):
        keys, id = generate(), ConnectorId(agency.value.rpartition(":")[2])
        staff.agency(agency, type)
        staff.connector(id.value, agency, keys=keys, carrier=carrier)
        connector = staff.carry_out(LIMIT_CONNECTOR, limits_content(id.value, ["services=other"]))
        made.append(
            Counterpart(
                id,
                agency,
                keys,
                References(secrets.token_bytes(32), agency),
                KeyedTokeniser(epoch),
                Place(PARTNERSHIP, Mode.TRIAL, builders.HOME, gateway.public, builders.AGREEMENT),
                end(connector, keys),
                SystemClock(),
            )
        )
    year = SystemClock().now().year
    days = {"valid_from": f"{year}-01-01", "valid_until": f"{year + 1}-12-31", "review_by": f"{year + 1}-12-31"}
    staff.agreement({**AGREEMENT, **days})
    store.close()
    return made[0], made[1]


def learn_of_each_other(school: Counterpart, housing: Counterpart, ports: dict[str, int]) -> None:
    """Both say that they are involved with the same child, and each is told of the other."""
    for counterpart in (school, housing):
        counterpart.say(counterpart.notice(builders.person()))

    def both_told() -> bool:
        # An alert may overtake the receipt for the notice that caused it.
        for counterpart in (school, housing):
            counterpart.listen()
        return all(counterpart.told and counterpart.receipts for counterpart in (school, housing))

    eventually(both_told)
    assert school.outcomes() == housing.outcomes() == [ReceiptOutcome.ACCEPTED]
    assert school.events() == housing.events() == [AlertEvent.MADE]
    (told,), (also,) = school.told.values(), housing.told.values()
    assert told.spoken_reference == also.spoken_reference

    def settled() -> bool:
        metrics = shown(ports["internal"], "/metrics") or ""
        return 'patchwork_alerts{side="trial",status="settled"} 2.0' in metrics

    eventually(settled)
    for counterpart in (school, housing):
        counterpart.end.close()


def test_two_agencies_learn_of_each_other_over_https(gateway: Initialised) -> None:
    with running(gateway) as (process, ports):
        learn_of_each_other(*people(gateway, over_https(ports)), ports)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_two_agencies_learn_of_each_other_over_real_servers(
    tmp_path: Path, rabbitmq: RabbitMQ, postgresql_url: str
) -> None:
    url_file, vhost = tmp_path / "database-url", rabbitmq.fresh_vhost()
    url_file.touch(0o600)
    url_file.write_text(postgresql_url)
    made = initialise(
        tmp_path / "gateway",
        {
            "partnership": PARTNERSHIP.value,
            "gateway_id": builders.HOME.value,
            "listen_port": 0,
            "internal_port": 0,
            "tick_seconds": 0.1,
            "database_url_file": str(url_file),
            "broker_url": f"amqp://{rabbitmq.user}@127.0.0.1:{rabbitmq.port}/{vhost}",
            "broker_password_file": str(rabbitmq.password_file),
            "broker_shared_user": True,
        },
    )
    assert [check.detail for check in run_checks(made.settings) if not check.passed] == []
    broker = broker_settings(made.settings)
    assert broker is not None
    topology = Topology(PARTNERSHIP, Mode.TRIAL)

    def over_amqp(connector: Connector, keys: PrivateKeys) -> ConnectorEnd:
        return AmqpConnectorEnd(broker, topology, connector.id, connector.inbox)

    with running(made) as (process, ports):
        learn_of_each_other(*people(made, over_amqp, "amqp"), ports)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_what_came_in_before_a_kill_is_answered_after_a_restart(gateway: Initialised) -> None:
    with running(gateway) as (process, ports):
        school, housing = people(gateway, over_https(ports))
        sent = [school.notice(builders.person(local_id=f"p{number}")) for number in range(5)]
        for notice in sent:
            school.say(notice)
        process.kill()
        school.end.close()
        housing.end.close()
    with running(gateway) as (process, ports):
        school.end = HttpsConnectorEnd(HttpsSettings(f"http://127.0.0.1:{ports['public']}"), school.keys.signing)

        def answered() -> bool:
            school.listen()
            return len({receipt.about for receipt in school.receipts}) == 5

        eventually(answered)
        assert {receipt.about for receipt in school.receipts} == {notice.id for notice in sent}
        school.end.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0


def refused(gateway: Initialised, **environment: str) -> str:
    """What a gateway that cannot begin says."""
    command = [sys.executable, "-m", "gateway", "gateway", "run", "--settings", str(gateway.settings_file)]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, **environment},
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


def test_a_busy_port_is_told_in_one_sentence(gateway: Initialised) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(gateway, PATCHWORK_INTERNAL_PORT=str(port))
    assert said == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; set internal_host and internal_port to others\n"
    )


def test_two_gateways_never_work_on_one_sqlite_register(gateway: Initialised) -> None:
    with running(gateway):
        said = refused(gateway)
    assert "another gateway works on this register already" in said
    assert len(said.splitlines()) == 1


def test_a_database_without_a_schema_and_a_key_that_others_can_read_are_told_at_once(gateway: Initialised) -> None:
    pepper = gateway.settings.pepper_file
    pepper.chmod(0o640)
    assert "can be read by other users" in refused(gateway)
    pepper.chmod(0o600)
    (gateway.settings_file.parent / "patchwork.db").unlink()
    assert "patchwork db upgrade" in refused(gateway)
