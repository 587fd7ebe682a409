"""`patchwork audit`: checkpoints are made and compared with, events leave as files, and who was told what is shown."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.gateway.cli.conftest import Patchwork

CUT = (
    "DELETE FROM audit_salt WHERE seq > 1",
    "DELETE FROM audit_event WHERE seq > 1",
    "UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_event WHERE seq = 1)",
)


def cut(database: Path) -> None:
    """Whoever holds the database takes the end of the audit away, and its head along."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in CUT:
            connection.execute(statement)


def test_a_checkpoint_is_made_and_the_chain_compared_with_it(ready: Patchwork, tmp_path: Path) -> None:
    assert "no checkpoint to compare it with" in ready("audit", "verify").out
    made = ready("audit", "checkpoint", "--json").json["checkpoints"]
    assert [row["side"] for row in made] == ["trial"]
    assert Path(made[0]["file"]).parent == tmp_path / "gw" / "checkpoints"
    verified = ready("audit", "verify", "--json").json
    assert (verified["checkpoints"], verified["intact"], verified["erased"]) == (1, True, 0)
    assert "fits 1 checkpoints" in ready("audit", "verify").out


def test_a_cut_off_end_is_found_by_copies_that_were_taken_away(ready: Patchwork, tmp_path: Path) -> None:
    ready("audit", "checkpoint")
    shutil.copytree(tmp_path / "gw" / "checkpoints", tmp_path / "copies")
    shutil.rmtree(tmp_path / "gw" / "checkpoints")
    cut(tmp_path / "gw" / "patchwork.db")
    assert ready("audit", "verify").status == 0, "nothing here tells"
    found = ready("audit", "verify", "--checkpoints", tmp_path / "copies", "--json")
    assert (found.status, found.json["broken_at"]) == (1, 2)
    assert "cut off from the end" in found.json["problem"]
    assert "is broken at event 2" in ready("audit", "verify", "--checkpoints", tmp_path / "copies").out
    missing = ready("audit", "verify", "--checkpoints", tmp_path / "nowhere")
    assert (missing.status, "is no folder" in missing.err) == (1, True)


def test_check_says_that_the_register_is_behind_its_checkpoints(ready: Patchwork, tmp_path: Path) -> None:
    def told() -> tuple[bool, str]:
        (found,) = [each for each in ready("check", "--json").json["checks"] if each["name"] == "checkpoints"]
        return found["passed"], found["detail"]

    assert "none in" in told()[1]
    ready("audit", "checkpoint")
    assert told()[0]
    cut(tmp_path / "gw" / "patchwork.db")
    assert (told()[0], "was a backup put back?" in told()[1]) == (False, True)


def test_both_sides_have_checkpoints_of_their_own(live: Patchwork, tmp_path: Path) -> None:
    assert [row["side"] for row in live("audit", "checkpoint", "--json").json["checkpoints"]] == ["live"], (
        "nothing was written down on the trial side yet"
    )
    assert [row["checkpoints"] for row in live("audit", "verify", "--json").json["sides"]] == [1, 0]
