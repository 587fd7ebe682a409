"""Trial and live at one gateway at once, with the real programs, over RabbitMQ and HTTPS: three agencies try it out with invented children
while two are told of "real" ones, all with the same details; then one of the three goes live."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from connectors.settings import load
from deploy.servers.rabbitmq import RabbitMQ
from gateway.store.posting_page import read
from mappings.canonical.codes import Mode
from tests.system.broker_users import BrokerUsers
from tests.system.children import Row
from tests.system.internal_port import shown
from tests.system.partnership import Partnership
from tests.system.register import Register
from tests.system.site import BIN, Site
from tests.system.until import until

# An invented number is refused in live mode, so the child has none on either side: its details are the same everywhere.
CHILD, ANOTHER = Row(1, numbered=False), Row(2, numbered=False)
WITH_INVENTED_NUMBER = Row(3)


def test_the_two_sides_never_meet_and_an_agency_goes_from_one_to_the_other(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    trying, trusted = ("school", "housing", "youth"), ("gp", "nursing")
    channels = {"https": ("school", "housing", "gp"), "amqp": ("youth", "nursing")}
    with Partnership(tmp_path, live=trusted, broker=BrokerUsers(rabbitmq, tmp_path), **channels) as seaton:
        sites, (live, trial) = seaton.sites, seaton.registers
        for site in sites.values():
            site.state([CHILD])
        sites["gp"].state([CHILD, WITH_INVENTED_NUMBER])
        seaton.start()

        # Each side's agencies learn of each other, and of nobody else.
        for name, others in [*((name, 2) for name in trying), *((name, 1) for name in trusted)]:
            wait_until_told(sites[name], made=others)
        assert trial.numbers() == (3, 1, 3, 3)
        assert live.numbers() == (2, 1, 1, 1)
        assert {
            "receive-queue",
            "trial-receive-queue",
            "trial-receive-broker",
            "trial-relay",
            "trial-leave",
        } <= workers(seaton)
        for name in trusted:
            assert named(sites[name]) == {site.title() for site in trusted}
        assert sites["gp"].outbox() == Counter(settled=1)

        # The audit of each leaves its database, signed.
        until(lambda: checkpointed(seaton) == {"live", "trial"}, "checkpoints of both sides", seaton.gateway.last_words)

        # Two people send the school live: its trial partners are told to disregard what they were told of it.
        seaton.go_live("school")
        for name in ("housing", "youth"):
            wait_until_told(sites[name], made=2, retracted=1)
        until(lambda: trial.numbers()[0] == 2, "the end of its trial", seaton.gateway.last_words)
        assert live.numbers() == (2, 1, 1, 1)

        # Its program still runs in trial mode. What it sends now is sealed for the trial and comes to the live side, which refuses it.
        school = sites["school"]
        school.state([CHILD, ANOTHER])
        until(lambda: live.audit("message-refused") > 0, "the refusal", school.describe)
        reasons = {tuple(json.loads(issues)[0][:2]) for (issues,) in live.rows("SELECT issues FROM dead_letter")}
        assert reasons == {("security", "misdirected")}
        assert live.numbers() == (2, 1, 1, 1)
        assert trial.numbers()[0] == 2

        # The agency changes over and is told of its live connections, which the others are told of too.
        school.program.stop()
        said = change_over(school)
        assert said["ledgers_before"] == [str(school.ledger)]
        school.ledger = Path(said["ledgers"][0])
        assert load(school.settings_file).mode is Mode.LIVE
        before = school.told()
        school.program.start()
        school.wait_until_settled(settled=2)
        for name in trusted:
            wait_until_told(sites[name], made=2)
        until(lambda: school.told() - before == Counter(made=2), "the school's alerts", school.describe)
        assert live.numbers() == (4, 2, 3, 3)
        assert school.current() == 2

        # And those who are still trying it out have heard nothing of it.
        for name in ("housing", "youth"):
            assert sites[name].told() == Counter(made=2, retracted=1)
        assert trial.numbers()[0] == 2
        assert index_keys(trial)
        assert index_keys(trial).isdisjoint(index_keys(live))


def checkpointed(seaton: Partnership) -> set[str]:
    """The sides whose audit has a checkpoint."""
    return {file.name.split("-")[0] for file in seaton.settings.checkpoints_dir.glob("*.jws")}


def workers(seaton: Partnership) -> set[str]:
    """What the gateway's threads are called, and that all of them are well."""

    text = shown(seaton.internal_port, "/metrics") or ""
    return set(re.findall(r'patchwork_worker_up\{worker="([a-z-]+)"\} 1\.0', text))


def change_over(site: Site) -> dict[str, Any]:
    """What somebody at the agency types."""
    command = [BIN / "patchwork-connector", "go-live", "--settings", site.settings_file, "--json"]
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=site.folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def wait_until_told(site: Site, **events: int) -> None:
    until(lambda: site.told() == Counter(events) and site.is_quiet(), f"{site.name} to be told", site.describe)


def named(site: Site) -> set[str]:
    """The agencies that its alerts name: the other side of each, and those that take part."""
    texts = [path.read_text("utf-8") for path in site.shown.glob("*-*.json")]
    return {name for name in ("School", "Housing", "Youth", "Gp", "Nursing") if any(name in text for text in texts)}


def index_keys(register: Register) -> set[int]:
    """Under which a side's records are found."""
    pages = register.rows("SELECT key, record_id, entries FROM posting_page")
    return {found for key, record, entries in pages for found, _ in read((key, record), bytes(entries)).postings()}
