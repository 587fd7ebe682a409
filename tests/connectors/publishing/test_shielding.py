"""An agency has a client shielded: asked for at once by its own id, carried until the gateway has it, and said again where it may be lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.exchange.resync import queue_statements
from connectors.exchange.retrying import retry_refused
from connectors.publishing.shielding import SAID_AGAIN, as_json, as_text, ask, asked_shields, is_involved
from mappings.canonical.codes import MessageKind
from mappings.canonical.receipt import Issue
from tests.connectors.commands.test_commands import Housing, housing, row, set_up
from tests.connectors.office import MONDAY, SCHOOL, Office, involvement

assert housing  # a fixture


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two clients are published."""
    made = Office(tmp_path)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    return made


def shield(office: Office, client: str = "C1") -> None:
    with office.ledger.write() as unit:
        ask(unit, SCHOOL, office.references.person(client), office.clock())


def shield_and_exchange(office: Office) -> None:
    shield(office)
    office.post()
    office.exchange()


def test_the_request_names_the_client_by_our_reference_and_says_when(office: Office) -> None:
    office.clock.wait(microseconds=17)
    shield_and_exchange(office)
    (request,) = office.gateway.shields
    assert (request.agency, request.person_ref) == (SCHOOL, office.references.person("C1"))
    assert request.asked_at == MONDAY
    assert office.outbox() == {"settled": 3}


def test_it_shows_which_clients_we_asked_for_in_our_own_words(office: Office) -> None:
    with office.ledger.read() as unit:
        assert "none" in as_text(asked_shields(unit))
    shield(office)
    with office.ledger.read() as unit:
        asked = asked_shields(unit)
    expected = {"client": "Client 1", "client_id": "C1", "asked_at": MONDAY.isoformat(), "status": "pending"}
    assert as_json(asked) == [expected]
    assert "Client 1 (C1): asked for on 2026-03-02 09:00 UTC, pending" in as_text(asked)
    office.post()
    office.exchange()
    with office.ledger.read() as unit:
        assert [each.status for each in asked_shields(unit)] == ["settled"]


def test_only_somebody_with_whom_we_are_involved_is_a_client(office: Office) -> None:
    office.next_day()
    office.publish(involvement(1))
    with office.ledger.read() as unit:
        assert is_involved(unit, office.references.person("C1"))
        assert not is_involved(unit, office.references.person("C2"))
        assert not is_involved(unit, office.references.person("nobody"))


def test_it_is_said_again_with_each_statement_for_a_fortnight_as_the_same_request(office: Office) -> None:
    shield_and_exchange(office)
    office.clock.wait(days=1)
    with office.ledger.write() as unit:
        queue_statements(unit, SCHOOL, office.clock())
    office.publish_due()
    office.exchange()
    first, again = office.gateway.shields
    assert (again.person_ref, again.asked_at) == (first.person_ref, first.asked_at)
    assert again.id != first.id
    assert again.sequence > first.sequence
    office.clock.time = MONDAY + SAID_AGAIN + timedelta(seconds=1)
    with office.ledger.write() as unit:
        queue_statements(unit, SCHOOL, office.clock())
    office.publish_due()
    office.exchange()
    assert len(office.gateway.shields) == 2


def test_one_that_was_refused_is_said_again_when_a_person_asks(office: Office) -> None:
    office.gateway.refuses_shield = lambda request: (Issue("business-rule", "agreement", "", "not in force"),)
    shield_and_exchange(office)
    with office.ledger.read() as unit:
        (refused,) = unit.outbox.list("refused", 10)
        assert [each.status for each in asked_shields(unit)] == ["refused"]
    assert refused.kind is MessageKind.SHIELD
    office.gateway.refuses_shield = lambda request: ()
    with office.ledger.write() as unit:
        assert retry_refused(unit, refused.id, office.clock()) == 1
    office.publish_due()
    office.exchange()
    assert len(office.gateway.shields) == 1


def test_the_commands_place_one_at_once_and_show_it(housing: Housing) -> None:
    set_up(housing)
    housing.export(row(1), row(2))
    housing("publish")
    housing.gateway.take()
    housing("deliver")
    placed = housing.json("shield", "place", "H-1")
    assert placed["posted"]["sent"] == 1  # type: ignore[index,call-overload]
    housing.gateway.take()
    (request,) = housing.gateway.shields
    (shown,) = housing.json("shield", "list")["agencies"]  # type: ignore[misc]
    assert [each["client_id"] for each in shown["shields"]] == ["H-1"]  # type: ignore[index,call-overload]
    reference = housing.json("reference", "H-1")
    assert reference == {"agency": request.agency.value, "person": request.person_ref.value}
    assert request.person_ref.value in housing("reference", "H-1").stdout


def test_a_client_whom_we_do_not_have_is_refused_with_the_way_out(housing: Housing) -> None:
    set_up(housing)
    housing("publish")
    for id in ("nobody", "", "x" * 1_000):
        for command in (("shield", "place", id), ("reference", id)):
            refused = housing(*command)
            assert refused.exit_code == 2
            assert "as your own system has it" in refused.output
