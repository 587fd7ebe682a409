"""Chapter 10. Testing a connector. An operator asks, the connector answers with a notice about nobody, which goes the whole way of a real one and
leaves nothing behind but how long each leg took.

The connector here is the real one, with a ledger of its own; only the channel is in memory.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.deliver import Delivered, Reception, deliver
from connectors.exchange.sealing import Correspondence
from connectors.ledger.ledger import Ledger
from connectors.publishing.display import Display
from connectors.publishing.notice_builder import Publisher
from connectors.publishing.queueing import Desk
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import AGREEMENT, HOME, PARTNERSHIP, World
from gateway.model.probe import Probe
from gateway.probing.asking import TEST, ask_probe, last_probe, probe_content
from gateway.probing.verdict import legs, sentence, total_seconds
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.lifecycle import RESUME_CONNECTOR, SUSPEND_CONNECTOR
from gateway.trust.operators import Office
from gateway.trust.standing_view import show_standing
from identity.agency.key_ring import KeyRing
from identity.agency.trust import Status
from mappings.canonical.codes import LegalBasis, Mode, ReceiptOutcome, ServiceLine
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Worker
from tests.gateway.staff import Staff, opened
from tests.spec.people import MAYA

SCHOOL = AgencyId("urn:patchwork:seaton:school")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
ACCEPTED, REFUSED = ReceiptOutcome.ACCEPTED, ReceiptOutcome.REFUSED


class School:
    """The connector of Seaton School, whose clock may differ from the gateway's."""

    def __init__(self, speaker: Counterpart, folder: Path, gateway_keys: World) -> None:
        self.speaker = speaker
        self.late = timedelta()
        self.ledger = Ledger.open(folder / "ledger", b"k" * 32, self.now())
        display = Display(Worker(team="Office"))
        publisher = Publisher(SCHOOL, HOME, ServiceLine.OTHER, LegalBasis.CHILDREN_ACT_2004_S10, display)
        desk = Desk(self.ledger, publisher, speaker.references, (speaker.tokeniser,), self.now)
        correspondence = Correspondence(
            speaker.id,
            PARTNERSHIP,
            Mode.TRIAL,
            AGREEMENT,
            1,
            speaker.keys.signing,
            KeyRing([speaker.keys.decryption]),
            gateway_keys.keys.public(GATEWAY),
        )
        self.reception = Reception(
            self.ledger, SCHOOL, speaker.references, correspondence, (), self.now, desk=lambda: desk
        )

    def now(self) -> datetime:
        return self.speaker.clock.now() - self.late

    def deliver(self) -> Delivered:
        """Take what waits, and answer it."""
        return deliver((self.reception,), self.speaker.end)


@pytest.fixture
def anna(seaton: World) -> Staff:
    """The registrar of Seaton; omar, the security officer, signs second."""
    return opened(Office(seaton.store, seaton.clock, PARTNERSHIP))


@pytest.fixture
def school(seaton: World, anna: Staff, tmp_path: Path) -> School:
    """The school and the nurses have an agreement; the nurses already know of a child."""
    school, nursing = seaton.join(SCHOOL), seaton.join(NURSING)
    seaton.agree(SCHOOL, NURSING)
    nursing.say(nursing.notice(MAYA))
    seaton.receive()
    seaton.relay().send_replies()
    nursing.listen()
    return School(school, tmp_path, seaton)


def ask(staff: Staff, seconds: int = 30, mode: Mode = Mode.TRIAL, agency: str | None = None) -> Probe:
    content = probe_content(staff.office, mode, "school", agency, seconds)
    return ask_probe(staff.office, staff.sign(TEST, content), mode)


def verdict(staff: Staff) -> str:
    """What the operator reads."""
    standing = show_standing(staff.office, LOCAL_READER, "school")
    return sentence(the_test(staff), standing.connector.status, standing.figures.last_seen, standing.at)


def the_test(staff: Staff) -> Probe:
    probe = last_probe(staff.office, LOCAL_READER, "school")
    assert probe
    return probe


def run(seaton: World, school: School, between: Callable[[], None] = lambda: None) -> None:
    """The gateway asks, the school answers, the gateway judges and receipts, the school hears that; `between` any two of these."""
    relay = seaton.relay()
    for stage in (relay.tend_probes, school.deliver, seaton.receive, relay.send_replies):
        between()
        stage()
    relay.tend_probes()
    between()
    school.deliver()


def held(seaton: World) -> tuple[dict[str, int], object]:
    """All that the register counts, and how far the school has come."""
    with seaton.store.read() as unit:
        progress = [
            unit.processed.last_accepted(each.id, agency)
            for each in unit.trust.connectors()
            for agency in sorted(each.agencies, key=lambda agency: agency.value)
        ]
        return unit.counts(), progress


def test_every_leg_of_the_way_is_timed(seaton: World, anna: Staff, school: School) -> None:
    """Given a connector, when an operator tests it, then each leg of the way is timed, and it is said whether a notice would be taken in."""
    ask(anna)
    run(seaton, school, between=lambda: seaton.clock.pass_(seconds=1))
    probe = the_test(anna)
    assert [(leg.name, leg.seconds) for leg in legs(probe)] == [
        ("asked", 0),
        ("sent", 1),
        ("answered", 2),
        ("accepted", 0),
        ("receipted", 1),
    ]
    assert total_seconds(probe) == 4
    assert verdict(anna) == "accepted: a notice from school is taken in"


def test_nothing_of_it_is_registered_and_nobody_is_told(seaton: World, anna: Staff, school: School) -> None:
    """Given a test, when it has run, then nothing is registered at either side and nobody is told."""
    before = held(seaton)
    ask(anna)
    run(seaton, school)
    assert the_test(anna).outcome is ACCEPTED
    assert held(seaton) == before
    assert seaton.relay().send_alerts() == 0
    nursing = seaton.counterparts[NURSING]
    assert (nursing.listen(), nursing.alerts) == (0, [])
    with school.ledger.read() as unit:
        assert unit.outbox.counts() == {"settled": 1}
        assert (unit.involvements.counts(), unit.positions.accepted) == ({}, None)


def test_it_is_on_record_who_asked_and_what_came_of_it(seaton: World, anna: Staff, school: School) -> None:
    """Given a test, when one reads the audit, then it says who asked and what came of it."""
    probe = ask(anna)
    run(seaton, school)
    with seaton.store.read() as unit:
        asked, tested = unit.audit.events(0, 100)[-2:]
    assert (asked.code, asked.actor, asked.fields["test"]) == ("connector-test-asked", "anna", probe.id.value)
    assert asked.fields["signature"]
    assert (tested.code, tested.actor, tested.fields["outcome"]) == ("connector-tested", "school", "accepted")
    assert tested.fields["message"] == probe.id.value


def test_what_a_real_notice_is_refused_for_a_test_is_refused_for(seaton: World, anna: Staff, school: School) -> None:
    """Given something for which a real notice would be refused, when the connector is tested, then the test is refused for it too."""
    seaton.agree(SCHOOL, NURSING, version=2)
    before = held(seaton)
    ask(anna)
    run(seaton, school)
    assert [issue.code for issue in the_test(anna).issues] == ["agreement-version"]
    assert verdict(anna).startswith("refused: the agreement and version signed for is not the current one")
    assert held(seaton) == before, "and it is no dead letter: there is nothing in it to replay"
    with school.ledger.read() as unit:
        assert unit.outbox.counts() == {"settled": 1}, "and the school need not look after it"


def test_a_test_counts_as_a_notice_does_and_is_told_at_once_where_it_is_one_too_many(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given a limit on notices, when tests are counted, then each counts as a notice does, and one too many is told at once."""
    anna.carry_out(LIMIT_CONNECTOR, limits_content("school", ["per_minute=1"]))
    for outcome in (ACCEPTED, REFUSED):
        seaton.clock.pass_(seconds=1)
        ask(anna)
        run(seaton, school)
        assert the_test(anna).outcome is outcome
    assert [issue.code for issue in the_test(anna).issues] == ["limit-per-minute"]
    notice = school.speaker.notice(MAYA)
    school.speaker.say(notice)
    seaton.receive()
    with seaton.store.read() as unit:
        assert unit.processed.get(school.speaker.id, notice.id) is None, "there is no room left for a real one either"


def test_a_connector_whose_clock_is_days_late_is_told_of_its_clock(seaton: World, anna: Staff, school: School) -> None:
    """Given a connector whose clock is days late, when it is tested, then the operator is told of its clock."""
    school.late = timedelta(days=4)
    ask(anna)
    run(seaton, school)
    assert the_test(anna).outcome is REFUSED
    assert "issued too long ago" in verdict(anna)
    with school.ledger.read() as unit:
        assert unit.outbox.counts() == {"settled": 1}, "it is not asked to seal it again"


def test_where_no_answer_comes_the_operator_is_told_when_it_was_last_seen(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given a connector that does not answer, when the time is over, then the operator is told when it was last seen and what to try."""
    ask(anna)
    run(seaton, school)
    seaton.clock.pass_(hours=2)
    ask(anna, seconds=5)
    seaton.relay().tend_probes()
    seaton.clock.pass_(seconds=5)
    assert verdict(anna) == (
        "no answer within 5 s: the connector is not running, cannot reach the gateway, or its clock is wrong; it was last seen 2 hours ago; "
        "at the agency: patchwork-connector check"
    )


def test_a_request_that_is_over_when_the_connector_comes_back_is_not_answered(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given a request whose time is over, when the connector comes back, then it does not answer it."""
    ask(anna, seconds=5)
    seaton.relay().tend_probes()
    seaton.clock.pass_(seconds=5)
    school.deliver()
    assert seaton.receive() == 0
    assert the_test(anna).outcome is None


def test_an_answer_that_comes_too_late_is_refused_and_kept_as_it_came(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given an answer that comes too late, when it arrives, then it is refused and kept as it came."""
    ask(anna, seconds=5)
    seaton.relay().tend_probes()
    school.deliver()
    seaton.clock.pass_(seconds=5)
    seaton.receive()
    with seaton.store.read() as unit:
        (letter,) = unit.dead_letters.all(10)
    assert letter.reasons == ("test-over",)
    assert seaton.intake().replay(letter.id, "anna") is REFUSED
    assert the_test(anna).outcome is None
    seaton.relay().send_replies()
    school.deliver()
    with school.ledger.read() as unit:
        assert unit.outbox.counts() == {"settled": 1}


def test_an_answer_sent_again_because_its_receipt_was_lost_gets_the_same_receipt(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given an answer whose receipt was lost, when it is sent again, then it gets the same receipt."""
    ask(anna)
    seaton.relay().tend_probes()
    school.deliver()
    seaton.receive()
    seaton.relay().send_replies()
    lost = school.speaker.end.take(10, 0)
    school.speaker.end.acknowledge(lost)
    before = the_test(anna)
    seaton.clock.pass_(minutes=2)
    school.deliver()
    with school.ledger.write() as unit:
        (waiting,) = unit.outbox.at(unit.outbox.due_at(school.now()), school.now())
    sealed = school.reception.correspondence.seal(waiting.kind, waiting.about, waiting.body or b"", school.now())
    school.speaker.end.send(sealed)
    seaton.receive()
    assert the_test(anna) == before
    seaton.relay().send_replies()
    school.deliver()
    with school.ledger.read() as unit:
        assert unit.outbox.counts() == {"settled": 1}


def test_a_connector_that_cannot_answer_says_why(seaton: World, anna: Staff, school: School) -> None:
    """Given a connector that makes no notices, when it is tested, then it says why it cannot answer."""
    school.reception = replace(school.reception, desk=None)
    ask(anna)
    run(seaton, school)
    assert verdict(anna) == "refused: this program takes alerts only and makes no notices (test-not-supported)"


def test_a_stopped_connector_is_not_tested(seaton: World, anna: Staff, school: School) -> None:
    """Given a connector that is suspended, when somebody tests it, then it is refused with the way out; when it is resumed, then it can be
    tested."""
    anna.move("school", SUSPEND_CONNECTOR)
    with pytest.raises(Refused, match=r"connector school is suspended: .* patchwork connector resume"):
        ask(anna)
    anna.move("school", RESUME_CONNECTOR)
    ask(anna)
    run(seaton, school)
    assert the_test(anna).outcome is ACCEPTED


def test_one_that_is_stopped_while_it_is_tested_is_asked_nothing(seaton: World, anna: Staff, school: School) -> None:
    """Given a test under way, when the connector is suspended, then it is asked nothing and the operator is told."""
    ask(anna)
    anna.move("school", SUSPEND_CONNECTOR)
    assert seaton.relay().tend_probes() == 0
    seaton.clock.pass_(seconds=30)
    assert verdict(anna) == "no answer: the connector was suspended while it was tested"


@pytest.mark.parametrize(
    ("status", "mode", "why"),
    [
        (Status.REQUESTED, Mode.TRIAL, "waits to be approved"),
        (Status.APPROVED, Mode.LIVE, "in its trial only"),
        (Status.REVOKED, Mode.TRIAL, "stopped for good"),
    ],
)
def test_one_that_may_not_speak_here_is_not_tested(
    seaton: World, anna: Staff, school: School, status: Status, mode: Mode, why: str
) -> None:
    """Given a connector that may not speak here, when somebody tests it, then it is refused with the reason."""
    with seaton.store.write() as unit:
        connector = unit.trust.connector(school.speaker.id)
        assert connector
        unit.trust.update_connector(replace(connector, status=status))
    with pytest.raises(Refused, match=why):
        ask(anna, mode=mode)


def test_one_in_its_trial_is_tested_in_its_trial(seaton: World, anna: Staff, school: School) -> None:
    """Given a connector in its trial, when it is tested in its trial, then the test runs."""
    with seaton.store.write() as unit:
        connector = unit.trust.connector(school.speaker.id)
        assert connector
        unit.trust.update_connector(replace(connector, status=Status.APPROVED))
    ask(anna)
    run(seaton, school)
    assert the_test(anna).outcome is ACCEPTED


def test_there_is_one_test_at_a_time(seaton: World, anna: Staff, school: School) -> None:
    """Given a test under way, when somebody asks for another, then it is refused until the first is over."""
    ask(anna, seconds=10)
    with pytest.raises(Refused, match="is being tested, as anna asked; wait"):
        ask(anna)
    seaton.clock.pass_(seconds=10)
    ask(anna)
    run(seaton, school)
    ask(anna)


def test_who_may_only_look_may_not_test(anna: Staff, school: School) -> None:
    """Given somebody who may only look, when they ask for a test, then it is refused; an operator may."""
    with pytest.raises(NotPermitted, match="operator olga may not test connectors"):
        ask(anna.colleague("olga", "observer"))
    assert ask(anna.colleague("otto", "operator")).asked_by == "otto"


def test_while_the_channel_is_down_the_request_waits_and_the_operator_is_told(
    seaton: World, anna: Staff, school: School
) -> None:
    """Given a channel that is down, when a test is asked for, then the operator is told, and a later test goes through."""
    ask(anna)
    seaton.broker.down = True
    assert seaton.relay().tend_probes() == 0
    seaton.clock.pass_(seconds=30)
    assert verdict(anna).startswith(
        "the gateway could not hand over the request within 30 s: the channel to the connector"
    )
    ask(anna)
    assert seaton.relay().tend_probes() == 0
    seaton.broker.down = False
    seaton.clock.pass_(seconds=2)
    run(seaton, school)
    assert the_test(anna).outcome is ACCEPTED


def test_where_no_relay_is_at_work_the_operator_is_told_so(seaton: World, anna: Staff, school: School) -> None:
    """Given a gateway whose relay is not at work, when a test is asked for, then the operator is told so."""
    ask(anna)
    seaton.clock.pass_(seconds=30)
    assert verdict(anna).endswith("its relay is not at work; look at the gateway's log and at patchwork check")
