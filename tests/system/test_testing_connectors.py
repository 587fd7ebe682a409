"""`patchwork connector test` as an operator types it, with the real programs: one connector over HTTPS, one over a real RabbitMQ."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.servers.rabbitmq import RabbitMQ
from gateway.app import opened_office
from gateway.trust.operator_key import make_operator_key
from gateway.trust.operators import ENROL, enrolment_content
from tests.gateway.staff import Staff
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.typed import typed
from tests.system.until import until

PASSPHRASE = "four herring gulls over seaton"
CHILDREN = 3


@dataclass
class Operator:
    """Otto, who may test connectors but let none in."""

    seaton: Partnership

    def __post_init__(self) -> None:
        self.folder = self.seaton.folder
        public = make_operator_key(self.folder / "otto.key", PASSPHRASE)
        (self.folder / "passphrase").touch(0o600)
        (self.folder / "passphrase").write_text(PASSPHRASE)
        with opened_office(self.seaton.settings_file) as (_, office):
            anna = Staff(office, self.seaton.signer, second=Staff(office, self.seaton.second))
            anna.carry_out(ENROL, enrolment_content("otto", ["operator"], public))

    def test(self, connector: str, *more: object) -> subprocess.CompletedProcess[str]:
        """Type the command."""
        signing = ("--key", "otto.key", "--passphrase-file", "passphrase")
        words = ("connector", "test", connector, *more, *signing, "--settings", self.seaton.settings_file)
        return typed("patchwork", words, self.folder)


def everything(seaton: Partnership) -> tuple[object, ...]:
    """What the register counts, and what every practitioner was shown."""
    return seaton.register.counts(), [site.told() for site in seaton.sites.values()]


def accepted(operator: Operator, name: str) -> None:
    ran = operator.test(name, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    test = json.loads(ran.stdout)["test"]
    assert (test["connector"], test["outcome"], test["reasons"]) == (name, "accepted", [])
    assert [leg["leg"] for leg in test["legs"]] == ["asked", "sent", "answered", "accepted", "receipted"]
    assert test["total_seconds"] > 0
    assert test["sentence"] == f"accepted: a notice from {name} is taken in"


def test_connectors_are_tested_over_https_and_over_rabbitmq(tmp_path: Path, rabbitmq: RabbitMQ) -> None:
    users = BrokerUsers(rabbitmq, tmp_path)
    with Partnership(tmp_path, https=("school",), amqp=("health",), broker=users) as seaton:
        operator = Operator(seaton)
        for site in seaton.sites.values():
            site.state(rows(*range(CHILDREN)))
        seaton.start()
        for site in seaton.sites.values():
            site.wait_until_settled(settled=CHILDREN)
            until(lambda site=site: site.told() == {"made": CHILDREN}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)

        before = everything(seaton)
        for name in seaton.sites:
            accepted(operator, name)
        for site in seaton.sites.values():
            until(site.is_quiet, f"{site.name} to have its receipts", site.describe)
            answers = site.rows("SELECT status, body FROM outbox WHERE kind = 'test-notice'")
            assert answers == [("settled", None)]
        assert everything(seaton) == before
        assert seaton.register.audit("connector-tested") == 2
        where_no_answer_comes(seaton, operator)


def where_no_answer_comes(seaton: Partnership, operator: Operator) -> None:
    """A connector that does not run; a gateway that does not run."""
    seaton.sites["health"].program.kill()
    ran = operator.test("health", "--wait", 1)
    assert ran.returncode == 1
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["asked", "sent", "total", "health:"]
    assert "no answer within 1 s: the connector is not running" in ran.stdout
    assert "it was last seen less than a minute ago" in ran.stdout
    seaton.gateway.stop()
    ran = operator.test("health")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "no gateway runs here: nothing answers at 127.0.0.1" in ran.stderr
