"""`patchwork audit`: checkpoints are made and compared with, events leave as files, and who was told what is shown."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.app import opened_office
from gateway.audit.recording import entry
from gateway.clock import SystemClock
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


def tell(folder: Path, connection: str, told: str, about: str) -> None:
    """Write down that an agency was told of another."""
    said = entry(
        *("alert-sent", "relay"),
        alert=f"{connection}-{told}",
        connection=connection,
        event="connection-made",
        level="full",
        agency=told,
        about_agency=about,
        rules="basis-in-force",
        agreement="seaton-children",
        agreement_version=3,
        attempt=1,
    )
    with opened_office(folder / "gw" / "patchwork.toml") as (_, office), office.store.write() as unit:
        unit.audit.append(SystemClock().now(), said.code, said.actor, said.fields)


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


def test_who_was_told_what_is_shown_of_a_connection_or_an_agency(ready: Patchwork, tmp_path: Path) -> None:
    assert ready("audit", "disclosures").out == "No disclosures.\n"
    tell(tmp_path, "c1", "urn:a", "urn:b")
    tell(tmp_path, "c1", "urn:b", "urn:a")
    tell(tmp_path, "c2", "urn:a", "urn:c")

    def told(*options: str) -> list[tuple[str, str]]:
        rows = ready("audit", "disclosures", "--json", *options).json["disclosures"]
        return [(row["connection"], row["told"]) for row in rows]

    assert told() == [("c1", "urn:a"), ("c1", "urn:b"), ("c2", "urn:a")]
    assert told("--connection", "c2") == [("c2", "urn:a")]
    assert told("--agency", "urn:b") == [("c1", "urn:a"), ("c1", "urn:b")], "what it was told, and what was told of it"
    assert told("--connection", "c3") == []
    first = ready("audit", "disclosures", "--most", 1, "--json").json
    assert (len(first["disclosures"]), first["after"]) == (2, "c1")
    assert told("--after", first["after"]) == [("c2", "urn:a")]
    assert "There are more: --after c1" in ready("audit", "disclosures", "--most", 1).out


def test_events_leave_as_a_file(ready: Patchwork, tmp_path: Path) -> None:
    tell(tmp_path, "c1", "urn:a", "urn:b")
    written = ready("audit", "export", "-o", tmp_path / "audit.ndjson", "--format", "fhir", "--json").json
    lines = (tmp_path / "audit.ndjson").read_text("utf-8").splitlines()
    assert written["events"] == len(lines) == written["last"]
    assert {json.loads(line)["resourceType"] for line in lines} == {"AuditEvent"}
    assert "urn:b" not in lines[-1], "who told whom can be erased here, and not there"
    assert ready("audit", "export", "-o", tmp_path / "all", "--references", "--from", "2026-01-01").status == 0
    assert "urn:b" in (tmp_path / "all").read_text("utf-8")
    none = ready("audit", "export", "-o", tmp_path / "none", "--to", "2026-01-01T00:00:00Z")
    assert none.out.startswith("0 events are in")
    again = ready("audit", "export", "-o", tmp_path / "all")
    assert (again.status, "exists already" in again.err) == (1, True)
    odd = ready("audit", "export", "-o", tmp_path / "odd", "--format", "xml")
    assert (odd.status, "the formats are fhir, jsonl" in odd.err) == (1, True)
    assert ready("audit", "verify").status == 0


def test_both_sides_have_checkpoints_of_their_own(live: Patchwork, tmp_path: Path) -> None:
    assert [row["side"] for row in live("audit", "checkpoint", "--json").json["checkpoints"]] == ["live"], (
        "nothing was written down on the trial side yet"
    )
    assert [row["checkpoints"] for row in live("audit", "verify", "--json").json["sides"]] == [1, 0]
