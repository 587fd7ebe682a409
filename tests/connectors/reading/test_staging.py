"""What one reading makes of its rows: excluded, not eligible, unusable, twice the same, or somebody else's."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.eligibility import Criterion
from connectors.publish import publish
from connectors.publishing.policy import Report
from connectors.reading.staging import Feed, Screening
from connectors.sources.port import Coverage, Read, Rejected, Skipped, SkipReason, SourceUnreadable
from identity.person.ports import TokeniserUnavailable
from mappings.canonical.codes import NoticeEvent, RelationKind
from mappings.canonical.involvement import Relation
from mappings.canonical.person import PartialDate
from mappings.source_map import VanishPolicy
from tests.builders import HOUSING
from tests.connectors.office import SCHOOL, Office, Records, involvement
from tests.counterparts import by_event


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def read(office: Office, *rows: object) -> Report:
    """The export holds exactly these rows."""
    office.records.rows = list(rows)  # type: ignore[arg-type]
    report = office.publish()
    office.exchange()
    return report


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"legal_basis": None}, "no legal basis"),
        ({"worker": "x" * 121}, "the worker is longer than 120"),
        ({"end": involvement().start.replace(year=2020)}, "ends before it starts"),  # type: ignore[union-attr]
        ({"local_id": ""}, "empty or too long"),
        ({"agency": HOUSING}, "another agency than the one whose source this is"),
        ({"relations": (Relation(RelationKind.PARENT, involvement().person),) * 13}, "more than 12 relations"),
    ],
)
def test_a_row_that_cannot_be_published_is_named_and_the_others_are(
    office: Office, changes: dict[str, object], words: str
) -> None:
    report = read(office, Read("row 1", involvement(1, **changes)), Read("row 2", involvement(2)))
    assert report.feeds[0].rejected == 1
    assert report.feeds[0].rejections[0].startswith("row 1: ")
    assert words in report.feeds[0].rejections[0]
    assert by_event(office.gateway.notices) == {NoticeEvent.STARTED: 1}


def test_a_published_row_that_becomes_unusable_stays_as_it_was(office: Office) -> None:
    read(office, Read("row 1", involvement(1)), Read("row 2", involvement(2)))
    office.next_day()
    read(office, Read("row 1", involvement(1, legal_basis=None)), Read("row 2", involvement(2)))
    assert by_event(office.gateway.notices) == {NoticeEvent.STARTED: 2}


def test_the_same_id_twice_counts_once(office: Office) -> None:
    report = read(office, Read("row 1", involvement(1)), Read("row 2", involvement(1)))
    assert report.feeds[0].skipped["duplicate"] == 1
    assert by_event(office.gateway.notices) == {NoticeEvent.STARTED: 1}


def test_every_row_counts_once_however_far_apart_two_of_one_id_stand(office: Office) -> None:
    office.records.rows = [Read(f"row {n}", involvement(n % 300)) for n in range(500)]
    report = publish(office.desk, office.screening, [office.feed], office.policy)
    assert (report.feeds[0].read, report.feeds[0].skipped["duplicate"]) == (300, 200)
    assert office.outbox() == {"pending": 300}


@pytest.mark.parametrize(("first_is_usable", "told"), [(True, 1), (False, 0)])
def test_of_two_rows_about_one_involvement_the_first_counts(office: Office, first_is_usable: bool, told: int) -> None:
    usable, unusable = Read("row", involvement(1)), Read("row", involvement(1, legal_basis=None))
    report = read(office, *((usable, unusable) if first_is_usable else (unusable, usable)))
    assert report.feeds[0].rejected == 1
    assert len(office.gateway.notices) == told


def test_a_record_marked_restricted_takes_everything_of_its_client_back(office: Office) -> None:
    client = involvement(1).person
    read(office, Read("row 1", involvement(1)), Read("row 2", involvement(2, person=client)))
    report = read(office, Skipped("row 1", SkipReason.EXCLUDED, "I1"), Read("row 2", involvement(2, person=client)))
    assert report.withdrawn_as_excluded == 2
    assert by_event(office.gateway.notices) == {NoticeEvent.STARTED: 2, NoticeEvent.WITHDRAWN: 2}


def test_two_sources_may_not_speak_of_one_involvement(office: Office) -> None:
    read(office, Read("row 1", involvement(1)))
    second = Records([Read("line 1", involvement(1, worker="Sam New"))])
    feeds = [office.feed, Feed("second", second, VanishPolicy.CLOSE, 0.2)]
    screening = Screening(
        SCHOOL,
        office.references,
        office.exclusion,
        office.eligibility,
        office.display,
        frozenset({"records", "second"}),
    )
    report = publish(office.desk, screening, feeds, office.policy)
    assert "the source 'records' states" in report.feeds[1].rejections[0]


def test_each_source_ends_only_what_it_stated_itself(office: Office) -> None:
    second = Records([Read("line 1", involvement(2))])
    feeds = [office.feed, Feed("second", second, VanishPolicy.CLOSE, 0.2)]
    screening = Screening(
        SCHOOL,
        office.references,
        office.exclusion,
        office.eligibility,
        office.display,
        frozenset({"records", "second"}),
    )
    office.records.state(involvement(1))
    for _ in range(2):
        publish(office.desk, screening, feeds, office.policy)
        office.next_day()
        second.as_of = office.clock().date()
    assert office.statuses() == {"live": 2}


def test_a_source_that_cannot_be_read_does_not_keep_the_others(office: Office) -> None:
    class Broken(Records):
        def snapshot(self) -> object:  # type: ignore[override]
            raise SourceUnreadable("export.csv cannot be read")

    feeds = [Feed("broken", Broken(), VanishPolicy.CLOSE, 0.2), office.feed]
    office.records.state(involvement(1))
    report = publish(office.desk, office.screening, feeds, office.policy)
    assert [feed.problem for feed in report.feeds] == ["export.csv cannot be read", ""]
    assert office.statuses() == {"live": 1}


def test_while_no_evidence_can_be_made_nothing_is_published_and_nothing_is_lost(office: Office) -> None:
    class Away:
        epoch_id = "trial-1"

        def evidence(self, persons: object) -> list[object]:
            raise TokeniserUnavailable("the tokeniser is away")

    working, office.tokenisers = office.tokenisers, (Away(),)  # type: ignore[assignment]
    with pytest.raises(TokeniserUnavailable):
        office.publish(involvement(1))
    assert office.statuses() == {}
    office.tokenisers = working
    office.publish()
    assert office.statuses() == {"live": 1}


def test_a_relation_travels_as_evidence_only(office: Office) -> None:
    mother = replace(involvement(9).person, given=("Siobhan",))
    read(office, Read("row 1", involvement(1, relations=(Relation(RelationKind.PARENT, mother),))))
    [notice] = office.gateway.notices
    [related] = notice.relations
    assert related.kind is RelationKind.PARENT
    assert related.evidence[0].epoch == "trial-1"


def test_problems_are_listed_up_to_a_bound_and_counted_beyond(office: Office) -> None:
    rows = [Rejected(f"row {number}", "start: not a date") for number in range(500)]
    report = read(office, *rows, Read("row 501", involvement(1)))
    assert (report.feeds[0].rejected, len(report.feeds[0].rejections)) == (500, 200)


def test_a_part_of_a_source_may_be_about_nobody_who_is_eligible(office: Office) -> None:
    """What changed in an hour may be the one client who turned eighteen; of everything that would be a broken export."""
    read(office, Read("row 1", involvement(1)), Read("row 2", involvement(2)))
    grown = involvement(1, person=replace(involvement(1).person, birth_date=PartialDate(1980, 1, 1)))
    office.eligibility = Criterion.from_settings({"age_bands": ["child", "unborn"]})
    office.records.coverage = Coverage.PARTIAL
    report = read(office, Read("row 1", grown))
    assert not report.feeds[0].problem
    assert by_event(office.gateway.notices)[NoticeEvent.ENDED] == 1
    office.records.coverage = Coverage.FULL
    assert "states nothing that could be published" in read(office, Read("row 1", grown)).feeds[0].problem
