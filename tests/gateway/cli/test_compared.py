"""What the daily comparing has found, at the command line."""

import uuid
from pathlib import Path

from gateway.app import open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from identity.agency.digest import line_totals
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.statement import Statement, StatementEntry
from tests.gateway.cli.conftest import Patchwork

HOUSING = AgencyId("urn:patchwork:seaton:housing")


def test_the_line_that_differs_is_shown(ready: Patchwork, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "gw" / "patchwork.toml")
    store = open_register(settings)
    world = World(store, clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    housing = world.join(HOUSING)
    entry = StatementEntry(InvolvementRef("a" * 64), "b" * 64)
    for what in (
        {"entries": (), "totals": line_totals([(ServiceLine.HOUSING, entry)])},
        {"entries": (entry,), "line": ServiceLine.HOUSING},
    ):
        id = MessageId(str(uuid.uuid4()))
        housing.state(Statement(id, HOUSING, housing.incarnation, "", **what))  # type: ignore[arg-type]
        world.step()
    store.close()
    latest, first = ready("connector", "compared", "--json").json["statements"]
    assert (first["compared"], first["differing"], first["send_again"]) == ("everything", "housing", 0)
    assert (latest["compared"], latest["differing"], latest["send_again"]) == ("housing", "-", 1)
    assert "housing" in ready("connector", "compared").out
    assert len(ready("connector", "compared", "--limit", 1, "--json").json["statements"]) == 1
