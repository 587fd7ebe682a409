"""The disclosure record: written as an alert leaves, sealed to the DPOs, on a clock of its own, found when nothing else of the person is left."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.audit.disclosures import connections
from gateway.audit.verification import verify
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.disclosure_record.ports import KeptDisclosure
from gateway.disclosure_record.recording import DisclosureKeeping
from gateway.disclosure_record.subject_keys import subject_keys
from identity.agency.keys import DecryptionKey
from identity.agency.sealed_to_several import NotOpened
from identity.custody.disclosure_document import open_document
from identity.person.standardise import standardise
from mappings.canonical.codes import AgeBand, AlertEvent, AlertLevel, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person
from tests.spec.conftest import empty_seaton, seaton
from tests.spec.people import HARBOUR_ROAD, MAYA, MYA

__all__ = ["empty_seaton", "seaton"]

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
DPO, DEPUTY = DecryptionKey.generate(), DecryptionKey.generate()
Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def pair(seaton: World) -> Pair:
    """Two agencies, and two DPOs whose keys the gateway has."""
    seaton.keeping = DisclosureKeeping((DPO.public, DEPUTY.public))
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    late = date(2029, 12, 31)
    seaton.agree(*(SOCIAL_CARE, NURSING), age_bands=(AgeBand.CHILD, AgeBand.ADULT), valid_until=late, review_by=late)
    return joined


def tell(seaton: World, pair: Pair, **changes: object) -> None:
    for each in pair:
        each.say(each.notice(MAYA, **changes))  # type: ignore[arg-type]
    for _ in range(3):
        seaton.step()


def kept(seaton: World) -> list[KeptDisclosure]:
    with seaton.store.read() as unit:
        return unit.disclosure_records.of_records(range(1, 20), 100)


def found_as(seaton: World, person: Person) -> list[int]:
    """Which records are found by somebody's details when there is nothing else of them."""
    evidence = seaton.counterparts[NURSING].tokeniser.evidence([standardise(person)])
    with seaton.store.read() as unit:
        return unit.disclosure_records.records_under(subject_keys(seaton.pairing(), evidence), 10)


def ended_and_erased(seaton: World, pair: Pair, **changes: object) -> None:
    for each in pair:
        each.say(each.notice(MAYA, event=NoticeEvent.ENDED, **changes))  # type: ignore[arg-type]
    seaton.step()
    seaton.clock.pass_(days=93)
    seaton.keep_house()


def test_each_side_that_was_told_is_on_record_once_and_only_a_dpo_can_read_it(seaton: World, pair: Pair) -> None:
    tell(seaton, pair)
    first, second = (open_document(each.sealed, DPO) for each in kept(seaton))
    assert {first.told, second.told} == {SOCIAL_CARE, NURSING}
    assert (first.about, first.event, first.level) == (second.told, AlertEvent.MADE, AlertLevel.FULL)
    assert first.told_ref == seaton.counterparts[first.told].references.person("maya")
    assert "work contact" in first.shown
    assert first.agreement == "seaton-children"
    assert first.decided_by
    assert open_document(kept(seaton)[0].sealed, DEPUTY) == first
    with pytest.raises(NotOpened):
        open_document(kept(seaton)[0].sealed, DecryptionKey.generate())


def test_the_ending_is_on_record_too_and_what_is_sent_again_is_not_told_twice(seaton: World, pair: Pair) -> None:
    for each in pair:
        each.say(each.notice(MAYA))
    seaton.receive()
    seaton.relay().send_alerts()
    for each in pair:
        each.listen(receipt_alerts=False)
    seaton.clock.pass_(minutes=11)
    assert seaton.relay().send_alerts() == 2, "nobody receipted it"
    assert len(kept(seaton)) == 2
    pair[0].say(pair[0].notice(MAYA, event=NoticeEvent.ENDED))
    for _ in range(3):
        seaton.step()
    told = [open_document(each.sealed, DPO) for each in kept(seaton)]
    assert [each.event for each in told[2:]] == [AlertEvent.ENDED, AlertEvent.ENDED]
    assert told[2].shown == ()


def test_it_outlives_the_notice_and_is_found_by_the_surest_details_alone(seaton: World, pair: Pair) -> None:
    tell(seaton, pair)
    ended_and_erased(seaton, pair)
    with seaton.store.read() as unit:
        assert unit.records.get(1).evidence == ()  # type: ignore[union-attr]
    assert len(kept(seaton)) == 4
    assert found_as(seaton, MAYA) == [1, 2]
    assert found_as(seaton, replace(MAYA, addresses=(HARBOUR_ROAD,))) == [1, 2], "by the verified number and the name"
    unnumbered = replace(MAYA, identifiers=())
    assert found_as(seaton, unnumbered) == [1, 2], "by name, birth date and postcode"
    assert found_as(seaton, replace(unnumbered, addresses=(HARBOUR_ROAD,))) == []
    assert found_as(seaton, MYA) == [], "a twin is another person"


def test_a_new_pepper_does_not_lose_it(seaton: World, pair: Pair) -> None:
    tell(seaton, pair)
    ended_and_erased(seaton, pair)
    pairing = seaton.pairing()
    seaton.pepper_key = bytes(32)
    evidence = pair[0].tokeniser.evidence([standardise(MAYA)])
    with seaton.store.read() as unit:
        assert unit.disclosure_records.records_under(subject_keys(pairing, evidence), 10) == [1, 2]


def test_its_own_clock_ends_it_and_everything_it_was_found_by(seaton: World, pair: Pair) -> None:
    tell(seaton, pair, age_band=AgeBand.ADULT, age_band_until=None)
    ended_and_erased(seaton, pair, age_band=AgeBand.ADULT, age_band_until=None)
    # Six years from the telling; the ending was told on the same day.
    seaton.clock.instant = seaton.clock.instant.replace(year=2032, month=3, day=2)
    assert seaton.keep_house()["disclosures"] == 0
    seaton.clock.pass_(days=1)
    assert seaton.keep_house()["disclosures"] == 4
    assert kept(seaton) == []
    assert found_as(seaton, MAYA) == []


def test_without_a_dpos_key_it_waits_and_is_sealed_when_there_is_one(seaton: World, pair: Pair) -> None:
    keeping, seaton.keeping = seaton.keeping, DisclosureKeeping()
    tell(seaton, pair)
    assert [each.sealed for each in kept(seaton)] == ["", ""]
    with seaton.store.read() as unit:
        assert unit.disclosure_records.waiting() == 2
    seaton.keeping = keeping
    seaton.keep_house()
    assert {open_document(each.sealed, DPO).told for each in kept(seaton)} == {SOCIAL_CARE, NURSING}
    with seaton.store.read() as unit:
        assert unit.disclosure_records.waiting() == 0


def test_erasing_both_sides_empties_what_the_audit_says_of_them_and_the_chain_holds(seaton: World, pair: Pair) -> None:
    tell(seaton, pair)
    assert len(list(connections(seaton.store))) == 1
    seaton.keep_house()
    assert len(list(connections(seaton.store))) == 1, "nobody is erased yet"
    ended_and_erased(seaton, pair)
    assert list(connections(seaton.store)) == []
    with seaton.store.read() as unit:
        sent = [event for event in unit.audit.events(0, 1_000) if event.code == "alert-sent"]
    assert [event.erased for event in sent] == [True] * 4
    assert all("rules" in event.fields and "agency" not in event.fields for event in sent)
    checked = verify(seaton.store)
    assert checked.intact
    assert seaton.keep_house()["audit_erased"] == 0


def test_what_the_audit_says_of_old_messages_goes_after_a_while(seaton: World, pair: Pair) -> None:
    tell(seaton, pair)
    seaton.clock.pass_(days=300)
    for each in pair:
        each.say(each.notice(MAYA, event=NoticeEvent.CHANGED))
    seaton.step()
    seaton.clock.pass_(days=101)
    assert seaton.keep_house()["audit_erased"] == 2, "the two notices of the first day"
    assert len(list(connections(seaton.store))) == 1
    assert verify(seaton.store).intact
