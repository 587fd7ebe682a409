"""What comes out of the one inbox is treated by the ledger that it concerns, and by no other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.exchange.resync import queue_statements
from connectors.exchange.sorting import sort
from connectors.running.assembly import post_due
from mappings.canonical.check_list import CheckList
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Receipt
from mappings.canonical.statement import StatementReply
from mappings.check_list_json import write_check_list
from mappings.fhir import receipt_bundle
from mappings.statement_json import write_reply
from tests.connectors.running.test_several_agencies import council_in
from tests.council import ADULTS, CHILDREN, Council
from tests.counterparts import an_alert, message_id
from tests.system.children import rows


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """The children's services have published one notice, the adult services none."""
    with council_in(tmp_path) as council:
        council.children.state(rows(1))
        council.publish()
        yield council


def sorted_by(council: Council) -> list[AgencyId | None]:
    """Whose each of the waiting parcels is."""
    parcels = council.end.take(10, 0)
    first, ledgers = council.children.served, {team.id: team.served.ledger for team in council.teams}
    found = sort(first.correspondence, parcels, ledgers, council.world.clock.now())
    council.end.release(parcels)
    return [agency for agency, pieces in found.items() for _ in pieces]


def receipt_for(council: Council, **changes: object) -> None:
    """A receipt for something nobody here knows, with some members exchanged."""
    made = Receipt(message_id(), "0" * 64, ReceiptOutcome.ACCEPTED, (), "gateway-1")
    receipt = replace(made, **changes)  # type: ignore[arg-type]
    council.voice().send(MessageKind.RECEIPT, receipt.about or message_id(), receipt_bundle.write(receipt))


def incarnation(council: Council, which: int) -> str:
    with council.teams[which].served.ledger.read() as unit:
        return unit.positions.incarnation


def test_a_receipt_belongs_to_the_ledger_that_sent_what_it_is_about(council: Council) -> None:
    with council.children.served.ledger.read() as unit:
        (sent,) = unit.outbox.list("", 10)
        (digest,) = unit.db.execute("SELECT digest FROM sealing").fetchone()
    receipt_for(council, about=sent.id)
    receipt_for(council, about=None, digest=digest, outcome=ReceiptOutcome.REFUSED)
    assert sorted_by(council) == [CHILDREN, CHILDREN]


def test_a_receipt_for_what_no_ledger_knows_belongs_to_the_one_that_it_counts(council: Council) -> None:
    receipt_for(council, last_accepted=Sequence(incarnation(council, 1), 7))
    assert sorted_by(council) == [ADULTS]
    assert incarnation(council, 0) != incarnation(council, 1)


def test_a_receipt_that_counts_in_no_ledger_here_changes_none(council: Council) -> None:
    """Else the one ledger would take the other's progress for its own, and believe that it came back from a backup."""
    receipt_for(council, last_accepted=Sequence("29991231T235959Z-ffffffff", 7))
    receipt_for(council)
    assert sorted_by(council) == [None, None]
    before = [incarnation(council, which) for which in (0, 1)]
    assert council.deliver().parcels == {"receipt, not ours": 2}
    assert [incarnation(council, which) for which in (0, 1)] == before
    assert council.world.broker.waiting(council.inbox) == 0


def statement_of(council: Council, which: int) -> MessageId:
    """One team asks what the gateway holds of it."""
    team = council.teams[which]
    with team.served.ledger.write() as unit:
        queue_statements(unit, team.id, council.world.clock.now())
    post_due(council.connector)
    with team.served.ledger.read() as unit:
        return next(one.id for one in unit.outbox.list("sent", 10) if one.kind is MessageKind.STATEMENT)


def answer(council: Council, about: MessageId, agency: AgencyId) -> None:
    reply = StatementReply(about, agency, "", (), (), "gateway-1")
    council.voice().send(MessageKind.STATEMENT_REPLY, about, write_reply(reply))


def test_an_answer_to_a_statement_is_for_the_agency_that_made_it(council: Council) -> None:
    asked = statement_of(council, 1)
    answer(council, asked, ADULTS)
    assert sorted_by(council) == [ADULTS]


@pytest.mark.parametrize("agency", [CHILDREN, AgencyId("urn:patchwork:seaton:police")])
def test_an_answer_in_another_agencys_name_is_kept_and_settles_nothing(council: Council, agency: AgencyId) -> None:
    asked = statement_of(council, 1)
    answer(council, asked, agency)
    assert council.deliver().parcels == {"dead letter": 1}
    with council.adults.served.ledger.read() as unit:
        found = unit.outbox.get(asked)
    assert found is not None
    assert found.status == "sent", "it still waits for its answer"


@pytest.mark.parametrize(
    ("agency", "taken", "dead_letters"),
    [(ADULTS, {"check list": 1}, 0), (AgencyId("urn:patchwork:seaton:police"), {"dead letter": 1}, 1)],
)
def test_a_list_of_records_to_check_is_for_the_agency_it_names_and_no_other(
    council: Council, agency: AgencyId, taken: dict[str, int], dead_letters: int
) -> None:
    listed = CheckList(agency, council.world.clock.now().date(), ())
    council.voice().send(MessageKind.CHECK_LIST, message_id(), write_check_list(listed))
    assert council.deliver().parcels == taken
    with council.children.served.ledger.read() as unit:
        assert unit.positions.check_list(ADULTS) is None
        assert len(unit.dead_letters.list(10)) == dead_letters
    with council.adults.served.ledger.read() as unit:
        assert (unit.positions.check_list(ADULTS) is not None) == (agency == ADULTS)


def test_an_alert_belongs_to_the_agency_it_names(council: Council) -> None:
    references = council.adults.served.keys.references
    alert = an_alert(ADULTS, references.person("x"), references.involvement("x"), council.world.clock.now())
    council.voice().send_alerts(alert, replace(alert, id=message_id(), recipient_agency=CHILDREN))
    assert sorted_by(council) == [ADULTS, CHILDREN]


def test_what_cannot_be_opened_or_understood_is_kept_by_the_first(council: Council) -> None:
    council.voice().put(b"not an envelope at all")
    council.voice().send(MessageKind.NOTICE, message_id(), b"{}")
    council.voice().send(MessageKind.RECEIPT, message_id(), b"{}")
    council.voice().send(MessageKind.ALERT, message_id(), b"{}")
    assert council.deliver().parcels == {"dead letter": 4}
    with council.children.served.ledger.read() as unit:
        letters = [letter.code for letter in unit.dead_letters.list(10)]
        refused = [one.kind for one in unit.outbox.list("", 10)].count(MessageKind.RECEIPT)
    assert {"unreadable", "unexpected-kind", "profile-refused"} < set(letters)
    with council.adults.served.ledger.read() as unit:
        assert unit.dead_letters.count() == 0
    assert refused == 0, "the receipt that refuses the alert has left already"
    council.world.receive()
    with council.world.store.read() as unit:
        assert [event.code for event in unit.audit.events(0, 99)][-1] == "receipt-not-believed", "nobody's alert"
