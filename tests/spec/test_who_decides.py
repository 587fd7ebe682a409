"""Chapter 9. Who decides: people with keys and roles, two of them wherever trust is widened; and what a connector that was let in may do."""

from collections.abc import Callable

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import AGREEMENT, PARTNERSHIP, World
from gateway.model.involvement import Standing
from gateway.refused import NotPermitted, Refused
from gateway.rules.agreements import ADD_AGREEMENT, agreement_content
from gateway.trust.actor import LOCAL_READER
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.lifecycle import (
    GO_LIVE_CONNECTOR,
    OFF_BOARD_CONNECTOR,
    RESUME_CONNECTOR,
    REVOKE_CONNECTOR,
    SUSPEND_CONNECTOR,
    history,
)
from gateway.trust.operators import Office
from identity.agency.trust import Status
from mappings.canonical.codes import (
    AlertEvent,
    AlertLevel,
    Certainty,
    MessageKind,
    NoticeEvent,
    ReceiptOutcome,
    ServiceLine,
)
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Worker
from mappings.canonical.statement import Statement
from mappings.fhir import notice_bundle
from tests.gateway.staff import Staff, opened
from tests.spec.people import AHMAD, MAYA, MYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, CHANGED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.RETRACTED
REFUSED, STALE, ACCEPTED = ReceiptOutcome.REFUSED, ReceiptOutcome.STALE, ReceiptOutcome.ACCEPTED
TERMS = {
    "id": AGREEMENT.value,
    "title": "Seaton children's partnership",
    "parties": [SOCIAL_CARE.value, NURSING.value],
    "purpose": "so that those who help a child know of each other",
    "legal_bases": ["children-act-2004-s10"],
    "age_bands": ["unborn", "child"],
    "level": "full",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "review_by": "2026-12-31",
    "rights_contact": "rights@seaton.example",
    "controllers": ["Seaton Council"],
    "documents": [{"name": "Data sharing agreement, signed", "sha256": "0" * 64}],
}


@pytest.fixture
def anna(seaton: World) -> Staff:
    """The registrar and IG lead of Seaton; omar, the security officer, signs second."""
    return opened(Office(seaton.store, seaton.clock, PARTNERSHIP))


@pytest.fixture
def pair(seaton: World, anna: Staff) -> tuple[Counterpart, Counterpart]:
    """Two agencies whose agreement two people have signed."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    anna.agreement(TERMS)
    return joined


def both_say(seaton: World, pair: tuple[Counterpart, Counterpart]) -> None:
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()


def codes(counterpart: Counterpart) -> list[str]:
    return [issue.code for issue in counterpart.receipts[-1].issues]


class TestAgreements:
    """Nobody is told anything before two people have signed the agreement."""

    def test_what_one_person_signed_shares_nothing(self, seaton: World, anna: Staff) -> None:
        """Given an agreement that one person signed, when agencies state a child, then nothing is shared; when the second has signed, then both are
        told."""
        joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
        waiting = anna.hand_in(ADD_AGREEMENT, agreement_content(TERMS))
        both_say(seaton, joined)
        assert [codes(counterpart) for counterpart in joined] == [["agreement-version"], ["agreement-version"]]
        assert anna.second is not None
        anna.second.approve(waiting)
        both_say(seaton, joined)
        assert [counterpart.events() for counterpart in joined] == [[MADE], [MADE]]

    def test_a_registrar_does_not_decide_who_may_learn_of_whom(self, seaton: World, anna: Staff) -> None:
        """Given a registrar, when they sign an agreement, then it is refused: that is for an information-governance lead."""
        seaton.join(SOCIAL_CARE)
        seaton.join(NURSING)
        ben = anna.colleague("ben", "registrar", "security-officer")
        with pytest.raises(NotPermitted, match="needs the role ig-lead"):
            ben.hand_in(ADD_AGREEMENT, agreement_content(TERMS))


class TestTheLifeOfAConnector:
    """Stopped by one person at once; let in by two; gone for good with all it said."""

    def test_a_suspended_connector_is_refused_and_heard_again_when_two_people_say_so(
        self, seaton: World, anna: Staff, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a connector that was suspended, when it speaks, then it is refused; when two people let it in again, then it is heard."""
        social_care, nursing = pair
        anna.move("social-care", SUSPEND_CONNECTOR, "odd notices at night")
        both_say(seaton, pair)
        assert nursing.alerts == []
        with seaton.store.read() as unit:
            assert [issue.code for issue in unit.dead_letters.all(1)[0].issues] == ["connector-not-live"]
        anna.move("social-care", RESUME_CONNECTOR, "the vendor mended it")
        social_care.say(social_care.notice(MAYA))
        seaton.step()
        assert nursing.events() == [MADE]

    def test_a_connector_in_its_trial_speaks_where_the_people_are_invented(
        self, seaton: World, anna: Staff, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a new agency, when it is approved, then it is in its trial; when two people say so, then it is live, and both steps are on
        record."""
        anna.agency(AgencyId("urn:patchwork:seaton:new"))
        connector = anna.trial_connector("new-1", AgencyId("urn:patchwork:seaton:new"))
        assert connector.status is Status.APPROVED
        assert anna.move("new-1", GO_LIVE_CONNECTOR, "the trial went well").status is Status.LIVE
        assert [step.after for step in history(anna.office, LOCAL_READER, "new-1")] == [Status.APPROVED, Status.LIVE]

    def test_off_boarding_takes_back_what_was_told_and_erases_what_was_said(
        self, seaton: World, anna: Staff, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given an agency that leaves for good, when it is off-boarded, then those told of it are told to disregard it, and what it said is
        erased."""
        social_care, nursing = pair
        both_say(seaton, pair)
        social_care.say(social_care.notice(AHMAD))
        seaton.step()
        anna.move("social-care", REVOKE_CONNECTOR, "the service is closed")
        with pytest.raises(Refused, match="only a live connector can be suspended"):
            anna.move("social-care", SUSPEND_CONNECTOR)
        anna.move("social-care", OFF_BOARD_CONNECTOR, "the service is closed")
        seaton.sweep()
        seaton.step()
        assert nursing.events() == [MADE, RETRACTED]
        assert nursing.told == {}
        assert social_care.events() == [MADE]
        with seaton.store.read() as unit:
            left = list(unit.involvements.of_agency(SOCIAL_CARE))
            records = [unit.records.find(SOCIAL_CARE, each.person_ref) for each in left]
            event = next(e for e in unit.audit.events(0, 1000) if e.code == "connector-off-boarded")
            waiting = unit.alerts.counts()["pending"]
        assert [(each.standing, each.worker) for each in left] == [(Standing.WITHDRAWN, Worker())] * 2
        assert all(record and record.evidence == (Evidence(seaton.epoch.id),) for record in records)
        assert (event.fields["involvements"], event.fields["records"], waiting) == (2, 2, 0)

    def test_nobody_is_matched_with_the_clients_of_an_agency_that_has_left(
        self, seaton: World, anna: Staff, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given an agency that has left, when another names one of its former clients, then nobody is matched or told."""
        social_care, nursing = pair
        social_care.say(social_care.notice(MAYA))
        seaton.step()
        anna.move("social-care", REVOKE_CONNECTOR)
        anna.move("social-care", OFF_BOARD_CONNECTOR)
        nursing.say(nursing.notice(MAYA))
        seaton.step()
        with seaton.store.read() as unit:
            assert unit.counts()["people"] == 2
        assert nursing.alerts == []

    def test_a_connector_that_is_gone_holds_no_alert_up(
        self, seaton: World, anna: Staff, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a connector that was stopped for good, when alerts for it wait, then they lapse and hold nobody up."""
        social_care, _ = pair
        for counterpart in pair:
            counterpart.say(counterpart.notice(MAYA))
        seaton.receive()
        anna.move("social-care", REVOKE_CONNECTOR)
        seaton.step()
        with seaton.store.read() as unit:
            counts = unit.alerts.counts()
            rules = {e.fields["rules"] for e in unit.audit.events(0, 1000) if e.code == "alert-lapsed"}
        assert (counts["pending"], counts["lapsed"] + counts["superseded"]) == (0, 1)
        assert rules <= {"connector-gone"}
        assert social_care.alerts == []
        seaton.sweep()
        with seaton.store.read() as unit:
            assert unit.alerts.counts() == counts


class TestLimits:
    """What a connector may say and be told, whatever the agreements allow."""

    @pytest.fixture
    def limit(self, anna: Staff, pair: tuple[Counterpart, Counterpart]) -> Callable[..., None]:
        """Set limits of social care's connector."""
        return lambda *settings: anna.carry_out(LIMIT_CONNECTOR, limits_content("social-care", settings))

    @pytest.mark.parametrize(
        ("setting", "code"),
        [
            ("services=childrens-social-care", "limit-services"),
            ("age_bands=adult", "limit-age-bands"),
            ("events=involvement-changed,involvement-ended,involvement-withdrawn", "limit-events"),
        ],
    )
    def test_a_notice_beyond_a_limit_is_refused_with_its_name(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None], setting: str, code: str
    ) -> None:
        """Given a limit on services, ages or events, when a notice goes beyond it, then it is refused with the limit's name."""
        limit(setting)
        both_say(seaton, pair)
        assert pair[0].outcomes() == [REFUSED]
        assert codes(pair[0]) == [code]
        assert pair[1].outcomes() == [ACCEPTED]

    def test_too_many_notices_are_taken_later_and_none_is_lost(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None]
    ) -> None:
        """Given a limit on notices a minute and a day, when there are more, then they are taken later and none is lost."""
        limit("per_minute=1", "per_day=2")
        social_care = pair[0]
        notices = [social_care.notice(person) for person in (MAYA, MYA, AHMAD)]
        for notice in notices:
            social_care.say(notice)
        seaton.step()
        assert social_care.outcomes() == [ACCEPTED, STALE, STALE]
        assert codes(social_care) == ["limit-per-minute"]
        seaton.clock.pass_(minutes=1)
        for notice in notices[1:]:
            social_care.say(notice)
        seaton.step()
        assert social_care.outcomes()[3:] == [ACCEPTED, STALE]
        seaton.clock.pass_(minutes=1)
        social_care.say(notices[2])
        seaton.step()
        assert codes(social_care) == ["limit-per-day"]
        seaton.clock.pass_(days=1)
        social_care.say(notices[2])
        seaton.step()
        assert social_care.outcomes()[5:] == [STALE, ACCEPTED]
        with seaton.store.read() as unit:
            assert (unit.counts()["involvements"], unit.dead_letters.all(10)) == (3, [])

    def test_software_that_is_too_old_is_asked_to_come_again(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None]
    ) -> None:
        """Given a connector whose software is too old, when it sends a notice, then it is asked to come again with a newer one."""
        limit("minimum_version=1.4")
        social_care = pair[0]
        for software in ("", "1.3.9", "1.4"):
            notice = social_care.notice(MAYA)
            social_care.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), software=software)
            seaton.step()
        assert social_care.outcomes() == [STALE, STALE, ACCEPTED]

    def test_an_agency_is_told_no_more_than_its_connector_may_be(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None]
    ) -> None:
        """Given a limit on what a connector may be told, when two agencies share a child, then it is told no more than that, and the other is told
        as the agreement says."""
        limit("level=id-only")
        both_say(seaton, pair)
        assert [counterpart.alerts[0].level for counterpart in pair] == [AlertLevel.ID_ONLY, AlertLevel.FULL]
        other = pair[0].alerts[0].other
        assert other is not None
        assert (other.worker.name, other.worker.contact.phone) == ("", "")
        limit("level=empty")
        seaton.sweep()
        seaton.step()
        assert pair[0].events() == [MADE, CHANGED]
        assert pair[0].alerts[1].other is None
        assert pair[1].events() == [MADE]

    def test_a_number_is_believed_no_further_than_the_limit_says(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None]
    ) -> None:
        """Given a limit on how far a connector's numbers are believed, when a number agrees, then the match is called no surer than that."""
        limit("strongest=weak")
        both_say(seaton, pair)
        assert [alert.certainty for alert in pair[1].alerts] == [Certainty.STRONG_MATCH]

    def test_what_was_said_can_be_taken_back_when_a_service_is_no_longer_allowed(
        self, seaton: World, pair: tuple[Counterpart, Counterpart], limit: Callable[..., None]
    ) -> None:
        """Given a service that a connector may no longer speak of, when it takes back what it said before, then that is taken in."""
        both_say(seaton, pair)
        limit("services=childrens-social-care")
        pair[0].say(pair[0].notice(MAYA, event=NoticeEvent.WITHDRAWN, service=ServiceLine.OTHER))
        seaton.step()
        assert pair[1].events() == [MADE, RETRACTED]

    def test_nobody_relays_for_others(self, limit: Callable[..., None]) -> None:
        """Given a connector, when somebody would let it speak for other gateways, then it is refused: that is not built."""
        with pytest.raises(Refused, match="peer gateways are not built"):
            limit("relay=true")


class TestMessageIds:
    """One sealing, one message id: what the channel brings twice changes nothing, what somebody else seals again is refused."""

    def test_the_same_message_sealed_otherwise_is_kept_and_not_answered(
        self, seaton: World, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a message that was taken in, when the same comes sealed otherwise under its number, then it is kept aside and not answered."""
        social_care = pair[0]
        notice, again = social_care.notice(MAYA), MessageId("00000000-0000-4000-8000-00000000abcd")
        for _ in range(2):
            social_care.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), message=again)
            seaton.step()
        assert social_care.outcomes() == [ACCEPTED]
        with seaton.store.read() as unit:
            (letter,) = unit.dead_letters.all(10)
        assert [issue.code for issue in letter.issues] == ["message-repeated"]

    def test_a_statement_that_comes_twice_is_answered_once(
        self, seaton: World, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a list that an agency states, when it comes twice, then it is answered once."""
        social_care = pair[0]
        statement = Statement(
            MessageId("00000000-0000-4000-8000-0000000000aa"), SOCIAL_CARE, social_care.incarnation, "", ()
        )
        sealed = social_care.state(statement)
        social_care.end.send(sealed)
        seaton.step()
        assert len(social_care.replies) == 1

    def test_message_ids_are_forgotten_when_nothing_that_old_is_taken(
        self, seaton: World, pair: tuple[Counterpart, Counterpart]
    ) -> None:
        """Given a message from five days ago, when it comes again, then it is refused as too old, so that its number need not be remembered."""
        social_care = pair[0]
        sealed = social_care.say(social_care.notice(MAYA))
        seaton.step()
        seaton.clock.pass_(days=5)
        social_care.end.send(sealed)
        seaton.step()
        assert social_care.outcomes() == [ACCEPTED, STALE]
        assert codes(social_care) == ["stale"]
