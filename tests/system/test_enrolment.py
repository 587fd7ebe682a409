"""The whole way of a new connector, with the programs that people run: invited, enrolled, approved by two, certified, given the linkage key,
checked. Over real HTTP; every party in its own folder."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.ports import free_ports
from identity.agency.invitation_token import read
from tests.system.program import ROOT, Program
from tests.system.site import BIN
from tests.system.until import until

SCHOOL = "urn:patchwork:seaton:school"
PASSPHRASE = "four herring gulls over seaton"


@dataclass
class Town:
    """A gateway that runs, its two people, and the keyholder."""

    folder: Path
    gateway: Program
    port: int

    def run(self, program: str, *arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}
        return subprocess.run(
            [str(BIN / program), *map(str, arguments)],
            cwd=self.folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def do(self, program: str, *arguments: object, given: str = "") -> Any:
        ran = self.run(program, *arguments, "--json", given=given)
        assert ran.returncode == 0, f"{program} {arguments[:3]}: {ran.stdout}{ran.stderr}"
        return json.loads(ran.stdout)

    def patchwork(self, *arguments: object) -> Any:
        return self.do("patchwork", *arguments, "--settings", "gw/patchwork.toml")

    def signed(self, *arguments: object) -> Any:
        return self.patchwork(*arguments, "--key", "anna.key", "--passphrase-file", "passphrase")

    def both(self, *arguments: object) -> Any:
        return self.signed(*arguments, "--second-key", "boris.key", "--second-passphrase-file", "passphrase")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with opened(tmp_path) as town:
        yield town


@pytest.fixture
def live_town(tmp_path: Path) -> Iterator[Town]:
    """The same with a gateway that is live and has a trial side."""
    with opened(tmp_path, "--mode", "live") as town:
        yield town


@contextmanager
def opened(tmp_path: Path, *init: str) -> Iterator[Town]:
    port, internal = free_ports(2)
    command = [BIN / "patchwork", "gateway", "run", "--settings", tmp_path / "gw" / "patchwork.toml"]
    town = Town(tmp_path, Program("gateway", [str(word) for word in command], tmp_path), port)
    (tmp_path / "passphrase").touch(0o600)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    ports = ("--port", port, "--internal-port", internal, *init)
    town.do("patchwork", "init", "gw", "--partnership", "seaton", "--gateway-id", "urn:patchwork:seaton:gw", *ports)
    for name, role in (("anna", "registrar"), ("boris", "security-officer")):
        town.do("patchwork", "operator", "key", "-o", f"{name}.key", "--passphrase-file", "passphrase")
        town.signed("operator", "enrol", name, "--public", f"{name}.key.pub", "--role", role)
    town.do("patchwork-keyholder", "init", "--dir", "keyholder")
    town.do("patchwork-keyholder", "public", "--dir", "keyholder", "-o", "keyholder.public.json")
    with (tmp_path / "gw" / "patchwork.toml").open("a") as settings:
        settings.write(f'public_url = "http://127.0.0.1:{port}"\nkeyholder_public_file = "../keyholder.public.json"\n')
    town.patchwork("authority", "init")
    town.signed("agency", "add", SCHOOL, "--name", "Seaton School", "--type", "school", "--organisation", "Council")
    town.gateway.start()
    until(lambda: listening(town), "the gateway to listen", town.gateway.last_words)
    try:
        yield town
    finally:
        town.gateway.kill()


def listening(town: Town) -> bool:
    return '"listening"' in town.gateway.log.read_text()


def invite(town: Town, connector: str) -> tuple[Path, str]:
    """The file that holds the invitation, and its secret."""
    path = town.folder / f"{connector}.invitation"
    town.signed("connector", "invite", SCHOOL, "--connector", connector, "--out", path)
    return path, read(path.read_text()).secret


def test_a_connector_is_invited_and_ends_up_with_all_it_needs(town: Town) -> None:
    invitation, secret = invite(town, "school-1")
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

    keyholder = ("--dir", "keyholder")
    epoch = town.do("patchwork-keyholder", "epoch", "new", "--partnership", "seaton", "--mode", "trial", *keyholder)
    to = ("--to", "school/keys/enrolment.public.json", "--fingerprint", fingerprint)
    sealing = ("epoch", "seal", epoch["epoch"], *to, "--relay", "-o", "epoch.relay", *keyholder)
    town.do("patchwork-keyholder", *sealing)
    assert town.signed("epoch", "relay", "epoch.relay", "--connector", "school-1")["epoch"] == epoch["epoch"]

    read_out = town.do("patchwork-keyholder", "public", *keyholder)["fingerprint"]
    resume = ("enrol", "--resume", "--folder", "school", "--keyholder-fingerprint", read_out)
    done = town.do("patchwork-connector", *resume)
    assert (done["status"], done["certificate"], done["epochs"], done["missing"]) == (
        "approved",
        True,
        [epoch["epoch"]],
        [],
    )
    checked = town.do("patchwork-connector", "check", "--settings", "school/connector.toml")
    assert all(one["ok"] for one in checked["checks"]), checked
    assert nothing_secret_was_said(town, secret)
    rotate(town)


def test_a_connector_goes_from_its_trial_to_live(live_town: Town) -> None:
    town, keyholder = live_town, ("--dir", "keyholder")
    invitation, _ = invite(town, "school-1")
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


def rotate(town: Town) -> None:
    """New keys, handed over while the old are still believed; the epoch sealed to the old ones still opens, and the certificate follows."""
    keys = town.folder / "school" / "keys"
    before = {name: (keys / name).read_bytes() for name in ("signing.jwk", "decryption.jwk", "tls.key")}
    made = town.do("patchwork-connector", "keys", "rotate", "--folder", "school")
    assert {name: (keys / name).read_bytes() for name in before} == before
    handed = town.do("patchwork-connector", "keys", "rotate", "--hand-over", "--folder", "school")
    assert (made["fingerprint"], handed["handed_over"]) == (handed["fingerprint"], True)
    assert all((keys / name).read_bytes() != before[name] for name in ("signing.jwk", "decryption.jwk"))
    town.run("patchwork-connector", "enrol", "--resume", "--folder", "school")
    assert (keys / "tls.key").read_bytes() != before["tls.key"]
    checked = town.do("patchwork-connector", "check", "--settings", "school/connector.toml")
    assert all(one["ok"] for one in checked["checks"]), checked


def nothing_secret_was_said(town: Town, secret: str) -> bool:
    """Neither the log nor the database of the gateway holds the invitation's secret."""
    held = [town.gateway.log, *(town.folder / "gw").glob("patchwork.db*")]
    return all(secret.encode() not in path.read_bytes() for path in held)


def test_whoever_steals_a_used_invitation_is_told_so_and_gets_nothing(town: Town) -> None:
    invitation, _ = invite(town, "school-1")
    about = ("--agency-name", "Seaton School", "--service", "school")
    town.do("patchwork-connector", "enrol", invitation, *about, "--folder", "school")
    thief = town.run("patchwork-connector", "enrol", invitation, *about, "--folder", "thief")
    assert (thief.returncode, "used already" in thief.stderr) == (2, True)
    assert not (town.folder / "thief" / "gateway.public.json").exists()
    again = town.run("patchwork-connector", "enrol", invitation, *about, "--folder", "school")
    assert again.returncode == 0, "the same folder may ask again"
