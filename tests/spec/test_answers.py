"""Chapter 37. Practitioners' answers: what came of an alert is said with one word, and what the two sides found out about who it is is followed
at once.

An answer holds references, a code and a day. The other side never learns of it, and the gateway's receipt says the same whatever it was about.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.answers.deciding import OVERRULE, UPHOLD, answer_content, list_answers
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.housekeeping.retention import Retention
from gateway.model.alarm import Tally
from gateway.model.alert_answer import AlertAnswer, AnswerOutcome
from gateway.model.review_case import CaseReason, CaseState
from gateway.refused import NotPermitted, Refused
from gateway.reporting.period import period
from gateway.reporting.report import report
from gateway.trust.actor import LOCAL_READER
from mappings.canonical.codes import AlertEvent, AnswerCode, MergeEvent, NoticeEvent, ReceiptOutcome, RelationKind
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import RelatedPerson
from tests.gateway.staff import Staff
from tests.spec.officers import officers_of
from tests.spec.people import AHMAD, MAYA, TYLER
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent
SEEN, KNEW, CONTACT, NOT_RELEVANT, NOT_MINE, DIFFERENT, SAME, NO_LONGER = AnswerCode
PLAIN = replace(MAYA, identifiers=())

Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Three agencies that may know of each other."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING, relations=(RelationKind.SIBLING,))
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    """Two stewards."""
    return appointed(seaton)


def say(seaton: World, who: Counterpart, person: Any = MAYA, **changes: Any) -> None:
    who.say(who.notice(person, **changes))
    seaton.step()


def meet(seaton: World, *agencies: Counterpart) -> None:
    """Each of them says that it is involved with Maya, and is told of the others."""
    for each in agencies:
        say(seaton, each)


def reply(seaton: World, who: Counterpart, said: AnswerCode, alert: int = -1, **changes: Any) -> None:
    """A practitioner answers one of the alerts of their agency, by default the latest."""
    who.answer_alert(who.alerts[alert], said, **changes)
    seaton.step()


def answers(seaton: World) -> list[tuple[AnswerCode, AnswerOutcome]]:
    """Everything the register keeps of answers, the oldest first."""
    with seaton.store.read() as unit:
        known = [each for number in range(1, 50) if (each := unit.answers.get(number))]
    return [(each.code, each.outcome) for each in known]


def tally(seaton: World, who: Counterpart) -> Tally:
    with seaton.store.read() as unit:
        counted = unit.alarms.counted(seaton.clock.now() - timedelta(days=28))
    return sum((each.tally for each in counted.get(who.id, [])), Tally())


# ---------------------------------------------------------------- what is said, and who hears of it


@pytest.mark.parametrize("said", [SEEN, KNEW, CONTACT, NOT_RELEVANT, NOT_MINE, SAME, NO_LONGER])
def test_an_answer_is_kept_and_nobody_else_hears_of_it(seaton: World, trio: Trio, said: AnswerCode):
    """Given two agencies that know of each other, when a practitioner answers, then it is kept and neither side is told anything."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    before = [list(each.alerts) for each in trio]
    reply(seaton, nursing, said)
    assert answers(seaton) == [(said, AnswerOutcome.NOTED)]
    assert [each.alerts for each in trio] == before
    assert nursing.outcomes()[-1] is ReceiptOutcome.ACCEPTED
    seaton.sweep()
    seaton.step()
    assert [each.alerts for each in trio] == before


def test_the_same_answer_again_changes_nothing_and_another_one_counts_too(seaton: World, trio: Trio):
    """Given an alert that was seen, when it is said again and then that contact was made, then each is counted once."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    for said in (SEEN, SEEN, CONTACT, CONTACT):
        reply(seaton, nursing, said)
    assert [code for code, _ in answers(seaton)] == [SEEN, CONTACT]
    assert tally(seaton, nursing).answered == tally(seaton, nursing).followed == 1


def test_the_receipt_says_the_same_whatever_was_answered_and_whether_it_is_about_anything(seaton: World, trio: Trio):
    """Given answers to a live alert, to one of another agency, to an ended connection and to none at all, then all receipts say "accepted" and
    nothing else."""
    social_care, nursing, housing = trio
    meet(seaton, social_care, nursing)
    mine, theirs = nursing.alerts[-1], social_care.alerts[-1]
    say(seaton, social_care, event=NoticeEvent.ENDED)
    said_before = len(nursing.receipts)
    for alert in (
        mine,
        theirs,
        replace(theirs, recipient_involvement=mine.recipient_involvement),
        replace(mine, connection=mine.id),
        replace(mine, id=mine.connection),
        replace(mine, version=mine.version + 1),
        replace(mine, recipient_involvement=housing.references.involvement("nobody")),
    ):
        nursing.answer_alert(alert, DIFFERENT)
        seaton.step()
    receipts = nursing.receipts[said_before:]
    assert len(receipts) == 7
    assert {(each.outcome, each.issues) for each in receipts} == {(ReceiptOutcome.ACCEPTED, ())}
    assert [code for code, _ in answers(seaton)] == [DIFFERENT]


def test_an_answer_to_what_was_never_sent_there_is_followed_by_nothing(seaton: World, trio: Trio, stewards: Stewards):
    """Given an agency that learnt of another's connection and alert, when it answers them as its own or as the other, then nothing is paused,
    and the audit says why it could not be placed."""
    social_care, nursing, housing = trio
    meet(seaton, social_care, nursing)
    # One that knows nothing of Maya has got hold of every reference.
    theirs = nursing.alerts[-1]
    housing.answer_alert(theirs, DIFFERENT)
    housing.answer_alert(theirs, DIFFERENT, agency=NURSING)
    say(seaton, housing, TYLER)
    own = housing.references.involvement("tyler")
    housing.answer_alert(theirs, DIFFERENT, involvement_ref=own)
    # A party to the connection answers the other party's alert in its own name.
    social_care.answer_alert(theirs, DIFFERENT, involvement_ref=social_care.references.involvement("maya"))
    nursing.answer_alert(replace(theirs, version=theirs.version - 1), DIFFERENT)
    seaton.step()
    assert answers(seaton) == []
    assert [issue.code for issue in housing.receipts[1].issues] == ["agency-not-approved"]
    assert [each["why"] for each in stewards.audited("answer-unmatched")] == [
        "no-such-involvement", "not-its-connection", "not-its-alert", "not-told"
    ]  # fmt: skip
    assert social_care.events() == nursing.events() == [MADE]


def test_an_answer_that_comes_twice_is_heard_once_and_one_that_is_too_old_not_at_all(seaton: World, trio: Trio):
    """Given an answer that somebody sends again, or that speaks of a day long past or still to come, then the first is answered as before and
    the others are refused with the reason."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    sealed = nursing.answer_alert(nursing.alerts[-1], KNEW)
    seaton.step()
    nursing.end.send(sealed)
    seaton.step()
    assert [code for code, _ in answers(seaton)] == [KNEW]
    today = seaton.clock.now().date()
    for day in (today - timedelta(days=32), today + timedelta(days=2)):
        reply(seaton, nursing, DIFFERENT, day=day)
    codes = [issue.code for each in nursing.receipts[-2:] for issue in each.issues]
    assert codes == ["answer-too-old", "answer-of-the-future"]
    # Kept back by whoever carries it, beyond the time in which any message is taken.
    held: list[bytes] = []
    nursing.end, end = _Holding(held), nursing.end  # type: ignore[assignment]
    nursing.answer_alert(nursing.alerts[-1], DIFFERENT)
    nursing.end = end
    seaton.clock.pass_(days=4)
    nursing.end.send(held[0])
    seaton.step()
    assert nursing.outcomes()[-1] is ReceiptOutcome.STALE
    assert [code for code, _ in answers(seaton)] == [KNEW]


class _Holding:
    """A channel that keeps what it is given."""

    def __init__(self, held: list[bytes]) -> None:
        self._held = held

    def send(self, sealed: bytes) -> None:
        """Keep it."""
        self._held.append(sealed)


def test_answers_count_against_the_same_limits_as_notices(seaton: World, trio: Trio):
    """Given a connector that may send five messages a minute, when it answers over and over, then the rest is put off and nothing is lost."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    with seaton.store.write() as unit:
        known = unit.trust.connector(nursing.id)
        assert known is not None
        unit.trust.update_connector(replace(known, capabilities=replace(known.capabilities, per_minute=5)))
    for said in (SEEN, KNEW, CONTACT, NOT_RELEVANT, SAME):
        nursing.answer_alert(nursing.alerts[-1], said)
    seaton.step()
    assert nursing.outcomes()[-1] is ReceiptOutcome.STALE
    assert [issue.code for issue in nursing.receipts[-1].issues] == ["limit-per-minute"]
    assert len(answers(seaton)) == 4


# ---------------------------------------------------------------- we spoke: different people


def test_different_people_pauses_the_pair_at_once_and_both_sides_hear_an_ordinary_ending(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given two agencies told of one child, when one of them says that they have spoken and mean different people, then both hear that it is no
    longer shared, as of any ending, and a case waits for a steward."""
    social_care, nursing, housing = trio
    meet(seaton, social_care, nursing, housing)
    reply(seaton, nursing, DIFFERENT, alert=0)
    assert nursing.events() == [MADE, MADE, ENDED]
    assert social_care.events() == [MADE, MADE, ENDED]
    # Neither is told more than an ending tells, and what does not concern the pair stands.
    ended = [each.alerts[-1] for each in (nursing, social_care)]
    assert all(each.other is None and each.relation is None for each in ended)
    assert housing.events() == [MADE, MADE]
    view = stewards.case()
    assert view.case.reason is CaseReason.CONTESTED
    assert [each.record.agency for each in view.sides] == [SOCIAL_CARE, NURSING]
    assert [(agency, each.code) for agency, each in view.answers] == [(NURSING, DIFFERENT)]
    # Nothing was unlinked for it.
    assert stewards.companions(2) == [1, 3]


def test_the_ending_of_a_paused_pair_is_the_ending_of_a_shielded_and_of_an_ordinary_one(seaton: World, trio: Trio):
    """Given three children of whom both sides were told, when one pair is paused, one child shielded and one involvement ended, then the agency that
    did none of it is sent the same ending, but for what names the connection."""
    social_care, nursing, _ = trio
    children = (MAYA, TYLER, AHMAD)
    for child in children:
        for each in (social_care, nursing):
            say(seaton, each, child)
    made = {each.recipient_person: each for each in nursing.alerts}
    nursing.answer_alert(made[nursing.references.person("maya")], DIFFERENT)
    nursing.shield(TYLER.local_id)
    nursing.say(nursing.notice(AHMAD, event=NoticeEvent.ENDED))
    seaton.step()
    told = social_care.alerts[3:]
    assert [each.event for each in told] == [ENDED] * 3
    first = told[0]
    alike = {
        replace(
            each,
            id=first.id,
            connection=first.connection,
            version=first.version,
            recipient_person=first.recipient_person,
            recipient_involvement=first.recipient_involvement,
            spoken_reference=first.spoken_reference,
            certainty=first.certainty,
        )
        for each in told
    }
    assert alike == {first}


def test_it_stays_paused_whatever_is_published_changed_or_overdue_until_a_steward_has_decided(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a paused pair, when the agencies publish again, more strongly, or the case's clock runs out, then nothing is shared."""
    social_care, nursing, _ = trio
    for each in (social_care, nursing):
        say(seaton, each, PLAIN)
    reply(seaton, nursing, DIFFERENT)
    told = [list(each.events()) for each in trio]
    say(seaton, nursing, event=NoticeEvent.CHANGED)
    say(seaton, social_care, event=NoticeEvent.CHANGED)
    say(seaton, nursing, involvement="another")
    seaton.clock.pass_(days=8)
    assert stewards.report() == 1
    seaton.sweep()
    seaton.step()
    assert [each.events() for each in trio] == told
    assert stewards.case().case.reason is CaseReason.CONTESTED


def test_a_steward_who_finds_them_different_has_everybody_disregard_it(seaton: World, trio: Trio, stewards: Stewards):
    """Given a paused pair, when a steward says that they are two people, then both hear "disregard" and it is never linked again."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    stewards.refuse(stewards.case())
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]
    assert stewards.companions(2) == []
    for each in (nursing, social_care):
        say(seaton, each, event=NoticeEvent.CHANGED)
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]


def test_a_steward_who_finds_them_the_same_has_sharing_resume(seaton: World, trio: Trio, stewards: Stewards):
    """Given a paused pair, when a steward says that they are one person all the same, then both are told again; the answer that was given
    before does not pause it a second time, one to the new alert does."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    seaton.clock.pass_(days=1)
    stewards.confirm(stewards.case())
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]
    assert stewards.cases() == []
    # Said again by a ledger that was restored; and by the other side, of an alert from before the steward looked.
    reply(seaton, nursing, DIFFERENT, alert=0)
    reply(seaton, social_care, DIFFERENT, alert=0)
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]
    seaton.sweep()
    seaton.step()
    assert social_care.events() == [MADE, ENDED, MADE]
    reply(seaton, social_care, DIFFERENT)
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE, ENDED]
    view = stewards.case()
    assert (view.case.reason, view.case.state) == (CaseReason.CONTESTED, CaseState.OPEN)
    # What a steward said before is what is contested: looking again does not close it by itself.
    say(seaton, nursing, replace(PLAIN, given=("Mayah",)), event=NoticeEvent.CHANGED)
    assert stewards.case().case.state is CaseState.OPEN
    assert nursing.events() == [MADE, ENDED, MADE, ENDED]


def test_what_was_queued_for_the_pair_and_not_sent_is_never_sent(seaton: World, trio: Trio):
    """Given a change about to be told, when the pair is paused before it leaves, then only the ending leaves."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.CHANGED, worker=replace(nursing.notice(MAYA).worker, team="X")))
    nursing.answer_alert(nursing.alerts[-1], DIFFERENT)
    seaton.step()
    assert social_care.events() == [MADE, ENDED]


def test_unlinking_and_an_ending_close_the_case_and_a_new_beginning_opens_it_again(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a contested case, when one side's involvement ends, the question is gone; when it begins again it is asked again, and nothing is
    shared meanwhile; when a steward unlinks, it is answered."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    say(seaton, nursing, event=NoticeEvent.ENDED)
    assert stewards.cases() == []
    say(seaton, nursing, event=NoticeEvent.STARTED)
    assert stewards.case().case.reason is CaseReason.CONTESTED
    assert social_care.events() == [MADE, ENDED]
    stewards.unlink(2)
    seaton.step()
    assert stewards.cases() == []
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]


def test_calling_the_client_by_another_reference_or_merging_records_is_no_way_round_a_pause(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a paused pair, when an agency moves its involvement to another record of its own, by a notice or by a merge, and takes that back,
    then nothing is shared across the pair."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    told = [MADE, ENDED]
    say(seaton, social_care, replace(MAYA, local_id="M-2"), involvement="maya", event=NoticeEvent.CHANGED)
    assert social_care.events() == nursing.events() == told
    nursing.merge("maya", "M-9")
    seaton.step()
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == told
    nursing.merge("maya", "M-9", MergeEvent.PARTED)
    seaton.step()
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == told
    assert any(each.case.reason is CaseReason.CONTESTED for each in stewards.cases())


def test_of_a_connection_that_is_over_it_is_kept_and_opens_no_case(seaton: World, trio: Trio, stewards: Stewards):
    """Given a connection that has ended, when somebody answers the old alert, then it counts and nothing follows."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    made = nursing.alerts[-1]
    say(seaton, social_care, event=NoticeEvent.ENDED)
    nursing.answer_alert(made, DIFFERENT)
    seaton.step()
    assert answers(seaton) == [(DIFFERENT, AnswerOutcome.NOTED)]
    assert stewards.cases() == []
    assert nursing.events() == [MADE, ENDED]


# ---------------------------------------------------------------- we spoke: the same person


def test_same_person_is_evidence_for_the_steward_and_links_and_lifts_nothing(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given one side that says different and one that says the same, then the pause stands, and the steward sees both answers."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    reply(seaton, social_care, SAME, alert=0)
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    view = stewards.case()
    assert {(agency, each.code) for agency, each in view.answers} == {(NURSING, DIFFERENT), (SOCIAL_CARE, SAME)}


# ---------------------------------------------------------------- across a family


def siblings(seaton: World, trio: Trio) -> None:
    """Nursing is involved with Tyler, social care with Maya, whom it says he is the brother of."""
    social_care, nursing, _ = trio
    say(seaton, nursing, TYLER)
    brother = RelatedPerson(RelationKind.SIBLING, nursing.notice(TYLER).evidence)
    say(seaton, social_care, relations=(brother,))


def waiting(stewards: Stewards, decided: bool = False) -> list[AlertAnswer]:
    return list_answers(stewards.office, LOCAL_READER, decided)


def decide(stewards: Stewards, who: Staff, action: str, id: int) -> Any:
    return who.hand_in(action, answer_content(stewards.office, id, stewards.seaton.mode))


def test_across_a_family_the_answer_itself_waits_and_pauses_the_pair(seaton: World, trio: Trio, stewards: Stewards):
    """Given two agencies that know of each other by a stated relation, when one says that the relative is somebody else, then both hear an
    ending, no case is made of two different people, and the answer waits for a steward."""
    social_care, nursing, _ = trio
    siblings(seaton, trio)
    reply(seaton, social_care, DIFFERENT)
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    assert stewards.cases() == []
    (known,) = waiting(stewards)
    say(seaton, nursing, TYLER, event=NoticeEvent.CHANGED)
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    officers = officers_of(seaton, stewards)
    with pytest.raises(NotPermitted, match="steward"):
        decide(stewards, officers.omar, OVERRULE, known.id)
    with pytest.raises(Refused, match="no answer 99"):
        answer_content(stewards.office, 99, seaton.mode)


def test_upheld_both_disregard_it_for_good(seaton: World, trio: Trio, stewards: Stewards):
    """Given a relative who was said to be somebody else, when a steward upholds it, then both hear "disregard", and it is not shared again."""
    social_care, nursing, _ = trio
    siblings(seaton, trio)
    reply(seaton, social_care, DIFFERENT)
    decide(stewards, stewards.sam, UPHOLD, waiting(stewards)[0].id)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]
    say(seaton, nursing, TYLER, event=NoticeEvent.CHANGED)
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]
    with pytest.raises(Refused, match="was upheld by sam"):
        answer_content(stewards.office, waiting(stewards, decided=True)[0].id, seaton.mode)


def test_overruled_it_is_shared_again(seaton: World, trio: Trio, stewards: Stewards):
    """Given a relative who was said to be somebody else, when a steward overrules it, then both are told again, and an answer to the old alert
    does not pause it anew."""
    social_care, nursing, _ = trio
    siblings(seaton, trio)
    reply(seaton, social_care, DIFFERENT)
    seaton.clock.pass_(days=1)
    decide(stewards, stewards.sam, OVERRULE, waiting(stewards)[0].id)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]
    reply(seaton, nursing, DIFFERENT, alert=0)
    assert waiting(stewards) == []
    assert nursing.events() == [MADE, ENDED, MADE]


def test_an_answer_about_linked_records_is_decided_as_a_case_and_says_so(seaton: World, trio: Trio, stewards: Stewards):
    """Given an answer about one person, when a steward tries to decide it as one about a relative, then the refusal names the case."""
    social_care, nursing, _ = trio
    meet(seaton, social_care, nursing)
    reply(seaton, nursing, DIFFERENT)
    with pytest.raises(Refused, match="patchwork review show 1"):
        answer_content(stewards.office, 1, seaton.mode)


# ---------------------------------------------------------------- what is counted of it


def test_the_report_counts_answers_and_shows_no_small_number(seaton: World, trio: Trio, stewards: Stewards):
    """Given a few answers, when the governance report is made, then each kind is counted, and fewer than five are not shown as a number."""
    social_care, nursing, _ = trio
    for number in range(7):
        child = replace(MAYA, local_id=f"c{number}", given=(f"Given{'abcdefg'[number]}",), identifiers=())
        child = replace(child, family=f"Family{'abcdefg'[number]}")
        for each in (social_care, nursing):
            say(seaton, each, child)
        if len(nursing.alerts) > number:
            reply(seaton, nursing, CONTACT)
            reply(seaton, nursing, SEEN) if number < 2 else None
    assert len(nursing.alerts) == 7
    today = seaton.clock.now().date()
    made = report(stewards.office, LOCAL_READER, period("", "", today), Retention())
    found = made["roll_out"]["answers"]
    assert (found["alerts_answered"], found["made-contact"], found["seen"], found["already-knew"]) == (5, 5, "<5", 0)
    assert (made["roll_out"]["alerts"]["seen"], made["roll_out"]["alerts"]["followed_up"]) == (5, 5)


def test_an_involvement_dropped_after_contact_does_not_count_as_dropped(seaton: World, trio: Trio):
    """Given two involvements that end soon after an alert, of which one was followed by contact, then only the other one counts as dropped."""
    social_care, nursing, housing = trio
    meet(seaton, social_care, nursing, housing)
    reply(seaton, nursing, CONTACT)
    for each in (nursing, housing):
        say(seaton, each, event=NoticeEvent.ENDED)
    assert (tally(seaton, nursing).dropped, tally(seaton, housing).dropped) == (0, 1)
