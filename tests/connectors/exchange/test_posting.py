"""Sending until receipted: what the channel may do to a parcel on the way, and what a receipt does to the outbox."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.channel.port import ChannelDown, ChannelRefused, ConnectorEnd, Parcel
from connectors.exchange.pauses import Pauses
from identity.agency.sealing import MAX_PAYLOAD_BYTES
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import receipt_bundle
from tests.connectors.office import Office, involvement


class Moody:
    """A channel end that raises what it is told to, once for each sending, and else passes on."""

    def __init__(self, end: ConnectorEnd, *moods: Exception | None) -> None:
        self._end = end
        self.moods = list(moods)

    def send(self, sealed: bytes) -> None:
        mood = self.moods.pop(0) if self.moods else None
        if mood:
            raise mood
        self._end.send(sealed)

    def take(self, limit: int, wait: float) -> list[Parcel]:
        return self._end.take(limit, wait)

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        self._end.acknowledge(parcels)

    def release(self, parcels: Sequence[Parcel]) -> None:
        self._end.release(parcels)

    def close(self) -> None:
        self._end.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def receipt(office: Office, **changes: object) -> None:
    """The gateway answers the only notice it took."""
    [opened] = office.gateway.take(answer=False)
    made = replace(Receipt(opened.header.about, "0" * 64, ReceiptOutcome.ACCEPTED), **changes)  # type: ignore[arg-type]
    office.gateway.send(MessageKind.RECEIPT, opened.header.about, receipt_bundle.write(made))


def test_what_the_channel_did_not_confirm_is_sent_again_with_the_same_id(office: Office) -> None:
    office.channel = Moody(office.channel, ChannelDown("no answer"))  # type: ignore[assignment]
    office.publish(involvement(1), involvement(2))
    assert office.outbox() == {"pending": 2}
    office.clock.wait(minutes=20)
    office.post()
    office.exchange()
    assert len(office.gateway.notices) == 2
    assert office.outbox() == {"settled": 2}


def test_when_the_channel_works_again_nothing_waits_for_the_end_of_its_pause(office: Office) -> None:
    office.broker.down = True
    office.publish(involvement(1))
    for _ in range(20):
        office.clock.wait(minutes=20)
        office.post()
    office.broker.down = False
    with office.ledger.write() as unit:
        unit.outbox.hurry(office.clock())
    assert office.post().sent == 1


def test_one_parcel_that_is_turned_away_does_not_stop_the_next(office: Office) -> None:
    office.channel = Moody(office.channel, ChannelRefused("not this one"))  # type: ignore[assignment]
    office.publish(involvement(1), involvement(2))
    assert office.outbox() == {"pending": 1, "sent": 1}
    with office.ledger.read() as unit:
        [waiting] = unit.outbox.list("pending", 10)
    assert waiting.problem == "not this one"


def test_where_everything_is_turned_away_it_stops_after_a_few(office: Office) -> None:
    office.channel = Moody(office.channel, *[ChannelRefused("you are suspended")] * 99)  # type: ignore[assignment]
    office.publish(*[involvement(number) for number in range(1, 21)])
    assert len(office.channel.moods) == 94  # type: ignore[attr-defined]
    assert office.post().sent == 0


def test_a_receipt_that_knows_only_the_digest_finds_its_notice(office: Office) -> None:
    import hashlib

    office.publish(involvement(1))
    end = office.broker.gateway_end()
    [parcel] = end.take(1, 0)
    end.acknowledge([parcel])
    digest = hashlib.sha256(parcel.sealed).hexdigest()
    issue = Issue("security", "unknown-signer", "", "this key is not registered; ask the registrar")
    with office.ledger.read() as unit:
        [message] = unit.outbox.list("sent", 1)
    body = receipt_bundle.write(Receipt(None, digest, ReceiptOutcome.REFUSED, (issue,)))
    office.gateway.send(MessageKind.RECEIPT, message.id, body)
    office.deliver()
    assert office.outbox() == {"refused": 1}


def test_a_receipt_nobody_asked_for_changes_nothing(office: Office) -> None:
    office.publish(involvement(1))
    stranger = Receipt(None, "f" * 64, ReceiptOutcome.ACCEPTED)
    with office.ledger.read() as unit:
        [message] = unit.outbox.list("sent", 1)
    office.gateway.send(MessageKind.RECEIPT, message.id, receipt_bundle.write(stranger))
    office.deliver()
    assert office.outbox() == {"sent": 1}


def test_a_refused_notice_that_is_let_in_after_all_is_settled(office: Office) -> None:
    issue = Issue("business-rule", "no-agreement", "CareTeam", "no agreement is in force")
    office.publish(involvement(1))
    [opened] = office.gateway.take(answer=False)
    for outcome, issues in ((ReceiptOutcome.REFUSED, (issue,)), (ReceiptOutcome.ACCEPTED, ())):
        answer = Receipt(opened.header.about, "0" * 64, outcome, issues)
        office.gateway.send(MessageKind.RECEIPT, opened.header.about, receipt_bundle.write(answer))
        office.deliver()
    assert office.outbox() == {"settled": 1}
    with office.ledger.read() as unit:
        assert len(list(unit.involvements.stated(""))) == 1


def test_the_refusal_of_an_older_notice_says_nothing_about_the_newer(office: Office) -> None:
    office.publish(involvement(1))
    [opened] = office.gateway.take(answer=False)
    office.publish(involvement(1, worker="Sam New"))
    office.gateway.take()
    issue = Issue("business-rule", "no-agreement", "CareTeam", "no agreement was in force then")
    late = Receipt(opened.header.about, "0" * 64, ReceiptOutcome.REFUSED, (issue,))
    office.gateway.send(MessageKind.RECEIPT, opened.header.about, receipt_bundle.write(late))
    office.deliver()
    with office.ledger.read() as unit:
        assert len(list(unit.involvements.stated(""))) == 1


def test_settled_messages_are_forgotten_after_a_while(office: Office) -> None:
    from connectors.exchange.tidying import tidy

    office.publish(involvement(1))
    office.exchange()
    office.clock.wait(days=31)
    with office.ledger.write() as unit:
        assert tidy(unit, office.clock(), 30) == 1
    assert office.outbox() == {}


@pytest.mark.parametrize("attempts", [1, 2, 10, 64, 10_000])
def test_pauses_grow_and_stay_within_their_bounds(attempts: int) -> None:
    pauses = Pauses(first=10, longest=600)
    seconds = pauses.after(attempts).total_seconds()
    plain = min(600, 10 * 2 ** min(attempts - 1, 20))
    assert 0.8 * plain <= seconds <= 1.2 * plain


def test_what_is_too_big_for_any_channel_is_refused_here_and_the_others_leave(office: Office) -> None:
    small, large, other = (MessageId(f"0b8f4a52-0000-4000-8000-00000000000{n}") for n in (1, 2, 3))
    with office.ledger.write() as unit:
        for id, size in ((small, 10), (large, MAX_PAYLOAD_BYTES + 1), (other, 10)):
            unit.outbox.add(id, MessageKind.NOTICE, id, bytes(size), office.clock())
    posted = office.post()
    assert (posted.sent, posted.refused_here) == (2, 1)
    with office.ledger.read() as unit:
        found = {id: unit.outbox.get(id) for id in (small, large, other)}
    assert [message and message.status for message in found.values()] == ["sent", "refused", "sent"]
    refused = found[large]
    assert refused is not None
    assert refused.issues[0].code == "oversized"
