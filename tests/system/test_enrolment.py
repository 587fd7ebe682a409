"""The whole way of a new connector, with the programs that people run: invited, enrolled, approved by two, certified, given the linkage key,
checked. Over real HTTP; every party in its own folder."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.staffed import SCHOOL, Staffed

HOUSING = "urn:patchwork:seaton:housing"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Staffed]:
    with Staffed(tmp_path) as town:
        yield town


@pytest.fixture
def live_town(tmp_path: Path) -> Iterator[Staffed]:
    """The same with a gateway that is live and has a trial side."""
    with Staffed(tmp_path, init=("--mode", "live")) as town:
        yield town


def test_a_connector_is_invited_and_ends_up_with_all_it_needs(town: Staffed) -> None:
    invitation, secret = town.invite("school-1")
    assert stat.S_IMODE(invitation.stat().st_mode) == 0o600
    about = ("--agency-name", "Seaton School", "--service", "school", "--folder", "school")
    enrolled = town.do("patchwork-connector", "enrol", invitation, *about)
    waiting = town.run("patchwork-connector", "enrol", "--resume", "--folder", "school", "--json")
    assert (waiting.returncode, json.loads(waiting.stdout)["status"]) == (1, "requested")

    wrong = town.run(
        "patchwork", "connector", "approve", "school-1", "--fingerprint", "0" * 32, "--settings", "gw/patchwork.toml",
        *("--key", "anna.key", "--passphrase-file", "passphrase"),
    )  # fmt: skip
    assert (wrong.returncode, "not the fingerprint" in wrong.stderr) == (1, True)
    fingerprint = enrolled["fingerprint"]
    approved = town.both("connector", "approve", "school-1", "--fingerprint", fingerprint)
    assert approved["status"] == "approved"

    complete(town, "school-1", "school", fingerprint)
    assert nothing_secret_was_said(town, secret)
    rotate(town)


def complete(town: Staffed, connector: str, folder: str, fingerprint: str) -> dict[str, Any]:
    """The keyholder seals an epoch to an approved connector, which fetches all it needs; answers what its check found."""
    keyholder = ("--dir", "keyholder")
    epoch = town.do("patchwork-keyholder", "epoch", "new", "--partnership", "seaton", "--mode", "trial", *keyholder)
    to = ("--to", f"{folder}/keys/enrolment.public.json", "--fingerprint", fingerprint)
    sealing = ("epoch", "seal", epoch["epoch"], *to, "--relay", "-o", "epoch.relay", *keyholder)
    town.do("patchwork-keyholder", *sealing)
    assert town.signed("epoch", "relay", "epoch.relay", "--connector", connector)["epoch"] == epoch["epoch"]

    read_out = town.do("patchwork-keyholder", "public", *keyholder)["fingerprint"]
    resume = ("enrol", "--resume", "--folder", folder, "--keyholder-fingerprint", read_out)
    done = town.do("patchwork-connector", *resume)
    assert (done["status"], done["certificate"], done["epochs"], done["missing"]) == (
        "approved",
        True,
        [epoch["epoch"]],
        [],
    )
    checked: dict[str, Any] = town.do("patchwork-connector", "check", "--settings", f"{folder}/connector.toml")
    assert all(one["ok"] for one in checked["checks"]), checked
    return checked


def test_one_connector_is_enrolled_for_two_agencies_and_serves_both(town: Staffed) -> None:
    """One invitation, one fingerprint, one approval, one certificate; a signing key and a ledger for each."""
    about = ("--type", "housing", "--organisation", "Council")
    town.signed("agency", "add", HOUSING, "--name", "Seaton Housing", *about)
    path = town.folder / "council.invitation"
    town.signed("connector", "invite", SCHOOL, "--agency", HOUSING, "--connector", "council", "--out", path)
    names = ("--agency-name", "Seaton School", "--agency-name", "Seaton Housing")
    services = ("--service", "school", "--service", "housing")
    enrolled = town.do("patchwork-connector", "enrol", path, *names, *services, "--folder", "council")
    assert enrolled["agencies"] == [SCHOOL, HOUSING]
    town.both("connector", "approve", "council", "--fingerprint", enrolled["fingerprint"])
    checked = complete(town, "council", "council", enrolled["fingerprint"])
    ledgers = [one["agency"] for one in checked["checks"] if one["part"] == "ledger"]
    assert ledgers == [SCHOOL, HOUSING]


def test_a_connector_goes_from_its_trial_to_live(live_town: Staffed) -> None:
    town, keyholder = live_town, ("--dir", "keyholder")
    invitation, _ = town.invite("school-1")
    about = ("--agency-name", "Seaton School", "--service", "school", "--folder", "school")
    enrolled = town.do("patchwork-connector", "enrol", invitation, *about)
    assert enrolled["mode"] == "trial"
    town.both("connector", "approve", "school-1", "--fingerprint", enrolled["fingerprint"])

    def relay(mode: str) -> tuple[int, str, str]:
        made = town.do("patchwork-keyholder", "epoch", "new", "--partnership", "seaton", "--mode", mode, *keyholder)
        to = ("--to", "school/keys/enrolment.public.json", "--fingerprint", enrolled["fingerprint"])
        sealing = ("epoch", "seal", made["epoch"], *to, "--relay", "-o", f"{made['epoch']}.relay", *keyholder)
        town.do("patchwork-keyholder", *sealing)
        passing = ("epoch", "relay", f"{made['epoch']}.relay", "--connector", "school-1")
        signing = ("--key", "anna.key", "--passphrase-file", "passphrase", "--settings", "gw/patchwork.toml")
        ran = town.run("patchwork", *passing, *signing)
        return ran.returncode, made["epoch"], ran.stderr

    assert relay("trial")[0] == 0
    status, _, said = relay("live")
    assert (status, "live epoch, and connector school-1 works in trial mode" in said) == (1, True)
    read_out = town.do("patchwork-keyholder", "public", *keyholder)["fingerprint"]
    town.do("patchwork-connector", "enrol", "--resume", "--folder", "school", "--keyholder-fingerprint", read_out)

    town.both("connector", "go-live", "school-1", "--reason", "the trial went well")
    waiting = town.run("patchwork-connector", "enrol", "--resume", "--folder", "school", "--json")
    assert waiting.returncode == 1
    assert "patchwork-connector go-live" in json.loads(waiting.stdout)["missing"][0]
    early = town.run("patchwork-connector", "go-live", "--settings", "school/connector.toml")
    assert (early.returncode, "no live linkage epoch is here yet" in early.stderr) == (2, True)
    status, epoch, said = relay("live")
    assert status == 0, said
    done = town.do("patchwork-connector", "go-live", "--settings", "school/connector.toml")
    assert done["epochs"] == [epoch]
    checked = town.do("patchwork-connector", "check", "--settings", "school/connector.toml")
    assert all(one["ok"] for one in checked["checks"]), checked
    after = town.do("patchwork-connector", "enrol", "--resume", "--folder", "school")
    assert (after["status"], after["epochs"], after["missing"]) == ("live", [epoch], [])
    (row,) = town.patchwork("connector", "list")["connectors"]
    assert (row["id"], row["status"], row["side"]) == ("school-1", "live", "live")
    assert row["last_seen"] is not None


def rotate(town: Staffed) -> None:
    """New keys, handed over while the old are still believed; the epoch sealed to the old ones still opens, and the certificate follows."""
    keys = town.folder / "school" / "keys"
    before = {name: (keys / name).read_bytes() for name in ("signing.jwk", "decryption.jwk", "tls.key")}
    made = town.do("patchwork-connector", "keys", "rotate", "--folder", "school")
    assert {name: (keys / name).read_bytes() for name in before} == before
    handed = town.do("patchwork-connector", "keys", "rotate", "--hand-over", "--folder", "school")
    assert (made["fingerprint"], handed["handed_over"]) == (handed["fingerprint"], True)
    assert all((keys / name).read_bytes() != before[name] for name in ("signing.jwk", "decryption.jwk"))
    fetched = town.do("patchwork-connector", "enrol", "--resume", "--folder", "school")
    assert (fetched["missing"], len(fetched["epochs"])) == ([], 1), "the epoch that is here is still good"
    assert (keys / "tls.key").read_bytes() != before["tls.key"]
    checked = town.do("patchwork-connector", "check", "--settings", "school/connector.toml")
    assert all(one["ok"] for one in checked["checks"]), checked


def nothing_secret_was_said(town: Staffed, secret: str) -> bool:
    """Neither the log nor the database of the gateway holds the invitation's secret."""
    held = [town.gateway.log, *(town.folder / "gw").glob("patchwork.db*")]
    return all(secret.encode() not in path.read_bytes() for path in held)


def test_whoever_steals_a_used_invitation_is_told_so_and_gets_nothing(town: Staffed) -> None:
    invitation, _ = town.invite("school-1")
    about = ("--agency-name", "Seaton School", "--service", "school")
    town.do("patchwork-connector", "enrol", invitation, *about, "--folder", "school")
    thief = town.run("patchwork-connector", "enrol", invitation, *about, "--folder", "thief")
    assert (thief.returncode, "used already" in thief.stderr) == (2, True)
    assert not (town.folder / "thief" / "gateway.public.json").exists()
    again = town.run("patchwork-connector", "enrol", invitation, *about, "--folder", "school")
    assert again.returncode == 0, "the same folder may ask again"
