"""kill -9 of a connector at every step of one journey, one after the other, on the same ledger: the notice arrives once and the alert is shown once.

After each death the next connector begins where the dead one left off, gets one step further, and dies there. It can only reach the next step
if nothing was lost at the last; that nothing was doubled is seen at the end.
"""

from pathlib import Path

from deploy.servers.rabbitmq import RabbitMQ
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.launchers.dying_connector import POINTS
from tests.system.partnership import Partnership
from tests.system.site import Site
from tests.system.until import until

BEFORE_QUEUEING = (
    "read, not compared",
    "compared, nothing made",
    "evidence made, nothing queued",
    "queued, not committed",
)


def dies_at_every_step(seaton: Partnership, gateway: list[str]) -> None:
    school, health = seaton.sites["school"], seaton.sites["health"]
    seaton.start_gateway(gateway)
    health.state(rows(1))
    health.program.start()
    health.wait_until_settled(settled=1)
    school.state(rows(1))
    for point in POINTS:
        school.program.start(school.dying(point))
        school.program.wait_until_killed()
        check_after(school, point)
    school.program.start()
    for site in (school, health):
        site.wait_until_settled(settled=1)
        until(lambda site=site: site.told() == {"made": 1}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        assert site.current() == 1
    until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
    assert seaton.register.notices() == 2
    assert seaton.register.alerts() == {"settled": 2}
    assert seaton.register.numbers() == (2, 1, 1, 1)
    until(lambda: not list(school.shown.glob(".*")), "what is being written to be whole")


def check_after(school: Site, point: str) -> None:
    """What the ledger says at the moment of death."""
    queued = sum(school.outbox().values())
    assert queued == (0 if point in BEFORE_QUEUEING else 1), point
    if point == "alert taken, not in the ledger":
        assert school.rows("SELECT count(*) FROM connection") == [(0,)]
    if point == "alert in the ledger, not handed over":
        assert school.rows("SELECT status, attempts FROM delivery") == [("pending", 0)]
        assert not list(school.shown.glob("*-*"))
    if point == "handed over, half written":
        assert [path.suffix for path in school.shown.glob("*-*")] == [".txt"]
    if point == "handed over, not marked":
        assert school.told() == {"made": 1}
        assert school.rows("SELECT status FROM delivery") == [("pending",)]


def test_over_https(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        dies_at_every_step(seaton, seaton.launcher("-"))


def test_over_amqp(tmp_path: Path, rabbitmq: RabbitMQ) -> None:
    with Partnership(tmp_path, amqp=("school", "health"), broker=BrokerUsers(rabbitmq, tmp_path)) as seaton:
        dies_at_every_step(seaton, [])
