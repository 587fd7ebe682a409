"""Chapter 25. Who was told what, under which rules, and who has been told to disregard it: said by the audit, as long as it is not erased."""

from datetime import timedelta

import pytest

from gateway.audit.disclosures import Disclosure, connections, disclosures
from gateway.audit.erasure import erase
from gateway.audit.verification import verify
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AlertEvent, AlertLevel
from mappings.canonical.identifiers import AgencyId
from tests.spec.people import MAYA
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")

Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


@pytest.fixture
def pair(seaton: World) -> Pair:
    """Two agencies that learned of each other at noon, and have receipted it."""
    social_care, nursing = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    for each in (social_care, nursing):
        each.say(each.notice(MAYA))
    for _ in range(3):
        seaton.step()
    return social_care, nursing


def told(seaton: World) -> list[Disclosure]:
    (connection,) = connections(seaton.store)
    return disclosures(seaton.store, connection)


def test_each_side_is_listed_with_what_it_was_told_of_the_other(seaton: World, pair: Pair):
    """Given a connection that was told, when disclosures are listed, then each side stands there with what it was told of the other, and on which
    rules and agreement."""
    first, second = told(seaton)
    assert {(first.told, first.about), (second.told, second.about)} == {
        (SOCIAL_CARE.value, NURSING.value),
        (NURSING.value, SOCIAL_CARE.value),
    }
    assert (first.event, first.level, first.attempts) == (AlertEvent.MADE, AlertLevel.FULL, 1)
    assert first.agreement
    assert first.agreement_version == 1
    assert first.rules


def test_what_was_receipted_says_so_and_what_was_not_does_not(seaton: World, pair: Pair):
    """Given alerts of which some have no receipt, when disclosures are listed, then it says which: sent counts as told, receipted or not."""
    assert [(each.outcome, each.receipted_at is not None) for each in told(seaton)] == [("accepted", True)] * 2
    housing = seaton.counterparts[HOUSING]
    housing.say(housing.notice(MAYA))
    seaton.receive()
    seaton.relay().send_alerts()
    heard = [each for one in connections(seaton.store) for each in disclosures(seaton.store, one)]
    assert [each.outcome for each in heard if each.told == HOUSING.value] == ["", ""], "sent is told, receipted or not"


def test_who_was_told_wrongly_is_told_to_disregard_it_and_that_is_receipted(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a wrong match, when a steward undoes it, then the list says when each side was told to disregard it and that this was receipted."""
    assert [each.disregard_at for each in told(seaton)] == [None, None]
    seaton.clock.pass_(hours=1)
    assert stewards.unlink(2).done
    for _ in range(3):
        seaton.step()
    listed = told(seaton)
    wrong, back = listed[:2], listed[2:]
    assert [each.event for each in back] == [AlertEvent.RETRACTED] * 2
    for each in wrong:
        assert each.disregard_at is not None
        assert each.disregarded_at is not None
        assert each.disregard_at - each.told_at >= timedelta(hours=1)


def test_what_was_erased_is_listed_no_more_and_the_chain_holds(seaton: World, pair: Pair):
    """Given a connection whose traces were erased, when disclosures are listed, then it is there no more, and the audit's chain still holds."""
    (connection,) = connections(seaton.store)
    with seaton.store.write() as unit:
        assert erase(unit, [f"connection:{connection}"], "retention", seaton.clock.now()) == 4
    assert list(connections(seaton.store)) == []
    assert disclosures(seaton.store, connection) == []
    assert verify(seaton.store).intact


def test_an_agency_is_shown_with_what_concerns_it_alone(seaton: World, pair: Pair):
    """Given an agency, when disclosures are listed for it, then it is shown what concerns it and nothing else."""
    first = told(seaton)[0]
    assert first.concerns(None)
    assert first.concerns(SOCIAL_CARE.value)
    assert not first.concerns("urn:patchwork:seaton:housing")
