"""Chapter 26. The introducer. A counsellor helps Maya with what nobody else may know of. Her social worker is told that somebody is involved, and
whom to ask; the introducer passes the social worker's contact on, or does not; the counsellor rings, or does not. Nobody in between learns a name.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.introducing.deciding import DECLINE, PASS_ON, decision_content
from gateway.introducing.work_list import IntroductionView, list_introductions, show_introduction
from gateway.model.introduction import IntroductionState
from gateway.refused import NotPermitted, Refused
from gateway.sharing.rule_set import rule_set_from
from gateway.store.sql_store import open_store
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from mappings.canonical.alert import Alert
from mappings.canonical.codes import (
    AgencyType,
    AlertEvent,
    AlertLevel,
    NoticeEvent,
    ReceiptOutcome,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from mappings.fhir import alert_bundle
from tests.gateway.staff import Staff, audited, opened
from tests.sharing_rules import CHILDREN, document, permit, private_permit
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
COUNSELLING = AgencyId("urn:patchwork:seaton:counselling")
GENERAL = Worker(team="Seaton Counselling", contact=Contact("01632 960700", "desk@counselling.example"))
PRIVATE = {"sensitivity": Sensitivity.SENSITIVE, "service": ServiceLine.SEXUAL_HEALTH, "worker": GENERAL}
MADE, CHANGED, ENDED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED
NOWHERE = MessageId("00000000-0000-4000-8000-000000000000")


@dataclass
class Town:
    """Both agencies, the rule that lets social care know that somebody is involved, and `ines`, the introducer."""

    seaton: World
    social_care: Counterpart
    counselling: Counterpart
    office: Office
    ines: Staff
    other: Staff

    def both_know_maya(self) -> None:
        self.social_care.say(self.social_care.notice(MAYA))
        self.counselling.say(self.counselling.notice(MAYA, **PRIVATE))
        self.step()

    def next_day(self) -> None:
        """The counselling service's records state tomorrow that they are still involved."""
        self.seaton.clock.pass_(days=1)
        self.counselling.say(self.counselling.notice(MAYA, event=NoticeEvent.CHANGED, **PRIVATE))
        self.step()

    def step(self) -> None:
        for _ in range(3):
            self.seaton.step()

    def ask(self, connection: MessageId | None = None) -> None:
        told = connection or self.social_care.alerts[-1].connection
        self.social_care.ask(told, self.social_care.references.involvement(MAYA.local_id))
        self.step()

    def waiting(self) -> list[IntroductionView]:
        return list_introductions(self.office, LOCAL_READER)

    def decide(self, action: str, by: Staff | None = None) -> Any:
        (view,) = self.waiting()
        done = (by or self.ines).carry_out(action, decision_content(view))
        self.step()
        return done


@contextmanager
def town_in(path: Path) -> Iterator[Town]:
    store = open_store(f"sqlite:///{path}", bytes(range(32)))
    seaton = World(store)
    care = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN)
    counselling = seaton.join(COUNSELLING, AgencyType.CHARITY)
    seaton.agree(SOCIAL_CARE, COUNSELLING)
    rules = document(private_permit("private", "charity", CHILDREN), permit("back", CHILDREN, "charity"))
    with store.write() as unit:
        unit.rule_sets.add(replace(rule_set_from(rules, 1), recorded_at=seaton.clock.now()))
    office = seaton.office()
    anna = opened(office)
    yield Town(seaton, care, counselling, office, anna.colleague("ines", "introducer"), anna)
    store.close()


@pytest.fixture
def town(empty_seaton: Path, tmp_path: Path) -> Iterator[Town]:
    path = tmp_path / "register.sqlite"
    shutil.copyfile(empty_seaton, path)
    path.chmod(0o600)
    with town_in(path) as made:
        yield made


def shown(alert: Alert) -> tuple[object, ...]:
    """What a practitioner can see of it."""
    return alert.event, alert.level, alert.other, alert.introducer, alert.introduced, alert.certainty, alert.relation


class TestWhatIsSaid:
    """At most: somebody is involved, ask the introducer."""

    def test_the_social_worker_is_told_that_somebody_is_involved_and_whom_to_ask(self, town: Town) -> None:
        """Given a social worker and a counsellor from a private service who both help Maya, when both agencies have said so, then the social worker
        is told only that somebody is involved, and the introducer's telephone number."""
        town.both_know_maya()
        (alert,) = town.social_care.alerts
        assert (alert.event, alert.level, alert.other) == (MADE, AlertLevel.EMPTY, None)
        assert alert.introducer is not None
        assert alert.introducer.contact.phone == "01632 960900"

    def test_neither_agency_nor_service_nor_worker_nor_contact_is_in_the_message(self, town: Town) -> None:
        """Given that alert, when the message itself is read, then neither the agency, its kind of service, its contacts nor the day it began is in
        it; the agency is named once, in the list of all who take part, which every alert carries."""
        town.both_know_maya()
        sent = alert_bundle.write(town.social_care.alerts[0]).decode().casefold()
        said = sent.replace(
            "seaton counselling", "", 1
        )  # once, among the agencies that take part: every alert lists all of them
        for word in ("counselling", "sexual", "health", "960700", "desk@", "sensitive", "2026-01-05"):
            assert word not in said

    def test_the_counsellor_is_told_nothing_until_their_agency_has_confirmed_it_on_a_later_day(
        self, town: Town
    ) -> None:
        """Given a private involvement that was first stated today, when the social worker is told, then the counsellor is not; once their agency
        confirms it on a later day the counsellor is told as much as the other side, and no more."""
        town.both_know_maya()
        assert town.counselling.alerts == []
        town.next_day()
        (alert,) = town.counselling.alerts
        assert shown(alert) == shown(town.social_care.alerts[0]), "and then as much as the other side, and no more"

    def test_what_changes_behind_the_curtain_is_not_told(self, town: Town) -> None:
        """Given a social worker who knows only that somebody is involved, when the private service's team or kind changes, then nothing more is
        told."""
        town.both_know_maya()
        someone_else = PRIVATE | {"worker": Worker(team="Another desk"), "service": ServiceLine.SUBSTANCE_MISUSE}
        town.counselling.say(town.counselling.notice(MAYA, event=NoticeEvent.CHANGED, **someone_else))
        town.step()
        assert town.social_care.events() == [MADE]

    def test_when_it_ends_it_is_an_ending_like_any_other(self, town: Town) -> None:
        """Given a social worker who knows only that somebody is involved, when that involvement ends, then they hear of an ending like any other,
        without an introducer to ask."""
        town.both_know_maya()
        town.counselling.say(town.counselling.notice(MAYA, event=NoticeEvent.ENDED, **PRIVATE))
        town.step()
        assert town.social_care.events() == [MADE, ENDED]
        assert town.social_care.alerts[-1].introducer is None


class TestTheIntroducer:
    """Sees a reference, the agencies and a date; passes a contact on without seeing it."""

    def test_a_request_is_on_the_list_by_its_reference_and_names_nobody(self, town: Town) -> None:
        """Given a social worker who asks the introducer, when the introducer looks at the list, then it shows the reference and the two agencies,
        and neither the client, a worker nor a telephone number."""
        town.both_know_maya()
        town.ask()
        (view,) = town.waiting()
        assert view.reference == town.social_care.alerts[0].spoken_reference.value
        assert (view.asker, view.hidden, view.confirmed) == ("Seaton Social Care", "Seaton Counselling", False)
        for word in ("Maya", "Worker of", "960000", "960700"):
            assert word not in repr(view)
        assert show_introduction(town.office, LOCAL_READER, view.reference.lower()) == view
        assert show_introduction(town.office, LOCAL_READER, str(view.introduction.id)) == view

    def test_what_is_passed_on_is_the_askers_contact_in_the_hidden_workers_own_system(self, town: Town) -> None:
        """Given a request, when the introducer passes it on, then the counsellor reads the social worker's name and telephone number in their own
        system, by their own reference for Maya, and nothing comes back to the social worker."""
        town.both_know_maya()
        town.next_day()
        town.ask()
        assert town.decide(PASS_ON).alerts == 1
        alert = town.counselling.alerts[-1]
        assert (alert.event, alert.level, alert.introduced, alert.introducer) == (CHANGED, AlertLevel.FULL, True, None)
        assert alert.other is not None
        assert (alert.other.worker.name, alert.other.worker.contact.phone) == ("Worker of social-care", "01632 960000")
        assert alert.recipient_person == town.counselling.references.person(MAYA.local_id)
        assert town.social_care.events() == [MADE], "nothing comes back"

    def test_a_hidden_side_that_is_not_confirmed_yet_hears_of_it_once_it_is(self, town: Town) -> None:
        """Given a private involvement that is not confirmed yet, when the introducer passes a request on, then the counsellor hears nothing until
        their agency has confirmed it, and then who asks."""
        town.both_know_maya()
        town.ask()
        assert town.decide(PASS_ON).alerts == 0
        assert town.counselling.alerts == []
        town.next_day()
        assert [(each.level, each.introduced) for each in town.counselling.alerts] == [(AlertLevel.FULL, True)]

    def test_when_the_asker_is_no_longer_involved_their_contact_is_shown_no_more(self, town: Town) -> None:
        """Given a contact that was passed on, when the social worker's involvement ends, then the counsellor hears of the ending and the contact is
        shown no more."""
        town.both_know_maya()
        town.next_day()
        town.ask()
        town.decide(PASS_ON)
        town.social_care.say(town.social_care.notice(MAYA, event=NoticeEvent.ENDED))
        town.step()
        assert town.counselling.events()[-1] is ENDED
        assert town.counselling.told == {}

    def test_only_an_introducer_decides_and_only_what_they_looked_at(self, town: Town) -> None:
        """Given a request, when somebody without the role of introducer decides it, or the introducer signs for what has changed since or was
        declined already, then that is refused."""
        town.both_know_maya()
        town.ask()
        (view,) = town.waiting()
        for action in (PASS_ON, DECLINE):
            with pytest.raises(NotPermitted, match="needs the role introducer"):
                town.other.carry_out(action, decision_content(view))
        town.decide(DECLINE)
        town.seaton.clock.pass_(minutes=1)
        with pytest.raises(Refused, match="has changed since this was signed"):
            town.ines.carry_out(PASS_ON, decision_content(view))
        with pytest.raises(Refused, match="was declined by ines already"):
            town.ines.carry_out(PASS_ON, decision_content(show_introduction(town.office, LOCAL_READER, "1")))

    def test_a_request_that_was_declined_waits_again_when_it_is_asked_again(self, town: Town) -> None:
        """Given a request that was made twice and declined, when the social worker asks again, then it stands on the introducer's list again, with
        how often it was asked."""
        town.both_know_maya()
        town.ask()
        town.ask()
        (view,) = town.waiting()
        assert view.introduction.asks == 2
        town.decide(DECLINE)
        assert town.waiting() == []
        town.ask()
        (view,) = town.waiting()
        assert (view.introduction.asks, view.introduction.state) == (3, IntroductionState.WAITING)

    def test_what_is_over_waits_no_more(self, town: Town) -> None:
        """Given a request that waits, when the private involvement ends, then the request leaves the list, and passing it on is refused."""
        town.both_know_maya()
        town.ask()
        (view,) = town.waiting()
        town.counselling.say(town.counselling.notice(MAYA, event=NoticeEvent.ENDED, **PRIVATE))
        town.step()
        assert town.waiting() == []
        with pytest.raises(Refused, match="is over, so there is nothing to decide"):
            town.ines.carry_out(PASS_ON, decision_content(view))

    def test_where_the_agreement_names_nobody_there_is_nothing_to_pass_on(self, town: Town) -> None:
        """Given an agreement under which no worker may be named to anybody, when the introducer wants to pass a request on, then that is refused,
        and the request can only be declined."""
        town.seaton.agree(SOCIAL_CARE, COUNSELLING, version=2, level=AlertLevel.ID_ONLY)
        for each in (town.social_care, town.counselling):
            each.place = replace(each.place, agreement_version=2)
        town.both_know_maya()
        town.ask()
        with pytest.raises(Refused, match="nobody is named to anybody"):
            town.decide(PASS_ON)
        town.decide(DECLINE)

    def test_everything_is_audited(self, town: Town) -> None:
        """Given requests that are made, declined and passed on, when the audit is read, then it names each of these steps, which agency asked and
        which introducer decided."""
        town.both_know_maya()
        town.ask()
        town.decide(DECLINE)
        town.ask()
        town.decide(PASS_ON)
        kept = [each for each in audited(town.office) if each[0].startswith("introduction-")]
        assert kept == [
            ("introduction-asked", "social-care"),
            ("introduction-declined", "ines"),
            ("introduction-asked", "social-care"),
            ("introduction-passed-on", "ines"),
        ]


class TestWhatTheAskerCanTell:
    """Nothing: passed on, declined, and never looked at are one."""

    @pytest.mark.parametrize("confirmed", [True, False])
    def test_passed_on_declined_and_no_answer_are_the_same_to_the_asker(
        self, empty_seaton: Path, tmp_path: Path, confirmed: bool
    ) -> None:
        """Given three equal towns in which a request is passed on, declined, or never looked at, when the social worker's side compares all that
        reached it, then nothing differs, whether or not the private involvement was confirmed before."""
        heard = []
        for name, action in (("passed-on", PASS_ON), ("declined", DECLINE), ("no-answer", "")):
            path = tmp_path / f"{name}.sqlite"
            shutil.copyfile(empty_seaton, path)
            path.chmod(0o600)
            with town_in(path) as town:
                town.both_know_maya()
                if confirmed:
                    town.next_day()
                town.ask()
                if action:
                    town.decide(action)
                town.step()
                town.ask()
                town.seaton.clock.pass_(days=1)
                town.seaton.sweep()
                town.step()
                heard.append(self.everything(town.social_care))
        assert heard[0] == heard[1] == heard[2]
        assert heard[0][0] == [MADE]

    @staticmethod
    def everything(asker: Counterpart) -> tuple[object, ...]:
        """All that came over the channel, but for ids, references and instants that differ between any two gateways."""
        receipts = [(each.outcome, each.issues, each.last_accepted) for each in asker.receipts]
        return asker.events(), [shown(each) for each in asker.alerts], receipts, len(asker.told), asker.replies

    def test_a_request_about_nothing_is_answered_like_any_other_and_leads_to_nothing(self, town: Town) -> None:
        """Given a request about a connection that somebody made up, when it is answered, then the answer is like that to a real one, and nothing
        reaches the introducer."""
        town.both_know_maya()
        town.ask()
        town.ask(NOWHERE)
        real, invented = town.social_care.receipts[-2:]
        assert (real.outcome, real.issues) == (invented.outcome, invented.issues) == (ReceiptOutcome.ACCEPTED, ())
        assert len(town.waiting()) == 1

    def test_nobody_asks_about_somebody_elses_connection(self, town: Town) -> None:
        """Given a connection that one agency was told of, when the other asks the introducer by its number, then the answer is as ever, and nothing
        reaches the introducer."""
        town.both_know_maya()
        connection = town.social_care.alerts[0].connection
        town.counselling.ask(connection, town.social_care.references.involvement(MAYA.local_id))
        town.step()
        assert town.counselling.receipts[-1].outcome is ReceiptOutcome.ACCEPTED
        assert town.waiting() == []

    def test_whoever_is_named_is_rung_and_not_asked_for(self, town: Town) -> None:
        """Given a worker whom the alert names with their contact, when the introducer is asked for them all the same, then nothing reaches the
        introducer: they can be rung."""
        with town.seaton.store.write() as unit:
            both = document(permit("there", "charity", CHILDREN), permit("back", CHILDREN, "charity"))
            unit.rule_sets.add(replace(rule_set_from(both, 2), recorded_at=town.seaton.clock.now()))
        for each in (town.social_care, town.counselling):
            each.say(each.notice(MAYA))
        town.step()
        assert town.social_care.alerts[0].level is AlertLevel.FULL
        town.ask()
        assert town.waiting() == []

    def test_a_request_counts_against_the_connectors_limits(self, town: Town) -> None:
        """Given a connector that may send two messages a minute, when it asks the introducer three times at once, then the first two are taken and
        the third has to be sent again later."""
        town.both_know_maya()
        before = len(town.social_care.receipts)
        limit = town.seaton.store
        with limit.write() as unit:
            connector = unit.trust.connector(town.social_care.id)
            assert connector is not None
            lowered = replace(connector.capabilities, per_minute=2)
            unit.trust.update_connector(replace(connector, capabilities=lowered))
        town.seaton.clock.pass_(minutes=2)
        for _ in range(3):
            town.ask()
        outcomes = [each.outcome for each in town.social_care.receipts[before:]]
        assert outcomes == [ReceiptOutcome.ACCEPTED, ReceiptOutcome.ACCEPTED, ReceiptOutcome.STALE]
