"""A data protection officer at two command lines: the gateway's, and that of their own machine, with files carried between them."""

import json
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from typer.testing import CliRunner, Result

from gateway.app import build_disclosure_keeping, open_register
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from gateway.subject_access.lists import AccessLists
from identity.custody.__main__ import app as keyholder
from identity.custody.epoch import read_epoch
from mappings.canonical.access import AccessVerdict
from mappings.canonical.identifiers import AgencyId
from tests.gateway.cli.conftest import APPROVE, SECOND_PASSPHRASE, Patchwork
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
DETAILS = """given = ["Maya", "Grace"]
family = "O'Neill"
birth_date = 2014-03-09
nhs_number = "999 010 0012"
addresses = [{ lines = ["4 Cliff Way"], town = "Seaton", postcode = "ZZ2 4XY" }]
"""
OPEN = ("subject-access", "open", "--on-behalf", "self", "--proof", "passport", "--proof-by", "omar")
DAYS = ("--proof-on", "2026-01-05", "--received-on", "2026-01-05")
SIGNED = ("-k", "omar.key", "--passphrase-file", "second-passphrase")


def on_own_machine(*arguments: object) -> Result:
    return CliRunner().invoke(keyholder, [*map(str, arguments), "--json"])


def done(*arguments: object) -> dict[str, object]:
    result = on_own_machine(*arguments)
    assert result.exit_code == 0, result.output
    document: dict[str, object] = json.loads(result.stdout)
    return document


@pytest.fixture
def dpo(ready: Patchwork, tmp_path: Path) -> Patchwork:
    """Omar is DPO: his key is on the keyholder's list, and the linkage epoch is sealed to him."""
    keyholders = done("init")
    (tmp_path / "keyholder.jwk").write_text(json.dumps(keyholders["public_key"]))
    epoch = done("epoch", "new", "--partnership", "seaton", "--mode", "trial")["epoch"]
    made = done("dpo", "init", "omar")
    about = ("--partnership", "seaton", "--mode", "trial", "-o", "dpos.jws")
    done("dpos", "sign", made["file"], "--fingerprint", made["fingerprint"], *about)
    done("epoch", "seal", epoch, "--to", made["file"], "--fingerprint", made["fingerprint"], "-o", "epoch.jwe")
    assert done("dpo", "take", "epoch.jwe", "--keyholder", "keyholder.jwk")["epoch"] == epoch
    settings = tmp_path / "gw" / "patchwork.toml"
    settings.write_text(
        settings.read_text()
        + f'\ndpo_file = "{tmp_path}/dpos.jws"\nkeyholder_public_file = "{tmp_path}/keyholder.jwk"\n'
    )
    return ready


def the_town(folder: Path) -> World:
    settings = load_settings(folder / "gw" / "patchwork.toml")
    store = open_register(settings)
    epoch = read_epoch(next((folder / "keyholder").glob("*.epoch.json")))
    world = World(
        store,
        clock=SystemClock(),  # type: ignore[arg-type]
        pepper_key=load_secret(settings.pepper_file),
        epoch=epoch,
        keeping=build_disclosure_keeping(settings),
    )
    joined = [world.join(SOCIAL_CARE), world.join(NURSING)]
    world.agree(SOCIAL_CARE, NURSING)
    for each in joined:
        each.say(each.notice(MAYA))
    for _ in range(2):
        world.step()
    return world


def test_from_the_request_to_the_answer(dpo: Patchwork, tmp_path: Path) -> None:
    world = the_town(tmp_path)
    today = world.clock.now().date().isoformat()
    opened = dpo(*OPEN, "--proof-on", today, "--received-on", today, *APPROVE, "--json").json
    request = opened["request"]
    (tmp_path / "details.toml").write_text(DETAILS)
    readable = on_own_machine(
        "access", "ask", request, "--mode", "trial", "--details", "details.toml", "-o", "ask.json", *SIGNED
    )
    assert readable.exit_code == 1
    assert "details.toml" in readable.output
    (tmp_path / "details.toml").chmod(0o600)
    done("access", "ask", request, "--mode", "trial", "--details", "details.toml", "-o", "ask.json", *SIGNED)
    carried = (tmp_path / "ask.json").read_text()
    assert not any(word in carried for word in ("Maya", "O'Neill", "9990100012", "ZZ2"))
    assert dpo("subject-access", "search", "ask.json", "--json").json["records"] == 2
    waiting = dpo("subject-access", "export", request, "-o", "request.json", *APPROVE)
    assert waiting.status == 1
    assert "wait for their agency's answer" in waiting.err
    AccessLists(world.store, world.clock).send_due()
    world.step()
    for each in world.counterparts.values():
        each.answer_access(each.access_lists[-1].questions[0].id, AccessVerdict.RELEASE)
    world.step()
    shown = dpo("subject-access", "show", request, "--json").json
    assert [each["verdict"] for each in shown["records"]] == ["release", "release"]
    assert dpo("subject-access", "export", request, "-o", "request.json", *APPROVE).status == 0
    made = done("access", "open", "request.json", "--reason", "the person asked", "-o", "answer", *SIGNED)
    assert (made["disclosures"], made["withheld"], made["unopened"]) == (2, 0, 0)
    bundle = json.loads((tmp_path / "answer" / "answer.fhir.json").read_text())
    assert Bundle.model_validate(bundle).type == "collection"
    assert [each["resource"]["resourceType"] for each in bundle["entry"]] == ["CareTeam"] * 2 + [
        "Communication"
    ] * 2 + ["AuditEvent"]
    assert (tmp_path / "answer" / "answer.html").stat().st_mode & 0o077 == 0
    assert dpo("subject-access", "opened", "answer/opening.json").status == 0
    wrong = dpo("subject-access", "release", "answer/opening.json")
    assert wrong.status == 1
    assert "use the command that it names" in wrong.err
    assert dpo("subject-access", "release", "answer/release.json").status == 0
    assert dpo("subject-access", "list").out == "No requests.\n"
    (row,) = dpo("subject-access", "list", "--all", "--json").json["requests"]
    assert row["state"] == "released"
    assert dpo("subject-access", "close", request, "--reason", "handed over", *APPROVE).status == 0
    world.store.close()
    (row, _) = dpo("informed", "--json").json["agencies"]
    assert (row["by_privacy_notice"], row["total"]) == (None, None), "one is too few to be shown"
    assert "*" in dpo("informed").out


def test_what_is_overdue_is_said_and_a_clock_is_put_off_by_signature(dpo: Patchwork) -> None:
    opened = dpo(*OPEN, *DAYS, *APPROVE, "--json")
    assert opened.json["due"] == "2026-02-05"
    listed = dpo("subject-access", "list", "--json")
    assert listed.status == 1
    assert [each["overdue"] for each in listed.json["requests"]] == [True]
    checked = dpo("check", "--json")
    assert "1 requests for access are OVERDUE" in checked.out
    late = dpo("subject-access", "extend", opened.json["request"], "--reason", "many records", *APPROVE)
    assert late.status == 1
    assert "has run out" in late.err


def test_details_are_asked_for_only_at_a_terminal_and_faults_name_the_member(dpo: Patchwork, tmp_path: Path) -> None:
    asked = ("access", "ask", "ABCD-EFGH", "--mode", "trial", "-o", "ask.json", *SIGNED)
    assert "no terminal" in on_own_machine(*asked).output
    for text, fault in (
        ("given = [", "not TOML"),
        ('given = ["Maya"]\nfamily = "O"\nbirth_date = "soon"', "birth_date"),
        ('given = ["Maya"]\nfamily = "O"\nnhs_number = "9990100013"', "nhs_number"),
        ('given = ["Maya"]\nfamily = "O"\nsurname = "O"', "'surname'"),
        ('family = "O"', "need given"),
    ):
        path = tmp_path / "faulty.toml"
        path.write_text(text)
        path.chmod(0o600)
        refused = on_own_machine(*asked, "--details", "faulty.toml")
        assert refused.exit_code == 1
        assert fault in refused.output
        assert SECOND_PASSPHRASE not in refused.output
