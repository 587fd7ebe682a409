"""Chapter 24. The life of a notice: it is confirmed, or it expires; what is over lingers for a while and is then erased.

Nothing is kept for ever because somebody forgot to say that it is over, and whoever was told hears of it as of any other ending.
"""

from dataclasses import replace
from datetime import date

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.housekeeping.retention import Retention
from gateway.model.audit_event import AuditEvent
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.review.check_lists import CheckLists
from identity.agency.digest import state_digest
from mappings.canonical.codes import AgeBand, AlertEvent, NoticeEvent, RelationKind, Sensitivity, ServiceLine
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import RelatedPerson, Worker
from mappings.canonical.person import Person
from mappings.canonical.statement import Statement, StatementEntry
from tests.spec.people import MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
SCHOOL = AgencyId("urn:patchwork:seaton:school")
MADE, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.ENDED, AlertEvent.RETRACTED

Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def pair(seaton: World) -> Pair:
    """Two agencies with an agreement about children and adults that outlasts the chapter."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    late = date(2029, 12, 31)
    bands = (AgeBand.CHILD, AgeBand.ADULT)
    seaton.agree(SOCIAL_CARE, NURSING, SCHOOL, age_bands=bands, valid_until=late, review_by=late)
    return joined


def say(seaton: World, counterpart: Counterpart, person: Person = MAYA, **changes: object) -> None:
    counterpart.say(counterpart.notice(person, **changes))
    seaton.step()


def held(seaton: World, counterpart: Counterpart, involvement: str = "maya") -> RegisteredInvolvement:
    with seaton.store.read() as unit:
        found = unit.involvements.find(counterpart.agency, counterpart.references.involvement(involvement))
    assert found is not None
    return found


def is_findable(seaton: World, counterpart: Counterpart) -> bool:
    """Whether the register holds anything by which the agency's client could be matched."""
    with seaton.store.read() as unit:
        record = unit.records.find(counterpart.agency, counterpart.references.person("maya"))
    assert record is not None
    return bool(record.evidence)


def audited(seaton: World, code: str) -> list[AuditEvent]:
    with seaton.store.read() as unit:
        return [event for event in unit.audit.events(0, 1_000) if event.code == code]


def person_of(seaton: World, counterpart: Counterpart) -> int:
    with seaton.store.read() as unit:
        link = unit.records.active_link(held(seaton, counterpart).record_id)
    assert link is not None
    return link.person_id


def test_what_nobody_confirms_for_a_year_expires(seaton: World, pair: Pair):
    """Given an involvement that its agency last confirmed a year ago, when housekeeping runs, then it expires, and one that was confirmed since
    does not."""
    social_care, nursing = pair
    say(seaton, social_care)
    seaton.clock.pass_(days=200)
    say(seaton, nursing)
    seaton.clock.pass_(days=164)
    assert seaton.keep_house()["expired"] == 0
    seaton.clock.pass_(days=1)
    assert seaton.keep_house()["expired"] == 1
    assert held(seaton, social_care).standing is Standing.EXPIRED
    assert held(seaton, nursing).standing is Standing.LIVE


def test_a_notice_that_confirms_it_keeps_it_alive(seaton: World, pair: Pair):
    """Given an involvement, when its agency states it again within the year, then it stays alive and nobody is told anything."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, nursing)
    seaton.clock.pass_(days=300)
    # The connector says again, once a month, what its fresh export still holds. Nobody is bothered by it.
    say(seaton, social_care, event=NoticeEvent.CHANGED)
    say(seaton, nursing, event=NoticeEvent.CHANGED)
    seaton.clock.pass_(days=300)
    assert seaton.keep_house()["expired"] == 0
    assert social_care.events() == nursing.events() == [MADE]


def test_its_agency_is_asked_for_a_month_before_it_expires_and_nobody_else_is(seaton: World, pair: Pair):
    """Given an involvement that expires in a month, when the daily lists are made, then its own agency is asked whether it is still involved, and
    no other is."""
    social_care, nursing = pair
    say(seaton, social_care, sensitivity=Sensitivity.SENSITIVE)
    say(seaton, nursing)
    seaton.clock.pass_(days=334)
    say(seaton, nursing, event=NoticeEvent.CHANGED)
    asked = []
    for _ in range(3):
        CheckLists(seaton.store, seaton.clock, seaton.pairing()).send_due()
        seaton.step()
        asked.append(social_care.check_lists[-1].still_involved)
        seaton.clock.pass_(days=1)
    # By its own reference and nothing else; also a service that must stay private, since only that service's own agency hears of it.
    reference = social_care.references.involvement("maya")
    assert asked == [(), (reference,), (reference,)]
    assert {listed.still_involved for listed in nursing.check_lists} == {()}
    # The answer is a notice like any other.
    say(seaton, social_care, event=NoticeEvent.CHANGED, sensitivity=Sensitivity.SENSITIVE)
    CheckLists(seaton.store, seaton.clock, seaton.pairing()).send_due()
    seaton.step()
    assert social_care.check_lists[-1].still_involved == ()
    assert seaton.keep_house()["expired"] == 0


def test_expiry_is_told_in_the_very_message_of_an_ordinary_ending(seaton: World, pair: Pair):
    """Given one involvement that ended and one that expired, when the other side is told, then both messages are the same in everything but their
    own references and times."""
    social_care, nursing = pair
    say(seaton, social_care, TYLER)
    say(seaton, nursing, TYLER)
    say(seaton, social_care, TYLER, event=NoticeEvent.ENDED)
    ordinary = nursing.alerts[-1]
    say(seaton, social_care)
    say(seaton, nursing)
    seaton.clock.pass_(days=364)
    say(seaton, nursing, event=NoticeEvent.CHANGED)
    seaton.clock.pass_(days=1)
    seaton.keep_house()
    seaton.step()
    expired = nursing.alerts[-1]
    assert (ordinary.event, expired.event) == (ENDED, ENDED)
    same = {
        "id": ordinary.id,
        "connection": ordinary.connection,
        "version": ordinary.version,
        "made_at": ordinary.made_at,
    }
    same |= {"not_after": ordinary.not_after, "spoken_reference": ordinary.spoken_reference}
    same |= {"recipient_person": ordinary.recipient_person, "recipient_involvement": ordinary.recipient_involvement}
    same |= {"certainty": ordinary.certainty, "participation": ordinary.participation}
    assert replace(expired, **same) == ordinary
    # The agency that forgot hears it too, and in the same words.
    assert social_care.events()[-1] is ENDED


def test_whoever_was_never_told_hears_of_no_ending(seaton: World, pair: Pair):
    """Given involvements of which nobody was told, when they expire, then no message leaves."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, nursing, TYLER)
    seaton.clock.pass_(days=365)
    assert seaton.keep_house() | {"erased": 0, "records_erased": 0} == dict.fromkeys(
        (
            "alerts", "erased", "records_erased", "dead_letters", "answers", "introductions", "parcels", "audit_erased",
            "disclosures", "champions",
        ), 0
    ) | {"expired": 2}  # fmt: skip
    seaton.step()
    assert social_care.events() == nursing.events() == []


def test_nothing_new_is_told_of_what_expired_until_its_agency_confirms_it(seaton: World, pair: Pair):
    """Given an involvement that expired, when another agency becomes involved, then it is not told of it until the first agency confirms that it is
    still involved."""
    social_care, nursing = pair
    say(seaton, social_care)
    seaton.clock.pass_(days=365)
    seaton.keep_house()
    say(seaton, nursing)
    assert nursing.events() == []
    say(seaton, social_care, event=NoticeEvent.CHANGED)
    assert social_care.events() == nursing.events() == [MADE]


def test_nobody_confirms_ahead_of_time(seaton: World, pair: Pair):
    """Given a notice that bears a date far in the future, when a year passes, then it expires as if confirmed on the day it came."""
    social_care, _ = pair
    say(seaton, social_care, confirmed=date(2062, 3, 2))
    seaton.clock.pass_(days=365)
    assert seaton.keep_house()["expired"] == 1


def test_what_is_stale_before_it_arrives_is_not_taken_in(seaton: World, pair: Pair):
    """Given an involvement last confirmed more than a year ago, when its notice arrives, then it is refused with the way out; an ending is taken in
    all the same."""
    social_care, nursing = pair
    say(seaton, nursing)
    say(seaton, social_care, confirmed=date(2025, 3, 2))
    assert [issue.code for issue in social_care.receipts[-1].issues] == ["unconfirmed"]
    assert "still-involved" in social_care.receipts[-1].issues[0].text
    assert nursing.events() == []
    # That something is over is always heard.
    say(seaton, social_care, event=NoticeEvent.ENDED, confirmed=date(2025, 3, 2))
    assert social_care.receipts[-1].issues == ()


def test_an_agency_that_goes_on_stating_what_expired_hears_why_it_is_not_taken(seaton: World, pair: Pair):
    """Given an agency that goes on stating what expired, when it sends it again unconfirmed, then it hears why it is not taken and how to confirm
    it."""
    social_care, _ = pair
    first = social_care.notice(MAYA)
    social_care.say(first)
    seaton.step()
    seaton.clock.pass_(days=365)
    seaton.keep_house()
    entries = (StatementEntry(first.involvement_ref, state_digest(first)),)
    id = MessageId("00000000-0000-4000-8000-000000000001")
    # Every day both sides compare what is held as live.
    social_care.state(Statement(id, SOCIAL_CARE, social_care.incarnation, "", entries))
    seaton.step()
    assert social_care.replies[-1].send_again == (first.involvement_ref,)
    say(seaton, social_care, event=NoticeEvent.CHANGED, confirmed=first.confirmed)
    assert [issue.code for issue in social_care.receipts[-1].issues] == ["unconfirmed"]
    assert held(seaton, social_care).standing is Standing.EXPIRED


def test_what_is_over_can_be_matched_for_three_months_where_it_was_a_child(seaton: World, pair: Pair):
    """Given a child's involvement that has ended, when less than three months have passed, then it can still be matched; after that it is
    erased."""
    social_care, _ = pair
    say(seaton, social_care)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=91)
    assert seaton.keep_house()["erased"] == 0
    assert is_findable(seaton, social_care)
    seaton.clock.pass_(days=1)
    assert seaton.keep_house()["erased"] == 1
    assert not is_findable(seaton, social_care)


@pytest.mark.parametrize(
    ("event", "band"),
    [
        (NoticeEvent.ENDED, AgeBand.ADULT),
        (NoticeEvent.ENDED, AgeBand.UNKNOWN),
        (NoticeEvent.WITHDRAWN, AgeBand.CHILD),
    ],
)
def test_an_adults_is_erased_at_once_and_so_is_what_was_withdrawn(
    seaton: World, pair: Pair, event: NoticeEvent, band: AgeBand
):
    """Given an adult's or an ageless involvement that has ended, or one that was withdrawn, when housekeeping runs, then it is erased at once."""
    social_care, _ = pair
    say(seaton, social_care, age_band=band, age_band_until=None)
    say(seaton, social_care, event=event, age_band=band, age_band_until=None)
    assert seaton.keep_house()["records_erased"] == 1
    assert not is_findable(seaton, social_care)


def test_saying_again_that_it_is_over_does_not_make_it_linger_anew(seaton: World, pair: Pair):
    """Given an involvement that ended, when its agency says so again later, then it is erased three months after the first ending."""
    social_care, _ = pair
    say(seaton, social_care)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=60)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=32)
    assert seaton.keep_house()["erased"] == 1


def test_erased_are_contact_evidence_relatives_and_dates_and_what_is_left_are_references(seaton: World, pair: Pair):
    """Given a child's involvement that is erased, when one looks for what is left, then contact, evidence, relatives, dates and service are gone,
    and references remain."""
    social_care, nursing = pair
    brother = RelatedPerson(RelationKind.SIBLING, tuple(social_care.notice(TYLER).evidence))
    say(seaton, social_care, relations=(brother,), service=ServiceLine.MENTAL_HEALTH)
    say(seaton, nursing)
    say(seaton, social_care, event=NoticeEvent.ENDED, relations=(brother,), service=ServiceLine.MENTAL_HEALTH)
    seaton.clock.pass_(days=92)
    assert seaton.keep_house()["records_erased"] == 1
    left = held(seaton, social_care)
    assert (left.standing, left.worker) == (Standing.ENDED, Worker())
    assert (left.start, left.end, left.age_band, left.age_band_until) == (None, None, AgeBand.UNKNOWN, None)
    assert (left.service, left.sensitivity, left.digest) == (ServiceLine.OTHER, Sensitivity.UNCLASSIFIED, "")
    with seaton.store.read() as unit:
        assert unit.relations.of_involvement(left.id) == []
        assert unit.details.get(left.record_id) is None
    # Nursing's own record of her is nursing's, and stays.
    assert is_findable(seaton, nursing)
    (event,) = audited(seaton, "involvement-erased")
    assert event.fields == {"involvement": left.id, "agency": SOCIAL_CARE.value, "whole": True}


def test_a_record_is_kept_as_long_as_the_agency_is_involved_in_another_way(seaton: World, pair: Pair):
    """Given an agency involved with one child in two ways, when one is over and erased, then the client's record stays for the other."""
    social_care, _ = pair
    say(seaton, social_care)
    social_care.say(social_care.notice(MAYA, "second"))
    seaton.step()
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=92)
    counts = seaton.keep_house()
    assert (counts["erased"], counts["records_erased"]) == (1, 0)
    assert held(seaton, social_care).worker == Worker()
    assert held(seaton, social_care, "second").worker != Worker()
    assert is_findable(seaton, social_care)


def test_a_client_with_whom_nobody_is_involved_any_more_is_erased_though_the_involvement_goes_on(
    seaton: World, pair: Pair
):
    """Given an involvement that turns out to be with another client, when housekeeping runs, then the first client's record is erased though the
    involvement goes on."""
    social_care, _ = pair
    say(seaton, social_care)
    # It was written down with the wrong client.
    social_care.say(social_care.notice(TYLER, "maya", event=NoticeEvent.CHANGED))
    seaton.step()
    assert is_findable(seaton, social_care)
    counts = seaton.keep_house()
    assert (counts["erased"], counts["records_erased"]) == (0, 1)
    assert not is_findable(seaton, social_care)
    assert seaton.keep_house()["records_erased"] == 0
    assert len(audited(seaton, "record-erased")) == 1


def test_whoever_comes_after_the_erasure_is_matched_with_nobody(seaton: World, pair: Pair):
    """Given a person of whom everything was erased, when an agency names the same child, then it is matched with nobody and told nothing."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    say(seaton, nursing)
    # While it lingers, the register still knows that both mean one person.
    assert person_of(seaton, nursing) == person_of(seaton, social_care)
    seaton.clock.pass_(days=92)
    seaton.keep_house()
    school = seaton.join(SCHOOL)
    say(seaton, nursing, event=NoticeEvent.WITHDRAWN)
    seaton.keep_house()
    say(seaton, school)
    assert person_of(seaton, school) != person_of(seaton, social_care)
    assert school.events() == []


def test_an_involvement_that_begins_again_after_it_was_erased_connects_again(seaton: World, pair: Pair):
    """Given an involvement that was erased, when it begins again, then both sides are told of the connection again."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, nursing)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=92)
    seaton.keep_house()
    say(seaton, social_care)
    assert nursing.events() == social_care.events() == [MADE, ENDED, MADE]
    assert held(seaton, social_care).erased_on is None


def test_both_erased_and_begun_again_by_both_they_meet_again(seaton: World, pair: Pair):
    """Given two involvements that were both erased, when both begin again, then both sides are told again."""
    social_care, nursing = pair
    for event in (NoticeEvent.STARTED, NoticeEvent.ENDED):
        say(seaton, social_care, event=event)
        say(seaton, nursing, event=event)
    seaton.clock.pass_(days=92)
    assert seaton.keep_house()["records_erased"] == 2
    say(seaton, social_care)
    say(seaton, nursing)
    assert nursing.events()[-1] is social_care.events()[-1] is MADE


def test_what_was_told_before_the_erasure_can_still_be_taken_back(seaton: World, pair: Pair):
    """Given a connection that ended and was erased, when the agency says that it should never have been stated, then those told hear "disregard",
    and what comes back is erased again."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, nursing)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    seaton.clock.pass_(days=92)
    seaton.keep_house()
    say(seaton, social_care, event=NoticeEvent.WITHDRAWN)
    assert nursing.events() == [MADE, ENDED, RETRACTED]
    # What that notice brought goes as what came before it went, and so does what one brings that knows the reference alone.
    assert seaton.keep_house()["records_erased"] == 1
    hollow = (Evidence(epoch=seaton.epoch.id, weak=True),)
    say(seaton, social_care, event=NoticeEvent.ENDED, evidence=hollow)
    assert held(seaton, social_care).end is not None
    assert seaton.keep_house()["erased"] == 1
    assert held(seaton, social_care).end is None
    assert not is_findable(seaton, social_care)


def test_the_partnership_decides_how_long(seaton: World, pair: Pair):
    """Given a partnership that chose another time to keep what is over, when housekeeping runs, then that time counts."""
    social_care, _ = pair
    say(seaton, social_care)
    say(seaton, social_care, event=NoticeEvent.ENDED)
    assert seaton.keep_house(Retention(linger_days_children=1))["erased"] == 0
    assert seaton.keep_house(Retention(linger_days_children=0))["erased"] == 1


def test_keeping_house_twice_changes_nothing_the_second_time(seaton: World, pair: Pair):
    """Given housekeeping that has run, when it runs again the same day, then nothing changes."""
    social_care, nursing = pair
    say(seaton, social_care)
    say(seaton, nursing)
    seaton.clock.pass_(days=365)
    first = seaton.keep_house()
    assert (first["expired"], first["alerts"]) == (2, 2)
    assert set(seaton.keep_house().values()) == {0}


def test_a_refused_message_is_kept_for_its_time_and_then_only_its_digest_is(seaton: World, pair: Pair):
    """Given a refused message, when ninety days have passed, then its content is dropped and only its digest is kept."""
    social_care, _ = pair
    say(seaton, social_care, confirmed=date(2025, 1, 1))
    seaton.clock.pass_(days=90)
    assert seaton.keep_house()["dead_letters"] == 0
    seaton.clock.pass_(days=1)
    assert seaton.keep_house()["dead_letters"] == 1
    with seaton.store.read() as unit:
        (letter,) = unit.dead_letters.all(10)
    assert (letter.sealed, len(letter.digest)) == (b"", 64)
    assert letter.discarded is not None
    assert letter.discarded.by == "housekeeping"
