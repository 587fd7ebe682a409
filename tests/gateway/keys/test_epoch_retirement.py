"""Retiring a linkage epoch at the gateway: by the keyholder's word, on full coverage or with the losing agencies named, and never back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.keys.epoch_coverage import Coverage, coverage, loss
from gateway.keys.epoch_retirement import RETIRE, Retired, retire_content
from gateway.model.epoch_use import EpochUse
from gateway.model.involvement import Standing
from gateway.refused import NotPermitted, Refused
from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey
from identity.custody.epoch_word import EpochWord, issue
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import agencies, evidence, link
from tests.gateway.staff import PARTNERSHIP, Staff

KEYHOLDER, STRANGER = SigningKey.generate(), SigningKey.generate()
OLD, NEW, NEWEST = "trial-1", "trial-2", "trial-3"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def use(agency: AgencyId, records: int, *epochs: str, counted: bool = True) -> EpochUse:
    return EpochUse(agency, frozenset(epochs) if counted else None, records)


def test_coverage_counts_each_agencys_live_records_under_each_epoch() -> None:
    uses = [use(SCHOOL, 3, OLD), use(SCHOOL, 4, OLD, NEW), use(HOUSING, 2, NEW), use(HOUSING, 1, counted=False)]
    assert coverage(uses) == [
        Coverage(HOUSING, 3, {NEW: 2}, uncounted=1),
        Coverage(SCHOOL, 7, {OLD: 7, NEW: 4}),
    ]


def test_what_is_lost_is_counted_under_the_best_covered_epoch_that_stays() -> None:
    covered = coverage([use(SCHOOL, 3, OLD, NEW), use(HOUSING, 2, OLD, NEW), use(HOUSING, 1, OLD, NEWEST)])
    lost = loss(covered, [NEW, NEWEST])
    assert (lost.successor, dict(lost.records)) == (NEW, {HOUSING: 1})
    assert not loss(covered, [OLD]).records
    assert not loss([], [NEW]).records, "nobody there, nobody lost"


def word(folder: Path, *retired: str, signer: SigningKey = KEYHOLDER, **changes: Any) -> Path:
    said: dict[str, Any] = {
        "partnership": PARTNERSHIP,
        "mode": Mode.TRIAL,
        "serial": len(retired),
        "active": (NEWEST if NEW in retired else NEW,),
        "retired": tuple(sorted(retired)),
        "issued_at": NOW,
    }
    path = folder / "epochs.jws"
    path.write_bytes(issue(EpochWord(**(said | changes)), signer))
    return path


def content(staff: Staff, file: Path, **losing: int) -> dict[str, Any]:
    named = {f"urn:patchwork:seaton:{agency}": records for agency, records in losing.items()}
    return retire_content(staff.office, file, KEYHOLDER.public, Mode.TRIAL, named)


@pytest.fixture
def people(staff: Staff) -> Staff:
    """Two live records of the school under both epochs; one of housing under the old one alone, and one that ended long ago."""
    with staff.office.store.write() as unit:
        agencies(unit)
        known = [(SCHOOL, 1, (OLD, NEW)), (SCHOOL, 2, (OLD, NEW)), (HOUSING, 3, (OLD,)), (SCHOOL, 4, (OLD,))]
        for agency, number, epochs in known:
            involvement = registered(agency, number, id=0, standing=Standing.ENDED if number == 4 else Standing.LIVE)
            about = tuple(evidence("somebody", epoch=epoch) for epoch in epochs)
            record = unit.records.add(agency, involvement.person_ref, about, IndexKeys())
            unit.records.open_link(link(record.id, unit.records.new_person()))
            unit.involvements.save(registered(agency, number, id=0, record_id=record.id, standing=involvement.standing))
    return staff


def test_it_is_refused_below_full_coverage_and_says_who_would_be_lost_and_how_to_give_them_up(
    people: Staff, tmp_path: Path
) -> None:
    for losing in ({}, {"school": 5}):
        with pytest.raises(
            Refused, match=r"trial-2 would be lost to matching: urn:patchwork:seaton:housing=1.*--losing urn:"
        ):
            people.carry_out(RETIRE, content(people, word(tmp_path, OLD), **losing))
    with people.office.store.read() as unit:
        assert (unit.epochs.retired(), unit.epochs.word(Mode.TRIAL), unit.renewals.state().runs) == ([], None, False)


def test_with_the_losing_agency_named_it_takes_a_second_person(people: Staff, tmp_path: Path) -> None:
    waiting = people.hand_in(RETIRE, content(people, word(tmp_path, OLD), housing=1))
    assert not waiting.done
    assert people.second is not None
    assert people.second.approve(waiting).result == Retired((OLD,), 1, 1)
    with people.office.store.read() as unit:
        assert [each.epoch for each in unit.epochs.retired()] == [OLD]
        events = [event for event in unit.audit.events(0, 99) if event.code == "epoch-retired"]
    assert [(each.fields["epoch"], each.fields["losing"], each.fields["approved_by"]) for each in events] == [
        (OLD, 1, "omar")
    ]


def test_at_full_coverage_one_person_is_enough_and_the_word_is_kept_for_connectors(
    people: Staff, tmp_path: Path
) -> None:
    with people.office.store.write() as unit:
        record = unit.records.find(HOUSING, registered(HOUSING, 3).person_ref)
        assert record is not None
        unit.records.replace_evidence(record.id, (*record.evidence, evidence("somebody", epoch=NEW)), IndexKeys())
    file = word(tmp_path, OLD)
    assert people.hand_in(RETIRE, content(people, file)).result == Retired((OLD,), 1, 0)
    assert people.hand_in(RETIRE, content(people, file)).result == Retired((), 1, 0), "the same again changes nothing"
    with people.office.store.read() as unit:
        kept = unit.epochs.word(Mode.TRIAL)
        assert kept is not None
        assert (kept.serial, kept.word, unit.renewals.state().runs) == (1, file.read_bytes(), True)


def test_a_retired_epoch_never_returns(people: Staff, tmp_path: Path) -> None:
    people.carry_out(RETIRE, content(people, word(tmp_path, OLD, "trial-0"), housing=1))
    for file in (word(tmp_path, OLD), word(tmp_path, NEW, "trial-9")):
        with pytest.raises(Refused, match="never returns"):
            people.carry_out(RETIRE, content(people, file, housing=9, school=9))


def test_only_a_registrar_retires(people: Staff, tmp_path: Path) -> None:
    lead = people.colleague("ida", "ig-lead")
    with pytest.raises(NotPermitted, match="needs the role registrar"):
        lead.hand_in(RETIRE, content(people, word(tmp_path, OLD), housing=1))


def test_only_the_keyholders_word_for_this_partnership_and_mode_is_signed(people: Staff, tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="signed by the keyholder"):
        content(people, word(tmp_path, OLD, signer=STRANGER))
    for changes in ({"partnership": PartnershipId("weston")}, {"mode": Mode.LIVE}):
        with pytest.raises(Refused, match="another partnership, or for the other mode"):
            content(people, word(tmp_path, OLD, **changes))
    with pytest.raises(Refused, match="set keyholder_public_file"):
        retire_content(people.office, word(tmp_path, OLD), None, Mode.TRIAL, {})
    with pytest.raises(Refused, match="agency"):
        retire_content(people.office, word(tmp_path, OLD), KEYHOLDER.public, Mode.TRIAL, {"no agency": 1})
    with pytest.raises(Refused, match="whole number from 1"):
        content(people, word(tmp_path, OLD), housing=0)
