"""What the broker really refuses, with mutual TLS: each forbidden operation as a story, stopping, drift and its mending, the self-check.

The node is shared by the module; every test has a virtual host, users and a register of its own.
"""

import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest

from connectors.channel.amqp_probe import AmqpProbe
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.channel.topology import Topology, new_inbox_name, routing_key
from deploy.servers.missing import ServerMissing
from deploy.servers.rabbitmq import RabbitMQ, ServerTls
from gateway.broker import self_check
from gateway.broker.desired import rights
from gateway.broker.drift import Kind
from gateway.broker.management import BrokerRefused, ManagementApi
from gateway.broker.self_check import BrokerTooWide, Outcome
from gateway.model.connector import Connector
from gateway.model.side import BOTH
from gateway.store.sql_store import open_store
from identity.agency.trust import Status
from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier
from tests.empty_register import lay
from tests.gateway.broker.certificates import Authority
from tests.servers.unavailable import give_up
from tests.system.kept_broker import GATEWAY_USER, LIVE_TOPOLOGY, TOPOLOGY, KeptBroker, password_file
from tests.system.until import until

CONNECTION_FORCED, ACCESS_REFUSED, NOT_FOUND, PRECONDITION_FAILED = 320, 403, 404, 406
NOTICES, INTAKE = TOPOLOGY.notices_exchange, TOPOLOGY.intake_queue


def was_cut_off(probe: AmqpProbe, do: Callable[[Any], object]) -> bool:
    """Whether the connection is gone, with the broker's last word, or before that could be read."""
    try:
        return probe.attempt(do) == CONNECTION_FORCED
    except ChannelDown:
        return True


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The partnership's certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def node(authority: Authority) -> Iterator[RabbitMQ]:
    """A node that takes clients with a certificate of the authority only."""
    shown = authority.server()
    try:
        made = RabbitMQ(tls=ServerTls(authority.file, shown.certificate, shown.key))
    except ServerMissing as reason:
        give_up(reason)
    with made:
        yield made


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register, to be copied."""
    path = tmp_path_factory.mktemp("register") / "empty.db"
    lay(path)
    return path


@pytest.fixture
def broker(node: RabbitMQ, authority: Authority, empty: Path, tmp_path: Path) -> Iterator[KeptBroker]:
    """A kept virtual host in which nobody has joined yet."""
    shutil.copyfile(empty, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db", bytes(range(32)))
    made = KeptBroker(node, authority, store)
    yield made
    made.close()
    store.close()


@pytest.fixture
def town(broker: KeptBroker) -> tuple[KeptBroker, Connector, Connector]:
    """Housing, who turns hostile, and health, whose inbox holds a parcel."""
    housing, health = broker.join("housing"), broker.join("health")
    broker.gateway_end().send(health.id, health.inbox, b"for health", None)
    return broker, housing, health


Town = tuple[KeptBroker, Connector, Connector]


def test_an_honest_connector_sends_and_is_told(town: Town) -> None:
    broker, housing, health = town
    end = broker.end(housing)
    end.send(b"a notice")
    (parcel,) = broker.gateway_end().take(1, 10)
    assert (parcel.sealed, parcel.sender, parcel.proving) == (b"a notice", housing.id, True)
    (told,) = broker.end(health).take(1, 10)
    assert told.sealed == b"for health"


def test_publishing_as_another_agency_is_refused(town: Town) -> None:
    broker, _, health = town
    thief = broker.probe("housing")
    for user_id in ("housing", None):
        assert thief.attempt(thief.publish(NOTICES, routing_key(health.id), user_id)) == ACCESS_REFUSED
    assert broker.gateway_end().take(1, 0.3) == []


def test_a_forged_user_id_is_refused(town: Town) -> None:
    broker, housing, _ = town
    thief = broker.probe("housing")
    assert thief.attempt(thief.publish(NOTICES, routing_key(housing.id), "health")) == PRECONDITION_FAILED
    assert broker.gateway_end().take(1, 0.3) == []


def test_what_the_broker_refuses_it_writes_down_with_the_users_name(town: Town) -> None:
    broker, _, health = town
    broker.join("refused")
    thief = broker.probe("refused")
    assert thief.attempt(thief.publish(NOTICES, routing_key(health.id), "refused")) == ACCESS_REFUSED
    until(lambda: "user 'refused'" in broker.node.log.read_text("utf-8", "replace"), "the broker's log to say so")


def test_a_missing_user_id_passes_the_broker_and_names_nobody_to_intake(town: Town) -> None:
    broker, housing, _ = town
    thief = broker.probe("housing")
    assert thief.attempt(thief.publish(NOTICES, routing_key(housing.id), None)) is None
    (parcel,) = broker.gateway_end().take(1, 10)
    # tests/gateway/test_unproven_sender.py: intake refuses exactly this.
    assert (parcel.sender, parcel.proving) == (None, True)


@pytest.mark.parametrize("operation", ["basic_get", "queue_purge", "queue_delete"])
def test_anothers_inbox_is_not_read_purged_or_deleted(town: Town, operation: str) -> None:
    broker, _, health = town
    assert broker.probe("housing").attempt(lambda channel: getattr(channel, operation)(health.inbox)) == ACCESS_REFUSED
    assert [told.sealed for told in broker.end(health).take(5, 10)] == [b"for health"]


def test_anothers_inbox_is_not_listened_to(town: Town) -> None:
    broker, _, health = town
    listen = broker.probe("housing").attempt(lambda channel: channel.basic_consume(health.inbox, lambda *_: None))
    assert listen == ACCESS_REFUSED


def _count(queue: str, channel: Any) -> None:
    channel.queue_declare(queue, passive=True)


def test_anothers_inbox_cannot_be_counted_without_its_secret_name(town: Town) -> None:
    broker, _, health = town
    thief = broker.probe("housing")
    for guess in ("inbox.health", f"inbox.health.{'0' * 32}", health.inbox[:-1]):
        seen = thief.attempt(partial(_count, guess))
        assert seen in (NOT_FOUND, ACCESS_REFUSED)
    assert len(health.inbox.rpartition(".")[2]) == 32


def test_the_notices_exchange_is_not_bound_to(town: Town) -> None:
    broker, housing, _ = town
    thief = broker.probe("housing")
    assert thief.attempt(lambda channel: channel.queue_bind(housing.inbox, NOTICES, "#")) == ACCESS_REFUSED
    assert thief.attempt(lambda channel: channel.exchange_bind("amq.fanout", NOTICES, "#")) == ACCESS_REFUSED
    assert thief.attempt(lambda channel: channel.queue_declare("spy", exclusive=True)) == ACCESS_REFUSED


@pytest.mark.parametrize("exchange", ["", TOPOLOGY.inbox_exchange, TOPOLOGY.dead_letters, "amq.direct"])
def test_nothing_is_injected_past_the_notices_exchange(town: Town, exchange: str) -> None:
    broker, _, health = town
    thief = broker.probe("housing")
    assert thief.attempt(thief.publish(exchange, health.inbox, "housing")) == ACCESS_REFUSED
    assert thief.attempt(thief.publish(exchange, INTAKE, "housing")) == ACCESS_REFUSED


@pytest.mark.parametrize("name", [".*", "housing|health", "h.*", "housing.", "^", "housing\n", "HOUSING", "a" * 41])
def test_an_id_with_regex_characters_is_no_connectors_and_its_certificate_lets_nobody_in(town: Town, name: str) -> None:
    broker, _, _ = town
    with pytest.raises(InvalidIdentifier):
        ConnectorId(name)
    with pytest.raises(ChannelRefused):
        broker.probe(name).attempt(lambda channel: None)


def test_an_id_that_begins_with_anothers_writes_under_its_own_name_only(town: Town) -> None:
    broker, housing, _ = town
    broker.join("housing-2")
    longer = broker.probe("housing-2")
    assert longer.attempt(longer.publish(NOTICES, routing_key(housing.id), "housing-2")) == ACCESS_REFUSED
    shorter = broker.probe("housing")
    assert shorter.attempt(shorter.publish(NOTICES, "housing-2.notice", "housing")) == ACCESS_REFUSED


def test_a_certificate_of_another_authority_is_not_believed(town: Town, tmp_path: Path) -> None:
    broker, _, _ = town
    stranger = Authority(tmp_path / "other", "another authority").client("housing")
    with pytest.raises((ChannelDown, ChannelRefused)):
        broker.probe("housing", stranger).attempt(lambda channel: None)
    assert broker.connected("housing") == 0


def test_an_expired_certificate_is_not_believed(town: Town) -> None:
    broker, _, _ = town
    with pytest.raises((ChannelDown, ChannelRefused)):
        broker.probe("housing", broker.authority.client("housing", ended=True)).attempt(lambda channel: None)
    assert broker.connected("housing") == 0


def test_a_client_without_a_certificate_is_turned_away(town: Town, tmp_path: Path) -> None:
    broker, _, _ = town
    path, _ = password_file(tmp_path)
    bare = replace(broker.settings("housing"), cert_file=None, key_file=None, password_file=path)
    with pytest.raises((ChannelDown, ChannelRefused)):
        AmqpProbe(bare).attempt(lambda channel: None)


def test_a_connectors_user_cannot_log_in_with_a_password(town: Town) -> None:
    broker, _, _ = town
    shown = broker.settings("housing")
    context = ssl.create_default_context(cafile=str(shown.ca_file))
    assert shown.cert_file is not None
    context.load_cert_chain(shown.cert_file, shown.key_file)
    for guess in ("", "housing"):
        parameters = pika.ConnectionParameters(
            shown.host, shown.port, broker.vhost, pika.PlainCredentials("housing", guess),
            ssl_options=pika.SSLOptions(context, shown.host),
        )  # fmt: skip
        with pytest.raises(pika.exceptions.AMQPError):
            pika.BlockingConnection(parameters)
    with ManagementApi(broker.node.management_url, broker.node.user, broker.node.password_file) as api:
        assert api.refuses("housing", "")


def test_a_certificate_lets_its_own_name_in_and_no_other(town: Town) -> None:
    broker, _, _ = town
    pretending = broker.probe("health", broker.authority.client("housing"))
    forged = pretending.attempt(pretending.publish(NOTICES, "health.notice", "health"))
    assert forged in (ACCESS_REFUSED, PRECONDITION_FAILED)


def test_more_connections_than_the_limit_are_refused(town: Town) -> None:
    broker, _, _ = town
    assert broker.probe("housing").connections_beyond(4)
    assert not broker.probe("health").connections_beyond(5)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_a_stopped_connector_is_cut_off_where_it_stands(town: Town, status: Status) -> None:
    broker, housing, _ = town
    end = broker.end(housing)
    end.send(b"before")
    assert broker.connected("housing") == 1
    broker.move(housing, status)
    # The change has returned: the user is gone, and what its connection still says is not heard.
    assert "housing" not in broker.users()
    refused: list[str] = []

    def turned_away() -> bool:
        try:
            end.send(b"after")
        except ChannelDown:
            return False
        except ChannelRefused as said:
            refused.append(str(said))
            return True
        raise AssertionError("a stopped connector's parcel was taken")

    until(turned_away, "the refusal")
    assert "suspended" in refused[0]
    until(lambda: broker.connected("housing") == 0, "the end of its connection")
    assert [parcel.sealed for parcel in broker.gateway_end().take(5, 10)] == [b"before"]


def test_suspending_purges_the_inbox_and_keeps_it_and_resuming_lets_in_again(town: Town) -> None:
    broker, _, health = town
    broker.move(health, Status.SUSPENDED)
    assert health.inbox in {each["name"] for each in broker.call("GET", broker.in_vhost("queues"))}
    broker.move(health, Status.LIVE)
    end = broker.end(health)
    assert end.take(1, 0.3) == []
    broker.gateway_end().send(health.id, health.inbox, b"again", None)
    assert [told.sealed for told in end.take(1, 10)] == [b"again"]


def test_revoking_removes_the_inbox(town: Town) -> None:
    broker, _, health = town
    broker.move(health, Status.REVOKED)
    assert health.inbox not in {each["name"] for each in broker.call("GET", broker.in_vhost("queues"))}


def test_a_connector_revoked_while_the_broker_was_not_told_is_cut_off_by_the_timer(town: Town) -> None:
    broker, housing, _ = town
    thief = broker.probe("housing")
    assert thief.attempt(thief.publish(NOTICES, routing_key(housing.id), "housing")) is None
    broker.move(housing, Status.REVOKED, tell=False)
    report = broker.restarted_keeper().reconcile()
    assert Kind.USER_UNWANTED in {drift.kind for drift in report.mended}
    assert "housing" not in broker.users()
    assert was_cut_off(thief, thief.publish(NOTICES, routing_key(housing.id), "housing"))
    with pytest.raises(ChannelRefused):
        thief.attempt(lambda channel: None)


def test_a_change_that_the_broker_cannot_be_told_says_that_it_stands(town: Town) -> None:
    broker, housing, _ = town
    broker.keeper.place = replace(broker.place, management_url="http://127.0.0.1:9")
    with pytest.raises(ChannelDown, match=r"suspended in the trust register.*patchwork broker reconcile"):
        broker.move(housing, Status.SUSPENDED)
    broker.keeper.place = broker.place
    assert broker.keeper.reconcile().clean
    assert "housing" not in broker.users()


DRIFTS: dict[str, tuple[Kind, Callable[[KeptBroker, Connector], Any]]] = {
    "a user deleted": (Kind.USER_MISSING, lambda b, c: b.call("DELETE", "users/housing")),
    "a password set": (Kind.USER_PASSWORD, lambda b, c: b.call("PUT", "users/housing", {"password": "x", "tags": ""})),
    "made administrator": (
        Kind.USER_TAGS,
        lambda b, c: b.call("PUT", "users/housing", {"password_hash": "", "tags": "administrator"}),
    ),
    "every permission": (Kind.PERMISSION, lambda b, c: b.allow("housing", ".*", ".*", ".*")),
    "permission taken": (Kind.PERMISSION, lambda b, c: b.call("DELETE", b.in_vhost("permissions", "housing"))),
    "topic permission taken": (
        Kind.TOPIC_PERMISSION,
        lambda b, c: b.call("DELETE", b.in_vhost("topic-permissions", "housing")),
    ),
    "topic permission widened": (
        Kind.TOPIC_PERMISSION,
        lambda b, c: b.call(
            "PUT", b.in_vhost("topic-permissions", "housing"), {"exchange": NOTICES, "write": ".*", "read": ".*"}
        ),
    ),
    "limit lifted": (Kind.LIMITS, lambda b, c: b.call("DELETE", "user-limits/housing/max-connections")),
    "exchange deleted": (Kind.EXCHANGE_MISSING, lambda b, c: b.call("DELETE", b.in_vhost("exchanges", NOTICES))),
    "exchange of another type": (
        Kind.EXCHANGE_DIFFERENT,
        lambda b, c: (
            b.call("DELETE", b.in_vhost("exchanges", NOTICES)),
            b.call("PUT", b.in_vhost("exchanges", NOTICES), {"type": "fanout", "durable": True}),
        ),
    ),
    "intake queue deleted": (Kind.QUEUE_MISSING, lambda b, c: b.call("DELETE", b.in_vhost("queues", INTAKE))),
    "inbox deleted": (Kind.QUEUE_MISSING, lambda b, c: b.call("DELETE", b.in_vhost("queues", c.inbox))),
    "inbox unbound": (
        Kind.BINDING_MISSING,
        lambda b, c: b.call("DELETE", f"{b.in_vhost('bindings')}/e/{TOPOLOGY.inbox_exchange}/q/{c.inbox}/{c.inbox}"),
    ),
    "a spy bound to the notices": (
        Kind.BINDING_UNWANTED,
        lambda b, c: (
            b.call("PUT", b.in_vhost("queues", "spy"), {"durable": True}),
            b.call("POST", f"{b.in_vhost('bindings')}/e/{NOTICES}/q/spy", {"routing_key": "#"}),
        ),
    ),
    "an exchange bound to the notices": (
        Kind.BINDING_UNWANTED,
        lambda b, c: b.call("POST", f"{b.in_vhost('bindings')}/e/{NOTICES}/e/amq.fanout", {"routing_key": "#"}),
    ),
    "a stranger let in": (
        Kind.STRANGER,
        lambda b, c: (b.call("PUT", "users/crm", {"password": "x", "tags": ""}), b.allow("crm", ".*", ".*", ".*")),
    ),
    "an old inbox": (
        Kind.QUEUE_UNWANTED,
        lambda b, c: b.call("PUT", b.in_vhost("queues", f"inbox.housing.{'0' * 32}"), {"durable": True}),
    ),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_shown_by_a_dry_run_and_mended(broker: KeptBroker, name: str) -> None:
    kind, inject = DRIFTS[name]
    housing = broker.join("housing")
    clean = broker.state()
    assert broker.keeper.look().clean
    inject(broker, housing)
    drifted = broker.state()
    seen = broker.keeper.look()
    assert kind in {drift.kind for drift in seen.left}
    assert broker.state() == drifted, "a dry run changed something"
    report = broker.keeper.reconcile()
    assert report.clean, report.left
    assert kind in {drift.kind for drift in report.mended}
    assert broker.keeper.look().clean
    kept = {key: value for key, value in broker.state().items() if key not in ("users", "queues")}
    assert {key: kept[key] for key in ("permissions", "topic-permissions", "user-limits", "exchanges")} == {
        key: clean[key] for key in ("permissions", "topic-permissions", "user-limits", "exchanges")
    }
    broker.end(housing).send(b"works again")
    assert [parcel.sealed for parcel in broker.gateway_end().take(1, 10)] == [b"works again"]
    with broker.store.read() as unit:
        events = [event.fields for event in unit.audit.events(0, 100) if event.code == "broker-drift"]
    assert {"kind": kind.value, "mended": True} in [{k: each[k] for k in ("kind", "mended")} for each in events]


def test_rights_that_were_too_wide_do_not_live_on_in_an_open_connection(town: Town) -> None:
    broker, _, health = town
    broker.allow("housing", ".*", ".*", ".*")
    thief = broker.probe("housing")
    assert thief.attempt(lambda channel: channel.queue_declare(health.inbox, passive=True)) is None
    assert broker.keeper.reconcile().clean
    assert was_cut_off(thief, lambda channel: channel.queue_purge(health.inbox))
    assert thief.attempt(lambda channel: channel.queue_purge(health.inbox)) == ACCESS_REFUSED


def test_a_stranger_loses_its_access_and_connection_and_stays_a_user(broker: KeptBroker) -> None:
    broker.keeper.reconcile()
    broker.call("PUT", "users/crm", {"password_hash": "", "tags": ""})
    broker.allow("crm", ".*", ".*", ".*")
    stranger = broker.probe("crm")
    assert stranger.attempt(lambda channel: channel.queue_declare("crm", durable=True)) is None
    report = broker.keeper.reconcile()
    assert {drift.what for drift in report.mended} == {"crm"}
    # Where the broker lists the open connection by then, that is ended by itself too.
    assert sorted(drift.kind for drift in report.mended) in ([Kind.STRANGER], [Kind.CONNECTION_UNWANTED, Kind.STRANGER])
    assert "crm" in broker.users()
    assert was_cut_off(stranger, lambda channel: channel.queue_purge("crm"))
    with pytest.raises(ChannelRefused):
        broker.probe("crm").attempt(lambda channel: None)
    assert {drift.kind for drift in report.notes} >= {Kind.FOREIGN_USER, Kind.FOREIGN_QUEUE}


def test_another_applications_user_of_the_same_name_is_left_alone_and_told(broker: KeptBroker) -> None:
    other = broker.node.fresh_vhost()
    broker.call("PUT", "users/housing", {"password": "theirs", "tags": ""})
    broker.call("PUT", f"permissions/{other}/housing", {"configure": ".*", "write": ".*", "read": ".*"})
    before = broker.call("GET", "users/housing")
    housing = broker.join("housing")
    report = broker.keeper.reconcile()
    assert [drift.kind for drift in report.left] == [Kind.NAME_TAKEN]
    broker.move(housing, Status.REVOKED)
    assert broker.call("GET", "users/housing") == before
    assert broker.call("GET", f"permissions/{other}/housing")["configure"] == ".*"
    broker.node.management.remove_vhost(other)


def test_a_queue_that_holds_something_is_not_made_anew_but_told(broker: KeptBroker) -> None:
    housing = broker.join("housing")
    path = broker.in_vhost("queues", housing.inbox)
    broker.call("DELETE", path)
    broker.call("PUT", path, {"durable": True})
    body = {"routing_key": housing.inbox, "payload": "x", "payload_encoding": "string", "properties": {}}
    broker.call("POST", broker.in_vhost("exchanges", "amq.default", "publish"), body)
    report = broker.keeper.reconcile()
    (left,) = report.left
    assert left.kind is Kind.QUEUE_DIFFERENT
    assert "so it stays" in left.sentence
    assert broker.keeper.look().left[0].kind is Kind.QUEUE_DIFFERENT
    # An empty one of the kind is made anew.
    broker.call("DELETE", f"{path}/contents")
    until(lambda: broker.keeper.reconcile().clean, "the empty queue to be made anew")
    broker.call("DELETE", path)
    assert broker.keeper.reconcile().clean


def test_drift_that_stays_is_written_down_once(broker: KeptBroker) -> None:
    broker.join(GATEWAY_USER)
    for _ in range(3):
        broker.keeper.reconcile()
    with broker.store.read() as unit:
        events = [event.fields for event in unit.audit.events(0, 100) if event.code == "broker-drift"]
    assert [each["kind"] for each in events if not each["mended"]] == ["name-taken"]


def test_the_self_check_finds_a_good_broker_good_and_leaves_nothing(town: Town) -> None:
    broker, _, _ = town
    before = broker.state()
    findings = broker.keeper.check()
    assert broker.state() == before
    outcomes = {finding.outcome for finding in findings}
    assert outcomes <= {Outcome.REFUSED, Outcome.WORKS, Outcome.BORNE}
    assert len([finding for finding in findings if finding.outcome is Outcome.REFUSED]) >= 25
    assert broker.gateway_end().take(1, 0.3) == []


def test_the_self_check_can_show_a_certificate_where_no_password_is_taken(broker: KeptBroker) -> None:
    broker.keeper.reconcile()
    shown = broker.authority.client("self-check-seaton")
    broker.keeper.place = replace(broker.place, check_cert_file=shown.certificate, check_key_file=shown.key)
    assert {finding.outcome for finding in broker.keeper.check()} >= {Outcome.REFUSED, Outcome.WORKS}
    assert "self-check-seaton" not in broker.users()
    odd = broker.authority.client("housing")
    broker.keeper.place = replace(broker.place, check_cert_file=odd.certificate, check_key_file=odd.key)
    with pytest.raises(BrokerRefused, match="begin with self-check-"):
        broker.keeper.check()


@pytest.mark.parametrize(
    ("hole", "named"),
    [
        ({"write": ".*"}, "by the default exchange"),
        ({"read": ".*"}, "take a parcel from another's inbox"),
        ({"configure": ".*"}, "declare a queue"),
        ({"topics": frozenset()}, "under another's routing key"),
    ],
)
def test_the_self_check_names_what_a_careless_broker_would_allow(
    broker: KeptBroker, monkeypatch: pytest.MonkeyPatch, hole: dict[str, Any], named: str
) -> None:
    broker.keeper.reconcile()

    def careless(*arguments: Any) -> Any:
        user = rights(*arguments)
        assert user.permission is not None
        if "topics" in hole:
            return replace(user, topics=hole["topics"])
        return replace(user, permission=replace(user.permission, **hole))

    monkeypatch.setattr(self_check, "rights", careless)
    with pytest.raises(BrokerTooWide, match=named):
        broker.keeper.check()
    assert not [user for user in broker.users() if user.startswith("self-check")]


def test_the_management_api_that_does_not_let_us_in_says_so(broker: KeptBroker, tmp_path: Path) -> None:
    path, _ = password_file(tmp_path)
    broker.keeper.place = replace(broker.place, management_password_file=path)
    with pytest.raises(BrokerRefused, match="must have the tag administrator"):
        broker.keeper.look()
    path.chmod(0o640)
    with pytest.raises(BrokerRefused, match="broker_management_password_file"):
        broker.keeper.look()
    broker.keeper.place = replace(broker.place, amqp=replace(broker.place.amqp, vhost="nowhere"))
    with pytest.raises(BrokerRefused, match="no virtual host nowhere"):
        broker.keeper.look()


@pytest.fixture
def sides(node: RabbitMQ, authority: Authority, empty: Path, tmp_path: Path) -> Iterator[KeptBroker]:
    """A kept virtual host of a gateway with both sides."""
    shutil.copyfile(empty, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db", bytes(range(32)), BOTH[0])
    made = KeptBroker(node, authority, store, both=True)
    yield made
    made.close()
    store.close()


def inboxes(broker: KeptBroker) -> set[str]:
    return {each["name"] for each in broker.call("GET", broker.in_vhost("queues")) if each["name"].startswith("inbox.")}


@pytest.mark.parametrize(
    ("status", "own", "other"),
    [(Status.APPROVED, TOPOLOGY, LIVE_TOPOLOGY), (Status.LIVE, LIVE_TOPOLOGY, TOPOLOGY)],
    ids=["in its trial", "live"],
)
def test_nobody_reaches_the_other_side(sides: KeptBroker, status: Status, own: Topology, other: Topology) -> None:
    housing = sides.join("housing", status)
    thief, key = sides.probe("housing"), routing_key(housing.id)
    assert thief.attempt(thief.publish(own.notices_exchange, key, "housing")) is None
    for exchange in (other.notices_exchange, other.inbox_exchange, other.dead_letters):
        assert thief.attempt(thief.publish(exchange, key, "housing")) == ACCESS_REFUSED
    for queue in (other.intake_queue, other.dead_letters):
        assert thief.attempt(partial(_got, queue)) == ACCESS_REFUSED
    bound = (housing.inbox, other.inbox_exchange, housing.inbox)
    assert thief.attempt(lambda channel: channel.queue_bind(*bound)) == ACCESS_REFUSED
    assert [parcel.sender for parcel in sides.gateway_end(own).take(5, 10)] == [housing.id]
    assert sides.gateway_end(other).take(5, 0.3) == []


def _got(queue: str, channel: Any) -> object:
    return channel.basic_get(queue)


def test_whoever_goes_live_is_let_over_to_the_other_side_at_once(sides: KeptBroker) -> None:
    housing = sides.join("housing", Status.APPROVED)
    end = sides.end(housing)
    end.send(b"in the trial")
    sides.gateway_end().send(housing.id, housing.inbox, b"told in the trial", None)
    live = replace(housing, inbox=new_inbox_name(housing.id))
    sides.move(live, Status.LIVE)
    assert inboxes(sides) == {live.inbox}
    # Its open connection was cut; made again, it has no rights where it was.
    thief = sides.probe("housing")
    assert thief.attempt(thief.publish(NOTICES, routing_key(housing.id), "housing")) == ACCESS_REFUSED
    over = sides.end(live, LIVE_TOPOLOGY)
    over.send(b"live")
    sides.gateway_end(LIVE_TOPOLOGY).send(live.id, live.inbox, b"told live", None)
    assert [parcel.sealed for parcel in over.take(5, 10)] == [b"told live"]
    assert [parcel.sealed for parcel in sides.gateway_end(LIVE_TOPOLOGY).take(5, 10)] == [b"live"]
    assert [parcel.sealed for parcel in sides.gateway_end().take(5, 10)] == [b"in the trial"]


@pytest.mark.parametrize("before", [Status.APPROVED, Status.LIVE])
def test_a_revoked_connector_loses_its_inbox_on_whichever_side_it_was(sides: KeptBroker, before: Status) -> None:
    housing = sides.join("housing", before)
    assert inboxes(sides) == {housing.inbox}
    sides.move(housing, Status.REVOKED)
    assert inboxes(sides) == set()
    assert "housing" not in sides.users()


def test_rights_on_the_other_side_are_drift(sides: KeptBroker) -> None:
    housing = sides.join("housing", Status.APPROVED)
    wide = r"^patchwork\.seaton\.(live|trial)\.notices$"
    sides.allow("housing", write=wide, read=f"^{housing.inbox}$".replace(".", r"\."))
    report = sides.keeper.reconcile()
    assert {drift.kind for drift in report.mended} == {Kind.PERMISSION}
    thief = sides.probe("housing")
    live = LIVE_TOPOLOGY.notices_exchange
    assert thief.attempt(thief.publish(live, routing_key(housing.id), "housing")) == ACCESS_REFUSED


def test_the_self_check_tries_both_sides_and_the_way_across(sides: KeptBroker) -> None:
    sides.keeper.reconcile()
    findings = {finding.name: finding.outcome for finding in sides.keeper.check()}
    for side in ("live", "trial"):
        assert findings[f"publish a notice to the other side ({side} side)"] is Outcome.REFUSED
        assert findings[f"read its own inbox ({side} side)"] is Outcome.WORKS
    assert Outcome.ALLOWED not in findings.values()


def test_the_self_check_names_a_broker_that_lets_a_trial_speak_live(
    sides: KeptBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides.keeper.reconcile()

    def careless(*arguments: Any) -> Any:
        user = rights(*arguments)
        assert user.permission is not None
        return replace(user, permission=replace(user.permission, write=r"\.notices$"))

    monkeypatch.setattr(self_check, "rights", careless)
    with pytest.raises(BrokerTooWide, match=r"publish a notice to the other side \(trial side\)"):
        sides.keeper.check()
