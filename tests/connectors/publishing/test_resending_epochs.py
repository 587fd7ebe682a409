"""A new linkage epoch is stated for every live involvement from what the ledger remembers, in batches where the program stays up; an epoch
that is over makes nothing due."""

from pathlib import Path

import pytest

from connectors.publish import publish
from connectors.publishing import resending
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import NoticeEvent
from tests.connectors.office import Office, an_epoch, involvement

OLD, NEW = KeyedTokeniser(an_epoch("trial-1")), KeyedTokeniser(an_epoch("trial-2"))
PEOPLE = 7


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose records cannot be read again: everything came once, as events do."""
    monkeypatch.setattr(resending, "_BATCH", 3)
    made = Office(tmp_path)
    made.publish(*(involvement(number) for number in range(1, PEOPLE + 1)))
    made.exchange()
    return made


def in_batches(office: Office) -> tuple[int, bool]:
    report = publish(office.desk, office.screening, [], office.policy, in_batches=True)
    office.post()
    return report.sent_again, report.more_due


def epochs(office: Office) -> set[tuple[str, ...]]:
    return {tuple(each.epoch for each in notice.evidence) for notice in office.gateway.held.values()}


def test_everything_live_is_stated_again_under_both_epochs_a_batch_at_a_time(office: Office) -> None:
    office.tokenisers = (OLD, NEW)
    seen = []
    for _ in range(5):
        seen.append(in_batches(office))
        office.exchange()
    assert seen == [(3, True), (3, True), (1, False), (0, False), (0, False)]
    assert epochs(office) == {("trial-1", "trial-2")}
    again = office.gateway.notices[PEOPLE:]
    assert {notice.event for notice in again} == {NoticeEvent.CHANGED}
    assert len({notice.involvement_ref for notice in again}) == PEOPLE


def test_while_receipts_are_owed_no_more_is_queued_than_there_is_room_for(office: Office) -> None:
    office.tokenisers = (OLD, NEW)
    assert in_batches(office) == (3, True)
    assert in_batches(office) == (0, True), "nobody has answered yet"
    office.exchange()
    assert in_batches(office) == (3, True)


def test_once_is_all_of_it(office: Office) -> None:
    office.tokenisers = (OLD, NEW)
    assert office.publish_due().sent_again == PEOPLE


def test_what_is_new_in_between_carries_both_at_once(office: Office) -> None:
    office.tokenisers = (OLD, NEW)
    office.next_day()
    office.publish(*(involvement(number) for number in range(1, PEOPLE + 2)))
    office.exchange()
    assert epochs(office) == {("trial-1", "trial-2")}


def test_an_epoch_that_is_over_makes_nothing_due_and_the_next_one_does(office: Office) -> None:
    office.tokenisers = (OLD, NEW)
    office.publish_due()
    office.exchange()
    office.tokenisers = (NEW,)
    assert office.publish_due().sent_again == 0
    with office.ledger.read() as unit:
        assert {unit.involvements.epochs(ref) for ref in office.gateway.held} == {"trial-2"}
    office.tokenisers = (NEW, KeyedTokeniser(an_epoch("trial-3")))
    assert office.publish_due().sent_again == PEOPLE
    office.exchange()
    assert epochs(office) == {("trial-2", "trial-3")}
