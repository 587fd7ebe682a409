"""Chapter 7. How an alert reaches the person who has to read it, inside their own agency's system, once, and never too late.

Alex Worker of the school is involved with client 1. The gateway has found that housing is, too.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.alerts import worklist
from connectors.reading.exclusion import ExclusionList
from mappings.canonical.alert import NO_ALERT_MEANS, Alert
from mappings.canonical.codes import AlertEvent, AlertLevel, ReceiptOutcome, RelationKind
from mappings.canonical.identifiers import AgencyId
from tests.connectors.office import SCHOOL, Desktop, Office, involvement
from tests.counterparts import an_alert

MADE, CHANGED, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED, AlertEvent.RETRACTED


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """The school has published its involvement with client 1."""
    school = Office(tmp_path)
    school.publish(involvement(1))
    school.exchange()
    return school


def alert(school: Office, event: AlertEvent = MADE, version: int = 1, number: int = 1, **changes: object) -> Alert:
    """An alert about client `number`."""
    person, ref = school.references.person(f"C{number}"), school.references.involvement(f"I{number}")
    return an_alert(SCHOOL, person, ref, school.clock(), event=event, version=version, **changes)


def receipts(school: Office) -> list[ReceiptOutcome]:
    """What the connector has answered so far."""
    school.gateway.take()
    return [receipt.outcome for receipt in school.gateway.receipts]


class TestWhatAPractitionerReads:
    """Plain words, the client as their own system calls them, and how to make the call."""

    def test_who_else_is_involved_with_their_own_client(self, school: Office) -> None:
        """Given an alert, when it is delivered, then the worker reads in plain words who else is involved with their client, since when, and how to
        reach them."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        [text] = school.desktop.texts()
        assert text.splitlines()[:4] == [
            "For: Alex Worker",
            "Somebody else is involved with Client 1: Karen Priest, Housing officer, Tenancy, Seaton Housing (housing).",
            "Involved since: 11 April 2019",
            "Contact: 01632 960010, karen@housing.example",
        ]

    def test_how_sure_it_is_and_how_to_make_the_call(self, school: Office) -> None:
        """Given an alert, when the worker reads it, then it says how sure the match is and how to make certain on the telephone before a name is
        said."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        [text] = school.desktop.texts()
        assert "How sure: both records have the same verified number." in text
        assert "Ring the number in this alert" in text
        assert "Say the reference K7P-4QX. Let the other side find THEIR client by it" in text
        assert "day and month of birth and the first initial" in text

    def test_who_takes_part_and_what_silence_does_not_mean(self, school: Office) -> None:
        """Given an alert, when the worker reads it, then it says which agencies take part, as of when, and that no alert does not mean that nobody
        is involved."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        [text] = school.desktop.texts()
        assert "Taking part as of 2 March 2026: Seaton Housing, Seaton School." in text
        assert NO_ALERT_MEANS in text

    def test_where_only_the_agency_may_be_named_no_worker_is(self, school: Office) -> None:
        """Given an agreement under which only the agency may be named, when the alert is delivered, then it names the agency and no worker."""
        school.gateway.send_alerts(
            alert(school, level=AlertLevel.ID_ONLY, other=replace(_other(school), worker=_nobody(school)))
        )
        school.deliver()
        [text] = school.desktop.texts()
        assert "Seaton Housing (housing)" in text
        assert "Karen" not in text

    def test_where_it_is_about_the_family_it_says_so(self, school: Office) -> None:
        """Given an alert about a client's parent, when it is delivered, then it says that the other side's client is another person, and which
        relation it is."""
        school.gateway.send_alerts(alert(school, relation=RelationKind.PARENT))
        school.deliver()
        [text] = school.desktop.texts()
        assert "Somebody is involved with a parent of Client 1" in text
        assert "Their client is another person than yours" in text

    def test_an_ending_and_a_retraction_name_nobody(self, school: Office) -> None:
        """Given a worker who was told of a connection, when it ends or is retracted, then the message says so and names nobody."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        school.gateway.send_alerts(alert(school, ENDED, 2))
        school.deliver()
        school.gateway.send_alerts(alert(school, RETRACTED, 3))
        school.deliver()
        _, ended, retracted = school.desktop.texts()
        assert "is no longer shared through Patchwork" in ended
        assert "disregard" in retracted
        assert "Karen" not in ended + retracted


class TestOnceAndInOrder:
    """The channel may bring things twice or in the wrong order; the practitioner does not see that."""

    def test_the_same_alert_twice_is_shown_once_and_receipted_twice(self, school: Office) -> None:
        """Given an alert that the channel brings twice, when both arrive, then the worker sees one, and the gateway gets a receipt for each."""
        same = alert(school)
        school.gateway.send_alerts(same, same)
        school.deliver()
        assert len(school.desktop.shown) == 1
        assert receipts(school) == [ReceiptOutcome.ACCEPTED] * 2

    def test_an_older_version_that_comes_late_is_not_shown(self, school: Office) -> None:
        """Given a worker who has seen a later version, when an older one comes late, then it is not shown."""
        school.gateway.send_alerts(alert(school, CHANGED, 5))
        school.deliver()
        school.gateway.send_alerts(alert(school, MADE, 4))
        school.deliver()
        assert [one.alert.version for one in school.desktop.shown] == [5]

    def test_the_same_content_again_after_a_restore_bothers_nobody(self, school: Office) -> None:
        """Given a worker who was told, when a restored gateway says the same again, then the worker is not bothered, and the gateway gets its
        receipt."""
        school.gateway.send_alerts(alert(school, MADE, 1))
        school.deliver()
        school.clock.wait(days=3)
        school.gateway.send_alerts(alert(school, CHANGED, 9))
        school.deliver()
        assert len(school.desktop.shown) == 1
        assert receipts(school) == [ReceiptOutcome.ACCEPTED] * 2

    def test_a_retraction_in_the_same_batch_comes_before_any_showing(self, school: Office) -> None:
        """Given an alert and its retraction that arrive together, when they are delivered, then the worker is shown neither."""
        school.gateway.send_alerts(alert(school, MADE, 1), alert(school, RETRACTED, 2))
        school.deliver()
        assert school.desktop.shown == []
        assert receipts(school) == [ReceiptOutcome.ACCEPTED] * 2

    def test_a_retraction_that_overtook_its_alert_suppresses_it(self, school: Office) -> None:
        """Given a retraction that overtook its alert, when the alert arrives, then it is not shown."""
        school.gateway.send_alerts(alert(school, RETRACTED, 2))
        school.deliver()
        school.gateway.send_alerts(alert(school, MADE, 1))
        school.deliver()
        assert school.desktop.shown == []

    def test_an_alert_that_has_expired_is_neither_shown_nor_receipted(self, school: Office) -> None:
        """Given an alert older than its ten minutes, when it arrives, then it is neither shown nor receipted; when it is sent afresh, then it is
        shown."""
        late = alert(school)
        school.gateway.send_alerts(late)
        school.clock.wait(minutes=11)
        school.deliver()
        assert school.desktop.shown == []
        assert receipts(school) == []
        fresh = replace(late, not_after=alert(school).not_after)
        school.gateway.send_alerts(fresh)
        school.deliver()
        assert len(school.desktop.shown) == 1


class TestWhenTheDesktopIsOff:
    """An alert that was receipted is the ledger's to deliver, however long that takes."""

    def test_it_is_receipted_and_delivered_later(self, school: Office) -> None:
        """Given an agency's own system that is switched off, when an alert arrives, then it is receipted at once and delivered when that system is
        back."""
        school.desktop.down = True
        school.gateway.send_alerts(alert(school))
        school.deliver()
        assert receipts(school) == [ReceiptOutcome.ACCEPTED]
        school.desktop.down = False
        school.clock.wait(hours=2)
        school.deliver()
        assert len(school.desktop.shown) == 1

    def test_pauses_grow_but_stay_within_two_hours(self, school: Office) -> None:
        """Given a system that is off for long, when delivery is tried again and again, then the pauses grow but never beyond two hours."""
        school.desktop.down = True
        school.gateway.send_alerts(alert(school))
        for _ in range(30):
            school.deliver()
            school.clock.wait(minutes=30)
        with school.ledger.read() as unit:
            [waiting] = unit.deliveries.list("pending", 10)
        assert 5 <= waiting.attempts < 30
        school.desktop.down = False
        school.clock.wait(hours=2)
        school.deliver()
        assert len(school.desktop.shown) == 1

    def test_what_was_retracted_meanwhile_is_never_shown(self, school: Office) -> None:
        """Given an alert that waits for a system that is off, when it is retracted meanwhile, then it is never shown there."""
        other = Desktop("second desktop")
        school.sinks = (school.desktop, other)
        school.desktop.down = True
        school.gateway.send_alerts(alert(school, MADE, 1))
        school.deliver()
        school.gateway.send_alerts(alert(school, RETRACTED, 2))
        school.deliver()
        school.desktop.down = False
        school.clock.wait(hours=2)
        school.deliver()
        # The first desktop may have shown the alert while it looked down: it is told to disregard it, and nothing else.
        assert [one.alert.event for one in school.desktop.shown] == [RETRACTED]
        assert [one.alert.event for one in other.shown] == [MADE, RETRACTED]

    def test_only_the_latest_word_is_shown_when_it_comes_back(self, school: Office) -> None:
        """Given an alert that waits and a later version of it, when the system is back, then only the latest is shown."""
        school.desktop.down = True
        school.gateway.send_alerts(alert(school, MADE, 1))
        school.deliver()
        school.gateway.send_alerts(alert(school, CHANGED, 2, relation=RelationKind.CARER))
        school.deliver()
        school.desktop.down = False
        school.clock.wait(hours=2)
        school.deliver()
        assert [one.alert.version for one in school.desktop.shown] == [2]

    def test_one_desktop_that_is_off_does_not_keep_the_other_waiting(self, school: Office) -> None:
        """Given two places of delivery of which one is off, when an alert arrives, then the other shows it without waiting."""
        other = Desktop("second desktop")
        school.sinks = (school.desktop, other)
        school.desktop.down = True
        school.gateway.send_alerts(alert(school))
        school.deliver()
        assert (len(school.desktop.shown), len(other.shown)) == (0, 1)


class TestThePicture:
    """The worklist shows the current connections of the agency's own clients, as of a day."""

    def listed(self, school: Office) -> list[str]:
        with school.ledger.read() as unit:
            return [row["client"] for row in worklist.as_json(worklist.worklist(unit, school.clock()))["connections"]]

    def test_a_connection_is_on_it_until_it_ends(self, school: Office) -> None:
        """Given a connection on the worklist, when it ends, then it leaves the worklist."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        assert self.listed(school) == ["Client 1"]
        school.gateway.send_alerts(alert(school, ENDED, 2))
        school.deliver()
        assert self.listed(school) == []

    def test_it_says_as_of_when_and_who_takes_part(self, school: Office) -> None:
        """Given a worklist, when it is read, then it says as of when it is, who takes part, and that no alert does not mean that nobody is
        involved."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        with school.ledger.read() as unit:
            text = worklist.as_text(worklist.worklist(unit, school.clock()))
        assert text.startswith("Current connections of our clients, as of 2 March 2026, 09:00 UTC")
        assert "Seaton Housing, Seaton School" in text
        assert NO_ALERT_MEANS in text

    def test_a_client_on_the_exclusion_list_is_taken_off_at_once(self, school: Office) -> None:
        """Given a client on the worklist, when they are put on the exclusion list, then they leave it at once and nothing more about them is
        shown."""
        school.gateway.send_alerts(alert(school))
        school.deliver()
        school.exclusion = ExclusionList(frozenset({"C1"}))
        school.publish_due()
        assert self.listed(school) == []
        school.gateway.send_alerts(alert(school, CHANGED, 2, relation=RelationKind.CARER))
        school.deliver()
        assert self.listed(school) == []
        assert len(school.desktop.shown) == 1


class TestWhatCannotBeUsed:
    """A bad parcel is kept with the reason, and never stops the next."""

    def test_rubbish_is_kept_and_the_next_alert_is_delivered(self, school: Office) -> None:
        """Given something unreadable in the inbox, when it is taken, then it is kept with the reason, and the next alert is delivered."""
        school.gateway.put(b"not an envelope at all")
        school.gateway.send_alerts(alert(school))
        done = school.deliver()
        assert done.parcels["dead letter"] == 1
        assert len(school.desktop.shown) == 1
        with school.ledger.read() as unit:
            [letter] = unit.dead_letters.list(10)
        assert letter.code == "unreadable"
        assert school.broker.waiting(school.gateway.inbox) == 0

    def test_a_stranger_is_not_believed_whatever_they_say(self, school: Office) -> None:
        """Given an alert signed by somebody else than the gateway, when it arrives, then it is kept aside and not shown."""
        stranger = type(school.gateway)(school.broker, school.gateway.connector, school.gateway.inbox, school.clock)
        stranger.trust(school.keys.public(school.gateway.connector.value))
        stranger.send_alerts(alert(school))
        done = school.deliver()
        assert done.parcels["dead letter"] == 1
        assert school.desktop.shown == []

    def test_an_alert_for_another_agency_is_refused_and_the_gateway_is_told(self, school: Office) -> None:
        """Given an alert addressed to another agency, when it arrives, then it is not shown, and the gateway is told that it was refused."""
        school.gateway.send_alerts(alert(school, recipient_agency=AgencyId("urn:patchwork:seaton:clinic")))
        school.deliver()
        assert school.desktop.shown == []
        assert receipts(school) == [ReceiptOutcome.REFUSED]

    def test_an_alert_about_a_client_the_ledger_does_not_know_waits_for_the_next_export(self, school: Office) -> None:
        """Given an alert about a client whom the next export will state, when it arrives, then it waits and is shown after that export."""
        school.gateway.send_alerts(alert(school, number=2))
        school.deliver()
        assert school.desktop.shown == []
        assert receipts(school) == [ReceiptOutcome.ACCEPTED]
        school.publish(involvement(1), involvement(2))
        school.clock.wait(hours=2)
        school.deliver()
        assert [one.client_label for one in school.desktop.shown] == ["Client 2"]

    def test_while_the_channel_is_down_nothing_is_lost(self, school: Office) -> None:
        """Given a channel that is down, when it comes back, then the alert that waited is delivered and none is lost."""
        school.gateway.send_alerts(alert(school))
        school.broker.down = True
        assert "down" in school.deliver().problem
        school.broker.down = False
        school.deliver()
        assert len(school.desktop.shown) == 1


def _other(school: Office):  # type: ignore[no-untyped-def]
    return alert(school).other


def _nobody(school: Office):  # type: ignore[no-untyped-def]
    worker = _other(school).worker
    return replace(worker, name="", role="", team="", contact=type(worker.contact)())
