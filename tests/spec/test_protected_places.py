"""Chapter 15. A refuge links nobody: not the people who live there with one another, and not a family that fled with the one it fled from."""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, World
from gateway.model.protection import Protection
from identity.person.address_standard import standard_location
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AlertEvent, Mode, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Address
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
REFUGE = Address(("9 Quiet Lane",), "Seaton", "ZZ7 4QP")
# The two agencies know her under different surnames, and nobody knows a number: only the address makes it sure.
FLED = replace(MAYA, given=("Maya",), addresses=(REFUGE,), identifiers=())
FLED_AGAIN = replace(FLED, family="Robson")


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


def protect(seaton: World, *addresses: Address) -> None:
    """The keyholder's list comes in and is put in force."""
    tokens = KeyedTokeniser(seaton.epoch).protected([place for each in addresses if (place := standard_location(each))])
    now = seaton.clock.now()
    with seaton.store.write() as unit:
        unit.protections.offer(Protection(seaton.epoch.id, Mode.TRIAL, "a" * 64, len(tokens.places), now), tokens)
        unit.protections.activate(seaton.epoch.id, "a" * 64, now)


def both_say(seaton: World, pair: tuple[Counterpart, Counterpart]) -> None:
    pair[0].say(pair[0].notice(FLED))
    pair[1].say(pair[1].notice(FLED_AGAIN))
    seaton.step()


def test_what_only_the_address_makes_sure_is_linked_at_an_ordinary_address(seaton: World, pair):
    """Given a mother and child known to two agencies by name and an ordinary address, when both state them, then they are matched: the address
    makes it sure."""
    both_say(seaton, pair)
    assert [each.events() for each in pair] == [[AlertEvent.MADE]] * 2


def test_at_a_refuge_it_is_not(seaton: World, pair):
    """Given the same at a refuge that is on the protected list, when both state them, then nobody is linked and nobody is told."""
    protect(seaton, REFUGE)
    both_say(seaton, pair)
    assert pair[0].alerts == pair[1].alerts == []


def test_what_is_sure_without_the_address_is_linked_at_a_refuge_too(seaton: World, pair):
    """Given a child at a refuge who has a verified number, when two agencies state her, then she is matched by the number alone."""
    protect(seaton, REFUGE)
    for each in pair:
        each.say(each.notice(replace(MAYA, addresses=(REFUGE,))))
    seaton.step()
    assert [each.events() for each in pair] == [[AlertEvent.MADE]] * 2


def test_a_place_that_comes_under_protection_later_is_taken_out_of_what_is_held(seaton: World, pair):
    """Given people already held at an address, when the address comes under protection later, then it is taken out of what is held and links
    nobody."""
    pair[0].say(pair[0].notice(FLED))
    seaton.step()
    protect(seaton, REFUGE)
    seaton.sweep()
    with seaton.store.read() as unit:
        record = unit.records.find(SOCIAL_CARE, pair[0].references.person("maya"))
        assert record is not None
        assert record.evidence[0].locations == ()

    pair[1].say(pair[1].notice(FLED_AGAIN))
    seaton.step()
    assert pair[0].alerts == pair[1].alerts == []


def test_a_link_that_only_the_place_made_and_nobody_was_told_of_is_undone(seaton: World, pair):
    """Given a link that only the address made and that nobody was told of, when the address comes under protection, then the link is undone and
    stays undone."""
    pair[0].say(pair[0].notice(FLED, held_back=True))
    pair[1].say(pair[1].notice(FLED_AGAIN))
    seaton.step()
    with seaton.store.read() as unit:
        assert unit.counts()["people"] == 1
    protect(seaton, REFUGE)
    seaton.sweep()
    with seaton.store.read() as unit:
        assert unit.counts()["people"] == 2

    pair[0].say(pair[0].notice(FLED, event=NoticeEvent.CHANGED))
    seaton.step()
    assert pair[0].alerts == pair[1].alerts == []


def test_it_is_of_this_partnership_alone(seaton: World):
    """Given one refuge and two partnerships, when each makes its protected list, then the two lists have nothing in common."""
    place = standard_location(REFUGE)
    assert place is not None
    other = replace(seaton.epoch, key=bytes(32))
    assert seaton.epoch.partnership == PARTNERSHIP
    assert not KeyedTokeniser(seaton.epoch).protected([place]).places & KeyedTokeniser(other).protected([place]).places
