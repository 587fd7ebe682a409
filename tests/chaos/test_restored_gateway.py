"""A gateway whose database was put back from a backup: the connectors notice by its receipts, and everything is as it was.

Nothing is doubled, nothing is retracted, and what was published since the backup is registered again without anybody's doing.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.chaos.test_restored_ledger import agree, connections
from tests.system.children import Row, rows
from tests.system.partnership import Partnership
from tests.system.until import until


def test_what_the_gateway_lost_is_told_again_and_nobody_is_disturbed(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        school, health = seaton.sites["school"], seaton.sites["health"]
        database = tmp_path / "gateway" / "patchwork.db"
        school.state(rows(*range(4)))
        health.state(rows(*range(8)))
        seaton.start_gateway()
        for site in (school, health):
            site.program.start(site.hurried())
        until(lambda: school.told() == health.told() == {"made": 4}, "both to be told", school.describe)
        until(lambda: school.is_quiet() and health.is_quiet() and seaton.register.is_told(), "everything to settle")

        seaton.gateway.stop()
        with closing(sqlite3.connect(database)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        backup = shutil.copy(database, tmp_path / "backup.db")
        seaton.start_gateway()
        # One ends, one changes, three begin; the backup knows nothing of it.
        school.state([Row(1, worker="Bashir Quill")], rows(*range(2, 7)))
        until(lambda: health.told() == {"made": 7, "ended": 1, "changed": 1}, "the news", health.describe)
        until(lambda: school.is_quiet() and health.is_quiet() and seaton.register.is_told(), "everything to settle")
        numbers, current = seaton.register.numbers(), connections(school)
        assert numbers == (14, 8, 6, 7)

        seaton.gateway.stop()
        for path in database.parent.glob("patchwork.db*"):
            path.unlink()
        shutil.copy(backup, database)
        database.chmod(0o600)
        seaton.start_gateway()
        # The next thing that any agency says brings the receipt by which it notices.
        school.state([Row(1, worker="Bashir Quill")], rows(*range(2, 8)))
        health.state(rows(*range(9)))
        until(
            lambda: agree(seaton, school) and agree(seaton, health), "both to agree with the gateway", school.describe
        )
        until(lambda: school.is_quiet() and health.is_quiet() and seaton.register.is_told(), "everything to settle")
        assert seaton.register.numbers()[:3] == (16, 9, 7)
        assert len(connections(school)) == 7
        assert connections(school) == connections(health) > current
        for site in (school, health):
            assert "retracted" not in site.told()
            shown = [connection for event, connection in site.alerts() if event == "made"]
            assert len(set(shown)) == len(shown) == 8
