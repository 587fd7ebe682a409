"""Chapter 47. Agreeing every day: what an agency believes it has published and what the gateway holds are compared, service line by service line.

Once a day each connector sends a signed statement: how many involvements of each service line it holds as live, and one digest over all of them. Both
sides work it out for themselves. Only the lines that differ are then gone through one by one, and what is missing on either side is put right.
"""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.exchange.resync import state_when_due
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.notices.agreeing import list_compared
from gateway.trust.actor import LOCAL_READER
from identity.agency.digest import line_totals, state_digest
from mappings.canonical.codes import NoticeEvent, ServiceLine
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Notice
from mappings.canonical.statement import LineTotal, Statement, StatementEntry, StatementReply
from tests.connectors.office import SCHOOL, Office, involvement
from tests.spec.people import AHMAD, MAYA, TYLER

COUNCIL, NURSING = AgencyId("urn:patchwork:seaton:council"), AgencyId("urn:patchwork:seaton:nursing")
HOUSING, EARLY_HELP, SCHOOL_LINE = ServiceLine.HOUSING, ServiceLine.EARLY_HELP, ServiceLine.SCHOOL


@pytest.fixture
def council(seaton: World) -> Counterpart:
    """An agency of many service lines, under an agreement with one other."""
    council, nursing = seaton.join(COUNCIL), seaton.join(NURSING)
    seaton.agree(council.agency, nursing.agency)
    return council


def say(seaton: World, council: Counterpart) -> list[Notice]:
    """Maya and Tyler are with housing, Ahmad with early help."""
    notices = [
        council.notice(child, service=line) for child, line in ((MAYA, HOUSING), (TYLER, HOUSING), (AHMAD, EARLY_HELP))
    ]
    for notice in notices:
        council.say(notice)
    seaton.step()
    return notices


def entry(notice: Notice) -> StatementEntry:
    return StatementEntry(notice.involvement_ref, state_digest(notice))


def totals(*notices: Notice) -> tuple[LineTotal, ...]:
    """What the agency works out of what it has published."""
    return line_totals((notice.service, entry(notice)) for notice in notices)


def state(seaton: World, council: Counterpart, *entries: StatementEntry, **what: object) -> StatementReply:
    """The agency sends a statement; what the gateway answers."""
    id = MessageId(str(uuid.uuid4()))
    council.state(Statement(id, COUNCIL, council.incarnation, "", entries, **what))  # type: ignore[arg-type]
    seaton.step()
    return council.replies[-1]


def audited(seaton: World) -> list[str]:
    """Which lines differed, as `patchwork connector compared` shows it, the latest statement first."""
    return [" ".join(each.differing) for each in list_compared(seaton.office(), LOCAL_READER, 10)]


def test_where_both_hold_the_same_nothing_is_asked_for(seaton: World, council: Counterpart) -> None:
    """Given an agency and a gateway that hold the same, when the totals of the day are compared, then no line differs and nothing is asked for."""
    notices = say(seaton, council)
    assert [(each.service, each.count) for each in totals(*notices)] == [(EARLY_HELP, 1), (HOUSING, 2)]
    reply = state(seaton, council, totals=totals(*notices))
    assert (reply.differing, reply.send_again, reply.adopt) == ((), (), ())
    assert audited(seaton) == [""]


def test_the_line_that_differs_is_named_on_both_sides(seaton: World, council: Counterpart) -> None:
    """Given a gateway that never got one notice of early help, when the totals are compared, then it answers that early help differs, with what it
    holds of it itself, and its record says so; of housing nothing more is said."""
    notices = say(seaton, council)
    another = council.notice(MAYA, "second", service=EARLY_HELP)
    reply = state(seaton, council, totals=totals(*notices, another))
    assert reply.differing == totals(notices[2])
    assert audited(seaton) == ["early-help"]


def test_a_line_that_one_side_has_nothing_of_differs_too(seaton: World, council: Counterpart) -> None:
    """Given a line of which only one side holds anything, when the totals are compared, then it is named: what is missing must not look like
    agreement."""
    notices = say(seaton, council)
    youth = council.notice(MAYA, "third", service=ServiceLine.YOUTH_JUSTICE)
    reply = state(seaton, council, totals=totals(*notices[:2], youth))
    assert [(each.service, each.count) for each in reply.differing] == [(EARLY_HELP, 1), (ServiceLine.YOUTH_JUSTICE, 0)]


def test_of_a_line_that_differs_each_involvement_is_compared_and_of_no_other(
    seaton: World, council: Counterpart
) -> None:
    """Given early help stated by reference, with one that the gateway never got and without one that it holds, when they are compared, then the
    one is asked for and the other handed back; what is held of housing is not handed back with it."""
    notices = say(seaton, council)
    another = council.notice(MAYA, "second", service=EARLY_HELP)
    reply = state(seaton, council, entry(another), line=EARLY_HELP)
    assert (reply.send_again, reply.adopt) == ((another.involvement_ref,), (notices[2].involvement_ref,))


def test_the_same_number_of_others_is_not_the_same(seaton: World, council: Counterpart) -> None:
    """Given a line of which both sides hold as many, but not the same, when the totals are compared, then the digest shows it."""
    notices = say(seaton, council)
    other = council.notice(MAYA, "second", service=EARLY_HELP)
    assert [each.service for each in state(seaton, council, totals=totals(*notices[:2], other)).differing] == [
        EARLY_HELP
    ]


# The same from the side of a real connector, with its ledger.


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Three clients: two of the school, one of early help; all accepted, and a day has passed."""
    office = Office(tmp_path)
    office.wake()
    office.publish(involvement(1), involvement(2), involvement(3, service=EARLY_HELP))
    office.exchange()
    daily(office)
    office.clock.wait(days=1)
    return office


def daily(office: Office) -> None:
    """What the program does on its own every day."""
    with office.ledger.write() as unit:
        state_when_due(unit, SCHOOL, office.clock(), 1)
    office.post()


def test_counts_and_digests_are_all_that_is_said_as_long_as_both_agree(office: Office) -> None:
    """Given a connector that agrees with its gateway, when the day's statement is due, then it says a count and a digest for each service line and
    lists nobody, and nothing is sent again."""
    before = len(office.gateway.notices)
    daily(office)
    office.exchange()
    (statement,) = office.gateway.statements
    assert statement.entries == ()
    assert statement.totals
    assert [(each.service, each.count) for each in statement.totals] == [(EARLY_HELP, 1), (SCHOOL_LINE, 2)]
    assert len(office.gateway.notices) == before


def test_only_the_line_that_differs_is_gone_through_and_put_right(office: Office) -> None:
    """Given a gateway that lost the involvement of early help, when the day's statement is compared, then the connector says that early help differs,
    states early help by reference and nothing of the school's, and sends what was lost."""
    (lost,) = [ref for ref, notice in office.gateway.live().items() if notice.service is EARLY_HELP]
    office.gateway.held.pop(lost)
    daily(office)
    office.gateway.take()
    assert office.deliver().parcels["service line that differs from the gateway's, early-help"] == 1
    office.exchange()
    office.publish_due()
    office.exchange()
    _, listed = office.gateway.statements
    assert (listed.line, [each.involvement_ref for each in listed.entries]) == (EARLY_HELP, [lost])
    assert lost in office.gateway.live()
    assert office.gateway.notices[-1].event is NoticeEvent.CHANGED


def test_an_involvement_that_moved_between_lines_is_put_right_once(office: Office) -> None:
    """Given a gateway that holds an involvement under another service line than the agency, when the day's statement is compared, then both lines
    differ, and afterwards both sides agree."""
    ref, held = next((ref, each) for ref, each in office.gateway.held.items() if each.service is SCHOOL_LINE)
    office.gateway.held[ref] = replace(held, service=HOUSING)
    for _ in range(2):
        daily(office)
        office.exchange()
        office.publish_due()
        office.exchange()
        office.clock.wait(days=1)
    assert {each.line for each in office.gateway.statements} == {None, HOUSING, SCHOOL_LINE}
    assert office.gateway.live()[ref].service is SCHOOL_LINE
    assert [each.totals for each in office.gateway.statements if each.totals is not None][-1] == line_totals(
        (each.service, entry(each)) for each in office.gateway.live().values()
    )
