"""What an operator types around an enrolment, and what is said when something is wrong."""

import json
import stat
from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.clock import SystemClock
from gateway.enrolment.requests import apply
from gateway.settings import load_settings
from identity.agency.enrolment_keys import from_document
from identity.agency.invitation_token import read
from tests.builders import SCHOOL
from tests.gateway.cli.conftest import SIGN, Patchwork
from tests.gateway.enrolling import Newcomer

URL = "http://127.0.0.1:8440"
INVITE = ("connector", "invite", SCHOOL, "--connector", "school-1")


@pytest.fixture
def school(ready: Patchwork) -> Patchwork:
    added = ("--name", "School", "--type", "school", "--organisation", "Seaton Council", *SIGN)
    assert ready("agency", "add", SCHOOL, *added).status == 0
    return ready


def test_an_invitation_is_shown_once_and_listed_without_its_secret(school: Patchwork) -> None:
    made = school(*INVITE, "--url", URL, "--json", *SIGN)
    token = read(made.json["token"])
    assert (token.connector.value, token.agencies, token.url, token.keyholder) == ("school-1", (SCHOOL,), URL, None)
    listed = school("connector", "invitations", "--json")
    (row,) = listed.json["invitations"]
    assert row["id"] == token.id.value
    assert token.secret not in listed.out
    assert "invited already" in school(*INVITE, "--url", URL, *SIGN).err
    assert school("connector", "withdraw-invitation", row["id"], *SIGN).status == 0
    assert school("connector", "invitations").out == "No invitations.\n"
    unknown = "00000000-0000-0000-0000-000000000000"
    assert "no such invitation" in school("connector", "withdraw-invitation", unknown, *SIGN).err


def test_an_invitation_in_a_file_is_nobodys_to_read(school: Patchwork, tmp_path: Path) -> None:
    made = school(*INVITE, "--url", URL, "--out", "school.invitation", *SIGN)
    text = (tmp_path / "school.invitation").read_text()
    assert stat.S_IMODE((tmp_path / "school.invitation").stat().st_mode) == 0o600
    assert text.strip() not in made.out
    assert read(text).connector.value == "school-1"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "public_url"),
        (("--url", "http://gateway.seaton.example"), "https url"),
        (("--url", URL, "--valid-hours", "0"), "1 to 336 hours"),
        (("--url", URL, "--carrier", "pigeon"), "https, amqp"),
        (("--url", URL, "--agency", SCHOOL), "twice"),
    ],
)
def test_what_cannot_be_invited(school: Patchwork, options: tuple[str, ...], said: str) -> None:
    refused = school(*INVITE, *options, *SIGN)
    assert (refused.status, said in refused.err) == (1, True)


def test_nobody_is_approved_or_certified_who_has_not_asked(school: Patchwork) -> None:
    for command in (
        ("connector", "approve", "school-1", "--fingerprint", "0" * 32, *SIGN),
        ("connector", "public", "school-1", "-o", "keys.json"),
    ):
        assert "not handed in any keys" in school(*command).err
    assert "no connector school-1" in school("authority", "csr", "school-1", "-o", "request.pem").err
    assert school("authority", "issue").out == "No certificates.\n"


def test_the_keys_that_were_handed_in_are_written_for_the_keyholder(school: Patchwork, tmp_path: Path) -> None:
    token = read(school(*INVITE, "--url", URL, "--json", *SIGN).json["token"])
    newcomer = Newcomer(token.connector, token.agencies, token.id, token.secret)
    store = open_register(load_settings(tmp_path / "gw" / "patchwork.toml", {}))
    apply(store, SystemClock(), newcomer.application)
    store.close()
    written = school("connector", "public", "school-1", "-o", "keys.json", "--json").json
    assert written["fingerprint"] == newcomer.fingerprint
    assert from_document(json.loads((tmp_path / "keys.json").read_text())) == newcomer.keys
    waiting = school("connector", "approve", "school-1", "--fingerprint", newcomer.fingerprint, *SIGN)
    assert "waiting for a second person" in waiting.out
    assert "no terminal" in school("connector", "approve", "school-1", *SIGN).err
    assert "only an approved" in school("authority", "csr", "school-1", "-o", "request.pem").err


def test_an_authority_is_made_once(school: Patchwork, tmp_path: Path) -> None:
    made = school("authority", "init", "--json")
    assert Path(made.json["certificate"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert stat.S_IMODE((tmp_path / "gw" / "authority" / "authority.key").stat().st_mode) == 0o600
    assert "exists already" in school("authority", "init").err
    assert school("authority", "issue").out == "No certificates.\n"
