"""What an operator types to test a connector, and reads where it cannot be tested at once.

A test that runs stands in tests/system/test_testing_connectors.py.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.servers.ports import free_ports
from gateway.app import open_register
from gateway.clock import SystemClock
from gateway.model.probe import Probe
from gateway.settings import load_settings
from identity.agency.fingerprint import fingerprint
from identity.agency.keys import generate, save_public
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, MessageId
from mappings.canonical.receipt import Issue
from tests.builders import SCHOOL
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.gateway.cli.test_commands import WHY, add_agencies

ID = MessageId("00000000-0000-4000-8000-00000000a5ed")


@pytest.fixture
def school(ready: Patchwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patchwork:
    """A connector in its trial; no gateway runs."""
    add_agencies(ready)
    keys = generate().public("school-1")
    save_public(tmp_path / "school.json", keys)
    compared = ("--agency", SCHOOL, "--fingerprint", fingerprint(keys))
    assert ready("connector", "add", "school.json", *compared, *SIGN, *SECOND).status == 0
    monkeypatch.setenv("PATCHWORK_INTERNAL_PORT", str(free_ports(1)[0]))
    return ready


def keep(tmp_path: Path, outcome: ReceiptOutcome | None, *issues: Issue) -> None:
    """A test that is over, as the register keeps it."""
    store = open_register(load_settings(tmp_path / "gw" / "patchwork.toml", {}))
    at = SystemClock().now() - timedelta(minutes=5)
    decided = at + timedelta(seconds=2) if outcome else None
    with store.write() as unit:
        end = at + timedelta(seconds=30)
        school = ConnectorId("school-1")
        unit.probes.add(
            Probe(ID, school, SCHOOL, "anna", at, end, at, 0, at, decided, decided, outcome, issues, decided)
        )
    store.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("school-1",), "no gateway runs here: nothing answers at 127.0.0.1"),
        (("school-2",), "there is no connector school-2"),
        (("school-1", "--agency", "urn:seaton:clinic"), f"does not speak for that agency, but for {SCHOOL}"),
    ],
)
def test_what_cannot_be_tested_is_said_before_anybody_signs(
    school: Patchwork, words: tuple[str, ...], said: str
) -> None:
    refused = school("connector", "test", *words)
    assert (refused.status, refused.out) == (1, "")
    assert said in refused.err


def test_a_stopped_connector_is_not_tested(school: Patchwork) -> None:
    assert school("connector", "revoke", "school-1", *WHY, *SIGN).status == 0
    assert "connector school-1 is revoked: it is stopped for good" in school("connector", "test", "school-1").err


@pytest.mark.parametrize("seconds", ["0", "301", "soon"])
def test_the_wait_is_bounded(school: Patchwork, seconds: str) -> None:
    assert school("connector", "test", "school-1", "--wait", seconds).status == 2


@pytest.mark.parametrize(
    ("outcome", "issues", "said"),
    [
        (ReceiptOutcome.ACCEPTED, (), "last test: accepted, asked "),
        (ReceiptOutcome.REFUSED, (Issue("forbidden", "not-a-party", "", "why"),), "last test: refused, asked "),
        (None, (), "last test: no answer, asked "),
    ],
)
def test_the_last_test_is_shown(
    school: Patchwork, tmp_path: Path, outcome: ReceiptOutcome | None, issues: tuple[Issue, ...], said: str
) -> None:
    assert school("connector", "show", "school-1", "--json").json["connector"]["last_test"] is None
    assert "last test: -" in school("connector", "show", "school-1").out
    keep(tmp_path, outcome, *issues)
    (line,) = [each for each in school("connector", "show", "school-1").out.splitlines() if "last test" in each]
    assert line.startswith(said)
    assert line.endswith(" (2.0 s)") == (outcome is not None)
    row = school("connector", "show", "school-1", "--json").json["connector"]["last_test"]
    assert (row["id"], row["outcome"]) == (ID.value, outcome.value if outcome else None)
    assert row["reasons"] == [issue.code for issue in issues]
