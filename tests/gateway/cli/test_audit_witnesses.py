"""`patchwork audit verify --witnesses`: what agencies were told, against an owner who writes database and checkpoints anew and signs them."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from gateway.app import opened_office
from gateway.audit.checkpoints import CheckpointFolder
from gateway.ports import Store
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint, Witness
from mappings.witness_file import write_witnesses
from tests.gateway.audit.owner import rewrite
from tests.gateway.cli.conftest import Patchwork

HOUSING = AgencyId("urn:patchwork:seaton:housing")


def witnessed(checkpoint: Path, file: Path, partnership: str = "seaton", mode: Mode = Mode.TRIAL) -> Path:
    """The file of an agency that was told of this checkpoint."""
    today = datetime.now(UTC).date()
    made_on = datetime.strptime(checkpoint.name.rpartition("-")[2], "%Y%m%dT%H%M%SZ.jws").date()
    told = ToldCheckpoint(made_on, hashlib.sha256(checkpoint.read_bytes()).hexdigest())
    file.write_bytes(write_witnesses([Witness(PartnershipId(partnership), mode, HOUSING, today, told)]))
    return file


def made(patchwork: Patchwork, side: str = "trial") -> Path:
    rows = patchwork("audit", "checkpoint", "--json").json["checkpoints"]
    return next(Path(row["file"]) for row in rows if row["side"] == side)


@dataclass
class Gateway:
    """What its owner has."""

    folder: Path
    store: Store

    @property
    def kept(self) -> CheckpointFolder:
        return CheckpointFolder(self.folder / "checkpoints", Mode.TRIAL)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / "patchwork.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def reopen(self) -> None:
        """A transaction sees what the database holds."""


@contextmanager
def owned(folder: Path) -> Iterator[Gateway]:
    with opened_office(folder / "patchwork.toml") as (_, office):
        yield Gateway(folder, office.store)


def test_what_an_agency_was_told_fits_an_honest_gateway(ready: Patchwork, tmp_path: Path) -> None:
    file = witnessed(made(ready), tmp_path / "housing.jsonl")
    found = ready("audit", "verify", "--witnesses", file, "--json")
    assert found.status == 0
    assert found.json["witnesses"] == {"days": 1, "agencies": 1, "up_to": found.json["events"], "findings": []}
    assert "What 1 agencies were told of it on 1 days fits" in ready("audit", "verify", "--witnesses", file).out
    assert ready("audit", "verify", "--json").json["witnesses"] is None, "where no file is named nothing is compared"


def test_a_rewritten_audit_is_whole_by_itself_and_found_with_one_agencys_file(ready: Patchwork, tmp_path: Path) -> None:
    made(ready)
    file = witnessed(made(ready), tmp_path / "housing.jsonl")
    with owned(tmp_path / "gw") as gateway:
        rewrite(gateway, 2, operator="olga")
    assert ready("audit", "verify").status == 0, "nothing here tells"
    found = ready("audit", "verify", "--witnesses", file, "--json")
    assert (found.status, found.json["intact"], found.json["broken_at"]) == (1, False, None)
    (finding,) = found.json["witnesses"]["findings"]
    assert finding["agencies"] == ["urn:patchwork:seaton:housing"]
    assert date.fromisoformat(finding["told_on"]) <= datetime.now(UTC).date()
    told = ready("audit", "verify", "--witnesses", file)
    assert (told.status, "FINDING: on 20" in told.out, "is not in the folder" in told.out) == (1, True, True)


def test_each_side_is_compared_with_what_was_told_of_it(live: Patchwork, tmp_path: Path) -> None:
    file = witnessed(made(live, "live"), tmp_path / "housing.jsonl", mode=Mode.LIVE)
    sides = live("audit", "verify", "--witnesses", file, "--json").json["sides"]
    assert [(row["side"], bool(row["witnesses"])) for row in sides] == [("live", True), ("trial", False)]
    witnessed(made(live, "live"), file, mode=Mode.TRIAL)
    assert live("audit", "verify", "--witnesses", file).status == 1, "what the live side told is nothing of the trial's"


def test_a_file_that_is_of_somewhere_else_or_no_witness_is_refused(ready: Patchwork, tmp_path: Path) -> None:
    checkpoint, file = made(ready), tmp_path / "housing.jsonl"
    for partnership, mode in (("elsewhere", Mode.TRIAL), ("seaton", Mode.LIVE)):
        refused = ready("audit", "verify", "--witnesses", witnessed(checkpoint, file, partnership, mode))
        assert (refused.status, f"the {mode} side of the partnership {partnership}" in refused.err) == (1, True)
    file.write_text("Dear diary\n")
    refused = ready("audit", "verify", "--witnesses", file)
    assert (refused.status, "line 1 is no witness" in refused.err, "diary" in refused.err) == (1, True, False)
    assert ready("audit", "verify", "--witnesses", tmp_path / "nowhere").status == 1
