"""A steward at the command line: look at what waits, decide, undo."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.app import open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from identity.agency.keys import DecryptionKey
from identity.agency.sealed_details import Details, seal_details
from identity.custody.__main__ import app as keyholder
from identity.custody.steward_folder import steward_key
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork
from tests.spec.people import MAYA, thin

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


def said(folder: Path, there: Person, steward: DecryptionKey | None = None) -> None:
    """Social care says Maya, and nursing says somebody; with details sealed to the steward, if there is one."""
    settings = load_settings(folder / "gw" / "patchwork.toml")
    store = open_register(settings)
    world = World(store, clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    joined = [(world.join(SOCIAL_CARE), PLAIN), (world.join(NURSING), there)]
    world.agree(SOCIAL_CARE, NURSING, sealed_details=steward is not None)
    for counterpart, person in joined:
        notice = counterpart.notice(person)
        if steward is not None:
            details = Details(counterpart.agency, notice.person_ref, "Maya", "O'Neill", "", "ZZ2 4XY")
            notice = replace(notice, sealed_details=seal_details(details, [steward.public]))
        counterpart.say(notice)
        world.receive()
    store.close()


@pytest.fixture
def waiting(stewards: Patchwork, tmp_path: Path) -> Patchwork:
    """One case waits."""
    said(tmp_path, thin(PLAIN))
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
    assert findings["location"]["level"] == 1
    assert any(each["bits"] > 0 for each in findings.values())


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


def at_home(*arguments: object) -> Result:
    """On the steward's own machine."""
    return CliRunner().invoke(keyholder, [str(argument) for argument in arguments])


@pytest.fixture
def handed_out(stewards: Patchwork, tmp_path: Path) -> Patchwork:
    """A case with details that sam can open, exported."""
    assert at_home("steward", "init", "sam", "--dir", tmp_path / "steward").exit_code == 0
    said(tmp_path, thin(PLAIN), steward_key(tmp_path / "steward"))
    assert stewards("review", "export", 1, "-o", "case.json", *SAM).status == 0
    assert stewards("review", "list", "--json").json["cases"][0]["out"] is True
    return stewards


def opening(tmp_path: Path, *more: object) -> Result:
    place = ("--dir", tmp_path / "steward", "--reason", "may be twins", "-o", tmp_path / "decision.json")
    return at_home("open", tmp_path / "case.json", *place, *SAM, *more)


def test_details_are_opened_elsewhere_and_the_decision_is_carried_back(handed_out: Patchwork, tmp_path: Path) -> None:
    shown = opening(tmp_path, "--decision", "same")
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("O'Neill") == 2
    assert "patchwork review confirm 1 --decision" in shown.output
    other = handed_out("review", "refuse", 1, "--decision", "decision.json")
    assert other.status == 1
    assert "review.confirm for case 1" in other.err
    done = handed_out("review", "confirm", 1, "--decision", "decision.json", "--json")
    assert done.status == 0, done.err
    row = done.json["case"]
    assert (row["state"], row["decided_by"], row["out"]) == ("confirmed", "sam", False)
    assert [(each["by"], each["reason"], each["as_kept"]) for each in row["openings"]] == [
        ("sam", "may be twins", True)
    ]
    assert handed_out("audit", "verify").status == 0


def test_looking_without_a_decision_is_carried_back_too(handed_out: Patchwork, tmp_path: Path) -> None:
    shown = opening(tmp_path, "--json")
    assert json.loads(shown.stdout)["decision"] == "undecided"
    no_decision = handed_out("review", "confirm", 1, "--decision", "decision.json")
    assert no_decision.status == 1
    assert "holds no decision" in no_decision.err
    assert handed_out("review", "opened", "decision.json").status == 0
    assert "opened: by sam" in handed_out("review", "show", 1).out
    again = opening(tmp_path)
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_what_is_no_case_or_decision_is_refused(handed_out: Patchwork, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text("{}")
    assert "is not a case file" in opening(tmp_path).output
    (tmp_path / "decision.json").write_text("[]")
    refused = handed_out("review", "opened", "decision.json")
    assert refused.status == 1
    assert "is not a decision file" in refused.err


def test_an_agency_is_asked_to_check_its_own_record(waiting: Patchwork) -> None:
    asked = waiting("review", "ask", 1, "--record", 2, "--field", "birth-date", *SAM)
    assert asked.status == 0, asked.err
    assert asked.out.startswith("Record 2 stands on its agency's daily list until ")
    by_default = waiting("review", "ask", 1, "--record", 1, "--json", *SAM).json["asked"]
    assert by_default["record"] == 1
    assert 1 <= len(by_default["fields"]) <= 3
    wrong = waiting("review", "ask", 1, "--record", 2, "--field", "shoe-size", *SAM)
    assert wrong.status == 1
    assert "must be one of" in wrong.err
