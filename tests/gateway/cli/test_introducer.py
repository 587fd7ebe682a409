"""The introducer at the command line: look at what was asked, pass on, decline."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from gateway.sharing.rule_set import rule_set_from
from mappings.canonical.codes import AgencyType, Sensitivity
from mappings.canonical.identifiers import AgencyId
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.sharing_rules import CHILDREN, document, permit, private_permit
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
COUNSELLING = AgencyId("urn:patchwork:seaton:counselling")
INES = ("--key", "ines.key", "--passphrase-file", "passphrase")


@pytest.fixture
def asked(ready: Patchwork, tmp_path: Path) -> Patchwork:
    """Somebody asks, and ines is the introducer."""
    assert ready("operator", "key", "-o", "ines.key", "--passphrase-file", "passphrase").status == 0
    enrol = ("operator", "enrol", "ines", "--public", "ines.key.pub", "--role", "introducer")
    assert ready(*enrol, *SIGN, *SECOND).status == 0
    settings = load_settings(tmp_path / "gw" / "patchwork.toml")
    store = open_register(settings)
    world = World(store, clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    care = world.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN)
    counselling = world.join(COUNSELLING, AgencyType.CHARITY)
    world.agree(SOCIAL_CARE, COUNSELLING)
    year = SystemClock().now().year
    days = {"valid_from": f"{year}-01-01", "valid_until": f"{year}-12-31", "review_by": f"{year}-12-31"}
    rules = document(
        private_permit("private", "charity", CHILDREN, **days), permit("back", CHILDREN, "charity", **days)
    )
    with store.write() as unit:
        unit.rule_sets.add(replace(rule_set_from(rules, 1), recorded_at=world.clock.now()))
    care.say(care.notice(MAYA))
    counselling.say(counselling.notice(MAYA, sensitivity=Sensitivity.SENSITIVE))
    world.step()
    care.ask(care.alerts[-1].connection, care.references.involvement(MAYA.local_id))
    world.step()
    store.close()
    return ready


def test_a_request_is_listed_and_shown_without_anybodys_name(asked: Patchwork) -> None:
    (row,) = asked("introducer", "list", "--json").json["requests"]
    assert (row["id"], row["state"], row["asks"], row["asker"]) == (1, "waiting", 1, "Seaton Social Care")
    assert "hidden" not in row
    assert row["waiting_days"] == 0
    assert row["due_at"] > row["asked_at"]
    shown = asked("introducer", "show", row["reference"])
    assert shown.status == 0
    assert "hidden: Seaton Counselling" in shown.out
    assert "confirmed: False" in shown.out
    for word in ("Maya", "Worker of", "01632"):
        assert word not in shown.out


def test_it_is_passed_on_once_by_the_introducer_alone(asked: Patchwork) -> None:
    assert asked("introducer", "pass-on", 1, *SIGN).status == 1, "anna is no introducer"
    done = asked("introducer", "pass-on", 1, *INES)
    assert done.status == 0, done.out
    assert "is passed on. The other side is told as soon as its agency has confirmed it." in done.out
    assert asked("introducer", "list", "--json").json["requests"] == []
    (row,) = asked("introducer", "list", "--all", "--json").json["requests"]
    assert (row["state"], row["decided_by"]) == ("passed-on", "ines")
    again = asked("introducer", "decline", 1, *INES)
    assert again.status == 1
    assert "was passed-on by ines already" in again.err


def test_it_is_declined_and_nobody_is_told(asked: Patchwork) -> None:
    (row,) = asked("introducer", "list", "--json").json["requests"]
    done = asked("introducer", "decline", row["reference"], *INES, "--json")
    assert done.json["request"]["state"] == "declined"
    assert done.json["request"]["alerts"] == 0


def test_what_was_never_asked_is_refused_with_the_way_out(asked: Patchwork) -> None:
    for ref in ("AAA-AAA", "99"):
        shown = asked("introducer", "show", ref)
        assert shown.status == 1
        assert "patchwork introducer list" in shown.out + shown.err
