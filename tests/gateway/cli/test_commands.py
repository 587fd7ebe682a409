"""The commands an operator types, one after the other, and what they say when something is wrong."""

from pathlib import Path

import pytest

from gateway.refused import Refused
from gateway.trust.operator_key import load_operator_key
from identity.agency.fingerprint import fingerprint
from identity.agency.keys import generate, save_public
from tests.builders import HOUSING, SCHOOL
from tests.gateway.cli.conftest import APPROVE, PASSPHRASE, SECOND, SIGN, Patchwork
from tests.gateway.trust.test_onboarding import FILE

WHY = ("--reason", "as the test wants it")


def add_agencies(patchwork: Patchwork) -> None:
    for id, type in ((SCHOOL, "school"), (HOUSING, "housing")):
        added = patchwork(
            "agency", "add", id, "--name", type, "--type", type, "--organisation", "Seaton Council", *SIGN
        )
        assert (added.status, added.err) == (0, "")


def test_a_partnership_is_set_up_from_nothing(ready: Patchwork, tmp_path: Path) -> None:
    add_agencies(ready)
    keys = generate().public("school-1")
    save_public(tmp_path / "school.json", keys)
    (tmp_path / "agreement.toml").write_text(FILE)
    compared = ("--agency", SCHOOL, "--fingerprint", fingerprint(keys))
    added = ready("connector", "add", "school.json", *compared, "--json", *SIGN, *SECOND).json["added"]
    assert (added["id"], added["status"], added["agencies"]) == ("school-1", "approved", [SCHOOL.value])
    assert ready("connector", "go-live", "school-1", *WHY, *SIGN, *SECOND).out == "Connector school-1 is now live.\n"
    assert ready("agreement", "add", "agreement.toml", "--json", *SIGN, *SECOND).json["added"]["version"] == 1
    assert [row["id"] for row in ready("agency", "list", "--json").json["agencies"]] == [HOUSING.value, SCHOOL.value]
    assert [row["id"] for row in ready("connector", "list", "--json").json["connectors"]] == ["school-1"]
    assert [row["level"] for row in ready("agreement", "list", "--json").json["agreements"]] == ["full"]
    assert [row["name"] for row in ready("operator", "list", "--json").json["operators"]] == ["anna", "omar"]
    assert ready("connector", "suspend", "school-1", *WHY, *SIGN).out == "Connector school-1 is now suspended.\n"
    assert ready("connector", "resume", "school-1", *WHY, *SIGN, *SECOND).out == "Connector school-1 is now live.\n"
    (version,) = ready("agreement", "history", "seaton-children", "--json").json["versions"]
    assert (version["recorded_by"], version["approved_by"]) == ("anna", "omar")
    verified = ready("audit", "verify", "--json")
    assert (verified.status, verified.json["intact"], verified.json["events"]) == (0, True, 19)


def test_lists_are_tables_for_people(ready: Patchwork) -> None:
    assert ready("agency", "list").out == "No agencies.\n"
    add_agencies(ready)
    heading, first, second = ready("agency", "list").out.splitlines()
    assert heading.split() == ["id", "name", "type", "organisation"]
    assert first.startswith(HOUSING.value)
    assert second.startswith(SCHOOL.value)
    assert ready("dead-letter", "list").out == "No dead_letters.\n".replace("_", " ")


def test_init_says_what_comes_next_and_check_passes(patchwork: Patchwork) -> None:
    made = patchwork("init", "gw")
    assert "Next: patchwork operator key" in made.out
    checked = patchwork("check", "--json")
    assert (checked.status, checked.json["passed"]) == (0, True)
    assert patchwork("db", "status", "--json").json["current"] is True
    assert patchwork("db", "upgrade").status == 0


def test_check_fails_with_status_1_and_shows_no_secret(ready: Patchwork, tmp_path: Path) -> None:
    pepper = tmp_path / "gw" / "secrets" / "pepper.key"
    secret = pepper.read_text().strip()
    pepper.chmod(0o644)
    checked = ready("check")
    assert checked.status == 1
    assert "FAIL secrets" in checked.out
    assert secret not in checked.out + checked.err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            ("agency", "add", "school", "--name", "x", "--type", "school", "--organisation", "y", *SIGN),
            "agency: id is not a valid",
        ),
        (
            ("agency", "add", SCHOOL, "--name", "x", "--type", "school", "--organisation", "y"),
            "name your operator key with --key",
        ),
        (("agency", "list", "--settings", "nowhere.toml"), "patchwork init FOLDER"),
        (("connector", "add", "none.json", "--agency", SCHOOL, *SIGN), "none.json cannot be read"),
        (("connector", "suspend", "school-9", *WHY, *SIGN), "no connector school-9"),
        (("connector", "show", "school-9"), "no connector school-9"),
        (("connector", "limits", "school-9", "--set", "colour=red", *SIGN), "no connector school-9"),
        (("proposal", "show", "none"), "there is no such proposal"),
        (("proposal", "approve", "none", *APPROVE), "there is no such proposal"),
        (("proposal", "reject", "none", *WHY, *APPROVE), "there is no such proposal"),
        (("agreement", "history", "none"), "there is no agreement none"),
        (("dead-letter", "show", "7"), "no dead letter 7"),
        (("dead-letter", "replay", "7", *SIGN), "no dead letter 7"),
        (("operator", "key", "-o", "anna.key", "--passphrase-file", "passphrase"), "exists already"),
        (("init", "gw"), "exists already"),
        (("init", "live", "--mode", "live"), "give --partnership and --gateway-id"),
    ],
)
def test_what_is_refused_is_one_sentence_on_standard_error_and_status_1(
    ready: Patchwork, command: tuple[object, ...], says: str
) -> None:
    answer = ready(*command)
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err
    assert len(answer.err.splitlines()) == 1
    told = ready(*command, "--json")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith('{"error": ')


@pytest.mark.parametrize("command", [("agency", "ad"), ("nonsense",), ("agency", "add"), ("dead-letter", "show", "x")])
def test_wrong_usage_is_status_2(patchwork: Patchwork, command: tuple[str, ...]) -> None:
    assert patchwork(*command).status == 2


def test_a_mistake_of_ours_is_told_without_its_text(ready: Patchwork, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Okafor")

    monkeypatch.setattr("gateway.trust.onboarding.list_agencies", broken)
    answer = ready("agency", "list")
    assert answer.status == 1
    assert "KeyError at test_commands.py" in answer.err
    assert "Okafor" not in answer.err


def test_a_wrong_fingerprint_adds_nothing(ready: Patchwork, tmp_path: Path) -> None:
    add_agencies(ready)
    save_public(tmp_path / "school.json", generate().public("school-1"))
    other = fingerprint(generate().public("school-1"))
    refused = ready("connector", "add", "school.json", "--agency", SCHOOL, "--fingerprint", other, *SIGN)
    assert refused.status == 1
    assert "fingerprint does not belong to these keys" in refused.err
    unasked = ready("connector", "add", "school.json", "--agency", SCHOOL, *SIGN)
    assert "no terminal to compare fingerprints" in unasked.err
    assert ready("connector", "list", "--json").json == {"connectors": []}


def test_an_operator_key_opens_with_its_passphrase_alone(ready: Patchwork, tmp_path: Path) -> None:
    key = tmp_path / "anna.key"
    assert load_operator_key(key, PASSPHRASE).public.id.value in (tmp_path / "anna.key.pub").read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in key.read_bytes()
    with pytest.raises(Refused, match="passphrase is wrong"):
        load_operator_key(key, PASSPHRASE + "!")
    (tmp_path / "passphrase").chmod(0o644)
    assert "can be read by other users" in ready("connector", "suspend", "school-9", *WHY, *SIGN).err
    (tmp_path / "short").write_text("short")
    (tmp_path / "short").chmod(0o600)
    assert "at least 12 characters" in ready("operator", "key", "-o", "b.key", "--passphrase-file", "short").err
    assert not (tmp_path / "b.key").exists()


def test_the_settings_can_name_the_operator_key(ready: Patchwork, tmp_path: Path) -> None:
    with (tmp_path / "gw" / "patchwork.toml").open("a") as settings:
        settings.write('operator_key_file = "../anna.key"\n')
    refused = ready("connector", "suspend", "school-9", *WHY, "--passphrase-file", "passphrase")
    assert "no connector school-9" in refused.err


def test_version(patchwork: Patchwork) -> None:
    assert patchwork("version").out.startswith("patchwork ")
    assert set(patchwork("version", "--json").json) == {"version"}
