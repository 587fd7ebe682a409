"""Every agency a witness, with the real programs: what two connectors were told with their receipts is carried to the gateway as files and compared
with its audit, before and after its owner has put it back to yesterday."""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.app import build_checkpointing, opened_office
from tests.system.children import Row
from tests.system.partnership import Partnership
from tests.system.site import BIN, Site
from tests.system.until import until


@dataclass
class Yesterday:
    """The clock of a gateway that has run since the day before."""

    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(days=1)


def verified(seaton: Partnership, *files: Path) -> tuple[int, str]:
    """What an auditor sees: exit status and text."""
    named = [word for file in files for word in ("--witnesses", file)]
    command = [BIN / "patchwork", "audit", "verify", *named, "--settings", seaton.settings_file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def held(site: Site, file: Path) -> Path:
    """The file that an agency hands to the auditor."""
    command = [BIN / "patchwork-connector", "witnesses", "-o", file, "--settings", site.settings_file]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    return file


def test_what_agencies_were_told_with_their_receipts_finds_an_audit_that_was_cut_back(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        with opened_office(seaton.settings_file) as (settings, office):
            checkpoint = build_checkpointing(settings, office.store, Yesterday()).make()
        assert checkpoint is not None
        for site in seaton.sites.values():
            site.state([Row(1)])
        seaton.start()
        for site in seaton.sites.values():
            site.wait_until_settled(settled=1)
            until(lambda site=site: site.rows("SELECT digest FROM witness") != [], "it to be told", site.describe)  # type: ignore[misc]
        school, health = (held(site, tmp_path / f"{site.name}.jsonl") for site in seaton.sites.values())
        told = [json.loads(file.read_text("utf-8").splitlines()[0])["sha256"] for file in (school, health)]
        assert told[0] == told[1], "both were told the same"
        status, text = verified(seaton, school, health)
        assert (status, "What 2 agencies were told of it on 1 days fits" in text) == (0, True), text

        # The owner takes away what was signed then: the gateway alone has nothing to say against it.
        checkpoint.unlink()
        assert verified(seaton)[0] == 0
        status, text = verified(seaton, health)
        assert (status, "is not in the folder" in text) == (1, True), text
