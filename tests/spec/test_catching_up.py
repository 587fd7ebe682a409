"""Chapter 5. After a restore: an old backup of either side loses nothing, doubles nothing, and retracts nothing."""

import uuid
from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from identity.agency.digest import state_digest
from mappings.canonical.codes import AlertEvent, NoticeEvent
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Notice
from mappings.canonical.statement import Statement, StatementEntry
from tests.spec.people import AHMAD, MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
RESTORED = "20260302T120000Z-0000000a"


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Two agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


def state(counterpart: Counterpart, *notices: Notice, incarnation: str = "", prefix: str = "") -> None:
    entries = tuple(
        sorted((StatementEntry(n.involvement_ref, state_digest(n)) for n in notices), key=lambda e: e.involvement_ref)
    )
    id = MessageId(str(uuid.uuid4()))
    counterpart.state(Statement(id, counterpart.agency, incarnation or counterpart.incarnation, prefix, entries))


def test_when_both_agree_nothing_is_asked_for(seaton: World, pair):
    """Given an agency whose list of involvements agrees with the gateway's, when it states the list, then nothing is asked for and nothing handed
    back."""
    social_care, _ = pair
    maya, tyler = social_care.notice(MAYA), social_care.notice(TYLER)
    social_care.say(maya)
    social_care.say(tyler)
    seaton.step()
    state(social_care, maya, tyler)
    seaton.step()
    (reply,) = social_care.replies
    assert (reply.send_again, reply.adopt) == ((), ())


def test_what_the_gateway_lost_or_holds_otherwise_is_asked_for_again(seaton: World, pair):
    """Given a gateway that lost one involvement and holds another otherwise, when the agency states its list, then exactly those two are asked for
    again."""
    social_care, _ = pair
    maya, tyler, ahmad = (social_care.notice(child) for child in (MAYA, TYLER, AHMAD))
    social_care.say(maya)
    social_care.say(tyler)
    seaton.step()
    state(social_care, maya, replace(tyler, held_back=True), ahmad)
    seaton.step()
    (reply,) = social_care.replies
    assert set(reply.send_again) == {tyler.involvement_ref, ahmad.involvement_ref}
    assert reply.adopt == ()


def test_what_the_ledger_lost_is_handed_back_and_not_retracted(seaton: World, pair):
    """Given an agency restored from a backup that lost an involvement, when it states its list, then that one is handed back to it and nobody is
    told that it ended."""
    social_care, nursing = pair
    maya = social_care.notice(MAYA)
    social_care.say(maya)
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    state(social_care, incarnation=RESTORED)
    seaton.step()
    (reply,) = social_care.replies
    assert reply.adopt == (maya.involvement_ref,)
    assert nursing.events() == [AlertEvent.MADE]


def test_a_restored_ledger_is_told_its_current_connections_again(seaton: World, pair):
    """Given an agency that heard of a connection before it was restored from a backup, when it states its list, then it is told of that connection
    once more under the same name, and the other side is not."""
    social_care, nursing = pair
    first = social_care.notice(MAYA)
    social_care.say(first)
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    state(social_care, first)
    seaton.step()
    assert social_care.events() == [AlertEvent.MADE]
    state(social_care, first, incarnation=RESTORED)
    state(social_care, first, incarnation=RESTORED)
    seaton.step()
    assert social_care.events() == [AlertEvent.MADE, AlertEvent.MADE]
    assert social_care.alerts[0].connection == social_care.alerts[1].connection
    assert nursing.events() == [AlertEvent.MADE]


def test_a_later_incarnation_of_the_ledger_counts_as_later(seaton: World, pair):
    """Given an agency that counts anew after a restore, when it says that an involvement ended, then that counts as later than all it said
    before."""
    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA))
    social_care.n = 500
    social_care.say(social_care.notice(MAYA, event=NoticeEvent.CHANGED))
    seaton.step()
    social_care.incarnation, social_care.n = RESTORED, 0
    social_care.say(social_care.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    assert nursing.events() == [AlertEvent.MADE, AlertEvent.ENDED]


def test_an_ending_by_reference_alone_ends_the_involvement_and_leaves_the_person_as_known(seaton: World, pair):
    """Given two involvements of one agency with one child, when one is ended by its reference alone, then that one ends and the child is still
    known by the other."""
    from mappings.canonical.evidence import Evidence

    social_care, nursing = pair
    social_care.say(social_care.notice(MAYA, "first"))
    social_care.say(social_care.notice(MAYA, "second"))
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    hollow = social_care.notice(MAYA, "first", event=NoticeEvent.ENDED)
    social_care.say(replace(hollow, evidence=(Evidence(epoch=seaton.epoch.id, weak=True),)))
    seaton.step()
    assert len(nursing.told) == 1
    assert nursing.events().count(AlertEvent.ENDED) == 1


def test_a_statement_for_somebody_elses_agency_is_refused(seaton: World, pair):
    """Given two agencies, when one states a list in the other's name, then it is refused and gets no answer about the other."""
    social_care, nursing = pair
    nursing.say(nursing.notice(MAYA))
    seaton.step()
    social_care.state(Statement(MessageId(str(uuid.uuid4())), NURSING, social_care.incarnation, "", ()))
    seaton.step()
    assert social_care.replies == []
    assert [issue.code for issue in social_care.receipts[-1].issues] == ["agency-not-approved"]
