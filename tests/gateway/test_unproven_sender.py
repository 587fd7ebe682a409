"""A channel that proves senders, and a parcel on it that names none: refused before anything of it is opened, kept, and not answered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.channel.port import Parcel
from gateway.bench.world import World
from gateway.store.sql_store import open_store
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId
from tests.builders import person
from tests.empty_register import lay

SCHOOL, HOUSING = AgencyId("urn:patchwork:seaton:school"), AgencyId("urn:patchwork:seaton:housing")


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[World]:
    """A gateway that school and housing have joined."""
    store = open_store(lay(tmp_path / "register.sqlite"), bytes(range(32)))
    world = World(store)
    world.join(SCHOOL)
    world.join(HOUSING)
    world.agree(SCHOOL, HOUSING)
    yield world
    store.close()


def sealed_notice(seaton: World) -> Parcel:
    """An honest notice of the school, as it lies in the queue."""
    school = seaton.counterparts[SCHOOL]
    school.say(school.notice(person()))
    (parcel,) = seaton.broker.gateway_end().take(1, 0.0)
    return replace(parcel, proving=True)


def reasons(seaton: World) -> list[str]:
    with seaton.store.read() as unit:
        return [issue.code for letter in unit.dead_letters.all(10) for issue in letter.issues]


def test_a_parcel_that_names_its_sender_is_accepted(seaton: World) -> None:
    assert seaton.intake().take_in([sealed_notice(seaton)]) == 1


def test_a_parcel_without_a_sender_is_refused_though_its_signature_is_good(seaton: World) -> None:
    assert seaton.intake().take_in([replace(sealed_notice(seaton), sender=None)]) == 0
    assert reasons(seaton) == ["sender-not-proven"]
    with seaton.store.read() as unit:
        assert unit.counts()["involvements"] == 0
        assert unit.replies.due(seaton.clock.now(), 10) == []


def test_a_parcel_that_names_another_sender_is_refused(seaton: World) -> None:
    assert seaton.intake().take_in([replace(sealed_notice(seaton), sender=ConnectorId("housing"))]) == 0
    assert reasons(seaton) == ["sender-mismatch"]


def test_replaying_it_does_not_prove_it(seaton: World) -> None:
    seaton.intake().take_in([replace(sealed_notice(seaton), sender=None)])
    assert seaton.intake().replay(1, "anna") is ReceiptOutcome.REFUSED


def test_where_one_user_is_shared_the_signature_alone_counts(seaton: World) -> None:
    assert seaton.intake().take_in([replace(sealed_notice(seaton), sender=None, proving=False)]) == 1
