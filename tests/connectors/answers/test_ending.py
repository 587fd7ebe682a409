"""A practitioner no longer works with the client: it ends here and now, and stands until the source says something newer."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.answers.ending import end_here
from connectors.answers.saying import answers_document
from connectors.publishing.still_involved import confirm
from identity.person.ports import TokeniserUnavailable
from identity.person.standard_person import StandardPerson
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AnswerCode, NoticeEvent
from mappings.canonical.evidence import Evidence
from tests.connectors.answers.desk import answer, ref_of, told
from tests.connectors.office import SCHOOL, Office, an_epoch, involvement


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Client 1 was told of, and Alex has answered that they no longer work together."""
    made = Office(tmp_path)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    told(made)
    assert answer(made, AnswerCode.NO_LONGER_INVOLVED).ended
    made.post()
    made.exchange()
    return made


def events(school: Office) -> list[NoticeEvent]:
    """What was said of client 1."""
    return [each.event for each in school.gateway.notices if each.involvement_ref == ref_of(school)]


def publish(school: Office, *stated: int, **changes: object) -> None:
    school.next_day()
    made = [replace(involvement(number), **(changes if number == 1 else {})) for number in stated]  # type: ignore[arg-type]
    school.publish(*made)
    school.exchange()


def still_stated(school: Office) -> list[tuple[str, str]]:
    with school.ledger.read() as unit:
        found = answers_document(unit, SCHOOL, 10)["ended_here_and_still_stated"]
    return [(each["involvement"], each["stated_on"]) for each in found]


def test_it_ends_at_once_and_the_gateway_has_answer_and_ending(school: Office) -> None:
    assert [each.answer for each in school.gateway.answers] == [AnswerCode.NO_LONGER_INVOLVED]
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED]
    assert school.gateway.held[ref_of(school)].end == school.clock().date()
    assert still_stated(school) == []
    assert not end_here(school.desk, ref_of(school)), "it is over already"


def test_a_source_that_goes_on_stating_the_very_same_says_nothing_newer_and_the_agency_is_asked(school: Office) -> None:
    for _ in range(3):
        publish(school, 1, 2)
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED]
    assert still_stated(school) == [("I1", "2026-03-05")]


def test_what_the_source_states_otherwise_begins_it_anew(school: Office) -> None:
    publish(school, 1, 2)
    publish(school, 1, 2, worker="Sam New")
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED, NoticeEvent.STARTED]
    assert still_stated(school) == []
    publish(school, 2)
    assert events(school)[-1] is NoticeEvent.ENDED
    # The row it was ended under once is not remembered beyond that.
    publish(school, 1, 2)
    assert events(school)[-1] is NoticeEvent.STARTED


def test_what_the_source_stopped_stating_and_states_again_begins_it_anew(school: Office) -> None:
    publish(school, 2)
    assert still_stated(school) == []
    publish(school, 1, 2)
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED, NoticeEvent.STARTED]


def test_a_person_takes_the_end_back_and_the_next_reading_begins_it_anew(school: Office) -> None:
    publish(school, 1, 2)
    with school.ledger.write() as unit:
        confirm(unit, SCHOOL, ref_of(school), school.clock().date())
    publish(school, 1, 2)
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED, NoticeEvent.STARTED]


def test_an_end_that_was_cut_off_is_made_good_by_saying_it_again(tmp_path: Path) -> None:
    school = Office(tmp_path)
    school.publish(involvement(1))
    school.exchange()
    told(school)
    held, school.tokenisers = school.tokenisers, (Away(an_epoch("trial-1")),)
    with pytest.raises(TokeniserUnavailable):
        answer(school, AnswerCode.NO_LONGER_INVOLVED)
    with school.ledger.read() as unit:
        assert unit.ended_here.find(ref_of(school)) is None
    school.tokenisers = held
    again = answer(school, AnswerCode.NO_LONGER_INVOLVED)
    assert (again.new, again.ended) == (False, True)
    school.post()
    school.exchange()
    assert events(school) == [NoticeEvent.STARTED, NoticeEvent.ENDED]


class Away(KeyedTokeniser):
    """Makes no evidence today."""

    def evidence(self, persons: Sequence[StandardPerson]) -> list[Evidence]:
        """See the port."""
        raise TokeniserUnavailable("the tokeniser is away")
