"""A connector whose ledger was put back from a week-old backup: it notices, both sides agree again, and nobody at the other agencies hears anything.

Nothing is retracted because a backup was old, nothing is doubled, and what the ledger had been told since the backup is told again.
"""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.ledger import moment
from tests.system.children import Row, rows
from tests.system.partnership import Partnership
from tests.system.site import Site
from tests.system.until import until


def agree(seaton: Partnership, site: Site) -> bool:
    """Whether ledger and gateway hold the same involvements as live, in the same state."""
    ledger = dict(site.rows("SELECT ref, digest FROM involvement WHERE status = 'live'"))
    return ledger == seaton.register.live_digests(site.agency)


def back_up(site: Site) -> Path:
    """Stop the connector and copy its ledger. The copy is a week old: that is when it says that it was last in use."""
    site.program.stop()
    with closing(sqlite3.connect(site.ledger)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = Path(shutil.copy(site.ledger, site.folder / "backup.sqlite3"))
    with closing(sqlite3.connect(backup, isolation_level=None)) as db:
        week_ago = moment.write(datetime.now(UTC) - timedelta(days=7))
        assert db.execute("UPDATE position SET value = ? WHERE name = 'active at'", (week_ago,)).rowcount == 1
    return backup


def restore(site: Site, backup: Path) -> None:
    """Stop the connector and put the old ledger back."""
    site.program.stop()
    for path in site.folder.glob("ledger.sqlite3*"):
        path.unlink()
    shutil.copy(backup, site.ledger)


def connections(site: Site) -> set[str]:
    """Which connections the worklist shows."""
    return {id for (id,) in site.rows("SELECT id FROM connection WHERE status = 'current'")}


def wait_until_agreed(seaton: Partnership, school: Site, expected: set[str]) -> None:
    until(lambda: connections(school) == expected, "the worklist to be whole again", school.describe)
    until(lambda: school.is_quiet() and seaton.register.is_told(), "everything to settle", school.describe)
    until(lambda: agree(seaton, school), "ledger and gateway to agree", school.describe)


def test_what_was_published_since_the_backup_is_neither_doubled_nor_taken_back(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        school, health = seaton.sites["school"], seaton.sites["health"]
        school.state(rows(*range(8)))
        health.state(rows(*range(12)))
        seaton.start()
        until(lambda: school.told() == health.told() == {"made": 8}, "both to be told", school.describe)
        school.wait_until_settled(settled=8)
        backup = back_up(school)

        # Two end, one changes, four begin; the backup knows nothing of it.
        school.state([Row(2, worker="Bashir Quill")], rows(*range(3, 12)))
        school.program.start()
        told = {"made": 12, "ended": 2, "changed": 1}
        until(lambda: health.told() == told and school.told() == {"made": 12, "ended": 2}, "the news", health.describe)
        until(lambda: school.is_quiet() and seaton.register.is_told(), "everything to settle", school.describe)
        numbers, current = seaton.register.numbers(), connections(school)
        assert numbers == (22, 12, 10, 12)
        assert len(current) == 10

        restore(school, backup)
        school.program.start()
        wait_until_agreed(seaton, school, current)
        assert seaton.register.numbers() == numbers
        assert seaton.register.audit("statement-answered") > 0
        assert health.told() == told
        assert connections(health) == current
        assert "retracted" not in school.told()


def test_a_ledger_that_only_missed_alerts_is_told_them_again(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        school, health = seaton.sites["school"], seaton.sites["health"]
        school.state(rows(*range(6)))
        health.state(rows(*range(3)))
        seaton.start()
        until(lambda: school.told() == health.told() == {"made": 3}, "both to be told", school.describe)
        school.wait_until_settled(settled=6)
        backup = back_up(school)

        health.state(rows(1, 2, 3, 4, 5))
        school.program.start()
        told = {"made": 6, "ended": 1}
        until(lambda: school.told() == health.told() == told, "the news", school.describe)
        until(lambda: school.is_quiet() and seaton.register.is_told(), "everything to settle", school.describe)
        numbers, current = seaton.register.numbers(), connections(school)
        assert len(current) == 5

        restore(school, backup)
        school.program.start()
        wait_until_agreed(seaton, school, current)
        assert seaton.register.numbers() == numbers
        assert health.told() == told
