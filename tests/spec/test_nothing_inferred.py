"""Chapter 28. Nothing may be inferred. An ending is an ending: that somebody is shielded, has refused, may not be told of any more, or simply is
no longer involved reaches whoever was told as one and the same message, in the same words, at the same beat.

That nobody can tell "no one else" from "shielded" before anything was told is shown over every channel in `tests/contract/inference`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.alerts.wording import sentence, text
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.housekeeping.retention import Retention
from gateway.store.sql_store import open_store
from gateway.withholding.restricting import ADD, reference_content
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AgeBand, AlertEvent, Consent, LegalBasis, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import AgencyId
from mappings.fhir import alert_bundle
from tests.spec.officers import officers_of
from tests.spec.people import MAYA
from tests.spec.stewards import appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent
_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[A-Z0-9]{3}-[A-Z0-9]{3}"
)
DAYS = Retention(unconfirmed_days=90)

Ending = Callable[[World, Counterpart], None]


def says(event: NoticeEvent = NoticeEvent.CHANGED, **changes: object) -> Ending:
    def happen(seaton: World, nursing: Counterpart) -> None:
        nursing.say(nursing.notice(MAYA, event=event, **changes))  # type: ignore[arg-type]

    return happen


def shields(seaton: World, nursing: Counterpart) -> None:
    nursing.shield("maya")


def restricts(seaton: World, nursing: Counterpart) -> None:
    officers = officers_of(seaton, appointed(seaton))
    reference = nursing.references.person("maya").value
    officers.omar.hand_in(ADD, reference_content(NURSING.value, reference, "she asks for it", seaton.mode))


def is_not_agreed_any_more(seaton: World, nursing: Counterpart) -> None:
    # Both still take part: which agencies do, every alert says, and that is about no person.
    seaton.agree(SOCIAL_CARE, NURSING, version=2, legal_bases=(LegalBasis.CARE_ACT_2014_S6,))
    seaton.sweep()


def is_never_confirmed(seaton: World, nursing: Counterpart) -> None:
    with seaton.store.write() as unit:
        known = unit.involvements.find(NURSING, nursing.references.involvement("maya"))
        assert known is not None
        unit.involvements.save(replace(known, confirmed=known.confirmed - timedelta(days=100)))
    assert seaton.keep_house(DAYS)["expired"] == 1


ENDINGS: dict[str, Ending] = {
    "ended": says(NoticeEvent.ENDED),
    "shielded": shields,
    "restricted": restricts,
    "refused by the person": says(consent=Consent.REFUSED),
    "held back": says(held_back=True),
    "of a service that must stay private now": says(sensitivity=Sensitivity.SENSITIVE),
    "too old": says(age_band=AgeBand.ADULT, age_band_until=None),
    "on a basis that is not agreed any more": is_not_agreed_any_more,
    "expired": is_never_confirmed,
}


def ended_by(folder: Path, register: Path, happens: Ending) -> tuple[list[Alert], list[int]]:
    """What social care hears of it, and at which of the next three ticks."""
    path = folder / "register.sqlite"
    path.write_bytes(register.read_bytes())
    path.chmod(0o600)
    store = open_store(f"sqlite:///{path}", bytes(range(32)))
    seaton = World(store)
    social_care, nursing = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    for each in (social_care, nursing):
        each.say(each.notice(MAYA))
    seaton.step()
    assert social_care.events() == [MADE]
    happens(seaton, nursing)
    ticks = []
    for _ in range(3):
        seaton.step()
        ticks.append(len(social_care.alerts))
    store.close()
    return social_care.alerts[1:], ticks


def masked(alert: Alert) -> str:
    """Its bytes as they are sent, with random names as long as they were."""
    return _RANDOM.sub(lambda found: "#" * len(found.group()), alert_bundle.write(alert).decode())


@pytest.fixture
def plain(empty_seaton: Path, tmp_path: Path) -> tuple[list[Alert], list[int]]:
    """An ordinary ending."""
    (tmp_path / "plain").mkdir()
    return ended_by(tmp_path / "plain", empty_seaton, ENDINGS["ended"])


@pytest.mark.parametrize("why", [each for each in ENDINGS if each != "ended"])
def test_every_reason_for_an_ending_reaches_whoever_was_told_as_the_same_bytes_at_the_same_tick(
    empty_seaton: Path, tmp_path: Path, plain: tuple[list[Alert], list[int]], why: str
):
    """Given an involvement that was told, when it is shielded, restricted, refused by the person, held back, made private, too old, no longer
    agreed or expired, then whoever was told hears of it in the same message, at the same moment and in the same words as of an ordinary ending;
    only random references differ."""
    heard, ticks = ended_by(tmp_path, empty_seaton, ENDINGS[why])
    ordinary, ordinary_ticks = plain
    assert [each.event for each in ordinary] == [ENDED]
    assert [masked(each) for each in heard] == [masked(each) for each in ordinary]
    assert ticks == ordinary_ticks == [2, 2, 2]
    # What a practitioner reads is the same sentence too, but for the reference that belongs to the pair.
    words = [_RANDOM.sub("###-###", text(each[0], "Maya", "Ada")) for each in (heard, ordinary)]
    assert words[0] == words[1]
    assert "no longer shared through Patchwork" in sentence(heard[0], "Maya")


def test_disregard_is_for_what_was_withdrawn_alone(empty_seaton: Path, tmp_path: Path):
    """Given an involvement that was told, when it is withdrawn as wrong, then whoever was told hears "disregard", which no ending says."""
    heard, _ = ended_by(tmp_path, empty_seaton, says(NoticeEvent.WITHDRAWN))
    assert [each.event for each in heard] == [RETRACTED]
    assert "disregard" in sentence(heard[0], "Maya")


class TestABeatForEndings:
    """A partnership may have endings leave together, an hour's or a day's at a time."""

    @pytest.fixture
    def pair(self, seaton: World) -> tuple[Counterpart, Counterpart]:
        """Told of each other at noon; endings leave at every full hour."""
        seaton.endings_every = timedelta(hours=1)
        joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
        seaton.agree(SOCIAL_CARE, NURSING)
        for each in joined:
            each.say(each.notice(MAYA))
        seaton.step()
        assert [each.events() for each in joined] == [[MADE], [MADE]]
        seaton.clock.pass_(minutes=20)
        return joined

    @pytest.mark.parametrize("why", ["ended", "shielded", "held back"])
    def test_whatever_the_reason_it_leaves_at_the_next_beat(self, seaton: World, pair, why: str):
        """Given a partnership whose endings leave at every full hour, when an involvement ends, is shielded or is held back, then the ending leaves
        at the next full hour, not before, and once."""
        social_care, nursing = pair
        ENDINGS[why](seaton, nursing)
        for minutes, heard in ((0, 0), (39, 0), (1, 1), (60, 1)):
            seaton.clock.pass_(minutes=minutes)
            seaton.step()
            assert social_care.events().count(ENDED) == heard
        assert social_care.told == {}

    def test_disregard_does_not_wait_and_nor_does_what_shows(self, seaton: World, pair):
        """Given a partnership whose endings leave at every full hour, when a new involvement is stated or another is withdrawn as wrong, then the
        alert and the "disregard" leave at once."""
        social_care, nursing = pair
        nursing.say(nursing.notice(MAYA, "another"))
        seaton.step()
        assert social_care.events() == [MADE, MADE]
        nursing.say(nursing.notice(MAYA, event=NoticeEvent.WITHDRAWN))
        seaton.step()
        assert social_care.events() == [MADE, MADE, RETRACTED]

    def test_what_is_shared_again_before_the_beat_never_seemed_over(self, seaton: World, pair):
        """Given an involvement that is held back and shared again before the hour is full, when the hour comes, then whoever was told has noticed
        nothing."""
        social_care, nursing = pair
        ENDINGS["held back"](seaton, nursing)
        seaton.step()
        nursing.say(nursing.notice(MAYA, event=NoticeEvent.CHANGED))
        seaton.step()
        seaton.clock.pass_(hours=2)
        seaton.step()
        assert social_care.events() == [MADE]
