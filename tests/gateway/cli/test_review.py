"""A steward at the command line: look at what waits, decide, undo."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.secrets_on_disk import load_secret
from gateway.settings import load_settings
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
SAM = ("--key", "sam.key", "--passphrase-file", "passphrase")
KIM = ("--second-key", "kim.key", "--second-passphrase-file", "second-passphrase")
PLAIN = replace(MAYA, identifiers=())


@pytest.fixture
def stewards(ready: Patchwork) -> Patchwork:
    """Two stewards more."""
    for name, words in (("sam", "passphrase"), ("kim", "second-passphrase")):
        assert ready("operator", "key", "-o", f"{name}.key", "--passphrase-file", words).status == 0
        enrol = ("operator", "enrol", name, "--public", f"{name}.key.pub", "--role", "steward")
        assert ready(*enrol, *SIGN, *SECOND).status == 0
    return ready


def said(folder: Path, there: Person) -> None:
    """Social care says Maya, and nursing says somebody."""
    settings = load_settings(folder / "gw" / "patchwork.toml")
    store = open_register(settings)
    world = World(store, clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    joined = [(world.join(SOCIAL_CARE), PLAIN), (world.join(NURSING), there)]
    world.agree(SOCIAL_CARE, NURSING)
    for counterpart, person in joined:
        counterpart.say(counterpart.notice(person))
        world.receive()
    store.close()


@pytest.fixture
def waiting(stewards: Patchwork, tmp_path: Path) -> Patchwork:
    """One case waits."""
    said(tmp_path, replace(PLAIN, birth_date=None))
    return stewards


def test_a_case_is_listed_and_shown_in_words_and_as_json(waiting: Patchwork) -> None:
    (row,) = waiting("review", "list", "--json").json["cases"]
    assert (row["id"], row["state"], row["reason"], row["agencies"]) == (
        1,
        "open",
        "possible",
        [SOCIAL_CARE.value, NURSING.value],
    )
    shown = waiting("review", "show", 1)
    assert shown.status == 0
    assert "birth_date" not in shown.out
    for words in ("the same place", "child", "too thin to link on", "due at: "):
        assert words in shown.out
    findings = {each["field"]: each for each in waiting("review", "show", 1, "--json").json["case"]["findings"]}
    assert findings["family"]["level"] == 1
    assert findings["family"]["bits"] > 0


def test_confirming_links_and_shows_in_the_list_of_all(waiting: Patchwork) -> None:
    done = waiting("review", "confirm", 1, *SAM)
    assert done.status == 0
    assert done.out == "Review case 1 is confirmed; 1 records moved, 2 alerts follow from it.\n"
    assert "too thin to link on" in done.err
    assert waiting("review", "list").out == "No cases.\n"
    (row,) = waiting("review", "list", "--all", "--json").json["cases"]
    assert (row["state"], row["decided_by"], row["sides"][0]["linked_with"]) == ("confirmed", "sam", [2])
    again = waiting("review", "refuse", 1, *SAM)
    assert again.status == 1
    assert "a case is decided once" in again.err


def test_refusing_and_postponing_are_signed_too(waiting: Patchwork) -> None:
    too_far = waiting("review", "later", 1, "--until", "2099-01-01", "--note", "asked", *SAM)
    assert too_far.status == 1
    assert "not beyond its clock" in too_far.err
    assert waiting("review", "later", 1, "--until", "soon", "--note", "asked", *SAM).status == 1
    refused = waiting("review", "refuse", 1, "--json", *SAM)
    assert refused.json["case"]["state"] == "refused"
    assert refused.json["alerts"] == 0
    not_steward = waiting("review", "refuse", 1, *SIGN)
    assert not_steward.status == 1
    assert "needs the role steward" in not_steward.err


def test_a_link_is_shown_undone_and_made_again_by_two(stewards: Patchwork, tmp_path: Path) -> None:
    said(tmp_path, PLAIN)
    assert stewards("link", "show", 2, "--json").json["record"]["linked_with"] == [
        {"record": 1, "agency": SOCIAL_CARE.value}
    ]
    assert stewards("link", "unlink", 2, "--json", *SAM).json["unlinked"]["record"] == 2
    assert "parted" in stewards("link", "show", 2).out
    nothing = stewards("link", "unlink", 2, *SAM)
    assert nothing.status == 1
    assert "nothing to undo" in nothing.err
    assert "waiting for a second person" in stewards("link", "relink", 2, 1, *SAM).out
    assert stewards("link", "relink", 2, 1, *SAM, *KIM).status == 0
    row = stewards("link", "show", 2, "--json").json["record"]
    assert row["linked_with"] == [{"record": 1, "agency": SOCIAL_CARE.value}]
    assert [each["verdict"] for each in row["assertions"]] == ["same"]
    assert stewards("audit", "verify").status == 0


def test_a_case_or_record_that_is_not_there_is_refused_with_the_way_out(stewards: Patchwork) -> None:
    for command in (("review", "show", 7), ("review", "confirm", 7, *SAM)):
        assert "patchwork review list" in stewards(*command).err
    assert "patchwork review show" in stewards("link", "show", 7).err
