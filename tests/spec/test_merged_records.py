"""Chapter 21. A hospital finds that two of its records are one patient's, and merges them; sometimes that was wrong, and it takes it back.

Both times the involvements go where they belong, and nobody is bothered unless something changes for them.
"""

import random
import uuid
from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.lifecycle import OFF_BOARD_CONNECTOR, REVOKE_CONNECTOR
from mappings.canonical.codes import AlertEvent, MergeEvent, MessageKind, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.person import PartialDate, Person
from mappings.canonical.record_merge import RecordMerge
from mappings.merge_json import write_merge
from tests.spec.people import HARBOUR_ROAD, MAYA, TYLER, nhs, thin
from tests.spec.stewards import Stewards, appointed

HOSPITAL = AgencyId("urn:patchwork:seaton:hospital")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED, AlertEvent.RETRACTED
PARTED = MergeEvent.PARTED

PLAIN = replace(MAYA, identifiers=())
# The hospital wrote her down twice: once in full, once in a hurry.
FULL = replace(PLAIN, local_id="H-1")
HURRIED = replace(thin(PLAIN), local_id="H-2", addresses=())
BOY = replace(TYLER, local_id="H-3", identifiers=())

Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Three agencies with an agreement about children."""
    joined = seaton.join(HOSPITAL), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(HOSPITAL, NURSING, HOUSING)
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


def say(seaton: World, counterpart: Counterpart, person: Person, involvement: str = "", **changes: object) -> None:
    counterpart.say(counterpart.notice(person, involvement, **changes))  # type: ignore[arg-type]
    seaton.step()


def merge(seaton: World, hospital: Counterpart, gone: str, stays: str, event: MergeEvent = MergeEvent.MERGED) -> None:
    hospital.merge(gone, stays, event)
    seaton.step()


def whose(seaton: World, hospital: Counterpart, *involvements: str) -> list[str]:
    """Which of the hospital's records each of its involvements is with, by the hospital's own number."""
    numbers = {hospital.references.person(each): each for each in ("H-1", "H-2", "H-3", "H-4")}
    with seaton.store.read() as unit:
        found = [
            unit.involvements.find(hospital.agency, hospital.references.involvement(each)) for each in involvements
        ]
        records = [unit.records.get(each.record_id) for each in found if each]
    return [numbers[each.person_ref] for each in records if each]


def persons(seaton: World, *records: int) -> list[int | None]:
    """Which person of the register each record is."""
    with seaton.store.read() as unit:
        links = [unit.records.active_link(each) for each in records]
    return [link.person_id if link else None for link in links]


def test_a_merge_of_what_nobody_was_told_about_moves_the_involvement_and_tells_nobody(seaton: World, trio: Trio):
    """Given two of a hospital's records that nobody was told about, when it merges them, then the involvement moves to the record that stays and
    nobody is told."""
    hospital, nursing, _ = trio
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    merge(seaton, hospital, "H-3", "H-1")
    assert whose(seaton, hospital, "H-3", "H-1") == ["H-1", "H-1"]
    assert hospital.events() == nursing.events() == []
    assert hospital.outcomes() == [ReceiptOutcome.ACCEPTED] * 3


def test_an_involvement_joins_what_the_surviving_record_is_connected_with(seaton: World, trio: Trio):
    """Given a record that is connected and one that is not, when the second is merged into the first, then its involvement joins the connection and
    both sides are told."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, HURRIED, service=hospital.notice(HURRIED).service)
    assert nursing.events() == [MADE]
    merge(seaton, hospital, "H-2", "H-1")
    # The health visitor hears of the second worker at the hospital, and of nothing else.
    assert nursing.events() == [MADE, MADE]
    assert len(nursing.told) == 2
    assert hospital.events() == [MADE, MADE]
    assert {alert.recipient_person for alert in hospital.told.values()} == {hospital.references.person("H-1")}


def test_where_the_record_that_goes_was_the_one_that_was_connected_the_connection_stays(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a connected record, when it is merged into one with no connection, then the connection stays; when the merge is undone, then what
    followed from it is taken back."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, replace(FULL, local_id="H-4", addresses=(HARBOUR_ROAD,)))
    assert hospital.events() == nursing.events() == [MADE]
    merge(seaton, hospital, "H-1", "H-4")
    # The pair that knew of each other still does and hears nothing; the other involvement joins them.
    assert nursing.events() == [MADE, MADE]
    assert len(nursing.told) == 2
    merge(seaton, hospital, "H-1", "H-4", PARTED)
    assert nursing.events() == [MADE, MADE, RETRACTED]
    assert len(nursing.told) == 1


def test_where_only_the_record_that_goes_has_an_involvement_nobody_hears_of_a_merge_or_of_its_undoing(
    seaton: World, trio: Trio
):
    """Given a record with the only involvement, when it is merged and parted again, then nobody hears of either, and everything is as before."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    before = persons(seaton, 1, 2)
    merge(seaton, hospital, "H-1", "H-4")
    assert whose(seaton, hospital, "H-1") == ["H-4"]
    merge(seaton, hospital, "H-1", "H-4", PARTED)
    assert whose(seaton, hospital, "H-1") == ["H-1"]
    seaton.sweep()
    seaton.step()
    assert hospital.events() == nursing.events() == [MADE]
    assert persons(seaton, 1, 2) == before
    # The record that only the merge had made is nobody's: it stands in nobody's way.
    assert persons(seaton, 3) == [None]


def test_a_thin_survivor_keeps_what_was_told_and_a_steward_is_asked(seaton: World, trio: Trio, stewards: Stewards):
    """Given a connected record that is merged into a thin one, when the thin one alone could not be matched, then what was told stands and a
    steward is asked."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, HURRIED, event=NoticeEvent.ENDED)
    merge(seaton, hospital, "H-1", "H-2")
    # By its own details the hurried record would be nobody's. The link was told, so it stands and somebody looks.
    assert hospital.events() == nursing.events() == [MADE]
    assert stewards.companions(3) == [1]
    assert len(stewards.cases()) == 1
    merge(seaton, hospital, "H-1", "H-2", PARTED)
    assert hospital.events() == nursing.events() == [MADE]
    assert stewards.companions(2) == [1]
    assert stewards.companions(3) == []
    assert stewards.cases() == []


def test_merging_into_somebody_elses_record_retracts_and_connects_anew_and_undoing_does_the_reverse(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a record merged into somebody else's, when that is done, then those told are told to disregard it and the others are told; when it is
    undone, then the reverse happens."""
    hospital, nursing, housing = trio
    say(seaton, nursing, PLAIN)
    say(seaton, housing, replace(TYLER, identifiers=()))
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    assert nursing.events() == housing.events() == [MADE]
    before = persons(seaton, 1, 2, 3, 4)
    merge(seaton, hospital, "H-1", "H-3")
    # The hospital says that its patient was the boy all along.
    assert nursing.events() == [MADE, RETRACTED]
    assert nursing.told == {}
    assert housing.events() == [MADE, MADE]
    # Whether the girl whom the health visitor knows is the same as the boy is for a steward to say.
    case = stewards.case().case
    assert (case.first, case.second) == (1, 4)
    merge(seaton, hospital, "H-1", "H-3", PARTED)
    assert nursing.events() == [MADE, RETRACTED, MADE]
    assert housing.events() == [MADE, MADE, RETRACTED]
    assert len(nursing.told) == len(housing.told) == 1
    assert persons(seaton, 1, 2, 3, 4) == before
    assert stewards.cases() == []


def test_a_later_notice_under_the_old_number_is_filed_with_the_survivor_and_spoils_nothing(seaton: World, trio: Trio):
    """Given a merge, when a notice still calls the client by the old number, then it is filed with the record that stays and does not spoil its
    details."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, HURRIED, event=NoticeEvent.ENDED)
    merge(seaton, hospital, "H-2", "H-1")
    say(seaton, hospital, HURRIED)
    say(seaton, hospital, HURRIED, "another")
    assert whose(seaton, hospital, "H-2", "another") == ["H-1", "H-1"]
    # The survivor is still who it was: what the old record says of her does not count.
    assert nursing.events() == [MADE, MADE, MADE]
    assert len(nursing.told) == 3
    merge(seaton, hospital, "H-2", "H-1", PARTED)
    assert whose(seaton, hospital, "H-2", "another", "H-1") == ["H-2", "H-2", "H-1"]
    assert len(nursing.told) == 1


def test_notices_that_call_the_client_by_the_new_number_are_undone_too(seaton: World, trio: Trio):
    """Given notices that call the client by the new number after a merge, when the merge is undone, then their involvements go back too, until the
    agency states otherwise."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    merge(seaton, hospital, "H-3", "H-1")
    say(seaton, hospital, FULL, "H-3", event=NoticeEvent.CHANGED)
    assert len(nursing.told) == 2
    merge(seaton, hospital, "H-3", "H-1", PARTED)
    assert whose(seaton, hospital, "H-3", "H-1") == ["H-3", "H-1"]
    assert len(nursing.told) == 1
    # Whatever the hospital says afterwards counts again as it says it.
    say(seaton, hospital, FULL, "H-3", event=NoticeEvent.CHANGED)
    assert whose(seaton, hospital, "H-3") == ["H-1"]


def test_a_merge_may_come_before_either_record_is_known(seaton: World, trio: Trio):
    """Given a merge that arrives before either record is known, when the records come, then the merge counts, and can be undone."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    merge(seaton, hospital, "H-2", "H-1")
    say(seaton, hospital, FULL, "first", event=NoticeEvent.STARTED)
    say(seaton, hospital, HURRIED, "second")
    assert whose(seaton, hospital, "first", "second") == ["H-1", "H-1"]
    assert len(nursing.told) == 2
    merge(seaton, hospital, "H-2", "H-1", PARTED)
    assert whose(seaton, hospital, "first", "second") == ["H-1", "H-2"]
    assert nursing.events() == [MADE, MADE, RETRACTED]


def test_the_latest_word_counts_however_often_and_in_whatever_order_words_come(seaton: World, trio: Trio):
    """Given merges and their undoings that come twice and out of order, when all have come, then the latest word of the agency counts."""
    hospital, _, _ = trio
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    sealed = hospital.merge("H-3", "H-1")
    hospital.end.send(sealed)
    seaton.step()
    late = Sequence(hospital.incarnation, hospital.n)
    merge(seaton, hospital, "H-3", "H-1", PARTED)
    hospital.merge("H-3", "H-1", sequence=late)
    seaton.step()
    assert whose(seaton, hospital, "H-3") == ["H-3"]
    assert hospital.outcomes() == [ReceiptOutcome.ACCEPTED] * 6
    merge(seaton, hospital, "H-3", "H-1")
    merge(seaton, hospital, "H-3", "H-1")
    assert whose(seaton, hospital, "H-3") == ["H-1"]


def test_a_record_merged_into_another_one_than_before_leaves_the_first(seaton: World, trio: Trio):
    """Given a record merged into one and then into another, when both are known, then it belongs to the second."""
    hospital, _, _ = trio
    for person in (FULL, HURRIED, BOY):
        say(seaton, hospital, person)
    merge(seaton, hospital, "H-2", "H-3")
    merge(seaton, hospital, "H-2", "H-1")
    assert whose(seaton, hospital, "H-1", "H-2", "H-3") == ["H-1", "H-1", "H-3"]


def test_merges_of_merges_lead_to_the_last_and_each_is_undone_by_itself(seaton: World, trio: Trio):
    """Given merges of merged records, when one of them is undone, then that one alone comes apart."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    for person in (FULL, HURRIED, BOY):
        say(seaton, hospital, person)
    merge(seaton, hospital, "H-2", "H-1")
    merge(seaton, hospital, "H-1", "H-3")
    assert whose(seaton, hospital, "H-1", "H-2", "H-3") == ["H-3"] * 3
    merge(seaton, hospital, "H-1", "H-3", PARTED)
    assert whose(seaton, hospital, "H-1", "H-2", "H-3") == ["H-1", "H-1", "H-3"]
    merge(seaton, hospital, "H-2", "H-1", PARTED)
    assert whose(seaton, hospital, "H-1", "H-2", "H-3") == ["H-1", "H-2", "H-3"]
    assert persons(seaton, 2) == persons(seaton, 1)
    assert len(nursing.told) == 1


def test_a_circle_is_refused(seaton: World, trio: Trio):
    """Given records merged one into the next, when a merge would close a circle, then it is refused."""
    hospital, _, _ = trio
    for person in (FULL, HURRIED, BOY):
        say(seaton, hospital, person)
    merge(seaton, hospital, "H-2", "H-1")
    merge(seaton, hospital, "H-1", "H-3")
    merge(seaton, hospital, "H-3", "H-2")
    assert hospital.outcomes()[-1] is ReceiptOutcome.REFUSED
    assert [issue.code for issue in hospital.receipts[-1].issues] == ["merge-chain"]


def test_another_agencys_records_cannot_be_merged(seaton: World, trio: Trio):
    """Given two records of another agency, when a hospital says that they are merged, then it is refused and nothing moves."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, nursing, replace(TYLER, identifiers=()))
    hospital.merge("maya", "tyler", agency=NURSING)
    seaton.step()
    assert [issue.code for issue in hospital.receipts[-1].issues] == ["agency-not-approved"]
    # Naming the other's references under its own name names nothing: references are each agency's own.
    theirs = [nursing.references.person(each) for each in ("maya", "tyler")]
    named = RecordMerge(
        MessageId(str(uuid.uuid4())), MergeEvent.MERGED, Sequence(hospital.incarnation, 99), HOSPITAL, *theirs
    )
    hospital.post(MessageKind.MERGE, named.id, write_merge(named))
    seaton.step()
    with seaton.store.read() as unit:
        found = [unit.involvements.find(NURSING, nursing.references.involvement(each)) for each in ("maya", "tyler")]
    assert [each.record_id for each in found if each] == [1, 2]


def test_a_merge_that_a_stewards_word_stands_against_waits_and_nothing_moves(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a steward's word that two records are different people, when a merge would contradict it, then nothing moves until a steward has
    decided."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    stewards.unlink(2)
    seaton.step()
    # Of her second record at the hospital nobody said so, and it is linked.
    say(seaton, hospital, replace(MAYA, local_id="H-4"))
    assert stewards.companions(3) == [1]
    told = nursing.events()
    merge(seaton, hospital, "H-1", "H-4")
    # If the first was somebody else, the second is too, or the hospital is wrong: a steward must say.
    assert whose(seaton, hospital, "H-1") == ["H-1"]
    assert nursing.events() == told
    (view,) = stewards.cases()
    assert set(view.records) == {1, 3}
    # A notice under the new number does not go round the steward.
    say(seaton, hospital, replace(MAYA, local_id="H-4"), "H-1", event=NoticeEvent.CHANGED)
    assert whose(seaton, hospital, "H-1") == ["H-1"]
    stewards.refuse(stewards.case())
    seaton.step()
    seaton.sweep()
    seaton.step()
    assert whose(seaton, hospital, "H-1") == ["H-4"]
    assert nursing.told == {}
    assert len(stewards.audited("merge-carried-out")) == 1


def test_what_a_steward_said_of_the_record_that_goes_holds_for_the_survivor(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a steward's word about a record, when that record is merged into another, then the word holds for the other while the merge stands, and
    no longer."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    stewards.unlink(2)
    say(seaton, hospital, BOY)
    merge(seaton, hospital, "H-1", "H-3")
    # The boy's record turns out to be hers, with all her details: still not whom the health visitor knows.
    say(seaton, hospital, replace(PLAIN, local_id="H-3"), "H-3", event=NoticeEvent.CHANGED)
    assert nursing.told == {}
    merge(seaton, hospital, "H-1", "H-3", PARTED)
    say(seaton, hospital, replace(PLAIN, local_id="H-3", addresses=PLAIN.addresses[:1], known_as=("May",)), "H-3")
    assert len(nursing.told) == 1


def test_what_was_asked_about_the_record_that_goes_is_asked_about_the_survivor(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a case about a record, when the record is merged into another, then the case is about the other; when the merge is undone, then it is
    about the first again."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, replace(HURRIED, addresses=PLAIN.addresses))
    assert {each for view in stewards.cases() for each in view.records} == {1, 2}
    say(seaton, hospital, BOY)
    before = [view.case.id for view in stewards.cases()]
    merge(seaton, hospital, "H-2", "H-3")
    assert {each for view in stewards.cases() for each in view.records} == {1, 3}
    merge(seaton, hospital, "H-2", "H-3", PARTED)
    assert before[0] in [view.case.id for view in stewards.cases()]


def test_a_number_from_before_a_merge_counts_only_where_that_was_granted_to_the_connector(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a number that a merge made out of date, when it is the only thing that would link two people, then it counts only from an agency to
    which two people granted it, and only where the other details bear it out."""
    hospital, nursing, _ = trio
    elsewhere = replace(MAYA, family="Whitlock", addresses=(HARBOUR_ROAD,))
    renumbered = replace(elsewhere, local_id="H-1", identifiers=nhs("9990103011"), superseded=MAYA.identifiers)
    say(seaton, nursing, MAYA)
    say(seaton, hospital, renumbered)
    assert nursing.events() == []
    omar = stewards.sam.second
    assert omar is not None
    anna = omar.second
    assert anna is not None
    asked = omar.hand_in(LIMIT_CONNECTOR, limits_content("hospital", ["number_aliases=true"]))
    # It takes two people.
    assert not asked.done
    assert anna.approve(asked).done
    say(seaton, hospital, renumbered)
    assert nursing.events() == hospital.events() == [MADE]
    # The number alone is not enough: neither this name nor this birth date is hers.
    stranger = replace(BOY, birth_date=PartialDate(2009, 8, 21), local_id="H-4", superseded=MAYA.identifiers)
    say(seaton, hospital, replace(stranger, identifiers=nhs("9990103038")))
    assert len(nursing.told) == 1


def test_an_agency_that_leaves_leaves_nothing_of_what_it_merged(seaton: World, trio: Trio, stewards: Stewards):
    """Given an agency that merged records, when it leaves for good, then no evidence of any of them remains."""
    hospital, nursing, _ = trio
    say(seaton, nursing, PLAIN)
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    merge(seaton, hospital, "H-3", "H-1")
    omar = stewards.sam.second
    assert omar is not None
    anna = omar.second
    assert anna is not None
    anna.move("hospital", REVOKE_CONNECTOR)
    anna.move("hospital", OFF_BOARD_CONNECTOR)
    with seaton.store.read() as unit:
        held = [record.evidence for number in (2, 3) if (record := unit.records.get(number))]
    assert all(not (each.given or each.family or each.birth_date or each.identifiers) for some in held for each in some)


def test_every_merge_is_in_the_audit_with_what_it_moved(seaton: World, trio: Trio, stewards: Stewards):
    """Given a merge and its undoing, when one reads the audit, then both are there with how much they moved."""
    hospital, _, _ = trio
    say(seaton, hospital, FULL)
    say(seaton, hospital, BOY)
    merge(seaton, hospital, "H-3", "H-1")
    merge(seaton, hospital, "H-3", "H-1", PARTED)
    events = stewards.audited("merge-accepted")
    assert [(each["event"], each["outcome"], each["moved"], each["alerts"]) for each in events] == [
        ("records-merged", "merged", 1, 0),
        ("records-parted", "parted", 1, 0),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_after_any_merges_and_undoings_everything_is_where_the_words_that_stand_put_it(
    seaton: World, trio: Trio, seed: int
):
    """Given any row of merges and undoings, when each has come, then every involvement is where the words that stand put it, and undoing all brings
    everything back."""
    hospital, nursing, _ = trio
    chance, numbers = random.Random(seed), ("H-1", "H-2", "H-3", "H-4")
    say(seaton, nursing, PLAIN)
    for person in (FULL, HURRIED, BOY, replace(FULL, local_id="H-4", addresses=(HARBOUR_ROAD,))):
        say(seaton, hospital, person)
    stands: dict[str, str] = {}

    def way_of(number: str) -> list[str]:
        return [number, *(way_of(stands[number]) if number in stands else [])]

    for _ in range(12):
        gone, stays = chance.sample(numbers, 2)
        if chance.random() < 0.4:
            merge(seaton, hospital, gone, stays, PARTED)
            stands.pop(gone, None)
        else:
            merge(seaton, hospital, gone, stays)
            circle = gone in way_of(stays)
            assert hospital.outcomes()[-1] is (ReceiptOutcome.REFUSED if circle else ReceiptOutcome.ACCEPTED)
            if not circle:
                stands[gone] = stays
        assert whose(seaton, hospital, *numbers) == [way_of(number)[-1] for number in numbers]
    for gone in list(stands):
        merge(seaton, hospital, gone, "H-9", PARTED)
    assert whose(seaton, hospital, *numbers) == list(numbers)
    assert len(nursing.told) == len(hospital.told) == 1


def test_what_was_merged_is_kept_for_the_undoing_and_erased_with_the_record_that_stayed(seaton: World, trio: Trio):
    """Given a merged record, when housekeeping runs, then it is kept for a possible undoing and erased together with the record that stayed."""
    hospital, _, _ = trio
    say(seaton, hospital, FULL)
    say(seaton, hospital, HURRIED)
    merge(seaton, hospital, "H-2", "H-1")
    seaton.keep_house()
    assert holds_evidence(seaton, 1, 2) == [True, True]
    for involvement in (FULL, HURRIED):
        say(seaton, hospital, involvement, event=NoticeEvent.WITHDRAWN)
    seaton.keep_house()
    assert holds_evidence(seaton, 1, 2) == [False, False]


def holds_evidence(seaton: World, *records: int) -> list[bool]:
    with seaton.store.read() as unit:
        return [bool((record := unit.records.get(each)) and record.evidence) for each in records]
