"""Every way in which a broker can differ is seen, told in a sentence, and nothing is seen where nothing differs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.broker.drift import Kind, compare
from gateway.broker.probe_name import new_probe_name
from gateway.broker.state import (
    Binding,
    BrokerState,
    Connected,
    ExchangeState,
    Limits,
    Permission,
    QueueState,
    TopicPermission,
    User,
)
from identity.agency.trust import Status
from tests.builders import NOON
from tests.gateway.broker.staging import TOPOLOGY, as_wanted, connector, wanted

EVERYTHING = Permission(".*", ".*", ".*")
HOUSING, OLD = connector("housing"), connector("old", Status.REVOKED)
DESIRED = wanted(HOUSING, OLD)
CLEAN = as_wanted(DESIRED)
USER = DESIRED.users["housing"]
NOTICES, INTAKE = TOPOLOGY.notices_exchange, TOPOLOGY.intake_queue
STATUSES = st.lists(st.sampled_from(Status), max_size=6)


def kinds(state: BrokerState) -> list[Kind]:
    return [drift.kind for drift in compare(DESIRED, state, NOON)]


def with_user(user: User) -> BrokerState:
    return replace(CLEAN, users={**CLEAN.users, user.name: user})


def with_queue(queue: QueueState) -> BrokerState:
    return replace(CLEAN, queues={**CLEAN.queues, queue.name: queue})


@given(STATUSES)
def test_a_broker_as_wanted_shows_no_drift(statuses: list[Status]) -> None:
    desired = wanted(*(connector(f"c{number}", status) for number, status in enumerate(statuses)))
    assert compare(desired, as_wanted(desired), NOON) == []


@given(STATUSES, st.data())
def test_whatever_is_missing_is_found_by_name(statuses: list[Status], data: st.DataObject) -> None:
    desired = wanted(*(connector(f"c{number}", status) for number, status in enumerate(statuses)))
    full = as_wanted(desired)
    users = {name: full.users[name] for name in full.users if data.draw(st.booleans())}
    queues = {name: full.queues[name] for name in full.queues if data.draw(st.booleans())}
    missing = {drift.what for drift in compare(desired, replace(full, users=users, queues=queues), NOON)}
    assert missing == (full.users.keys() - users.keys()) | (full.queues.keys() - queues.keys())


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (replace(USER, password=True), Kind.USER_PASSWORD),
        (replace(USER, tags=frozenset({"monitoring"})), Kind.USER_TAGS),
        (replace(USER, permission=EVERYTHING), Kind.PERMISSION),
        (replace(USER, permission=None), Kind.PERMISSION),
        (replace(USER, topics=frozenset()), Kind.TOPIC_PERMISSION),
        (replace(USER, topics=frozenset({TopicPermission(NOTICES, ".*", "^$")})), Kind.TOPIC_PERMISSION),
        (replace(USER, topics=USER.topics | {TopicPermission("amq.topic", ".*", ".*")}), Kind.TOPIC_PERMISSION),
        (replace(USER, limits=Limits()), Kind.LIMITS),
    ],
)
def test_a_users_rights_that_differ_are_told_one_by_one(changed: User, kind: Kind) -> None:
    (drift,) = compare(DESIRED, with_user(changed), NOON)
    assert (drift.kind, drift.what, drift.mendable) == (kind, "housing", True)
    assert drift.wanted != drift.found
    assert drift.sentence.endswith(".")


def test_a_revoked_connectors_user_and_inbox_are_unwanted() -> None:
    state = replace(with_user(User("old")), queues={**CLEAN.queues, OLD.inbox: QueueState(OLD.inbox, {}, True, 3)})
    user, queue = compare(DESIRED, state, NOON)
    assert (user.kind, queue.kind) == (Kind.USER_UNWANTED, Kind.QUEUE_UNWANTED)
    assert "holds 3 parcels" in queue.sentence


def test_somebody_with_access_to_us_is_a_stranger_and_somebody_without_is_left_alone() -> None:
    assert kinds(with_user(User("crm", EVERYTHING))) == [Kind.STRANGER]
    (drift,) = compare(DESIRED, with_user(User("crm", tags=frozenset({"administrator"}))), NOON)
    assert (drift.kind, drift.is_note, drift.mendable) == (Kind.FOREIGN_USER, True, False)
    assert "could let itself in" in drift.sentence
    assert kinds(with_user(User("patchwork-admin", EVERYTHING))) == []


def test_a_name_that_another_application_has_is_never_taken_over() -> None:
    (drift,) = compare(DESIRED, with_user(User("housing", elsewhere=frozenset({"crm"}), foreign=True)), NOON)
    assert (drift.kind, drift.mendable) == (Kind.NAME_TAKEN, False)
    assert kinds(with_user(User("housing", EVERYTHING, foreign=True))) == [Kind.NAME_TAKEN, Kind.STRANGER]
    (drift,) = compare(DESIRED, with_user(User("old", foreign=True)), NOON)
    assert drift.kind is Kind.FOREIGN_USER


def test_a_connector_named_like_the_gateway_is_never_let_in() -> None:
    desired = wanted(connector("patchwork-gateway"))
    state = replace(as_wanted(desired), users={"patchwork-gateway": User("patchwork-gateway", EVERYTHING)})
    (drift,) = compare(desired, state, NOON)
    assert (drift.kind, drift.mendable) == (Kind.NAME_TAKEN, False)


def test_a_running_self_check_is_left_alone_and_a_dead_one_cleared_away() -> None:
    name = new_probe_name(NOON)
    state = with_user(User(name, EVERYTHING))
    inbox = f"inbox.{name}.{'0' * 32}"
    state = replace(state, queues={**state.queues, inbox: QueueState(inbox, {})})
    assert kinds(state) == []
    assert [drift.kind for drift in compare(DESIRED, state, NOON.replace(hour=14))] == [Kind.USER_UNWANTED]


def test_a_connection_of_somebody_who_may_not_be_here_is_drift() -> None:
    here = (Connected("a", "housing"), Connected("b", "old"), Connected("c", "patchwork-gateway"))
    (drift,) = compare(DESIRED, replace(CLEAN, connections=here), NOON)
    assert (drift.kind, drift.what) == (Kind.CONNECTION_UNWANTED, "old")


def test_exchanges_and_queues_with_other_properties_are_told() -> None:
    odd = replace(CLEAN, exchanges={**CLEAN.exchanges, NOTICES: ExchangeState(NOTICES, "fanout")})
    assert kinds(odd) == [Kind.EXCHANGE_DIFFERENT]
    gone = {name: each for name, each in CLEAN.exchanges.items() if name != NOTICES}
    assert kinds(replace(CLEAN, exchanges=gone)) == [Kind.EXCHANGE_MISSING]
    assert kinds(replace(CLEAN, exchanges={**CLEAN.exchanges, "x": ExchangeState("x", "topic")})) == [
        Kind.FOREIGN_EXCHANGE
    ]
    for messages, mendable in ((0, True), (1, False), (None, False)):
        (drift,) = compare(DESIRED, with_queue(QueueState(INTAKE, {}, True, messages)), NOON)
        assert (drift.kind, drift.mendable) == (Kind.QUEUE_DIFFERENT, mendable)


def test_an_inbox_of_nobody_in_the_register_is_left_alone() -> None:
    (drift,) = compare(DESIRED, with_queue(QueueState(f"inbox.nobody.{'0' * 32}", {})), NOON)
    assert drift.kind is Kind.FOREIGN_QUEUE


def test_bindings_that_lead_elsewhere_are_drift_and_others_are_not_ours() -> None:
    spy, in_again = Binding(NOTICES, "spy", "#"), Binding("amq.fanout", HOUSING.inbox, "")
    foreign = Binding("amq.topic", "spy", "x")
    state = replace(CLEAN, bindings=CLEAN.bindings | {spy, in_again, foreign})
    assert kinds(state) == [Kind.BINDING_UNWANTED, Kind.BINDING_UNWANTED]
    assert kinds(replace(CLEAN, bindings=frozenset())) == [Kind.BINDING_MISSING] * 3
