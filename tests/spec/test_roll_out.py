"""Chapter 50. The roll-out plan: which agency is to come when, who speaks for it there, whom it will publish, and how far it really is.

What people intend is written down; how far an agency is, nobody writes down: it follows from its invitation and from what two people decided about
its connector. So the plan cannot say that an agency is live that is not, and it says by itself who is late.
"""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.eligibility import Criterion
from gateway.bench.counterpart import Counterpart
from gateway.cli.governance_text import report_text
from gateway.enrolment import invitations
from gateway.housekeeping.retention import Retention
from gateway.refused import NotPermitted, Refused
from gateway.reporting.period import Period
from gateway.reporting.report import report
from gateway.rollout.planning import DROP, PLAN, Wanted, drop_content, plan_content
from gateway.rollout.progress import Progress, list_progress, show_progress
from gateway.trust.actor import LOCAL_READER
from gateway.trust.lifecycle import REVOKE_CONNECTOR, SUSPEND_CONNECTOR
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.statement import Statement
from tests.gateway.staff import Staff
from tests.gateway.two_sides import TwoSides, sqlite_pair, two_stores
from tests.spec.people import MAYA

SCHOOL, HOUSING, NURSING = (AgencyId(f"urn:patchwork:seaton:{name}") for name in ("school", "housing", "nursing"))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
FIRST_DAY = date(2026, 3, 2)
POST, CONTACT = "Head of inclusion", "inclusion@school.example"


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[TwoSides]:
    """Seaton's gateway with both its sides on 2 March 2026. Nobody has joined yet. Anna is registrar."""
    with two_stores(*sqlite_pair(tmp_path)) as stores:
        yield TwoSides(stores)


def plan(seaton: TwoSides, agency: AgencyId = SCHOOL, by: Staff | None = None, **what: Any) -> None:
    """Somebody, Anna if nobody else is named, signs what is intended with an agency: by default it starts today and is live in four weeks."""
    name = f"Seaton {agency.value.rpartition(':')[2]}"
    wanted = Wanted(agency.value, **{"name": name, "starts_on": "2026-03-02", "live_by": "2026-03-30"} | what)
    (by or seaton.anna).carry_out(PLAN, plan_content(wanted))


def invite(seaton: TwoSides, agency: AgencyId) -> None:
    """Anna invites it."""
    wanted = invitations.Wanted("its-connector", (agency.value,))
    content, _ = invitations.invitation_content(wanted, seaton.live.clock.now())
    seaton.anna.carry_out(invitations.INVITE, content)


def shown(seaton: TwoSides, agency: AgencyId = SCHOOL) -> Progress:
    """What anybody enrolled can read of it."""
    return show_progress(seaton.anna.office, LOCAL_READER, agency.value)


def state(seaton: TwoSides, agency: AgencyId = SCHOOL) -> str:
    """How far it is, in one word."""
    return shown(seaton, agency).course.state.value


def governance(seaton: TwoSides) -> dict[str, Any]:
    """The governance report of March."""
    return report(seaton.live.office(), LOCAL_READER, MARCH, Retention())


class TestWhatIsIntended:
    """A registrar writes the plan."""

    def test_an_agency_is_planned_long_before_it_takes_part(self, seaton: TwoSides) -> None:
        """Given an agency that is not in the register yet, when the registrar plans it, then the plan says when it is to start and to be live, who
        speaks for Patchwork there, and whom it means to publish."""
        plan(seaton, eligibility="Children on roll", champion=POST, contact=CONTACT)
        planned = shown(seaton).planned
        assert planned is not None
        assert (planned.starts_on, planned.live_by) == (FIRST_DAY, date(2026, 3, 30))
        assert planned.champion is not None
        assert (planned.champion.post, planned.champion.contact) == (POST, CONTACT)
        assert planned.eligibility == "Children on roll"
        assert state(seaton) == "planned"
        with seaton.live.store.read() as unit:
            assert unit.trust.agencies() == [], "to be planned is not to be let in"

    def test_one_registrar_plans_and_everybody_else_reads(self, seaton: TwoSides) -> None:
        """Given an information-governance lead and an observer, when they want to change the plan, then that is refused; they can read all of it."""
        plan(seaton)
        for name, role in (("ina", "ig-lead"), ("ovid", "observer")):
            other = seaton.anna.colleague(name, role)
            with pytest.raises(NotPermitted, match="needs the role registrar"):
                plan(seaton, by=other, live_by="2026-12-31")
        assert [each.name for each in list_progress(seaton.anna.office, LOCAL_READER)] == ["Seaton school"]

    def test_a_champion_is_a_post_with_a_work_contact(self, seaton: TwoSides) -> None:
        """Given a champion, when more is written down than a post and one work telephone number or e-mail address, then that is refused."""
        with pytest.raises(Refused, match="one work telephone number or one work e-mail address"):
            plan(seaton, champion=POST, contact="Jo, at home after six")
        with pytest.raises(Refused, match="say both"):
            plan(seaton, champion=POST)

    def test_who_the_champion_is_stands_in_no_audit(self, seaton: TwoSides) -> None:
        """Given a plan with a champion, when the audit is read, then it says who planned which agency for which days, and nothing of the champion."""
        plan(seaton, champion=POST, contact=CONTACT)
        with seaton.live.store.read() as unit:
            event = unit.audit.events(0, 100)[-1]
        assert (event.code, event.actor) == ("rollout-planned", "anna")
        assert (event.fields["agency"], event.fields["live_by"]) == (SCHOOL.value, "2026-03-30")
        assert not [word for word in (POST, CONTACT, "inclusion") if word in str(event.fields)]


class TestHowFarItIs:
    """Nobody types it."""

    def test_the_plan_follows_what_was_decided_about_the_agency(self, seaton: TwoSides) -> None:
        """Given a planned agency, when it is invited, tried out, sent live, suspended and stopped for good, then the plan says so each time without
        anybody writing it down."""
        plan(seaton)
        assert state(seaton) == "planned"
        seaton.begin_trial(SCHOOL)
        assert (state(seaton), shown(seaton).course.words) == ("onboarding", "is still in its trial")
        seaton.live.clock.pass_(days=20)
        seaton.go_live(SCHOOL)
        assert (state(seaton), shown(seaton).course.live_since) == ("live", FIRST_DAY + timedelta(days=20))
        seaton.anna.move("school", SUSPEND_CONNECTOR, "to be cleared up")
        assert state(seaton) == "suspended"
        seaton.anna.move("school", REVOKE_CONNECTOR, "the school left")
        assert (state(seaton), shown(seaton).course.left_on) == ("left", FIRST_DAY + timedelta(days=20))

    def test_who_is_invited_is_coming_on_board(self, seaton: TwoSides) -> None:
        """Given an agency in the register, when it is invited, then it is coming on board from that day, until the invitation runs out."""
        seaton.anna.agency(SCHOOL)
        invite(seaton, SCHOOL)
        assert (state(seaton), shown(seaton).course.invited_on) == ("onboarding", FIRST_DAY)
        seaton.live.clock.pass_(days=4)
        assert state(seaton) == "planned"

    def test_how_far_it_is_cannot_be_written_down(self, seaton: TwoSides) -> None:
        """Given a registrar who would write that an agency is live, when that is signed, then it is refused: the plan has no place for it."""
        with pytest.raises(Refused, match="there is no field 'state'"):
            seaton.anna.carry_out(PLAN, {"agency": SCHOOL.value, "state": "live"})

    def test_an_agency_that_nobody_planned_is_there_too(self, seaton: TwoSides) -> None:
        """Given an agency that takes part and that nobody planned, when the plan is read, then it is listed with how far it is."""
        seaton.begin_trial(NURSING)
        assert (shown(seaton, NURSING).planned, state(seaton, NURSING)) == (None, "onboarding")


class TestWhatIsLate:
    """The report names them."""

    def test_who_was_to_be_live_and_is_still_in_its_trial_is_late(self, seaton: TwoSides) -> None:
        """Given an agency that was to be live by 30 March, when that day is over and it is still in its trial, then the report says so in a
        sentence; once it is live it is late no more, and the plan shows both days."""
        plan(seaton)
        seaton.begin_trial(SCHOOL)
        seaton.live.clock.pass_(days=28)
        assert governance(seaton)["roll_out"]["plan"]["late"] == [], "the day itself is not over"
        seaton.live.clock.pass_(days=1)
        sentence = "Seaton school was to be live by 30 March 2026, and is still in its trial."
        assert governance(seaton)["roll_out"]["plan"]["late"] == [sentence]
        assert f"\nLate:\n{sentence}\n" in report_text(governance(seaton))
        seaton.go_live(SCHOOL)
        (each,) = governance(seaton)["roll_out"]["plan"]["agencies"]
        assert (each["late"], each["live_by"], each["live_since"]) == ("", "2026-03-30", "2026-03-31")

    def test_who_was_to_begin_and_has_not_been_invited_is_late(self, seaton: TwoSides) -> None:
        """Given an agency whose onboarding was to begin on 2 March, when that day is over and nobody has invited it, then it is late."""
        plan(seaton)
        seaton.live.clock.pass_(days=1)
        assert shown(seaton).late == "was to start on 2 March 2026, and has not been invited"


class TestWhomItPublishes:
    """What was intended, beside what the connector says it does."""

    def test_a_connector_says_every_day_whom_it_publishes(self, seaton: TwoSides) -> None:
        """Given a school whose connector publishes clients under 18 of two teams, when it makes its daily statement, then the plan shows that
        beside what was intended, with the day; the teams are counted and not named."""
        plan(seaton, eligibility="All clients")
        school = seaton.begin_trial(SCHOOL)
        criterion = Criterion.from_settings({"age_bands": ["child"], "teams": ["Team Kingfisher", "Team Heron"]})
        self._state(seaton, school, criterion.stated())
        (found,) = [each for each in list_progress(seaton.trial.office(), LOCAL_READER) if each.agency == SCHOOL]
        assert found.planned is not None
        assert found.planned.eligibility == "All clients"
        assert found.stated is not None
        assert found.stated.sentence() == "Clients who are under 18 and are with 2 named teams."
        assert found.stated_at is not None
        assert found.stated_at.date() == FIRST_DAY

    def test_what_is_said_in_the_trial_is_not_said_of_real_people(self, seaton: TwoSides) -> None:
        """Given a connector in its trial that says whom it publishes, when the live side's plan is read, then it has said nothing there yet."""
        self._state(seaton, seaton.begin_trial(SCHOOL), StatedEligibility())
        assert shown(seaton).stated is None
        self._state(seaton, seaton.go_live(SCHOOL), StatedEligibility())
        stated = shown(seaton).stated
        assert stated is not None
        assert stated.sentence() == "All clients."

    def _state(self, seaton: TwoSides, school: Counterpart, stated: StatedEligibility) -> None:
        id = MessageId(str(uuid.uuid4()))
        school.state(Statement(id, SCHOOL, school.incarnation, "", (), totals=(), eligibility=stated))
        seaton.step()


class TestAChampionGoes:
    """No longer than is needed."""

    def test_what_is_dropped_takes_its_champion_with_it(self, seaton: TwoSides) -> None:
        """Given an agency that will not come, when the registrar drops it from the plan, then its champion is gone at once; whether an agency takes
        part does not change by it."""
        plan(seaton, champion=POST, contact=CONTACT)
        seaton.begin_trial(SCHOOL)
        seaton.anna.carry_out(DROP, drop_content(SCHOOL.value))
        assert (shown(seaton).planned, state(seaton)) == (None, "onboarding")

    def test_of_an_agency_that_left_the_champion_is_removed_within_a_day(self, seaton: TwoSides) -> None:
        """Given an agency with a champion, when it leaves, then the next day's housekeeping removes the champion and keeps the rest of the plan."""
        plan(seaton, champion=POST, contact=CONTACT)
        seaton.begin_trial(SCHOOL)
        for world in (seaton.live, seaton.trial):
            assert world.keep_house()["champions"] == 0
        seaton.anna.move("school", REVOKE_CONNECTOR, "the school left")
        seaton.live.clock.pass_(days=1)
        assert (seaton.trial.keep_house()["champions"], seaton.live.keep_house()["champions"]) == (0, 1)
        planned = shown(seaton).planned
        assert planned is not None
        assert (planned.champion, planned.live_by) == (None, date(2026, 3, 30))


class TestTheReport:
    """What the information-governance lead brings to the meeting."""

    def test_all_agencies_are_counted_and_listed_also_those_that_hold_nothing_yet(self, seaton: TwoSides) -> None:
        """Given one agency live, one in its trial and one only planned, when the report is made, then it counts one of each, and says of each what
        is held as of which day; a count about people under five is suppressed."""
        seaton.begin_trial(SCHOOL)
        school = seaton.go_live(SCHOOL)
        seaton.begin_trial(NURSING)
        seaton.live.agree(SCHOOL, NURSING)
        plan(seaton, HOUSING)
        school.say(school.notice(MAYA))
        seaton.step()
        found = governance(seaton)["roll_out"]
        assert found["plan"]["states"] == {"planned": 1, "onboarding": 1, "live": 1, "suspended": 0, "left": 0}
        assert [(each["agency"], each["state"], each["as_of"], each["live"]) for each in found["agencies"]] == [
            ("Seaton housing", "planned", None, 0),
            ("Seaton nursing", "onboarding", None, 0),
            ("Seaton school", "live", "2026-03-02", "<5"),
        ]

    def test_a_report_names_a_champion_s_post_and_not_how_to_reach_it(self, seaton: TwoSides) -> None:
        """Given a champion, when the report is made, then it names the post alone, because a report is passed around; the contact is for
        whoever asks the plan itself."""
        plan(seaton, champion=POST, contact=CONTACT)
        made = governance(seaton)
        assert POST in report_text(made)
        assert CONTACT not in str(made) + report_text(made)
