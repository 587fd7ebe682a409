"""Chapter 38. Please confirm: a record that says too little of a person is not published. It stands on its own agency's list, and nobody else
hears of it until somebody has asked the person and put the record right.

A nickname at a youth club, an initial and a surname: such a record fits many people. Published it would only wait for the stewards, who know
even less. The agency's own staff can ask.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.reading.check_records import as_json, as_text, check_records
from connectors.reading.exclusion import ExclusionList
from mappings.canonical.check_list import CheckField, CheckItem, CheckList
from mappings.canonical.codes import MessageKind, NoticeEvent
from mappings.canonical.identifiers import MessageId
from mappings.canonical.involvement import Involvement
from mappings.check_list_json import write_check_list
from tests.connectors.office import SCHOOL, Office, involvement
from tests.counterparts import by_event


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """A school whose connector was installed this Monday."""
    return Office(tmp_path)


def thin(number: int) -> Involvement:
    """The school knows an initial and a surname."""
    known = involvement(number)
    return replace(known, person=replace(known.person, given=("O",), birth_date=None))


def told(school: Office) -> dict[NoticeEvent, int]:
    """What the gateway was told since this was asked last."""
    before = len(school.gateway.notices)
    school.exchange()
    return by_event(school.gateway.notices[before:])


def listed(school: Office) -> list[str]:
    """Whose records the school is to look at."""
    with school.ledger.read() as unit:
        return [row["client"] for row in as_json(check_records(unit, SCHOOL))["records"]]


def test_a_weak_record_stays_at_the_agency_on_its_own_list(school: Office) -> None:
    """Given a pupil of whom only an initial and a surname are known, when the export is published, then nothing of them leaves, the report
    counts them, and they stand on the school's own list with what is missing."""
    report = school.publish(involvement(1), thin(2))
    assert told(school) == {NoticeEvent.STARTED: 1}
    assert report.feeds[0].weak == 1
    with school.ledger.read() as unit:
        assert "  Client 2 (C2): given name, date of birth\n" in as_text(check_records(unit, SCHOOL))


def test_it_is_published_by_the_first_reading_in_which_its_details_are_better(school: Office) -> None:
    """Given a pupil on that list, when the school has put the record right, then it is published, and it leaves the list."""
    school.publish(involvement(1), thin(2))
    told(school)
    school.next_day()
    school.publish(involvement(1), involvement(2))
    assert told(school) == {NoticeEvent.STARTED: 1}
    assert listed(school) == []


def test_what_was_published_stays_published_when_its_record_gets_worse(school: Office) -> None:
    """Given a pupil who was published, when the record loses its details, then the involvement is told as changed, and never as ended."""
    school.publish(involvement(1), involvement(2))
    told(school)
    school.next_day()
    school.publish(involvement(1), thin(2))
    assert told(school) == {NoticeEvent.CHANGED: 1}
    assert listed(school) == []


def test_whoever_the_school_no_longer_states_leaves_the_list_and_nobody_is_told(school: Office) -> None:
    """Given a pupil on that list, when the next export does not state them, then they leave it and nothing is sent."""
    school.publish(involvement(1), thin(2))
    told(school)
    school.next_day()
    school.publish(involvement(1))
    assert (told(school), listed(school)) == ({}, [])


def test_whoever_is_excluded_leaves_the_list_at_once(school: Office) -> None:
    """Given a pupil on that list, when they are put on the exclusion list, then the list shows nothing of them, though no export came."""
    school.publish(involvement(1), thin(2))
    told(school)
    school.exclusion = ExclusionList(frozenset({"C2"}))
    school.publish_due()
    assert (told(school), listed(school)) == ({}, [])


def test_what_the_gateway_asks_stands_on_the_same_list_and_looks_alike(school: Office) -> None:
    """Given a pupil too thin to be published and one whom the gateway asks about, when the school looks at its list, then both stand there in
    the same form, in the order of the names, and nothing says which is which."""
    school.publish(involvement(1), thin(2), involvement(3))
    told(school)
    asked = CheckItem(school.references.person("C1"), (CheckField.GIVEN_NAME, CheckField.BIRTH_DATE))
    about = MessageId("00000000-0000-4000-8000-000000000001")
    listing = CheckList(SCHOOL, school.clock().date(), (asked,))
    school.gateway.send(MessageKind.CHECK_LIST, about, write_check_list(listing))
    school.deliver()
    with school.ledger.read() as unit:
        records = as_json(check_records(unit, SCHOOL))["records"]
    fields = ["given-name", "birth-date"]
    assert records == [{"client": f"Client {number}", "client_id": f"C{number}", "fields": fields} for number in (1, 2)]
