"""publish --launch: thousands of clients through the outbox, killed at a bad moment and called again; and what sinks make of a digest."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.alerts.digest_wording import text
from connectors.alerts.own_side import delivery_of
from connectors.commands import launching
from connectors.exchange.pace import Pace, note_limit
from connectors.running.assembly import Connector
from connectors.settings import load
from connectors.sinks.email import EmailSettings, digest_message
from connectors.sinks.folder import FolderSink
from connectors.sinks.port import Digest
from tests.connectors.commands.test_commands import Housing, housing, row, set_up  # noqa: F401 - the fixture
from tests.connectors.office import MONDAY, SCHOOL, Office, involvement
from tests.counterparts import an_alert
from tests.thorough import at_length

CLIENTS = at_length(1_000, 20_000)
PUBLISHER = """
import os, signal, sys
from pathlib import Path
from connectors.publishing import applying
from connectors.publish import publish
from tests.connectors.office import Office, involvement

office, clients, fatal = Office(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
office.records.state(*(involvement(n) for n in range(clients)))
made = 0
real = applying.queue_all
def queue_all(unit, desk, drafts, now):
    global made
    made += len(drafts)
    if 0 < fatal <= made:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(unit, desk, drafts, now)
applying.queue_all = queue_all
publish(office.desk, office.screening, [office.feed], office.policy)
"""


def load_until(folder: Path, fatal: int) -> int:
    """A process that loads everything, and is killed at that notice or just before; answers how it ended."""
    command = [sys.executable, "-c", PUBLISHER, str(folder), str(CLIENTS), str(fatal)]
    return subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode


def test_killed_while_it_loads_and_while_it_sends_everything_arrives_once(tmp_path: Path) -> None:
    assert load_until(tmp_path, CLIENTS // 2) == -signal.SIGKILL
    office = Office(tmp_path)
    assert office.outbox() == {}, "all of a reading or nothing"
    office.ledger.close()
    assert load_until(tmp_path, -1) == 0
    office = Office(tmp_path)
    assert office.outbox() == {"pending": CLIENTS}
    office.post()
    office.gateway.take(answer=False)
    # The gateway has them, and the connector dies before it reads a receipt: it sends again, and is answered as before.
    office.ledger.close()
    office.ledger = office.open_ledger()
    office.clock.wait(minutes=5)
    office.post()
    office.exchange()
    assert office.outbox() == {"settled": CLIENTS}
    assert len(office.gateway.notices) == len(office.gateway.held) == CLIENTS
    assert office.gateway.repeats == CLIENTS


def test_the_command_stays_until_everything_is_settled_and_shows_how_far_it_is(
    housing: Housing,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_up(housing)
    housing.export(*(row(number) for number in range(60)))
    counted = launching._waiting

    def waiting(connector: Connector) -> int:
        housing.gateway.take()
        return counted(connector)

    monkeypatch.setattr(launching, "_waiting", waiting)
    monkeypatch.setattr(launching, "_WAIT_SECONDS", 0.0)
    result = housing("publish", "--launch", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["loaded"] == {"settled": 60, "waiting": 0, "problem": None}
    assert "60/60" in result.stderr
    assert len(housing.gateway.notices) == 60


def test_what_does_not_move_is_left_to_be_sent_later(housing: Housing, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    set_up(housing)
    housing.export(row(1))
    housing.json("publish")
    monkeypatch.setattr(launching, "_WAIT_SECONDS", 0.0)
    ticks = iter(range(0, 10_000, 200))
    seen: list[tuple[str, int, int]] = []
    connector = Connector(load(housing.folder / "connector.toml"))
    loaded = launching.load(connector, lambda *said: seen.append(said), clock=lambda: float(next(ticks)))
    assert (loaded.accepted, loaded.waiting) == (0, 1)
    assert seen[-1] == ("accepted", 0, 1)


def test_a_day_that_is_used_up_is_tried_again_hourly(tmp_path: Path) -> None:
    office, pace = Office(tmp_path), Pace(100)
    with office.ledger.write() as unit:
        assert pace.room(unit, office.clock()) == 100
        pace.note_sent(unit, 60, office.clock())
        assert pace.room(unit, office.clock()) == 40
        note_limit(unit, "limit-per-day", office.clock())
        assert pace.room(unit, office.clock()) == 0
        office.clock.wait(minutes=61)
        assert pace.room(unit, office.clock()) == 100


def test_receipts_are_never_kept_back_by_the_pace(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.publish(involvement(1))
    office.exchange()
    with office.ledger.write() as unit:
        note_limit(unit, "limit-per-day", office.clock())
    office.publish(involvement(1), involvement(2))
    office.gateway.send_alerts(
        an_alert(SCHOOL, office.references.person("C1"), office.references.involvement("I1"), office.clock())
    )
    office.deliver()
    assert office.post().paced
    office.gateway.take()
    assert (len(office.gateway.receipts), len(office.gateway.notices)) == (1, 1)


@pytest.fixture
def digest(tmp_path: Path) -> Digest:
    """Two alerts of Alex Worker's."""
    office = Office(tmp_path)
    office.publish(involvement(1), involvement(2))
    deliveries = []
    with office.ledger.read() as unit:
        for number in (1, 2):
            person, ref = office.references.person(f"C{number}"), office.references.involvement(f"I{number}")
            deliveries.append(delivery_of(unit, an_alert(SCHOOL, person, ref, office.clock())))
    return Digest("d1", "Alex Worker", MONDAY, tuple(deliveries), text(deliveries, "Alex Worker"))


def test_a_folder_gets_one_text_and_one_document(tmp_path: Path, digest: Digest) -> None:
    FolderSink(tmp_path / "alerts").deliver_digest(digest)
    FolderSink(tmp_path / "alerts").deliver_digest(digest)
    assert sorted(path.name for path in (tmp_path / "alerts").iterdir()) == ["digest-d1.json", "digest-d1.txt"]
    document = json.loads((tmp_path / "alerts" / "digest-d1.json").read_text())
    assert [alert["resourceType"] for alert in document["alerts"]] == ["Communication", "Communication"]
    assert "1. Somebody else is involved with Client 1" in (tmp_path / "alerts" / "digest-d1.txt").read_text()


def test_e_mail_says_how_many_and_never_about_whom(digest: Digest) -> None:
    settings = EmailSettings(
        "mail.example", "patchwork@school.example", "duty@school.example", link="https://a.example/{alert}"
    )
    message = digest_message(digest, settings, "alex@school.example")
    said = message.as_string()
    assert message["Subject"] == "Patchwork: 2 alerts"
    assert said.count("K7P-4QX  https://a.example/") == 2
    assert not any(word in said for word in ("Client 1", "Testcase", "Orla", "Karen"))
    assert digest_message(replace(digest), settings, "alex@school.example")["Message-ID"] == message["Message-ID"]
