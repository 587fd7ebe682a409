"""After a whole story on RabbitMQ and PostgreSQL, nothing that names a client is found anywhere outside the agencies, nor the linkage key.

Searched: every row and every file of the gateway's database, its folder, every message that went through the broker and the broker's own
files, the logs of all programs, and the memory of the gateway. Workers' names and contacts are looked for too: they are there sealed only.
"""

import base64
import csv
import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pika
import pytest
from sqlalchemy import create_engine, text

from deploy.demo.exports.sheets import KEYWORKER_HEADINGS
from deploy.demo.seaton_family import FILES
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from gateway.app import open_register
from gateway.keys.secrets_on_disk import load_gateway_keys, load_secret, pairing_key
from identity.agency.sealed_details import InvalidDetails, open_details
from identity.custody.steward_folder import steward_key
from tests.secrets_of import (
    Needles,
    cells,
    contents_of,
    files_below,
    key_forms,
    memory_holds,
    spellings_of_date,
    spellings_of_name,
    spellings_of_number,
)
from tests.system.broker_users import TOPOLOGY, BrokerUsers
from tests.system.partnership import PARTNERSHIP, Partnership
from tests.system.until import until

SHADOW = "shadow"
WORKERS = (
    "Folake Adeyemi",
    "Adeyemi, Folake",
    "Lewis Grant",
    "Karen Priest",
    "Priest, Karen",
    "Owen Hale",
    "Brookes",
    "Nadia Brookes",
)
CONTACTS = ("owen.hale@seaton.example", "CSC Assessment West", "Long-term support", "01632 960111")
MOTHER_AT_ADULTS = [
    *("O'Neill", "Siobhan", "01/02/1988", "F", "9990103011", "01", "4 Cliff Way\nSeaton\nZZ2 4XY", "A-4410"),
    *("Owen Hale", "owen.hale@seaton.example", "Long-term support", "12/05/2025", "", ""),
]


def clients() -> Needles:
    """Everything in the family's files that names one of them."""
    values: list[str] = []
    for person in json.loads((FILES / "people.json").read_text("utf-8")).values():
        values += spellings_of_name(person["fn"]) + spellings_of_name(person["sn"])
        values += spellings_of_date(date.fromisoformat(person["dob"]))
        values += spellings_of_number(person["nhs"]) if person["nhs"] else []
        values += [person["id"], person["pc"], person["pc"].replace(" ", ""), person.get("upn") or ""]
    for table in ("ssd_person.csv", "ssd_involvements.csv"):
        with (FILES / "ssd" / table).open(encoding="utf-8", newline="") as stream:
            values += [next(iter(row.values())) for row in csv.DictReader(stream)]
    values += ["H-7781", "A-4410", "4 Cliff Way", "Cliff Way", *patients_ids()]
    return Needles(values)


def patients_ids() -> Iterator[str]:
    """The health trust's own ids of its patients and of their care teams."""
    bundle = json.loads((FILES / "fhir_ukcore_bundle.json").read_text("utf-8"))
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] in ("Patient", "CareTeam", "EpisodeOfCare"):
            yield from (each["value"] for each in entry["resource"].get("identifier", ()) if len(each["value"]) > 3)


def exports(folder: Path) -> dict[str, Path]:
    """Each agency's export, copied from the carried files, and one of the adult team's own."""
    shutil.copytree(FILES, folder)
    adults = folder / "adults.csv"
    with adults.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([KEYWORKER_HEADINGS, MOTHER_AT_ADULTS])
    bundle, housing = folder / "fhir_ukcore_bundle.json", folder / "housing_own.csv"
    return {"childrens": folder / "ssd", "health": bundle, "housing": housing, "adults": adults}


def shadow(users: BrokerUsers, inboxes: list[str]) -> pika.BlockingConnection:
    """A queue that gets a copy of everything that goes through the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(users.admin_url))
    channel = connection.channel()
    channel.queue_declare(SHADOW, durable=True)
    channel.queue_bind(SHADOW, TOPOLOGY.notices_exchange, "#")
    for inbox in inboxes:
        channel.queue_bind(SHADOW, TOPOLOGY.inbox_exchange, inbox)
    return connection


def drained(connection: pika.BlockingConnection) -> list[bytes]:
    """Every message, its properties and headers included."""
    channel, found = connection.channel(), []
    while (got := channel.basic_get(SHADOW, auto_ack=True))[0] is not None:
        method, properties, body = got
        found.append(body + b"\n" + repr(method).encode() + repr(properties).encode())
    connection.close()
    return found


def database_files(server: PostgreSQL, url: str) -> list[Path]:
    """The files in which PostgreSQL keeps this database, everything written out."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    engine.dispose()
    return files_below(server.data / "base" / str(number))


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, rabbitmq: RabbitMQ, postgresql: PostgreSQL
) -> Iterator[tuple[Partnership, list[bytes]]]:
    """The family's story, told to its end, everybody still running; and every message that was sent."""
    folder, url = tmp_path_factory.mktemp("story"), postgresql.fresh_database()
    sources = exports(folder / "records")
    presets = {"childrens": "ssd_involvements", "health": "fhir_r4_ukcore"}
    users = BrokerUsers(rabbitmq, folder)
    with Partnership(
        folder, amqp=tuple(sources), broker=users, database_url=url, exports=sources, presets=presets,
        bands=("unborn", "child", "adult"), sealing=True,
    ) as seaton:  # fmt: skip
        seaton.start_gateway()
        until(
            lambda: len(rabbitmq.management.queues(users.vhost)) >= 2 + len(sources),
            "the gateway to declare everything",
        )
        connection = shadow(users, [site.inbox for site in seaton.sites.values()])
        for site in seaton.sites.values():
            site.program.start()
        until(
            lambda: seaton.sites["adults"].told() == {"made": 2},
            "the adult team to be told",
            seaton.sites["adults"].describe,
        )
        until(
            lambda: seaton.sites["health"].told() == {"made": 1},
            "the health trust to be told",
            seaton.sites["health"].describe,
        )
        until(
            lambda: all(site.is_quiet() for site in seaton.sites.values()) and seaton.register.is_told(),
            "everything to settle",
        )
        yield seaton, drained(connection)
    postgresql.drop_database(url)


def test_the_needles_would_be_found() -> None:
    needles, people = clients(), b'{"family": "O\'Neill", "given": ["Mya"], "born": "20140309"}'
    assert len(needles) > 100
    assert len(needles.in_text(people)) == 3
    assert len(needles.in_raw(b"\0\1\2O'NEILL\3")) == 1
    assert needles.in_text(b"eyJmYW1pbHkiOiAiTydOZWlsbC1XaGl0bG9jayJ9")
    assert Needles(["9990100012"]).in_text(b"9990100012".hex().encode())
    assert len(Needles(["maya", "maya grace", "maybe"]).in_cells([1, "is Maya here", None, b"\0maya grace\0"])) == 3


def test_no_client_and_no_worker_in_the_gateways_store(
    story: tuple[Partnership, list[bytes]], postgresql: PostgreSQL
) -> None:
    seaton, _ = story
    needles = (clients(), Needles([*WORKERS, *CONTACTS]))
    values = list(cells(seaton.register.url))
    assert len(values) > 500
    for some in needles:
        assert not some.in_cells(values)
    for path in [*database_files(postgresql, seaton.register.url), *files_below(seaton.folder / "gateway")]:
        for some in needles:
            assert not some.in_raw(contents_of(path)), path.name


def test_what_is_sealed_to_stewards_is_kept_and_only_they_open_it(story: tuple[Partnership, list[bytes]]) -> None:
    """The tests around this one look through the very same rows, files, messages and memory."""
    seaton, messages = story
    store = open_register(seaton.settings)
    with store.read() as unit:
        blobs = [blob for number in range(1, 100) if (blob := unit.details.get(number))]
    store.close()
    key = steward_key(seaton.folder / "steward")
    names = {open_details(blob, key).family for blob in blobs}
    assert {"ONEILL", "ONEILLWHITLOCK"} & names
    own = key.jose.as_dict(private=True)["d"]
    secret = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4))
    for form in key_forms(secret):
        assert not any(form in message for message in messages)
        for path in files_below(seaton.folder / "gateway"):
            assert form not in path.read_bytes()
    try:
        assert not memory_holds(seaton.gateway.pid, secret)
    except PermissionError:
        pytest.skip("this system does not let a test look into its child's memory")
    keys = load_gateway_keys(seaton.settings.keys_dir)
    for blob in blobs:
        with pytest.raises(InvalidDetails):
            open_details(blob, keys.decryption)


def test_no_client_and_no_worker_on_the_way(story: tuple[Partnership, list[bytes]], rabbitmq: RabbitMQ) -> None:
    _, messages = story
    needles = (clients(), Needles([*WORKERS, *CONTACTS]))
    assert len(messages) > 20
    for some in needles:
        assert not some.in_text(b"\n".join(messages))
    for path in files_below(rabbitmq.log.parent / "data"):
        for some in needles:
            assert not some.in_raw(contents_of(path)), path.name


def test_no_client_and_no_worker_in_any_log(
    story: tuple[Partnership, list[bytes]], rabbitmq: RabbitMQ, postgresql: PostgreSQL
) -> None:
    seaton, _ = story
    needles = (clients(), Needles([*WORKERS, *CONTACTS]))
    logs = [seaton.gateway.log, *(site.program.log for site in seaton.sites.values()), rabbitmq.log, postgresql.log]
    for log in logs:
        for some in needles:
            assert not some.in_text(log.read_bytes()), log.name


def test_ledgers_show_nobody_without_their_key(story: tuple[Partnership, list[bytes]]) -> None:
    seaton, _ = story
    needles = clients()
    for site in seaton.sites.values():
        for path in site.folder.glob("ledger.sqlite3*"):
            assert not needles.in_raw(path.read_bytes()), path.name


def test_the_linkage_key_is_nowhere_at_the_gateway(
    story: tuple[Partnership, list[bytes]], postgresql: PostgreSQL
) -> None:
    seaton, messages = story
    forms = key_forms(seaton.epoch.key)
    held = [
        path.read_bytes()
        for path in [*database_files(postgresql, seaton.register.url), *files_below(seaton.folder / "gateway")]
    ]
    cell_bytes = [
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode()
        for each in cells(seaton.register.url)
    ]
    logs = [seaton.gateway.log.read_bytes(), *(site.program.log.read_bytes() for site in seaton.sites.values())]
    for data in [*held, *cell_bytes, *messages, *logs]:
        assert not any(form in data for form in forms)


def test_the_running_gateway_knows_nothing_of_the_keyholder(story: tuple[Partnership, list[bytes]]) -> None:
    seaton, _ = story
    process = Path("/proc") / str(seaton.gateway.pid)
    if not process.exists():
        pytest.skip("this system shows no processes in /proc")
    said = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
    opened = [os.readlink(each) for each in (process / "fd").iterdir() if each.is_symlink()]
    for text_of_process in (said.decode(errors="replace"), *opened):
        assert seaton.epoch_file.name not in text_of_process
        assert "keyholder" not in text_of_process
    try:
        own_key = pairing_key(load_secret(seaton.settings.pepper_file), PARTNERSHIP)
        knows_its_own = memory_holds(seaton.gateway.pid, own_key)
    except PermissionError:
        pytest.skip("this system does not let a test look into its child's memory")
    assert knows_its_own, "the look into memory would find nothing"
    assert not memory_holds(seaton.gateway.pid, seaton.epoch.key)
