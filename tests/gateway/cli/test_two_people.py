"""Four eyes at the command line: what one person leaves, the other finds, reads, and approves or rejects."""

from pathlib import Path

import pytest

from identity.agency.fingerprint import fingerprint
from identity.agency.keys import generate, save_public
from tests.builders import SCHOOL
from tests.gateway.cli.conftest import APPROVE, SECOND, SIGN, Patchwork
from tests.gateway.cli.test_commands import WHY, add_agencies
from tests.gateway.trust.test_onboarding import FILE


@pytest.fixture
def waiting(ready: Patchwork, tmp_path: Path) -> str:
    """The id of an agreement that anna has signed and nobody has approved."""
    add_agencies(ready)
    (tmp_path / "agreement.toml").write_text(FILE)
    answer = ready("agreement", "add", "agreement.toml", "--json", *SIGN)
    assert answer.status == 0
    assert ready("agreement", "list", "--json").json == {"agreements": []}
    return str(answer.json["proposal"]["id"])


@pytest.fixture
def school(ready: Patchwork, tmp_path: Path) -> str:
    """A connector in its trial."""
    add_agencies(ready)
    keys = generate().public("school-1")
    save_public(tmp_path / "school.json", keys)
    compared = ("--agency", SCHOOL, "--fingerprint", fingerprint(keys))
    assert ready("connector", "add", "school.json", *compared, *SIGN, *SECOND).status == 0
    return "school-1"


def test_the_first_person_is_told_what_the_second_types(ready: Patchwork, tmp_path: Path) -> None:
    add_agencies(ready)
    (tmp_path / "agreement.toml").write_text(FILE)
    said = ready("agreement", "add", "agreement.toml", *SIGN).out
    assert "waiting for a second person until" in said
    (row,) = ready("proposal", "list", "--json").json["proposals"]
    assert f"patchwork proposal approve {row['id']} --key" in said


def test_the_second_person_reads_what_is_signed_and_approves_it(ready: Patchwork, waiting: str) -> None:
    shown = ready("proposal", "show", waiting)
    assert '"level": "full"' in shown.out
    assert "proposer: anna" in shown.out
    approved = ready("proposal", "approve", waiting, *APPROVE)
    assert approved.out == f"Approved proposal {waiting}: agreement.add is carried out.\n"
    assert '"level": "full"' in approved.err
    assert [row["version"] for row in ready("agreement", "list", "--json").json["agreements"]] == [1]
    assert [row["state"] for row in ready("proposal", "list", "--json").json["proposals"]] == ["executed"]


def test_the_first_person_cannot_approve(ready: Patchwork, waiting: str) -> None:
    refused = ready("proposal", "approve", waiting, "--json", *SIGN)
    assert refused.status == 1
    assert "operator anna made this proposal; another enrolled person must approve it" in refused.err
    assert ready("agreement", "list", "--json").json == {"agreements": []}


def test_the_same_key_given_twice_is_one_person(ready: Patchwork, tmp_path: Path) -> None:
    add_agencies(ready)
    (tmp_path / "agreement.toml").write_text(FILE)
    twice = ("--second-key", "anna.key", "--second-passphrase-file", "passphrase")
    refused = ready("agreement", "add", "agreement.toml", *SIGN, *twice)
    assert (refused.status, "another enrolled person must approve it" in refused.err) == (1, True)
    assert ready("agreement", "list", "--json").json == {"agreements": []}


def test_a_proposal_is_rejected(ready: Patchwork, waiting: str) -> None:
    rejected = ready("proposal", "reject", waiting, "--reason", "the board has not met", *APPROVE)
    assert rejected.out == f"Rejected proposal {waiting}; nothing was changed by it.\n"
    assert "was rejected by omar already" in ready("proposal", "approve", waiting, *APPROVE).err


@pytest.mark.parametrize("option", ["--as", "--actor", "--operator", "--approver", "--user"])
def test_a_name_given_as_an_option_is_nothing(ready: Patchwork, waiting: str, option: str) -> None:
    assert ready("proposal", "approve", waiting, option, "omar", *SIGN).status == 2


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "SUDO_USER", "PATCHWORK_OPERATOR", "PATCHWORK_KEY"])
def test_a_name_in_the_environment_is_nothing(
    ready: Patchwork, waiting: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "omar")
    assert ready("proposal", "approve", waiting, *SIGN).status == 1
    assert ready("proposal", "approve", waiting).status == 1
    monkeypatch.delenv(name)
    assert [row["state"] for row in ready("proposal", "list", "--json").json["proposals"]] == ["open"]


def test_limits_are_shown_narrowed_by_one_and_widened_by_two(ready: Patchwork, school: str) -> None:
    assert "  services = school\n" in ready("connector", "limits", school).out
    narrowed = ready("connector", "limits", school, "--set", "level=id-only", "--json", *SIGN).json
    assert narrowed["limits"]["level"] == "id-only"
    waits = ready("connector", "limits", school, "--set", "level=full", *SIGN).out
    assert "waiting for a second person" in waits
    assert ready("connector", "limits", school, "--json").json["limits"]["level"] == "id-only"
    widened = ready("connector", "limits", school, "--set", "level=full", "--json", *SIGN, *SECOND).json
    assert widened["limits"]["level"] == "full"
    relay = ready("connector", "limits", school, "--set", "relay=true", *SIGN, *SECOND)
    assert (relay.status, "peer gateways are not built" in relay.err) == (1, True)


def test_a_connectors_life_is_shown_from_the_first_step_to_the_last(ready: Patchwork, school: str) -> None:
    for words in (
        ("go-live", *WHY, *SIGN, *SECOND),
        ("suspend", *WHY, *SIGN),
        ("resume", *WHY, *SIGN, *SECOND),
        ("revoke", *WHY, *SIGN),
        ("off-board", *WHY, *SIGN),
    ):
        assert ready("connector", words[0], school, *words[1:]).status == 0
    shown = ready("connector", "show", school, "--json").json
    assert [(step["after"], step["approver"]) for step in shown["history"]] == [
        ("approved", "omar"),
        ("live", "omar"),
        ("suspended", ""),
        ("live", "omar"),
        ("revoked", ""),
        ("off-boarded", ""),
    ]
    assert "as the test wants it" in ready("connector", "show", school).out
    assert ready("audit", "verify").status == 0


def test_stopping_needs_a_reason(ready: Patchwork, school: str) -> None:
    assert ready("connector", "revoke", school, *SIGN).status == 2
