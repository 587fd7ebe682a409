"""Chapter 51. Every agency is a witness. The gateway writes down everything it does in a chain that cannot be changed without its showing. Whoever
owns the gateway could write the whole chain anew, with its signing key too. So once a day the gateway tells every agency one number that stands for
the chain as it was, and each agency keeps it: what agencies hold, the owner of the gateway cannot rewrite.

The number says nothing of anybody. It is chosen by the clock alone, and it is the same for everybody all day.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.ledger.witnesses import ToldOn
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, World
from mappings.canonical.codes import Mode, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.witness import ToldCheckpoint, Witness
from tests.connectors.office import Office, involvement
from tests.gateway.audit.kept_audit import KeptAudit
from tests.gateway.audit.owner import cut_off, rewrite
from tests.spec.people import AHMAD, MAYA, TYLER

HOUSING, HEALTH = AgencyId("urn:patchwork:seaton:housing"), AgencyId("urn:patchwork:seaton:health")
DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
WEDNESDAY = MONDAY + DAY * 2


class Town:
    """Housing and health in a town whose gateway keeps checkpoints, from a Monday noon on."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.audit = KeptAudit(world, folder / "gateway", folder / "register.sqlite")
        self.housing, self.health = world.join(HOUSING), world.join(HEALTH)
        world.agree(HOUSING, HEALTH)

    def live_a_day(self, *said: tuple[Counterpart, str]) -> None:
        """Agencies say that they are involved with somebody new, and two hours later there is a checkpoint of it; then it is the next noon."""
        self.audit.look()
        for number, (who, name) in enumerate(said):
            who.say(who.notice({"maya": MAYA, "ahmad": AHMAD, "tyler": TYLER}[name], f"{name} {who.n} {number}"))
        self.world.step()
        self.world.clock.pass_(hours=2)
        self.audit.look()
        self.world.clock.pass_(hours=22)

    def told(self, who: Counterpart) -> dict[date, set[ToldCheckpoint | None]]:
        """What one agency was told on which day."""
        days: dict[date, set[ToldCheckpoint | None]] = {}
        for day, told in who.witnessed:
            days.setdefault(day, set()).add(told)
        return days

    def witnesses(self) -> list[Witness]:
        """What both agencies hold, once a day each."""
        return [
            Witness(PARTNERSHIP, Mode.TRIAL, who.agency, day, told)
            for who in (self.housing, self.health)
            for day, each in self.told(who).items()
            for told in each
            if told is not None
        ]


@pytest.fixture
def town(seaton: World, tmp_path: Path) -> Town:
    """See `Town`."""
    return Town(seaton, tmp_path)


@pytest.fixture
def week(town: Town) -> Town:
    """Five days on which both agencies said something each day."""
    for _ in range(5):
        town.live_a_day((town.housing, "maya"), (town.health, "maya"), (town.housing, "tyler"))
    return town


def test_a_new_gateway_has_nothing_to_tell_of_and_answers_all_the_same(town: Town) -> None:
    """Given a gateway on its first day, when an agency declares a child, then it is answered as ever, and told of no checkpoint: there is none of a
    day before."""
    town.housing.say(town.housing.notice(MAYA))
    town.world.step()
    assert town.housing.outcomes() == [ReceiptOutcome.ACCEPTED]
    assert town.told(town.housing) == {MONDAY: {None}}


def test_everybody_is_told_the_same_all_day_and_something_else_the_next(week: Town) -> None:
    """Given five days of notices, when what two agencies were told is laid side by side, then on each day both were told of one and the same
    checkpoint, made on the day before, and of another on each day."""
    housing, health = week.told(week.housing), week.told(week.health)
    assert housing == health
    assert sorted(housing) == [MONDAY + DAY * number for number in range(5)]
    told = [next(iter(housing[MONDAY + DAY * number])) for number in range(1, 5)]
    assert all(len(each) == 1 for each in housing.values())
    assert [each.made_on for each in told if each] == [MONDAY + DAY * number for number in range(4)]
    assert len({each.digest for each in told if each}) == 4


def test_a_day_on_which_nothing_happened_cannot_be_told_from_any_other(town: Town) -> None:
    """Given days on which nobody but housing says anything, and one on which nobody says anything at all, when housing looks at what it was told,
    then there is another number each day as on any other day: a number that stayed would say that nobody else was there."""
    for said in ([(town.housing, "maya")], [], [(town.housing, "tyler")], [(town.housing, "ahmad")]):
        town.live_a_day(*said)
    told = town.told(town.housing)
    assert sorted(told) == [MONDAY, MONDAY + DAY * 2, MONDAY + DAY * 3]
    second, third = (next(iter(told[MONDAY + DAY * number])) for number in (2, 3))
    assert second is not None
    assert third is not None
    assert (second.made_on, third.made_on) == (MONDAY + DAY, MONDAY + DAY * 2)
    assert second.digest != third.digest


def test_receipts_do_not_wait_for_a_folder_that_cannot_be_read(week: Town) -> None:
    """Given a gateway whose folder of checkpoints is damaged, when an agency declares a child, then it is answered without a checkpoint; when
    the folder is back, it is told of one again."""
    away = week.audit.folder / "away"
    week.audit.kept.path.rename(away)
    week.audit.kept.path.write_text("no folder")
    week.housing.say(week.housing.notice(AHMAD))
    week.world.step()
    assert week.housing.outcomes()[-1] is ReceiptOutcome.ACCEPTED
    assert week.housing.witnessed[-1] == (MONDAY + DAY * 5, None)
    week.audit.kept.path.unlink()
    away.rename(week.audit.kept.path)
    week.world.clock.pass_(minutes=2)
    week.housing.say(week.housing.notice(AHMAD, "again"))
    week.world.step()
    assert week.housing.witnessed[-1][1] is not None


def test_an_alert_tells_of_nothing(week: Town) -> None:
    """Given two agencies that were told of each other, when an alert is looked at, then it is what it was before there were witnesses: only what
    answers an agency's own messages, or comes every day anyhow, tells of the audit."""
    assert week.housing.alerts
    answered = len(week.housing.receipts) + len(week.housing.replies) + len(week.housing.check_lists)
    assert len(week.housing.witnessed) == answered


def test_an_agency_keeps_one_a_day_and_settles_its_notices(tmp_path: Path) -> None:
    """Given a school whose notices are receipted on three days, when its ledger is looked at, then it holds what it was told on each of them, and
    nothing is wrong with it."""
    office = Office(tmp_path)
    for number in range(3):
        today = MONDAY + DAY * number
        office.gateway.checkpoint = ToldCheckpoint(today - DAY, str(number) * 64)
        office.publish(*(involvement(each) for each in range(1, number + 2)))
        office.exchange()
        office.clock.wait(days=1)
    with office.ledger.read() as unit:
        assert unit.witnesses.all() == [
            ToldOn(MONDAY + DAY * number, ToldCheckpoint(MONDAY + DAY * (number - 1), str(number) * 64))
            for number in range(3)
        ]
        assert unit.witnesses.findings() == []
    assert office.outbox() == {"settled": 3}


def test_a_gateway_that_says_two_things_on_one_day_is_found_and_nothing_is_refused(tmp_path: Path) -> None:
    """Given a school that was told of one checkpoint this morning, when the gateway tells of another this afternoon, then that is a finding for
    somebody to look into; the receipt it came with counts as any other."""
    office = Office(tmp_path)
    office.gateway.checkpoint = ToldCheckpoint(MONDAY - DAY, "a" * 64)
    office.publish(involvement(1))
    office.exchange()
    office.gateway.checkpoint = ToldCheckpoint(MONDAY - DAY, "b" * 64)
    office.publish(involvement(1), involvement(2))
    office.gateway.take()
    done = office.deliver()
    assert [text for _, text in done.doubts] == [
        "on 2026-03-02 the gateway told of two different checkpoints of its audit; each day has one"
    ]
    assert done.needs_a_person
    assert office.outbox() == {"settled": 2}


def test_a_gateway_that_goes_back_to_an_older_one_is_found(tmp_path: Path) -> None:
    """Given a school that was told on Monday of Sunday's checkpoint, when on Tuesday the gateway tells of last week's, then that is a finding: the
    gateway was put back from a backup, or its audit was cut off."""
    office = Office(tmp_path)
    office.gateway.checkpoint = ToldCheckpoint(MONDAY - DAY, "a" * 64)
    office.publish(involvement(1))
    office.exchange()
    office.clock.wait(days=1)
    office.gateway.checkpoint = ToldCheckpoint(MONDAY - DAY * 7, "b" * 64)
    office.publish(involvement(1), involvement(2))
    office.gateway.take()
    ((_, text),) = office.deliver().doubts
    assert "had told of a later one before" in text


def test_an_honest_audit_fits_what_agencies_hold(week: Town) -> None:
    """Given a week of which nothing was rewritten, when an auditor compares the gateway's audit with what both agencies hold, then every day fits."""
    compared = week.audit.compared(*week.witnesses())
    assert (compared.days, compared.agencies, compared.findings) == (4, 2, ())
    assert compared.up_to > 0


def test_an_owner_who_rewrites_everything_is_found_by_what_agencies_hold(week: Town) -> None:
    """Given an owner who holds the database, the checkpoints and the signing key, and changes who was told of a child on Wednesday, when
    the chain and every checkpoint are written and signed anew, then the gateway alone finds that all is well; with what one agency holds it is
    found, from which day on, and after which event."""
    with week.world.store.read() as unit:
        told = [
            each for each in unit.audit.events(0, 10_000) if (each.code, each.at.date()) == ("alert-sent", WEDNESDAY)
        ]
    rewrite(week.audit, told[-1].seq, agency="urn:patchwork:seaton:nobody")
    assert week.audit.verified().intact, "nothing here tells"
    for agency in (HOUSING, HEALTH):
        compared = week.audit.compared(*(each for each in week.witnesses() if each.agency == agency))
        assert compared.findings
        first = compared.findings[0]
        assert 0 < first.after < told[-1].seq, "what was told before the change still fits"
        assert (first.told_on, first.made_on) == (WEDNESDAY + DAY, WEDNESDAY)
        assert "is not in the folder" in first.problem


def test_an_end_that_was_cut_off_with_its_checkpoints_is_found(week: Town) -> None:
    """Given an owner who takes away the last two days, with the head and with the checkpoints made on them, when an auditor compares with what
    agencies hold, then it is found: they were told of a checkpoint that is no longer there."""
    with week.world.store.read() as unit:
        last = max(each.seq for each in unit.audit.events(0, 10_000) if each.at.date() <= WEDNESDAY)
    cut_off(week.audit, last)
    assert week.audit.verified().intact, "nothing here tells"
    found = week.audit.compared(*week.witnesses()).findings
    assert {each.told_on for each in found} == {MONDAY + DAY * 4}
    assert {each.made_on for each in found} == {MONDAY + DAY * 3}
