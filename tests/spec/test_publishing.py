"""Chapter 6. How an agency says "I am involved with this person", and never more than that.

The school of Seaton keeps its own records. Every morning its system writes an export; the connector reads it and tells the gateway what
changed since the day before. These chapters are about what is told, what is not, and what happens when something goes wrong.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.eligibility import Criterion
from connectors.publish import discard, publish, release
from connectors.publishing.display import Display
from connectors.reading.exclusion import ExclusionList
from connectors.sources.port import Coverage, Rejected, Withdrawn
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AgeBand, NoticeEvent, ReceiptOutcome, Sensitivity, ServiceLine
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice
from mappings.canonical.person import PartialDate
from mappings.canonical.receipt import Issue
from mappings.fhir import notice_bundle
from mappings.source_map import VanishPolicy
from tests.connectors.office import Office, an_epoch, involvement
from tests.counterparts import by_event

STARTED, CHANGED, ENDED, WITHDRAWN = NoticeEvent.STARTED, NoticeEvent.CHANGED, NoticeEvent.ENDED, NoticeEvent.WITHDRAWN


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """A school whose connector was installed this Monday, 2 March 2026."""
    return Office(tmp_path)


def class_of(size: int) -> list[object]:
    """That many pupils, one involvement each."""
    return [involvement(number) for number in range(1, size + 1)]


def told(school: Office) -> list[Notice]:
    """What the gateway was told since this was asked last."""
    before = len(school.gateway.notices)
    school.exchange()
    return school.gateway.notices[before:]


class TestWhatIsTold:
    """A notice says that somebody is involved. It is the only thing an agency publishes."""

    def test_a_first_export_tells_of_every_involvement(self, school: Office) -> None:
        """Given an agency's first export, when it is published, then the gateway is told of every involvement in it."""
        school.publish(involvement(1), involvement(2))
        assert by_event(told(school)) == {STARTED: 2}

    def test_it_names_the_worker_and_how_to_reach_them_and_nobody_else(self, school: Office) -> None:
        """Given an involvement, when it is published, then the notice names the worker and how to reach them, and no one else."""
        school.publish(involvement(1))
        [notice] = told(school)
        assert notice.worker.name == "Alex Worker"
        assert notice.worker.contact.phone == "01632 960001"
        assert notice.age_band is AgeBand.CHILD

    def test_no_name_birth_date_address_or_record_number_of_a_client_leaves(self, school: Office) -> None:
        """Given a client's record, when it is published, then no name, birth date, address or record number of the client leaves."""
        school.publish(involvement(1))
        [notice] = told(school)
        sent = notice_bundle.write(notice).decode().lower()
        for secret in ("testcase", "orla", "2014-05-06", "example row", "zz1 1aa", '"c1"', '"i1"', "client 1"):
            assert secret not in sent

    def test_the_same_export_again_tells_nothing(self, school: Office) -> None:
        """Given an export that was published, when the same comes again, then nothing is sent."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.publish()
        assert told(school) == []

    def test_a_second_export_tells_exactly_what_differs(self, school: Office) -> None:
        """Given an export that differs from the one before, when it is published, then exactly what differs is sent."""
        school.publish(involvement(1), involvement(2), involvement(3))
        told(school)
        school.next_day()
        report = school.publish(involvement(1), involvement(2, worker="Sam New"), involvement(4))
        assert by_event(told(school)) == {CHANGED: 1, STARTED: 1, ENDED: 1}
        assert report.feeds[0].changes["confirmed"] == 1

    def test_a_new_label_for_a_client_is_nobody_elses_business(self, school: Office) -> None:
        """Given a client whose label in the agency's system changes, when it is published, then nothing is sent."""
        school.publish(involvement(1))
        told(school)
        pupil = involvement(1).person
        school.publish(involvement(1, person=replace(pupil, label="Testcase, Orla (6B)")))
        assert told(school) == []

    def test_every_thirty_days_a_mere_confirmation_is_told_so_that_it_does_not_look_forgotten(
        self, school: Office
    ) -> None:
        """Given an involvement that goes on unchanged, when thirty days have passed, then its confirmation is sent, and not before."""
        school.publish(involvement(1))
        told(school)
        school.next_day(29)
        school.publish()
        assert told(school) == []
        school.next_day(1)
        school.publish()
        [notice] = told(school)
        assert (notice.event, notice.confirmed) == (CHANGED, date(2026, 4, 1))


class TestWhatIsShownOfAWorker:
    """Of a team its display name, never the name that the school's own system gives it; of whoever has a client who must stay private,
    nothing but the office."""

    def test_a_team_is_shown_under_the_name_that_the_agency_gave_it(self, school: Office) -> None:
        """Given a team to which the agency gave a display name, when an involvement is published, then the notice shows that name and not the
        team's own."""
        school.display = Display(school.display.general, {"yr6 (mx/rk) CIN LIST": "Year 6"})
        school.publish(involvement(1, team="Yr6  (MX/RK) cin list"))
        [notice] = told(school)
        assert (notice.worker.name, notice.worker.team) == ("Alex Worker", "Year 6")

    def test_a_team_without_such_a_name_is_shown_as_the_agency(self, school: Office) -> None:
        """Given a team without a display name, when an involvement is published, then the notice shows the office in its place, and neither the
        team's own name nor its mailbox."""
        mailbox = Contact("01632 960009", "cin-list@school.example")
        school.publish(
            involvement(1, team="Yr6 (MX/RK) CIN list"),
            involvement(2, team="Yr6 list; Yr5 list", worker="", contact=mailbox),
        )
        first, second = sorted(told(school), key=lambda notice: notice.worker.name, reverse=True)
        assert (first.worker.name, first.worker.team) == ("Alex Worker", "Office")
        assert (second.worker.team, second.worker.contact) == (
            "Office",
            Contact("01632 960009", "office@school.example"),
        )
        assert b"list" not in notice_bundle.write(first) + notice_bundle.write(second)

    def test_a_new_display_name_is_told_although_no_export_came(self, school: Office) -> None:
        """Given a team that gets a display name, when publishing is next due without a new export, then its involvement is told again under that
        name, once."""
        school.publish(involvement(1), involvement(2, team="Year 5"))
        told(school)
        school.display = Display(school.display.general, {"Year 6": "Year 6", "Year 5": "Juniors"})
        school.publish_due()
        [notice] = told(school)
        assert (notice.event, notice.worker.team) == (CHANGED, "Juniors")
        school.publish_due()
        assert told(school) == []

    @pytest.mark.parametrize("sensitivity", [Sensitivity.SENSITIVE, Sensitivity.UNCLASSIFIED])
    def test_of_a_private_service_not_even_the_gateway_is_told_who(
        self, school: Office, sensitivity: Sensitivity
    ) -> None:
        """Given a service that must stay private or that nobody has classified, when its involvement is published or ends, then even the gateway is
        told the office's contact only, and no worker."""
        school.publish(involvement(1, sensitivity=sensitivity))
        [notice] = told(school)
        assert notice.worker == school.display.general
        school.publish(involvement(1, sensitivity=sensitivity, end=date(2026, 3, 1)))
        [notice] = told(school)
        assert (notice.event, notice.worker) == (ENDED, school.display.general)

    def test_a_private_team_is_sensitive_whatever_its_service_is(self, school: Office) -> None:
        """Given a team that the agency has declared private, when its involvement is published, then it is sensitive whatever the service is, and
        only the office is shown."""
        school.display = replace(school.display, private_teams=frozenset({"Room 4"}))
        school.publish(involvement(1, team="room 4"))
        [notice] = told(school)
        assert (notice.sensitivity, notice.worker) == (Sensitivity.SENSITIVE, school.display.general)

    def test_who_takes_on_a_private_client_is_named_nowhere_any_more_and_again_when_that_is_over(
        self, school: Office
    ) -> None:
        """Given a worker who is named to the gateway, when they take on a client who must stay private, then they are named for none of their
        clients any more; when that involvement is over, they are named again."""
        others = (involvement(2, worker="Bo Other"), involvement(3), involvement(4))
        school.publish(*others)
        told(school)
        school.next_day()
        private = involvement(5, sensitivity=Sensitivity.SENSITIVE, team="Room 4")
        school.publish(*others, private)
        hidden = told(school)
        assert by_event(hidden) == {STARTED: 1, CHANGED: 2}
        assert {notice.worker for notice in hidden} == {school.display.general}
        school.next_day()
        school.publish(*others, replace(private, end=date(2026, 3, 4)))
        over = told(school)
        assert by_event(over) == {ENDED: 1, CHANGED: 2}
        assert [notice.worker.name for notice in over if notice.event is CHANGED] == ["Alex Worker"] * 2

    def test_a_worker_is_known_by_their_id_whatever_the_rows_call_them(self, school: Office) -> None:
        """Given a worker who stands under two names in an export, with one staff number, when one of their clients must stay private, then they are
        named under neither."""
        private = involvement(2, worker="A. Worker-Married", worker_id="W7", sensitivity=Sensitivity.SENSITIVE)
        school.publish(involvement(1, worker_id="w7"), private)
        assert {notice.worker for notice in told(school)} == {school.display.general}

    def test_what_was_queued_by_name_and_has_not_left_yet_does_not_leave(self, school: Office) -> None:
        """Given a notice that names a worker and waits to be sent, when that worker takes on a client who must stay private, then their name does
        not leave; the office's does."""
        publish(school.desk, school.screening, [school.feed], school.policy)  # an empty export
        school.records.state(involvement(1))
        publish(school.desk, school.screening, [school.feed], school.policy)
        school.records.state(involvement(1), involvement(2, sensitivity=Sensitivity.SENSITIVE))
        publish(school.desk, school.screening, [school.feed], school.policy)
        school.post()
        assert {notice.worker for notice in told(school)} == {school.display.general}

    def test_what_a_ledger_of_before_display_names_published_is_put_right(self, school: Office) -> None:
        """Given a connector that published before there were display names, when publishing is next due, then every notice of a worker who has a
        private client is told again with the office in their place."""
        school.publish(involvement(1), involvement(2, sensitivity=Sensitivity.SENSITIVE))
        told(school)
        with school.ledger.write() as unit:
            unit.db.execute("DELETE FROM worker")
            unit.db.execute("UPDATE involvement SET veiled = 0")
            unit.positions.note_display("")
        school.publish_due()
        assert [notice.worker for notice in told(school)] == [school.display.general] * 2


class TestEndings:
    """An involvement ends when the agency says so, or when a full export no longer has it."""

    def test_it_ends_on_the_day_the_record_says(self, school: Office) -> None:
        """Given a record with an end date, when it is published, then the involvement ends on that day."""
        school.publish(involvement(1))
        told(school)
        school.next_day()
        school.publish(involvement(1, end=date(2026, 2, 27)))
        [notice] = told(school)
        assert (notice.event, notice.end) == (ENDED, date(2026, 2, 27))

    def test_what_a_full_export_no_longer_has_ends_on_the_day_of_the_export(self, school: Office) -> None:
        """Given a full export that no longer holds an involvement, when it is published, then the involvement ends on the day of the export."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.next_day()
        school.publish(involvement(1))
        [notice] = told(school)
        assert (notice.event, notice.end) == (ENDED, date(2026, 3, 3))

    def test_an_end_in_the_future_is_a_change_and_its_day_makes_it_an_ending(self, school: Office) -> None:
        """Given an end date in the future, when it is published, then that is a change, and its day makes it an ending."""
        school.publish(involvement(1))
        told(school)
        school.publish(involvement(1, end=date(2026, 3, 4)))
        assert by_event(told(school)) == {CHANGED: 1}
        school.next_day(2)
        school.publish()
        assert by_event(told(school)) == {ENDED: 1}

    def test_a_partial_export_never_ends_anything(self, school: Office) -> None:
        """Given a partial export, when something is missing from it, then nothing ends."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.next_day()
        school.records.coverage = Coverage.PARTIAL
        school.publish(involvement(1))
        assert told(school) == []

    @pytest.mark.parametrize("policy", [VanishPolicy.HOLD, VanishPolicy.IGNORE])
    def test_where_the_format_says_so_vanishing_ends_nothing(self, tmp_path: Path, policy: VanishPolicy) -> None:
        """Given a format in which a missing row says nothing, when a row goes missing, then nothing ends."""
        school = Office(tmp_path, vanish=policy)
        school.publish(involvement(1), involvement(2))
        told(school)
        school.next_day()
        school.publish(involvement(1))
        assert told(school) == []

    def test_what_comes_back_after_it_ended_starts_again(self, school: Office) -> None:
        """Given an involvement that ended, when it stands in the export again, then it begins again."""
        school.publish(involvement(1), involvement(2))
        school.next_day()
        school.publish(involvement(1))
        told(school)
        school.next_day()
        school.publish(involvement(1), involvement(2))
        assert by_event(told(school)) == {STARTED: 1}
        assert len(school.gateway.live()) == 2

    def test_what_was_over_long_before_it_was_first_seen_is_never_told(self, school: Office) -> None:
        """Given an involvement that was over long before Patchwork first saw it, when it is read, then it is never told."""
        report = school.publish(involvement(1, end=date(2025, 10, 29)), involvement(2))
        assert by_event(told(school)) == {STARTED: 1}
        assert report.feeds[0].changes["historic"] == 1

    def test_but_a_child_whose_case_closed_within_three_months_is(self, school: Office) -> None:
        """Given a child's case that closed within the last three months, when it is first read, then its ending is told."""
        school.publish(involvement(1, end=date(2026, 1, 30)))
        assert by_event(told(school)) == {ENDED: 1}

    def test_a_row_that_cannot_be_read_has_not_vanished(self, school: Office) -> None:
        """Given a row that cannot be read, when the export is published, then the involvement does not end and a person is asked to look."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.next_day()
        school.records.state(involvement(1))
        school.records.rows.append(Rejected("export row 2", "start: not a date", "I2"))
        report = school.publish()
        assert told(school) == []
        assert report.needs_a_person
        assert report.feeds[0].rejections == ["export row 2: start: not a date"]

    def test_where_nobody_can_tell_which_row_it_was_endings_wait_for_a_week(self, school: Office) -> None:
        """Given an unreadable row of which nobody can say whose it is, when the export is published, then endings wait for a week."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.next_day()
        school.records.state(involvement(1))
        school.records.rows.append(Rejected("export row 2", "has 3 of 9 cells"))
        school.publish()
        assert told(school) == []
        school.next_day(7)
        school.publish()
        assert by_event(told(school)) == {ENDED: 1}


class TestMistakes:
    """What was said in error is withdrawn: the gateway is told that it was never right."""

    def test_the_source_says_that_it_was_an_error(self, school: Office) -> None:
        """Given an entry that the source marks as an error, when it is published, then that involvement is withdrawn."""
        school.publish(involvement(1), involvement(2))
        told(school)
        school.records.state(involvement(1))
        school.records.rows.append(Withdrawn("entry 2", "I2"))
        school.publish()
        assert by_event(told(school)) == {WITHDRAWN: 1}

    def test_the_source_takes_back_everything_about_a_client(self, school: Office) -> None:
        """Given a client of whom the source takes everything back, when it is published, then all their involvements are withdrawn."""
        pupil = involvement(1).person
        school.publish(involvement(1), involvement(2, person=pupil), involvement(3))
        told(school)
        school.records.state(involvement(3))
        school.records.rows.append(Withdrawn("entry 2", pupil.local_id))
        school.publish()
        assert by_event(told(school)) == {WITHDRAWN: 2}

    def test_an_involvement_that_had_not_begun_is_withdrawn_not_ended(self, school: Office) -> None:
        """Given an involvement that had not begun, when it is gone from the export, then it is withdrawn and not ended."""
        school.publish(involvement(1), involvement(2, start=date(2026, 4, 1)))
        told(school)
        school.next_day()
        school.publish(involvement(1))
        assert by_event(told(school)) == {WITHDRAWN: 1}

    def test_two_rows_of_one_id_in_another_agencys_name_are_turned_away(self, school: Office) -> None:
        """Given a row in another agency's name, when it is read, then it is turned away with the reason."""
        other = involvement(1, agency=type(involvement(1).agency)("urn:patchwork:seaton:housing"))
        report = school.publish(other)
        assert told(school) == []
        assert "another agency" in report.feeds[0].rejections[0]


class TestWhoIsNeverPublished:
    """Some clients must never be known to anybody else: sealed adoptions, protected people, colleagues."""

    def test_nothing_about_an_excluded_client_leaves(self, school: Office) -> None:
        """Given a client on the exclusion list, when the export is published, then nothing about them leaves."""
        school.exclusion = ExclusionList(frozenset({"C2"}))
        report = school.publish(involvement(1), involvement(2))
        assert by_event(told(school)) == {STARTED: 1}
        assert report.feeds[0].skipped["excluded"] == 1

    def test_a_client_excluded_later_is_withdrawn_at_once_in_everything(self, school: Office) -> None:
        """Given a client who is put on the exclusion list later, when the connector next runs, then everything published about them is withdrawn at
        once."""
        pupil = involvement(1).person
        school.publish(involvement(1), involvement(2, person=pupil), involvement(3))
        told(school)
        school.exclusion = ExclusionList(frozenset({"c1 "}))
        report = school.publish_due()
        assert report.withdrawn_as_excluded == 2
        assert by_event(told(school)) == {WITHDRAWN: 2}

    def test_also_when_the_export_itself_has_to_wait(self, school: Office) -> None:
        """Given an export that is held for a person to look at, when a client is put on the exclusion list, then they are withdrawn at once all the
        same."""
        school.publish(*class_of(12))
        told(school)
        school.exclusion = ExclusionList(frozenset({"C1"}))
        school.next_day()
        report = school.publish(involvement(1))
        assert report.feeds[0].held is not None
        assert by_event(told(school)) == {WITHDRAWN: 1}

    def test_a_client_taken_off_the_list_is_told_of_again(self, school: Office) -> None:
        """Given a client who is taken off the exclusion list, when the connector next runs, then they are published again."""
        school.publish(involvement(1))
        school.exclusion = ExclusionList(frozenset({"C1"}))
        school.publish()
        told(school)
        school.exclusion = ExclusionList()
        school.publish()
        assert by_event(told(school)) == {STARTED: 1}

    def test_who_does_not_meet_the_agencys_criterion_is_not_published(self, school: Office) -> None:
        """Given a client who does not meet the agency's criterion, when the export is read, then nothing about them is published."""
        school.eligibility = Criterion(services=frozenset({ServiceLine.EARLY_HELP}))
        report = school.publish(involvement(1))
        assert told(school) == []
        assert report.feeds[0].skipped["not-eligible"] == 1

    def test_who_no_longer_meets_it_ends_because_what_was_said_was_right_at_the_time(self, school: Office) -> None:
        """Given a published client who no longer meets the criterion, when it is next read, then the involvement ends and is not withdrawn: it was
        right at the time."""
        school.publish(involvement(1), involvement(2, service=ServiceLine.EARLY_HELP))
        told(school)
        school.eligibility = Criterion(services=frozenset({ServiceLine.EARLY_HELP}))
        school.publish()
        assert by_event(told(school)) == {ENDED: 1}


class TestTooMuchToBelieve:
    """An export that suddenly lacks a fifth of everybody is a broken export until a person has looked at it."""

    def test_it_is_held_and_nothing_of_it_is_published(self, school: Office) -> None:
        """Given an export from which a quarter of the clients are missing, when it is read, then it is held for a person and nothing of it is
        published."""
        school.publish(*class_of(12))
        told(school)
        school.next_day()
        report = school.publish(*class_of(9), involvement(77))
        assert "3 of 12" in report.feeds[0].problem
        assert report.needs_a_person
        assert told(school) == []
        assert school.statuses() == {"live": 12}

    def test_a_person_may_release_it_and_then_it_is_published_whole(self, school: Office) -> None:
        """Given an export that is held, when a person releases it, then it is published whole."""
        school.publish(*class_of(12))
        told(school)
        school.next_day()
        held = school.publish(*class_of(9), involvement(77)).feeds[0].held
        assert held is not None
        release(school.desk, school.screening, [school.feed], held, school.policy)
        school.post()
        assert by_event(told(school)) == {STARTED: 1, ENDED: 3}

    def test_or_discard_it_and_everything_stays_as_it_was(self, school: Office) -> None:
        """Given an export that is held, when a person discards it, then everything stays as it was."""
        school.publish(*class_of(12))
        told(school)
        held = school.publish(*class_of(2)).feeds[0].held
        assert held is not None
        assert discard(school.ledger, held)
        assert not discard(school.ledger, held)
        school.publish(*class_of(12))
        assert told(school) == []

    def test_a_good_export_afterwards_makes_the_held_one_outdated(self, school: Office) -> None:
        """Given an export that is held, when a good one comes afterwards, then the held one can no longer be released."""
        school.publish(*class_of(12))
        held = school.publish(*class_of(2)).feeds[0].held
        school.publish(*class_of(12))
        assert held is not None
        report = release(school.desk, school.screening, [school.feed], held, school.policy)
        assert "no reading" in report.problem

    def test_who_was_excluded_meanwhile_is_not_published_by_the_release(self, school: Office) -> None:
        """Given an export that is held, when one of its clients is excluded meanwhile and it is then released, then nothing about that client is
        published."""
        school.publish(*class_of(12))
        told(school)
        held = school.publish(involvement(77), involvement(78)).feeds[0].held
        assert held is not None
        school.exclusion = ExclusionList(frozenset({"C77"}))
        release(school.desk, school.screening, [school.feed], held, school.policy)
        school.post()
        assert by_event(told(school)) == {STARTED: 1, ENDED: 12}

    def test_a_small_agency_may_lose_a_client_without_a_question(self, school: Office) -> None:
        """Given a small agency, when one client is missing, then the export is published without a question."""
        school.publish(*class_of(4))
        told(school)
        school.next_day()
        report = school.publish(*class_of(3))
        assert report.feeds[0].held is None
        assert by_event(told(school)) == {ENDED: 1}

    def test_but_an_export_with_nobody_in_it_is_always_held(self, school: Office) -> None:
        """Given an export with nobody in it, when it is read, then it is always held."""
        school.publish(*class_of(4))
        told(school)
        school.next_day()
        school.records.state()
        assert school.publish().feeds[0].held is not None
        assert told(school) == []

    def test_endings_that_the_records_date_are_believed_however_many(self, school: Office) -> None:
        """Given an export in which every case has an end date, when it is published, then all the endings are believed."""
        school.publish(*class_of(12))
        told(school)
        school.next_day()
        school.publish(*[involvement(number, end=date(2026, 3, 3)) for number in range(1, 13)])
        assert by_event(told(school)) == {ENDED: 12}

    def test_an_export_older_than_what_was_published_is_turned_away(self, school: Office) -> None:
        """Given an export older than the one published before, when it is read, then it is turned away."""
        school.next_day()
        school.publish(involvement(1))
        told(school)
        school.records.as_of -= timedelta(days=1)
        report = school.publish(involvement(2))
        assert "already" in report.feeds[0].problem
        assert told(school) == []


class TestWhatTimeChanges:
    """Some things become untrue without anybody touching the records."""

    def test_a_child_who_turns_eighteen_is_told_of_again_on_the_birthday(self, school: Office) -> None:
        """Given a child who turns eighteen, when the birthday comes, then the agency's connector says so that day though no record changed."""
        pupil = replace(involvement(1).person, birth_date=PartialDate(2008, 3, 10))
        school.publish(involvement(1, person=pupil))
        [before] = told(school)
        assert (before.age_band, before.age_band_until) == (AgeBand.CHILD, date(2026, 3, 31))
        school.clock.wait(days=7)
        school.publish_due()
        assert told(school) == []
        school.clock.wait(days=1)
        school.publish_due()
        [notice] = told(school)
        assert (notice.event, notice.age_band) == (CHANGED, AgeBand.YOUNG_18_19)

    def test_a_new_linkage_epoch_makes_everything_live_told_again_under_both(self, school: Office) -> None:
        """Given a new linkage key, when the connector has it, then every live involvement is told again with evidence under both keys, once."""
        school.publish(involvement(1), involvement(2))
        school.next_day()
        school.publish(involvement(1))
        told(school)
        school.tokenisers = (*school.tokenisers, KeyedTokeniser(an_epoch("trial-2")))
        school.publish_due()
        [notice] = told(school)
        assert [evidence.epoch for evidence in notice.evidence] == ["trial-1", "trial-2"]
        school.publish_due()
        assert told(school) == []


class TestUntilItIsReceipted:
    """Sent is not accepted. A notice is sent again until the gateway has signed for it."""

    def test_without_a_receipt_it_is_sent_again(self, school: Office) -> None:
        """Given a notice that gets no receipt, when time passes, then it is sent again and counts once."""
        school.publish(involvement(1))
        school.gateway.take(answer=False)
        school.clock.wait(minutes=30)
        assert school.post().sent == 1
        school.exchange()
        assert (len(school.gateway.notices), school.gateway.repeats) == (1, 1)
        assert school.outbox() == {"settled": 1}

    def test_while_the_channel_is_down_nothing_is_lost(self, school: Office) -> None:
        """Given a channel that is down, when it comes back, then everything that waited is sent."""
        school.broker.down = True
        school.publish(involvement(1), involvement(2))
        assert school.outbox() == {"pending": 2}
        school.broker.down = False
        school.clock.wait(minutes=30)
        school.post()
        assert by_event(told(school)) == {STARTED: 2}

    def test_a_refused_notice_is_kept_with_the_reason_and_not_sent_again(self, school: Office) -> None:
        """Given a notice that the gateway refuses, when the refusal arrives, then it is kept with the reason and not sent again."""
        issue = Issue(
            "business-rule", "no-agreement", "CareTeam", "no agreement is in force; ask the partnership's manager"
        )
        school.gateway.refuses = lambda notice: (issue,)
        school.publish(involvement(1))
        school.exchange()
        with school.ledger.read() as unit:
            [refused] = unit.outbox.list("refused", 10)
        assert refused.issues == (issue,)
        school.clock.wait(days=1)
        assert school.post().sent == 0

    def test_a_receipt_that_finds_it_stale_has_it_sealed_afresh(self, school: Office) -> None:
        """Given a notice that arrived too old, when the gateway says so, then it is sealed afresh and sent again."""
        from mappings.canonical.codes import MessageKind
        from mappings.canonical.receipt import Receipt
        from mappings.fhir import receipt_bundle

        school.publish(involvement(1))
        [opened] = school.gateway.take(answer=False)
        stale = Receipt(opened.header.about, "0" * 64, ReceiptOutcome.STALE)
        school.gateway.send(MessageKind.RECEIPT, opened.header.about, receipt_bundle.write(stale))
        school.deliver()
        school.clock.wait(minutes=2)
        school.post()
        [again] = school.gateway.take()
        assert again.header.issued_at > opened.header.issued_at
        assert again.header.message != opened.header.message
