"""`make demo BROKER=... DATABASE=...`: the same story on a real RabbitMQ and PostgreSQL, and nothing of it left there."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from deploy.demo.story import tell
from deploy.servers.management import Management
from deploy.servers.rabbitmq import RabbitMQ
from tests.deploy.demo.known_truth import must_be_told, was_told
from tests.deploy.demo.one_run import Demo


@pytest.fixture
def on_servers(tmp_path: Path, rabbitmq_vhost: str, postgresql_url: str) -> Iterator[Demo]:
    """One to be started on a virtual host and a database of its own."""
    made = Demo(tmp_path, PATCHWORK_DEMO_BROKER=rabbitmq_vhost, PATCHWORK_DEMO_DATABASE=postgresql_url)
    yield made
    made.kill()


def test_the_same_story_is_told_and_nothing_of_it_stays(
    on_servers: Demo, rabbitmq: RabbitMQ, rabbitmq_vhost: str, postgresql_url: str
) -> None:
    day = date.today()
    on_servers.start().until("The gateway is up")
    assert of_the_demo(schemas(postgresql_url)), "the register is not in the database"
    on_servers.finish()
    story = tell(day)

    assert (on_servers.status, on_servers.complained) == (0, "")
    settings = [path.read_text("utf-8") for path in on_servers.root.glob("agencies/*/connector.toml")]
    assert ['kind = "amqp"' in text for text in settings] == [True] * 5
    assert on_servers.said.splitlines()[-1] == str(story.truth)
    assert was_told(on_servers.root) == must_be_told(story.rows)
    assert left_on(rabbitmq.management, rabbitmq_vhost, postgresql_url) == []
    assert on_servers.left_over() == []


def test_nothing_stays_after_ctrl_c_while_things_move(
    on_servers: Demo, rabbitmq: RabbitMQ, rabbitmq_vhost: str, postgresql_url: str
) -> None:
    on_servers.start().until("publishes notices")
    assert left_on(rabbitmq.management, rabbitmq_vhost, postgresql_url), "nothing was ever there"
    on_servers.press_ctrl_c()
    on_servers.finish()

    assert on_servers.status == 130
    assert on_servers.complained.count("\n") == 1
    assert "stopped before the end" in on_servers.complained
    assert on_servers.left_over() == []
    assert left_on(rabbitmq.management, rabbitmq_vhost, postgresql_url) == []
    assert_no_password_is_written(on_servers, [rabbitmq.password, str(urlsplit(postgresql_url).password)])


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("BROKER", "http://127.0.0.1", "BROKER must look like amqp://"),
        ("BROKER", "amqp://127.0.0.1:1/", "the broker named by BROKER cannot be used"),
        ("BROKER", "amqp://nobody:secret-word@broker.example/", "without tls only a broker on this machine"),
        ("DATABASE", "mysql://127.0.0.1/x", "DATABASE must look like postgresql://"),
        ("DATABASE", "postgresql://nobody:secret-word@127.0.0.1:1/x", "the database named by DATABASE cannot be used"),
    ],
)
def test_servers_that_cannot_be_used_are_told_in_one_sentence(
    tmp_path: Path, name: str, address: str, words: str
) -> None:
    demo = Demo(tmp_path, **{f"PATCHWORK_DEMO_{name}": address}).start().finish()

    assert demo.status == 1
    assert words in demo.complained
    assert demo.complained.count("\n") == 1
    assert "secret-word" not in demo.complained + demo.said


def assert_no_password_is_written(demo: Demo, passwords: list[str]) -> None:
    """Outside the files that are made for them alone."""
    texts = [demo.said, demo.complained]
    texts += [path.read_text("utf-8") for path in demo.root.rglob("*") if path.suffix in (".log", ".toml")]
    assert len(texts) > 12
    assert not [password for password in passwords for text in texts if password in text]


def left_on(management: Management, vhost_url: str, database_url: str) -> list[str]:
    """Names of what stands on the servers and was not there before."""
    vhost = unquote(urlsplit(vhost_url).path[1:])
    exchanges = management.call("GET", f"exchanges/{vhost}")
    names = [each["name"] for each in [*management.queues(vhost), *exchanges]]
    return [name for name in names if name.startswith(("patchwork.", "inbox."))] + of_the_demo(schemas(database_url))


def schemas(url: str) -> list[str]:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), connect_timeout=10) as connection:
        return [str(row[0]) for row in connection.execute("SELECT nspname FROM pg_namespace").fetchall()]


def of_the_demo(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("patchwork_demo_")]
