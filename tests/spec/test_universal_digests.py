"""Chapter 45. Digests for universal services: a GP, a school or an A&E that a rule names is told once a day, in a list, and never one by one.

The gateway says so with every alert to such a service; its connector keeps to it, whatever the agency's own settings say. What takes something
back never waits.
"""

from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from connectors.alerts.digest_policy import DigestPolicy, When, Wish
from connectors.deliver import Reception
from connectors.sinks.port import Digest
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AgencyType, AlertEvent, NoticeEvent
from mappings.canonical.identifiers import AgencyId, MessageId, SpokenReference
from tests.connectors.office import SCHOOL, Desktop, Office, involvement
from tests.counterparts import an_alert
from tests.spec.people import MAYA

SOCIAL_CARE, OTHER = AgencyId("urn:patchwork:seaton:social-care"), AgencyId("urn:patchwork:seaton:other")
UNIVERSAL = [AgencyType.GENERAL_PRACTICE, AgencyType.SCHOOL, AgencyType.HEALTH_ACUTE]
AT_ONCE = DigestPolicy(When.NEVER, at=time(7, 0), wishes={"alex worker": Wish.IMMEDIATE})
"""As far as its own settings go this school wants everything at once."""


def both_know_maya(seaton: World, kind: AgencyType) -> tuple[Counterpart, Counterpart]:
    """Children's social care and an agency of that kind, under an agreement that names both."""
    pair = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN), seaton.join(OTHER, kind)
    seaton.agree(SOCIAL_CARE, OTHER)
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    return pair


class ReadDesktop(Desktop):
    """One that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: list[Digest] = []

    def deliver_digest(self, digest: Digest) -> None:
        """See the port."""
        self.digests.append(digest)


class Practice(Office):
    """Its settings ask for every alert at once, on a desktop that people read and in a system that files each beside its record."""

    @property
    def reception(self) -> Reception:
        """With that policy for the desktop; of the records system the settings say nothing."""
        return replace(super().reception, digests={"desktop": AT_ONCE})


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    """Three clients of Alex Worker's are published."""
    practice = Practice(tmp_path)
    practice.desktop = ReadDesktop()
    practice.sinks = (practice.desktop, Desktop("records"))
    practice.publish(*(involvement(n) for n in range(1, 4)))
    practice.exchange()
    return practice


def alert(practice: Office, number: int, **changes: object) -> Alert:
    """Somebody else is involved with this client; only in a digest, unless the changes say otherwise."""
    person, ref = practice.references.person(f"C{number}"), practice.references.involvement(f"I{number}")
    connection = MessageId(f"00000000-0000-4000-8000-{number:012}")
    said = {"connection": connection, "digest_only": True} | changes
    return an_alert(SCHOOL, person, ref, practice.clock(), **said)


def tell(practice: Office, *alerts: Alert) -> None:
    """The gateway sends these, and the connector takes them."""
    practice.gateway.send_alerts(*alerts)
    practice.deliver()


def shown(practice: Office) -> list[tuple[str, str]]:
    """What was given one by one: to which sink, about whom."""
    sinks = [sink for sink in practice.sinks if isinstance(sink, Desktop)]
    return [(sink.name, each.client_local_id) for sink in sinks for each in sink.shown]


def digested(practice: Office) -> list[list[str]]:
    """Each digest on the desktop, by the clients in it."""
    assert isinstance(practice.desktop, ReadDesktop)
    return [[each.client_local_id for each in digest.deliveries] for digest in practice.desktop.digests]


def seven_in_the_morning(practice: Office) -> None:
    """Of the next day: the hour at which this school's digests are given."""
    practice.clock.wait(hours=22)
    practice.deliver()


@pytest.mark.parametrize("kind", UNIVERSAL)
def test_the_gateway_says_with_every_alert_that_it_is_for_a_digest(seaton: World, kind: AgencyType) -> None:
    """Given a GP, a school or an A&E that is named as somebody to be told, when it is told of a child, then the alert says that it may only be shown
    in a digest; to children's social care it says no such thing."""
    social_care, universal = both_know_maya(seaton, kind)
    assert [each.digest_only for each in universal.alerts] == [True]
    assert [each.digest_only for each in social_care.alerts] == [False]


def test_a_change_is_for_the_digest_too_and_an_ending_is_not(seaton: World) -> None:
    """Given a school that was told of social care, when the social worker changes and then the involvement ends, then the change is for a digest, and
    the ending is told at once."""
    social_care, school = both_know_maya(seaton, AgencyType.SCHOOL)
    started = social_care.notice(MAYA)
    worker = replace(started.worker, name="Somebody New")
    social_care.say(replace(started, event=NoticeEvent.CHANGED, worker=worker))
    seaton.step()
    social_care.say(social_care.notice(MAYA, event=NoticeEvent.ENDED))
    seaton.step()
    assert [(each.event, each.digest_only) for each in school.alerts] == [
        (AlertEvent.MADE, True),
        (AlertEvent.CHANGED, True),
        (AlertEvent.ENDED, False),
    ]


def test_nothing_comes_one_by_one_whatever_the_settings_say(practice: Practice) -> None:
    """Given a school whose settings ask for alerts at once, when alerts come that are for a digest, then nobody is shown anything until the hour of
    the day's digest, and then all of them as one."""
    tell(practice, alert(practice, 1))
    practice.clock.wait(hours=3)
    tell(practice, alert(practice, 2))
    assert (shown(practice), digested(practice)) == ([], [])
    practice.clock.wait(hours=19)
    practice.deliver()
    assert digested(practice) == [["C1", "C2"]]
    assert "told of others once a day, in a list like this one" in practice.desktop.digests[0].text  # type: ignore[attr-defined]


def test_a_system_that_takes_no_digests_is_given_the_days_alerts_together(practice: Practice) -> None:
    """Given a records system that files each alert beside its record, when alerts come that are for a digest, then it is given none before the
    hour of the digest, and then each once."""
    tell(practice, alert(practice, 1), alert(practice, 2))
    assert shown(practice) == []
    seven_in_the_morning(practice)
    practice.deliver()
    assert shown(practice) == [("records", "C1"), ("records", "C2")]


def test_a_change_of_what_was_shown_waits_for_the_next_digest(practice: Practice) -> None:
    """Given a client who was in a digest, when something about the others changes, then that is in the next day's digest, which says that some of it
    may be known already."""
    tell(practice, alert(practice, 1))
    seven_in_the_morning(practice)
    changed = alert(
        practice, 1, event=AlertEvent.CHANGED, version=2, spoken_reference=SpokenReference("M4R-7TB"), digest_only=True
    )
    tell(practice, changed)
    assert digested(practice) == [["C1"]]
    practice.clock.wait(days=1)
    practice.deliver()
    assert digested(practice) == [["C1"], ["C1"]]
    assert "may be changes of what you know already" in practice.desktop.digests[1].text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("event", "words"),
    [(AlertEvent.RETRACTED, "Please disregard"), (AlertEvent.ENDED, "no longer shared through Patchwork")],
)
def test_what_takes_something_back_never_waits(practice: Practice, event: AlertEvent, words: str) -> None:
    """Given a client who was in a digest, when that turns out wrong or ends, then the practitioner is told so at once."""
    tell(practice, alert(practice, 1))
    seven_in_the_morning(practice)
    tell(practice, alert(practice, 1, event=event, version=2, digest_only=False))
    assert words in practice.desktop.texts()[0]


def test_what_is_taken_back_before_the_digest_is_never_shown(practice: Practice) -> None:
    """Given an alert that waits for the day's digest, when it is taken back first, then it is in no digest and nobody hears of either."""
    tell(practice, alert(practice, 1))
    tell(practice, alert(practice, 1, event=AlertEvent.RETRACTED, version=2, digest_only=False))
    seven_in_the_morning(practice)
    assert (shown(practice), digested(practice)) == ([], [])


def test_any_other_agency_is_told_as_its_own_settings_say(practice: Practice) -> None:
    """Given the same settings, when an alert comes that is not for a digest, then everybody is given it at once."""
    tell(practice, alert(practice, 3, digest_only=False))
    assert shown(practice) == [("desktop", "C3"), ("records", "C3")]
