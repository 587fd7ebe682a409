"""What may be signed to test a connector, how its running is watched, and what is said of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.probe import Probe
from gateway.probing.asking import KEPT, TEST, ask_probe, last_probe, probe_content, watch_probe
from gateway.probing.verdict import legs, sentence, total_seconds
from gateway.refused import NotPermitted, Refused
from gateway.running.presence import check_gateway_runs
from gateway.settings import Settings
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.operators import Office
from identity.agency.trust import Status
from mappings.canonical.codes import Mode, ReceiptOutcome
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, NOON, SCHOOL
from tests.gateway.staff import Staff, StillClock

SECOND = timedelta(seconds=1)
STRANGER = MessageId("00000000-0000-4000-8000-00000000dead")


@pytest.fixture
def school(staff: Staff) -> Staff:
    """A connector that speaks for the school and housing, live."""
    staff.agency(SCHOOL)
    staff.agency(HOUSING, "housing")
    alone = staff.connector("school-1", SCHOOL)
    # As an enrolment for both leaves it: connectors for several agencies are not added by hand.
    with staff.office.store.write() as unit:
        unit.trust.update_connector(replace(alone, agencies=(SCHOOL, HOUSING)))
    return staff


def clock(office: Office) -> StillClock:
    assert isinstance(office.clock, StillClock)
    return office.clock


def ask(staff: Staff, seconds: int = 30, agency: str | None = None) -> Probe:
    content = probe_content(staff.office, Mode.LIVE, "school-1", agency, seconds)
    return ask_probe(staff.office, staff.sign(TEST, content), Mode.LIVE)


def test_the_first_agency_is_meant_unless_another_is_named(school: Staff) -> None:
    first = ask(school)
    assert (first.agency, first.connector.value, first.asked_by) == (SCHOOL, "school-1", "anna")
    clock(school.office).instant += 31 * SECOND
    assert ask(school, agency=HOUSING.value).agency == HOUSING


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seconds": 0}, "seconds must be a whole number from 1 to 300"),
        ({"seconds": 301}, "seconds must be a whole number from 1 to 300"),
        ({"seconds": True}, "seconds must be a whole number"),
        ({"agency": "urn:patchwork:seaton:clinic"}, f"does not speak for that agency, but for {SCHOOL}, {HOUSING}"),
        ({"connector": "school-2"}, "there is no connector school-2"),
        ({"people": "all"}, "there is no field 'people'"),
    ],
)
def test_what_cannot_be_asked_is_refused_though_it_is_signed(
    school: Staff, changes: dict[str, object], why: str
) -> None:
    content = {"connector": "school-1", "agency": SCHOOL.value, "seconds": 30} | changes
    with pytest.raises(Refused, match=why):
        ask_probe(school.office, school.sign(TEST, content), Mode.LIVE)
    with school.office.store.read() as unit:
        assert unit.probes.unsent(NOON) == []


def test_a_signature_for_something_else_or_used_before_asks_for_nothing(school: Staff) -> None:
    content = probe_content(school.office, Mode.LIVE, "school-1", None, 30)
    with pytest.raises(Refused, match=r"was signed as connector\.suspend"):
        ask_probe(school.office, school.sign("connector.suspend", content), Mode.LIVE)
    signed = school.sign(TEST, content)
    ask_probe(school.office, signed, Mode.LIVE)
    clock(school.office).instant += 31 * SECOND
    with pytest.raises(Refused, match="handed in before"):
        ask_probe(school.office, signed, Mode.LIVE)


def test_the_end_is_never_cut_short_by_writing_it_to_the_second(school: Staff) -> None:
    clock(school.office).instant = NOON + timedelta(milliseconds=1)
    assert ask(school, seconds=5).expires_at == NOON + 6 * SECOND


def test_watching_ends_when_there_is_nothing_to_wait_for(school: Staff) -> None:
    office, probe = school.office, ask(school)
    looks: list[float] = []

    def meanwhile(seconds: float) -> None:
        looks.append(seconds)
        with office.store.write() as unit:
            if len(looks) == 1:
                unit.probes.decide(probe.id, NOON, NOON, ReceiptOutcome.ACCEPTED, ())
            else:
                unit.probes.note_receipted([probe.id], NOON)

    watched = watch_probe(office, LOCAL_READER, probe.id, meanwhile)
    assert (len(looks), watched.receipted_at) == (2, NOON)


def test_watching_ends_with_the_time_there_was(school: Staff) -> None:
    office, probe = school.office, ask(school, seconds=2)

    def pass_time(seconds: float) -> None:
        clock(office).instant += timedelta(seconds=seconds)

    assert watch_probe(office, LOCAL_READER, probe.id, pass_time) == probe
    assert office.clock.now() == probe.expires_at


def test_who_is_nobody_does_not_watch_and_there_must_be_something_to_watch(school: Staff) -> None:
    nobody = Actor("nobody", frozenset(), "not at all")
    for look in (lambda: watch_probe(school.office, nobody, STRANGER, float), lambda: _last(school, nobody)):
        with pytest.raises(NotPermitted):
            look()
    with pytest.raises(Refused, match="no test of that id"):
        watch_probe(school.office, LOCAL_READER, STRANGER, float)


def _last(staff: Staff, actor: Actor) -> Probe | None:
    return last_probe(staff.office, actor, "school-1")


def test_old_tests_are_forgotten_at_the_next(school: Staff) -> None:
    old = ask(school)
    clock(school.office).instant += KEPT + SECOND
    ask(school)
    with school.office.store.read() as unit:
        assert unit.probes.get(old.id) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": ReceiptOutcome.ACCEPTED}, "its receipt has not left yet"),
        ({"outcome": ReceiptOutcome.ACCEPTED, "receipted_at": NOON}, "accepted: a notice from school-1 is taken in"),
        ({"outcome": ReceiptOutcome.REFUSED, "issues": (Issue("x", "y-z", "", "why"),)}, "refused: why (y-z)"),
        ({}, "its relay is not at work"),
        ({"attempts": 1}, "the channel to the connector is down"),
        ({"sent_at": NOON}, "it was never seen; at the agency: patchwork-connector check"),
    ],
)
def test_what_came_of_it_is_said_in_one_sentence(school: Staff, changes: dict[str, object], said: str) -> None:
    probe = replace(ask(school), **changes)  # type: ignore[arg-type]
    assert said in sentence(probe, Status.LIVE, None, NOON)


def test_one_that_was_seen_meanwhile_is_not_said_to_be_away(school: Staff) -> None:
    probe = replace(ask(school), sent_at=NOON)
    assert "though the connector reaches the gateway" in sentence(probe, Status.LIVE, NOON, NOON)
    assert "it was last seen 1 minute ago" in sentence(probe, Status.LIVE, NOON - 60 * SECOND, NOON)


def test_a_clock_that_was_set_back_makes_no_leg_shorter_than_nothing(school: Staff) -> None:
    probe = replace(ask(school), sent_at=NOON - SECOND, received_at=NOON)
    assert [leg.seconds for leg in legs(probe)] == [0, 0, 1]
    assert (total_seconds(probe), total_seconds(ask_again(school))) == (1, None)


def ask_again(staff: Staff) -> Probe:
    clock(staff.office).instant += 31 * SECOND
    return ask(staff)


def test_where_nothing_answers_no_gateway_runs() -> None:
    from deploy.servers.ports import free_ports

    (port,) = free_ports(1)
    settings = Settings.model_construct(internal_host="127.0.0.1", internal_port=port)
    with pytest.raises(Refused, match=f"no gateway runs here: nothing answers at 127.0.0.1 port {port}"):
        check_gateway_runs(settings)
    check_gateway_runs(settings.model_copy(update={"internal_port": 0}))
