"""The soak's own eyes, on a suspended connector's ledger and sink: whatever comes there after the fence is seen."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.ledger import moment
from connectors.ledger.schema import TABLES
from tests.soak.books import Books
from tests.soak.suspension import Suspension, Taken
from tests.system.site import Site

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEFORE, LATER = AT.replace(hour=11), AT.replace(hour=13)
EVENT = 10


class Place:
    """A connector's folder with a ledger that took `early` before the suspension and `late` while it was under way."""

    def __init__(self, folder: Path) -> None:
        self.site = Site("school", folder / "school")
        self.site.shown.mkdir()
        self.books = Books(None)  # type: ignore[arg-type]  # only what is put into it here is asked
        self.books.sent = {"early-1": [1], "late-1": [EVENT - 1]}
        with closing(sqlite3.connect(self.site.ledger)) as db:
            db.executescript(TABLES)
        self.take("early-1", BEFORE)
        self.take("late-1", LATER)
        self.show("early-1")
        self.show("late-1")
        self.suspension = Suspension(self.site, EVENT, AT, Taken.by(self.site))

    def take(self, alert: str, at: datetime, version: int = 1) -> None:
        with closing(sqlite3.connect(self.site.ledger)) as db:
            row = (
                alert,
                version,
                f"c-{alert}",
                "ref",
                "connection-made",
                "folder",
                b"",
                "delivered",
                "",
                moment.write(at),
            )
            names = "alert_id, version, connection, involvement_ref, event, sink, alert, status, next_attempt_at, received_at"
            db.execute(f"INSERT INTO delivery ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute(
                "INSERT OR REPLACE INTO connection VALUES (?, 'ref', ?, 'current', '', NULL, '')",
                (f"c-{alert}", version),
            )
            db.commit()

    def show(self, alert: str) -> None:
        (self.site.shown / f"{alert}.json").write_text("{}")

    def unchanged(self) -> None:
        """Nothing comes."""

    def tell_more(self) -> None:
        """A new version of what it knows."""
        self.take("early-1", LATER, version=2)

    def show_more(self) -> None:
        """A file that no alert of the ledger stands behind."""
        self.show("other-1")

    def sealed_after(self) -> None:
        """What it took on its way was sealed after the commit."""
        self.books.sent["late-1"] = [EVENT + 1]


@pytest.mark.parametrize(
    ("what", "seen"),
    [(Place.unchanged, []), (Place.tell_more, ["took"]), (Place.show_more, ["sink"]), (Place.sealed_after, ["sealed"])],
)
def test_what_comes_to_a_suspended_connector_is_seen(
    tmp_path: Path, what: Callable[[Place], None], seen: list[str]
) -> None:
    place = Place(tmp_path)
    what(place)
    found = place.suspension.check(place.books)
    assert {violation.rule for violation in found} == ({"suspended-not-told"} if seen else set())
    assert all(any(word in violation.about for violation in found) for word in seen)
    assert place.suspension.under_way == 1 + (what is Place.tell_more)
