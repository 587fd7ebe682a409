"""Chapter 17. Where levels are not enough a steward may look at name, birth date and postcode: of one pair, for a reason, on their own machine,
which has no way to the gateway. That they looked is signed before anything is shown, and comes back with the decision.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, World
from gateway.model.review_case import CaseState
from gateway.refused import NotPermitted, Refused
from gateway.review.details import EXPORT, export_content, take_opening
from gateway.trust.proposals import hand_in
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey
from identity.agency.sealed_details import Details, seal_details
from identity.custody.case_file import CaseFile, CaseSide, read_case, write_case
from identity.custody.decision_file import DecisionFile, read_decision
from identity.custody.opening import OpenedSide, Opening
from mappings.canonical.codes import AlertEvent, Mode, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Notice
from mappings.canonical.person import Person
from tests.spec.people import HARBOUR_ROAD, MAYA, thin
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
PLAIN = replace(MAYA, identifiers=())
THIN = thin(PLAIN)
WHY = "twins at one address"

Pair = tuple[Counterpart, Counterpart]


@dataclass
class Machine:
    """Sam's own machine: the key that opens, and a folder for what is carried to and fro."""

    folder: Path
    stewards: Stewards
    key: DecryptionKey
    openings: int = 0

    def carried(self, case: CaseFile) -> CaseFile:
        """The case file, as it comes off the stick."""
        path = self.folder / "case.json"
        path.write_bytes(write_case(case))
        return read_case(path)

    def open(self, case: CaseFile, same: bool | None = None) -> tuple[tuple[OpenedSide, OpenedSide], DecisionFile]:
        """What is shown, and what goes back."""
        self.openings += 1
        file, clock = self.folder / f"decision-{self.openings}.json", self.stewards.seaton.clock
        opening = Opening(self.carried(case), self.key, self.stewards.sam.key, file, clock.now)
        sides = opening.open(WHY)
        if same is not None:
            opening.decide(same)
        return sides, read_decision(file)


@pytest.fixture
def pair(seaton: World) -> Pair:
    """Two agencies whose agreement says that details are sealed to the stewards."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING, sealed_details=True)
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


@pytest.fixture
def machine(stewards: Stewards, tmp_path: Path) -> Machine:
    return Machine(tmp_path, stewards, DecryptionKey.generate())


def with_details(counterpart: Counterpart, person: Person, machine: Machine, **changes: object) -> Notice:
    """A notice as the agency's connector makes it: the details sealed to the steward."""
    notice = counterpart.notice(person, **changes)  # type: ignore[arg-type]
    born = person.birth_date
    details = Details(
        counterpart.agency,
        notice.person_ref,
        " ".join(person.given),
        person.family,
        f"{born.year}-{born.month:02}-{born.day:02}" if born else "",
        person.addresses[0].postcode,
    )
    return replace(notice, sealed_details=seal_details(details, [machine.key.public]))


def said(seaton: World, pair: Pair, machine: Machine, there: Person = THIN) -> None:
    social_care, nursing = pair
    social_care.say(with_details(social_care, PLAIN, machine))
    nursing.say(with_details(nursing, there, machine))
    seaton.step()


def exported(stewards: Stewards) -> CaseFile:
    """Sam has the case handed out."""
    handed = stewards.sam.hand_in(EXPORT, export_content(stewards.case()))
    made: CaseFile = handed.result.as_file(PARTNERSHIP)
    return made


def test_both_sides_details_are_shown_on_the_stewards_machine(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case that levels cannot decide, when the steward opens it on their own machine, then the name, birth date and postcode of both sides
    are shown there."""
    said(seaton, pair, machine)
    (here, there), _ = machine.open(exported(stewards))
    assert here.details is not None
    assert there.details is not None
    assert (here.details.given, here.details.family, here.details.birth_date) == ("Maya Grace", "O'Neill", "2014-03-09")
    assert (there.details.agency, there.details.birth_date, there.details.postcode) == (NURSING, "", "ZZ2 4XY")


def test_the_decision_comes_back_signed_with_the_record_that_they_looked_and_why(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case opened on a steward's machine, when the decision comes back, then it is carried out, and who looked and why is on record."""
    said(seaton, pair, machine)
    _, brought = machine.open(exported(stewards), same=True)
    assert stewards.case().case.is_out
    take_opening(stewards.office, brought.opening)
    assert brought.decision is not None
    assert hand_in(stewards.office, brought.decision).done
    seaton.step()
    assert pair[0].events() == pair[1].events() == [AlertEvent.MADE]
    (view,) = stewards.cases(all_states=True)
    assert (view.case.state, view.case.is_out) == (CaseState.CONFIRMED, False)
    (opening,) = view.openings
    assert (opening.opened_by, opening.reason, opening.as_kept) == ("sam", WHY, True)
    (event,) = stewards.audited("review-details-opened")
    assert (event["case"], event["as_kept"]) == (view.case.id, True)


def test_a_case_that_was_handed_out_and_never_came_back_shows_as_out(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case that was handed out, when it never comes back, then it shows as being out."""
    said(seaton, pair, machine)
    exported(stewards)
    assert stewards.case().case.is_out
    assert len(stewards.audited("review-case-exported")) == 1


def test_looking_without_deciding_is_recorded_too(seaton: World, pair: Pair, stewards: Stewards, machine: Machine):
    """Given a case that a steward opened, when they decide nothing, then that they looked is on record once."""
    said(seaton, pair, machine)
    _, brought = machine.open(exported(stewards))
    assert brought.decision is None
    take_opening(stewards.office, brought.opening)
    take_opening(stewards.office, brought.opening)
    assert not stewards.case().case.is_out
    assert len(stewards.audited("review-details-opened")) == 1


def test_nothing_is_shown_before_the_record_is_written(seaton: World, pair: Pair, stewards: Stewards, machine: Machine):
    """Given a case on a steward's machine, when the record of the opening cannot be written or no reason is given, then nothing is shown."""
    said(seaton, pair, machine)
    case = exported(stewards)
    machine.open(case)
    machine.openings = 0
    with pytest.raises(KeyFault, match="exists already"):
        machine.open(case)
    opening = Opening(case, machine.key, stewards.sam.key, machine.folder / "new.json", seaton.clock.now)
    with pytest.raises(KeyFault, match="say why"):
        opening.open("  ")
    assert not (machine.folder / "new.json").exists()
    with pytest.raises(KeyFault, match="nothing was opened"):
        opening.decide(same=True)


def test_only_who_holds_a_stewards_key_sees_anything(seaton: World, pair: Pair, stewards: Stewards, machine: Machine):
    """Given a case file, when somebody without a steward's key opens it, then they see nothing; and nobody but a steward may have a case handed
    out."""
    said(seaton, pair, machine)
    case = exported(stewards)
    machine.key = DecryptionKey.generate()
    sides, _ = machine.open(case)
    assert [side.details for side in sides] == [None, None]
    registrar = stewards.sam.second
    assert registrar is not None
    with pytest.raises(NotPermitted, match="needs the role steward"):
        registrar.hand_in(EXPORT, export_content(stewards.case()))


def test_details_put_beside_another_record_are_found_out(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case file in which one record's details were put beside another, when it is opened, then that is found out and a decision on it is
    refused."""
    said(seaton, pair, machine)
    case = exported(stewards)
    first, second = case.sides
    swapped = replace(case, sides=(replace(first, sealed=second.sealed), second))
    (here, there), brought = machine.open(swapped, same=True)
    assert here.details is None
    assert "another record" in here.problem
    assert there.details is not None
    take_opening(stewards.office, brought.opening)
    assert brought.decision is not None
    with pytest.raises(Refused, match="not those kept for review case"):
        hand_in(stewards.office, brought.decision)
    (opening,) = stewards.case().openings
    assert not opening.as_kept


def test_a_decision_made_on_a_case_that_has_changed_since_is_refused_and_the_looking_recorded(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case opened on a steward's machine, when the case changes before the decision comes back, then the decision is refused and the
    looking is recorded."""
    said(seaton, pair, machine)
    _, brought = machine.open(exported(stewards), same=False)
    nursing = pair[1]
    nursing.say(with_details(nursing, replace(THIN, addresses=(HARBOUR_ROAD,)), machine))
    seaton.step()
    take_opening(stewards.office, brought.opening)
    assert brought.decision is not None
    with pytest.raises(Refused, match="has changed since this was signed"):
        hand_in(stewards.office, brought.decision)


def test_what_was_signed_on_the_machine_is_good_for_that_day_only(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a decision signed on a steward's machine, when it comes back a day later, then it is refused as too old; the looking is recorded all
    the same."""
    said(seaton, pair, machine)
    _, brought = machine.open(exported(stewards), same=True)
    seaton.clock.pass_(hours=21)
    assert brought.decision is not None
    with pytest.raises(Refused, match="signed too long ago"):
        hand_in(stewards.office, brought.decision)
    # That they looked is recorded also when it comes late.
    take_opening(stewards.office, brought.opening)
    assert len(stewards.audited("review-details-opened")) == 1
    seaton.clock.instant -= timedelta(hours=2)
    assert hand_in(stewards.office, brought.decision).done


def test_an_opening_of_what_was_never_handed_out_is_refused(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case that was never handed out, when somebody brings an opening of it, then it is refused."""
    said(seaton, pair, machine)
    view = stewards.case()
    sides = tuple(CaseSide(side.record.agency, side.record.person_ref, "") for side in view.sides)
    made_up = CaseFile(PARTNERSHIP, Mode.TRIAL, view.case.id, 1, view.records, seaton.clock.now(), (sides[0], sides[1]))
    _, brought = machine.open(made_up)
    with pytest.raises(Refused, match="never exported"):
        take_opening(stewards.office, brought.opening)


def test_what_somebody_else_signs_in_a_stewards_place_is_refused(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a case file in the hands of somebody who is not a steward, when they sign in a steward's place, then nothing is recorded or decided."""
    said(seaton, pair, machine)
    case = exported(stewards)
    registrar = stewards.sam.second
    assert registrar is not None
    for key, refusal in ((registrar.key, "needs the role steward"), (seaton.keys.signing, "not enrolled")):
        machine.stewards = replace(stewards, sam=replace(stewards.sam, key=key))
        _, brought = machine.open(case, same=True)
        with pytest.raises(NotPermitted, match=refusal):
            take_opening(stewards.office, brought.opening)
        assert brought.decision is not None
        with pytest.raises(NotPermitted, match=refusal):
            hand_in(stewards.office, brought.decision)
    assert stewards.case().case.state is CaseState.OPEN
    assert stewards.audited("review-details-opened") == []


# What the gateway keeps, and of whom.


def test_without_the_agreements_word_nothing_is_kept(seaton: World, stewards: Stewards, machine: Machine):
    """Given an agreement that does not provide for sealed details, when agencies send them, then none are kept and no case can be handed out."""
    pair = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    said(seaton, pair, machine)
    assert kept(seaton) == [False, False]
    with pytest.raises(Refused, match="neither agency"):
        exported(stewards)


def test_when_the_agreement_no_longer_says_so_the_next_notice_drops_them(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given an agreement that no longer provides for sealed details, when the next notice comes, then those kept are dropped."""
    said(seaton, pair, machine)
    assert kept(seaton) == [True, True]
    seaton.agree(SOCIAL_CARE, NURSING, version=2)
    pair[0].place = replace(pair[0].place, agreement_version=2)
    pair[0].say(with_details(pair[0], PLAIN, machine))
    seaton.step()
    assert kept(seaton) == [False, True]


def test_nothing_is_kept_of_a_sensitive_services_client_nor_once_it_is_over(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given a client of a sensitive service, or an involvement that is over, when the notice comes, then no sealed details are kept."""
    said(seaton, pair, machine)
    social_care, nursing = pair
    social_care.say(with_details(social_care, PLAIN, machine, sensitivity=Sensitivity.SENSITIVE))
    nursing.say(nursing.notice(THIN, event=NoticeEvent.ENDED))
    seaton.step()
    assert kept(seaton) == [False, False]


def test_an_agency_that_sends_none_any_more_has_none_kept(
    seaton: World, pair: Pair, stewards: Stewards, machine: Machine
):
    """Given an agency that sends no details any more, when its notice comes, then those kept before are dropped."""
    said(seaton, pair, machine)
    pair[0].say(pair[0].notice(PLAIN))
    seaton.step()
    assert kept(seaton) == [False, True]


def kept(seaton: World) -> list[bool]:
    """Whether there are details of the records of social care and nursing."""
    with seaton.store.read() as unit:
        return [unit.details.get(record) is not None for record in (1, 2)]
