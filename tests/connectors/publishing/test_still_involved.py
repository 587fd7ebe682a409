"""Are we still involved? The gateway's question inside our own walls, what the ledger answers by itself, and what a person answers."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.publishing.still_involved import as_json, as_text, confirm, end, questions
from connectors.sources.port import Coverage
from mappings.canonical.check_list import CheckField, CheckItem, CheckList
from mappings.canonical.codes import MessageKind, NoticeEvent
from mappings.canonical.identifiers import InvolvementRef, MessageId
from mappings.check_list_json import write_check_list
from mappings.source_map import VanishPolicy
from tests.connectors.commands.test_commands import Housing, housing, row, set_up
from tests.connectors.office import SCHOOL, Office, involvement

assert housing  # a fixture


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """The school's records only ever state what changed. Clients 1 and 2 were stated long ago, and nothing since."""
    school = Office(tmp_path, vanish=VanishPolicy.IGNORE)
    school.records.coverage = Coverage.PARTIAL
    school.publish(involvement(1), involvement(2))
    school.exchange()
    school.next_day(340)
    return school


def ref(school: Office, number: int) -> InvolvementRef:
    return school.references.involvement(f"I{number}")


def ask(school: Office, *refs: InvolvementRef) -> None:
    listed = CheckList(SCHOOL, school.clock().date(), (), refs)
    about = MessageId("00000000-0000-4000-8000-000000000001")
    school.gateway.send(MessageKind.CHECK_LIST, about, write_check_list(listed))
    assert school.deliver().parcels["check list"] == 1


def said_since(school: Office, before: int) -> list[tuple[NoticeEvent, InvolvementRef, date, date | None]]:
    school.publish_due()
    school.exchange()
    new = school.gateway.notices[before:]
    return [(each.event, each.involvement_ref, each.confirmed, each.end) for each in new]


def waiting(school: Office) -> list[str]:
    with school.ledger.read() as unit:
        return [each.involvement_local_id for each in questions(unit, SCHOOL).open]


def test_the_question_names_our_own_client_worker_and_day(school: Office) -> None:
    with school.ledger.read() as unit:
        assert "sent no list yet" in as_text(questions(unit, SCHOOL))
    ask(school, ref(school, 1), InvolvementRef("f" * 64))
    with school.ledger.read() as unit:
        asked = questions(unit, SCHOOL)
    assert "  I1: Client 1 (C1), Alex Worker, last confirmed 2026-03-02\n" in as_text(asked)
    assert as_json(asked) == {
        "as_of": "2027-02-05",
        "involvements": [
            {
                "involvement": "I1",
                "client": "Client 1",
                "client_id": "C1",
                "worker": "Alex Worker",
                "confirmed": "2026-03-02",
            }
        ],
        "of_unknown_clients": 1,
    }


def test_whoever_confirms_it_says_it_again_as_of_today(school: Office) -> None:
    ask(school, ref(school, 1), ref(school, 2))
    before, today = len(school.gateway.notices), school.clock().date()
    with school.ledger.write() as unit:
        confirm(unit, SCHOOL, ref(school, 1), today)
    assert waiting(school) == ["I2"]
    assert said_since(school, before) == [(NoticeEvent.CHANGED, ref(school, 1), today, None)]
    assert said_since(school, before + 1) == []


def test_whoever_ends_it_ends_it_today(school: Office) -> None:
    ask(school, ref(school, 1), ref(school, 2))
    before, today = len(school.gateway.notices), school.clock().date()
    end(school.desk, [ref(school, 2)])
    assert waiting(school) == ["I1"]
    ((event, which, _, ended),) = said_since(school, before)
    assert (event, which, ended) == (NoticeEvent.ENDED, ref(school, 2), today)


def test_what_our_own_system_still_states_begins_anew(school: Office) -> None:
    ask(school, ref(school, 1))
    end(school.desk, [ref(school, 1)])
    school.next_day()
    school.publish(involvement(1))
    school.exchange()
    assert [each.event for each in school.gateway.notices][-2:] == [NoticeEvent.ENDED, NoticeEvent.STARTED]


def test_what_the_source_vouched_for_lately_the_ledger_says_again_by_itself(school: Office) -> None:
    school.publish(involvement(1))
    school.exchange()
    before, vouched = len(school.gateway.notices), school.clock().date()
    school.next_day(59)
    # The gateway was restored from an old backup, say, and asks what it was told.
    ask(school, ref(school, 1), ref(school, 2))
    assert waiting(school) == ["I2"]
    assert said_since(school, before) == [(NoticeEvent.CHANGED, ref(school, 1), vouched, None)]


def test_what_is_over_here_is_ended_again_by_itself(school: Office) -> None:
    school.publish(involvement(1, end=school.clock().date()))
    school.exchange()
    before = len(school.gateway.notices)
    ask(school, ref(school, 1))
    assert waiting(school) == []
    assert [each[:2] for each in said_since(school, before)] == [(NoticeEvent.ENDED, ref(school, 1))]


def test_what_the_source_states_again_is_no_question_the_next_day(school: Office) -> None:
    ask(school, ref(school, 1))
    assert waiting(school) == ["I1"]
    school.next_day()
    school.publish(involvement(1))
    ask(school)
    assert waiting(school) == []


def test_the_records_to_check_stay_on_the_list_when_a_question_is_answered(school: Office) -> None:
    item = CheckItem(school.references.person("C1"), (CheckField.POSTCODE,))
    listed = CheckList(SCHOOL, school.clock().date(), (item,), (ref(school, 1),))
    school.gateway.send(
        MessageKind.CHECK_LIST, MessageId("00000000-0000-4000-8000-000000000003"), write_check_list(listed)
    )
    school.deliver()
    with school.ledger.write() as unit:
        confirm(unit, SCHOOL, ref(school, 1), school.clock().date())
    with school.ledger.read() as unit:
        kept = unit.positions.check_list(SCHOOL)
    assert kept == write_check_list(CheckList(SCHOOL, listed.as_of, (item,)))


def test_the_commands_list_confirm_and_end(housing: Housing) -> None:
    set_up(housing)
    housing.export(row(1), row(2), row(3))
    housing("publish")
    housing.gateway.take()
    housing("deliver")
    (first, *_), notices = housing.gateway.notices, len(housing.gateway.notices)
    assert housing.json("still-involved", "list")["agencies"][0]["as_of"] is None  # type: ignore[index]
    asked = tuple(each.involvement_ref for each in housing.gateway.notices)
    listed = CheckList(first.agency, datetime.now(UTC).date() + timedelta(days=400), (), asked)
    about = MessageId("00000000-0000-4000-8000-000000000001")
    housing.gateway.send(MessageKind.CHECK_LIST, about, write_check_list(listed))
    housing("deliver")
    shown = housing.json("still-involved", "list", code=1)["agencies"][0]["involvements"]  # type: ignore[index]
    one, two, three = (each["involvement"] for each in shown)
    assert housing.json("still-involved", "confirm", one, two) == {"confirmed": 2}
    assert housing.json("still-involved", "end", three) == {"ended": 1}
    assert "none" in housing("still-involved", "list").stdout
    housing("publish", "--due")
    housing.gateway.take()
    events = sorted(each.event for each in housing.gateway.notices[notices:])
    assert events == [NoticeEvent.CHANGED, NoticeEvent.CHANGED, NoticeEvent.ENDED]


def test_an_id_that_nobody_has_or_that_is_over_is_refused_with_the_way_out(housing: Housing) -> None:
    set_up(housing)
    housing("publish")
    for id in ("nobody", "", "x" * 1_000):
        refused = housing("still-involved", "confirm", id)
        assert refused.exit_code == 2
        assert "still-involved list" in refused.output
