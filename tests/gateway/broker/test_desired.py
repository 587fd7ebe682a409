"""The register's word, as broker users, rights and queues."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel.topology import Topology, new_inbox_name, routing_key
from gateway.broker.desired import desired_state, rights
from gateway.broker.probe_name import is_left_over, is_probe, is_probe_inbox, new_probe_name
from gateway.model.connector import Carrier
from gateway.model.side import BOTH
from identity.agency.trust import Status
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier
from tests.builders import NOON
from tests.gateway.broker.staging import OWN_USERS, TOPOLOGY, connector, wanted

LIVE = Topology(TOPOLOGY.partnership, Mode.LIVE)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)


@pytest.mark.parametrize(
    ("status", "mode", "user", "inbox"),
    [
        (Status.INVITED, Mode.TRIAL, False, False),
        (Status.REQUESTED, Mode.TRIAL, False, False),
        (Status.APPROVED, Mode.TRIAL, True, True),
        (Status.APPROVED, Mode.LIVE, False, True),
        (Status.LIVE, Mode.LIVE, True, True),
        (Status.SUSPENDED, Mode.LIVE, False, True),
        (Status.REVOKED, Mode.LIVE, False, False),
        (Status.OFF_BOARDED, Mode.LIVE, False, False),
    ],
)
def test_who_has_a_user_and_who_an_inbox(status: Status, mode: Mode, user: bool, inbox: bool) -> None:
    one = connector(status=status)
    desired = wanted(one, mode=mode)
    assert ("housing" in desired.users, one.inbox in desired.queues) == (user, inbox)
    assert desired.known == {"housing"}


def test_on_two_sides_everybody_reaches_their_own_and_nothing_of_the_other() -> None:
    trying, trusted = connector("trying", Status.APPROVED), connector("trusted")
    stopped = connector("stopped", Status.SUSPENDED)
    desired = desired_state([trying, trusted, stopped], tuple(zip(BOTH, (LIVE, TOPOLOGY), strict=True)), OWN_USERS)
    assert desired.users.keys() == {"trying", "trusted"}
    for one, own, other in ((trying, TOPOLOGY, LIVE), (trusted, LIVE, TOPOLOGY)):
        user = desired.users[one.id.value]
        (topic,) = user.topics
        assert user.permission is not None
        assert topic.exchange == own.notices_exchange
        assert re.search(user.permission.write, own.notices_exchange)
        for name in (other.notices_exchange, other.inbox_exchange, other.intake_queue):
            assert not re.search(user.permission.write, name)
            assert not re.search(user.permission.read, name)
    inboxes = {(each.source, each.destination) for each in desired.bindings if each.destination.startswith("inbox.")}
    assert inboxes == {
        (TOPOLOGY.inbox_exchange, trying.inbox),
        (LIVE.inbox_exchange, trusted.inbox),
        (LIVE.inbox_exchange, stopped.inbox),
    }
    assert {LIVE.intake_queue, TOPOLOGY.intake_queue} <= desired.queues.keys()


def test_a_connector_on_https_has_nothing_at_the_broker() -> None:
    desired = wanted(connector(carrier=Carrier.HTTPS))
    assert not desired.users
    assert not desired.known
    assert desired.queues.keys() == {TOPOLOGY.intake_queue, TOPOLOGY.dead_letters}


def test_a_user_has_no_password_no_tags_limits_and_three_narrow_rights() -> None:
    (user,) = wanted(connector("health-1")).users.values()
    assert (user.password, user.tags, user.limits.connections) == (False, frozenset(), 5)
    assert user.permission is not None
    assert (user.permission.configure, user.permission.write) == ("^$", r"^patchwork\.seaton\.trial\.notices$")
    assert user.permission.read == rf"^inbox\.health-1\.{'0' * 32}$"
    (topic,) = user.topics
    assert (topic.exchange, topic.write, topic.read) == ("patchwork.seaton.trial.notices", r"^health-1\.", "^$")


@given(NAMES, NAMES)
def test_no_connectors_rights_reach_anything_of_another(one: str, other: str) -> None:
    own, foreign = (new_inbox_name(ConnectorId(name)) for name in (one, other))
    user = rights(one, own, TOPOLOGY)
    (topic,) = user.topics
    assert user.permission is not None
    assert re.search(user.permission.read, own)
    assert not re.search(user.permission.read, foreign)
    assert re.search(topic.write, routing_key(ConnectorId(one)))
    assert bool(re.search(topic.write, routing_key(ConnectorId(other)))) == (one == other)
    names = (foreign, TOPOLOGY.intake_queue, TOPOLOGY.dead_letters, TOPOLOGY.inbox_exchange, "amq.default", "amq.topic")
    assert not any(re.search(user.permission.write, name) for name in names)


@given(st.text(min_size=1, max_size=20).filter(lambda name: not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name)))
def test_a_name_with_regex_characters_never_gets_into_a_pattern(name: str) -> None:
    with pytest.raises(ValueError, match="a-z, 0-9"):
        rights(name, "inbox.x", TOPOLOGY)
    with pytest.raises(InvalidIdentifier):
        ConnectorId(name)


def test_a_self_checks_name_is_never_a_connectors_and_grows_old() -> None:
    name = new_probe_name(NOON)
    with pytest.raises(InvalidIdentifier):
        ConnectorId(name)
    assert is_probe(name)
    assert is_probe_inbox(f"inbox.{name}.{'0' * 32}")
    assert not is_left_over(name, NOON)
    assert is_left_over(name, NOON.replace(hour=13))
    assert not is_probe("self-check-me")
    rights(name, f"inbox.{name}.{'0' * 32}", TOPOLOGY)
