"""Chapter 11. From trial to live: an agency tries Patchwork out with invented people at the very gateway where others are told of real ones,
and then goes live there. The two never meet.

Everybody here is invented, the "real" ones too: what matters is which side of the gateway they are on.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.refused import NotPermitted
from gateway.trust.actor import LOCAL_READER
from gateway.trust.lifecycle import REVOKE_CONNECTOR, SUSPEND_CONNECTOR, history
from identity.agency.faults import EnvelopeFault
from identity.agency.trust import Status
from identity.person.standardise import standardise
from mappings.canonical.codes import AlertEvent, MessageKind, Mode, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.fhir import notice_bundle
from tests.empty_register import lay
from tests.gateway.two_sides import TwoSides, two_stores
from tests.spec.people import AHMAD, MAYA

SCHOOL, HOUSING, NURSING = (AgencyId(f"urn:patchwork:seaton:{name}") for name in ("school", "housing", "nursing"))
MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED
ACCEPTED, REFUSED = ReceiptOutcome.ACCEPTED, ReceiptOutcome.REFUSED


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[TwoSides]:
    """Seaton's gateway with both its sides, an agreement between three agencies, and nobody who has joined yet."""
    with two_stores(*(lay(tmp_path / f"{name}.sqlite") for name in ("live", "trial"))) as stores:
        made = TwoSides(stores)
        made.live.agree(SCHOOL, HOUSING, NURSING)
        yield made


class TestTheTrial:
    """A school and a housing service try it out with invented children, while nursing is live."""

    def test_two_agencies_in_their_trial_learn_of_each_other(self, seaton: TwoSides) -> None:
        """Given two agencies in their trial, when both name the same invented child, then they learn of each other."""
        school, housing = seaton.begin_trial(SCHOOL), seaton.begin_trial(HOUSING)
        for agency in (school, housing):
            agency.say(agency.notice(MAYA))
        seaton.step()
        assert (school.events(), housing.events()) == ([MADE], [MADE])

    def test_an_invented_child_never_meets_a_real_one_however_alike_they_are(self, seaton: TwoSides) -> None:
        """Given an invented child and a real one alike in every detail, when both are stated at one gateway, then they never meet."""
        seaton.begin_trial(NURSING)
        school, nursing = seaton.begin_trial(SCHOOL), seaton.go_live(NURSING)
        for agency in (school, nursing):
            agency.say(agency.notice(MAYA))
        seaton.step()
        seaton.sweep()
        seaton.step()
        assert (school.outcomes(), nursing.outcomes()) == ([ACCEPTED], [ACCEPTED])
        assert (school.alerts, nursing.alerts) == ([], [])
        for world in (seaton.live, seaton.trial):
            with world.store.read() as unit:
                counts = unit.counts()
            assert (counts["involvements"], counts["people"], counts["connections"]) == (1, 1, 0)

    def test_the_same_child_is_other_tokens_on_the_other_side(self, seaton: TwoSides) -> None:
        """Given the same details on both sides of a gateway, when evidence is made, then no piece of it is the same on both sides."""
        school = seaton.begin_trial(SCHOOL)
        in_trial = school.tokeniser.evidence([standardise(MAYA)])[0]
        live = seaton.go_live(SCHOOL).tokeniser.evidence([standardise(MAYA)])[0]
        assert in_trial.blocks
        assert not {*in_trial.blocks, *in_trial.bands} & {*live.blocks, *live.bands}

    def test_an_alert_names_those_who_are_in_their_trial_too_and_nobody_who_is_live(self, seaton: TwoSides) -> None:
        """Given agencies in their trial and one that is live, when a trial alert is read, then it names those in their trial as taking part and
        nobody who is live."""
        seaton.begin_trial(NURSING)
        school, housing = seaton.begin_trial(SCHOOL), seaton.begin_trial(HOUSING)
        seaton.go_live(NURSING)
        for agency in (school, housing):
            agency.say(agency.notice(MAYA))
        seaton.step()
        assert school.alerts[0].participation.agencies == ("Seaton housing", "Seaton school")

    def test_a_connector_in_its_trial_is_not_heard_where_the_people_are_real(self, seaton: TwoSides) -> None:
        """Given a connector in its trial, when it speaks on the live side, openly or in disguise, then it is refused and nothing is registered."""
        school = seaton.begin_trial(SCHOOL)
        notice = school.say(school.notice(MAYA))
        seaton.live.broker.connector_end(school.id, "inbox.school").send(notice)
        seaton.live.receive()
        # Nor if it says that the people are real: it is the connector's place that counts.
        said = school.notice(MAYA)
        lie = school.seal(MessageKind.NOTICE, said.id, notice_bundle.write(said), mode=Mode.LIVE)
        seaton.live.broker.connector_end(school.id, "inbox.school").send(lie)
        seaton.live.receive()
        with seaton.live.store.read() as unit:
            assert unit.counts()["involvements"] == 0
            codes = [[issue.code for issue in letter.issues] for letter in unit.dead_letters.all(10)]
        assert codes == [["connector-not-live"], ["misdirected"]]

    def test_who_is_stopped_in_the_trial_is_stopped_at_once(self, seaton: TwoSides) -> None:
        """Given a connector in its trial, when it is stopped, then nothing it says is taken in any more."""
        school = seaton.begin_trial(SCHOOL)
        seaton.anna.move("school", REVOKE_CONNECTOR, "the trial is given up")
        school.say(school.notice(MAYA))
        seaton.step()
        with seaton.trial.store.read() as unit:
            assert unit.counts()["involvements"] == 0


class TestGoingLive:
    """Two people decide; the agency changes over; the trial stays behind."""

    def test_one_person_alone_sends_nobody_live(self, seaton: TwoSides) -> None:
        """Given an agency whose trial went well, when one person alone lets it go live, then it stays in its trial."""
        seaton.begin_trial(SCHOOL)
        waiting = seaton.anna.hand_in("connector.go-live", {"connector": "school", "reason": "it went well"})
        assert waiting.proposal is not None
        with pytest.raises(NotPermitted, match="another enrolled person must approve"):
            seaton.anna.approve(waiting)
        with seaton.live.store.read() as unit:
            assert [each.status for each in unit.trust.connectors()] == [Status.APPROVED]

    def test_the_journey_of_one_agency(self, seaton: TwoSides) -> None:
        """Given an agency in its trial, when two people let it go live, then its trial is taken back, nobody live hears of it, and it meets others
        on the live side only by what it says there."""
        # Nursing is live, and involved with a girl.
        seaton.begin_trial(NURSING)
        nursing = seaton.go_live(NURSING)
        nursing.say(nursing.notice(MAYA))
        # The school and housing try it out with an invented girl whose details happen to be the same.
        school, housing = seaton.begin_trial(SCHOOL), seaton.begin_trial(HOUSING)
        for agency in (school, housing):
            agency.say(agency.notice(MAYA))
        seaton.step()
        assert (school.events(), housing.events(), nursing.events()) == ([MADE], [MADE], [])
        # Two people send the school live. Its trial partner is told to disregard what was told in the trial.
        live_school = seaton.go_live(SCHOOL)
        seaton.step()
        assert (housing.events(), housing.told) == ([MADE, RETRACTED], {})
        # The school begins anew: nothing of its trial is published, and nobody live has been told anything.
        assert (live_school.alerts, nursing.alerts) == ([], [])
        with seaton.live.store.read() as unit:
            assert unit.counts()["involvements"] == 1
        # Then it says that it is involved with the girl, and both professionals learn of each other.
        live_school.say(live_school.notice(MAYA))
        seaton.step()
        assert (live_school.events(), nursing.events()) == ([MADE], [MADE])
        other = live_school.alerts[0].other
        assert other is not None
        assert other.agency == NURSING
        steps = [step.after for step in history(seaton.anna.office, LOCAL_READER, "school")]
        assert steps == [Status.APPROVED, Status.LIVE]

    def test_what_it_still_sends_from_its_trial_is_refused_on_both_sides(self, seaton: TwoSides) -> None:
        """Given an agency that went live, when something from its trial arrives late, then it is refused on both sides."""
        school = seaton.begin_trial(SCHOOL)
        seaton.go_live(SCHOOL)
        late = school.say(school.notice(AHMAD))
        seaton.live.broker.connector_end(school.id, "inbox.school").send(late)
        seaton.step()
        for world, code in ((seaton.trial, "connector-not-live"), (seaton.live, "misdirected")):
            with world.store.read() as unit:
                (letter,) = unit.dead_letters.all(10)
                assert unit.counts()["involvements"] == 0
            assert [issue.code for issue in letter.issues] == [code]

    def test_what_is_live_is_refused_on_the_trial_side(self, seaton: TwoSides) -> None:
        """Given an agency that is live, when its notice is brought to the trial side, then it is refused there, and taken in on its own side."""
        seaton.begin_trial(SCHOOL)
        school = seaton.go_live(SCHOOL)
        notice = school.say(school.notice(MAYA))
        seaton.trial.broker.connector_end(school.id, "inbox.school").send(notice)
        seaton.step()
        with seaton.trial.store.read() as unit:
            (letter,) = unit.dead_letters.all(10)
        assert [issue.code for issue in letter.issues] == ["misdirected"]
        assert "live and trial never mix" in letter.issues[0].text
        assert school.outcomes() == [ACCEPTED]

    def test_an_alert_of_the_trial_that_comes_late_is_not_opened_by_who_is_live(self, seaton: TwoSides) -> None:
        """Given an alert of the trial that comes after its agency went live, when the live connector takes it, then it cannot open it."""
        school, housing = seaton.begin_trial(SCHOOL), seaton.begin_trial(HOUSING)
        for agency in (school, housing):
            agency.say(agency.notice(MAYA))
        seaton.trial.receive()
        seaton.trial.relay().send_alerts()
        (late,) = [parcel for parcel in school.end.take(10, 0.0) if parcel]
        live = seaton.go_live(SCHOOL)
        with pytest.raises(EnvelopeFault):
            live.open(late.sealed)
        assert live.alerts == []

    def test_a_live_connector_that_is_stopped_stays_away_from_the_trial(self, seaton: TwoSides) -> None:
        """Given a live connector that is suspended, when it speaks on the trial side, then it is not heard there either."""
        school = seaton.begin_trial(SCHOOL)
        seaton.go_live(SCHOOL)
        seaton.anna.move("school", SUSPEND_CONNECTOR, "odd notices at night")
        school.say(school.notice(MAYA))
        seaton.step()
        with seaton.trial.store.read() as unit:
            assert unit.counts()["involvements"] == 0
