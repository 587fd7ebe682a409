"""Merges that wait for a steward, at the command line: what speaks against each, which case decides, and that it then goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from mappings.canonical.identifiers import AgencyId
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
SAM = ("--key", "sam.key", "--passphrase-file", "passphrase")
PLAIN = replace(MAYA, identifiers=())


@pytest.fixture
def town(ready: Patchwork, tmp_path: Path) -> World:
    """Nursing has Maya twice. A steward said of the first record that it is not of social care's Maya; the second is linked with her; and then
    nursing says that both are one patient's."""
    assert ready("operator", "key", "-o", "sam.key", "--passphrase-file", "passphrase").status == 0
    enrol = ("operator", "enrol", "sam", "--public", "sam.key.pub", "--role", "steward")
    assert ready(*enrol, *SIGN, *SECOND).status == 0
    settings = load_settings(tmp_path / "gw" / "patchwork.toml")
    town = World(open_register(settings), clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    social_care, nursing = town.join(SOCIAL_CARE), town.join(NURSING)
    town.agree(SOCIAL_CARE, NURSING)
    for each in (social_care, nursing):
        each.say(each.notice(PLAIN))
        town.receive()
    town.store.close()
    assert ready("link", "unlink", 2, *SAM).status == 0
    town.store = open_register(settings)
    nursing.say(nursing.notice(replace(MAYA, local_id="N-4")))
    town.receive()
    nursing.merge("maya", "N-4")
    town.receive()
    town.store.close()
    return town


def test_what_waits_is_listed_and_shown_until_a_steward_has_decided(
    ready: Patchwork, town: World, tmp_path: Path
) -> None:
    (row,) = ready("merge", "list", "--json").json["waiting_merges"]
    (case,) = ready("review", "list", "--json").json["cases"]
    assert (row["superseded"], row["surviving"], row["agency"], row["cases"]) == (2, 3, NURSING.value, [case["id"]])
    assert ready("merge", "show", 2, "--json").json["waiting_merge"] == row
    assert row["against"] == [
        {
            "record": 1,
            "agency": SOCIAL_CARE.value,
            "of_superseded": "different",
            "of_surviving": None,
            "case": case["id"],
            "state": "open",
        }
    ]
    shown = ready("merge", "show", 2)
    assert "patchwork review show CASE" in shown.out
    assert "Maya" not in shown.out
    for number in (1, 3, 99):
        unknown = ready("merge", "show", number)
        assert unknown.status == 1
        assert f"no merge of record {number} waits" in unknown.err

    assert ready("review", "refuse", case["id"], *SAM).status == 0
    (row,) = ready("merge", "list", "--json").json["waiting_merges"]
    assert (row["against"], row["cases"]) == ([], []), "nothing speaks against it any more"
    town.store = open_register(load_settings(tmp_path / "gw" / "patchwork.toml"))
    town.sweep()
    town.store.close()
    assert ready("merge", "list").out == "No waiting merges.\n"
