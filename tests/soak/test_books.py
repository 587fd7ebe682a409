"""The soak's own eyes, on the audit chain: each rule is seen to be broken where it is, and only there."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.audit.recording import entry
from gateway.store.sql_store import SqlStore, open_store
from tests.empty_register import lay
from tests.soak.books import Books
from tests.system.site import agency_uri

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTICE = {"connector": "school", "message": "6f1f8a52-5d0c-4a1e-9c52-0a4b7a6f2d11", "digest": "d" * 64}
ALERT = {"alert": "0b1f8a52-5d0c-4a1e-9c52-0a4b7a6f2d11", "agency": agency_uri("school"), "event": "connection-made"}
SUSPEND = ("connector-status", {"connector": "school", "before": "live", "after": "suspended"})
RESUME = ("connector-status", {"connector": "school", "before": "suspended", "after": "live"})
ACCEPTED, SENT = ("notice-accepted", NOTICE), ("alert-sent", ALERT)
REFUSED = ("message-refused", {**NOTICE, "reasons": "connector-not-live", "dead_letter": 1})
OTHERWISE = ("message-refused", {**NOTICE, "reasons": "bad-signature", "dead_letter": 1})
Event = tuple[str, dict[str, str | int]]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register, to be copied."""
    path = tmp_path_factory.mktemp("register") / "empty.db"
    lay(path)
    return path


@pytest.fixture
def store(tmp_path: Path, empty: Path) -> Iterator[SqlStore]:
    shutil.copyfile(empty, tmp_path / "register.db")
    made = open_store(f"sqlite:///{tmp_path}/register.db", bytes(range(32)))
    yield made
    made.close()


def rules_broken(store: SqlStore, *events: Event) -> list[str]:
    with store.write() as unit:
        for code, fields in events:
            said = entry(code, "a-test", **fields)
            unit.audit.append(NOW, said.code, said.actor, said.fields)
    return [violation.rule for violation in Books(store).read()]


@pytest.mark.parametrize(
    ("events", "broken"),
    [
        ([SENT, ACCEPTED, SUSPEND, REFUSED, RESUME, SENT], []),
        ([SUSPEND, SENT, RESUME], ["suspended-not-told"]),
        ([SUSPEND, ACCEPTED], ["suspended-not-heard"]),
        ([ACCEPTED, ACCEPTED], ["settled-once"]),
        ([ACCEPTED, ("notice-late", NOTICE)], ["settled-once"]),
        ([REFUSED], ["dead-letters"]),
        ([SUSPEND, RESUME, REFUSED], ["dead-letters"]),
        ([SUSPEND, OTHERWISE], ["dead-letters"]),
    ],
)
def test_a_broken_rule_is_seen(store: SqlStore, events: list[Event], broken: list[str]) -> None:
    assert rules_broken(store, *events) == broken


def test_reading_goes_on_from_where_it_stopped(store: SqlStore) -> None:
    books = Books(store)
    for expected in (1, 2):
        with store.write() as unit:
            said = entry(*SENT[:1], "a-test", **ALERT)
            unit.audit.append(NOW, said.code, said.actor, said.fields)
        assert books.read() == []
        assert books.codes["alert-sent"] == len(books.sent[ALERT["alert"]]) == expected
    assert books.check_chain() == []
