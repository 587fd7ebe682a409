"""What agencies were told of the audit finds out an owner who holds database, checkpoints and signing key, and says where."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.audit.verification import Verification, verify
from gateway.audit.witnesses import Compared, compare
from gateway.keys.secrets_on_disk import own_verify_keys
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint, Witness
from tests.gateway.audit.kept_chain import Chain
from tests.gateway.audit.owner import cut_off, rewrite

DAY = timedelta(days=1)
FIRST = date(2026, 3, 3)
HOUSING, HEALTH = AgencyId("urn:patchwork:seaton:housing"), AgencyId("urn:patchwork:seaton:health")


class Kept:
    """A gateway that has run for some days, and what two agencies were told on each of them. On the first ten events are written down, then eleven a
    day: that something was told, and ten more. So the checkpoints are at events 10, 21, 32, 43, 54 and 65."""

    def __init__(self, folder: Path, days: int = 5) -> None:
        self.chain = Chain(folder)
        self.witnesses: list[Witness] = []
        self.chain.happen(10)
        self.chain.checkpointing.look()
        for _ in range(days):
            self.chain.pass_time(DAY)
            self.hear()
            self.chain.happen(10)
            self.chain.checkpointing.look()

    def hear(self) -> None:
        today = self.chain.clock.now().date()
        told = self.chain.telling().on(self.chain.clock.now())
        assert told is not None
        self.witnesses += [
            Witness(PartnershipId("seaton"), Mode.TRIAL, agency, today, told) for agency in (HOUSING, HEALTH)
        ]

    def verified(self) -> Verification:
        with self.chain.store.read() as unit:
            register = unit.incarnation()
        kept = self.chain.kept.kept(register, own_verify_keys(self.chain.keys))
        return verify(self.chain.store, kept, page=7, asked={each.told.digest for each in self.witnesses})

    def compared(self) -> Compared:
        found = self.verified()
        asked = {each.told.digest for each in self.witnesses}
        return compare(self.witnesses, found.fitting, self.chain.kept.holding(asked - found.fitting.keys()))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "gw")


def test_an_honest_gateway_fits_what_was_told(kept: Kept) -> None:
    assert kept.compared() == Compared(days=5, agencies=2, up_to=54)


def test_a_chain_written_and_signed_anew_looks_whole_and_is_found_by_what_agencies_hold(kept: Kept) -> None:
    rewrite(kept.chain, changed=36, people=4_711)
    found = kept.verified()
    assert (found.problem, found.events, found.checkpoints) == ("", 65, 6), "the gateway alone says that all is well"
    compared = kept.compared()
    # What was told before the change still fits; the day after it, and every later one, does not.
    assert (compared.days, compared.up_to) == (3, 32)
    assert [(each.told_on, each.after) for each in compared.findings] == [(FIRST + DAY * 3, 32), (FIRST + DAY * 4, 32)]
    first = compared.findings[0]
    assert first.agencies == (HEALTH, HOUSING)
    assert first.made_on == FIRST + DAY * 2
    assert "is not in the folder" in first.problem


def test_what_was_told_after_the_change_fits_the_changed_chain_and_hides_nothing(kept: Kept) -> None:
    rewrite(kept.chain, changed=36, people=4_711)
    kept.chain.checkpointing = kept.chain.restarted()
    kept.chain.pass_time(DAY)
    kept.hear()
    compared = kept.compared()
    assert compared.days == 4, "the newest is of the rewritten chain"
    assert [each.told_on for each in compared.findings] == [FIRST + DAY * 3, FIRST + DAY * 4]


def test_an_end_that_was_cut_off_is_found_by_its_day(kept: Kept) -> None:
    cut_off(kept.chain, last=50)
    assert kept.verified().intact
    (found,) = kept.compared().findings
    assert (found.told_on, found.made_on, found.after) == (FIRST + DAY * 4, FIRST + DAY * 3, 43)


def test_a_restored_older_backup_is_found(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "gw", days=2)
    kept.chain.store.close()
    shutil.copytree(tmp_path / "gw", tmp_path / "backup")
    kept.chain.store = kept.chain.open()
    kept.chain.checkpointing = kept.chain.restarted()
    for _ in range(2):
        kept.chain.pass_time(DAY)
        kept.hear()
        kept.chain.happen(10)
        kept.chain.checkpointing.look()
    kept.chain.store.close()
    shutil.rmtree(tmp_path / "gw")
    shutil.copytree(tmp_path / "backup", tmp_path / "gw")
    kept.chain.store = kept.chain.open()
    assert kept.verified().intact, "database and checkpoints were put back together"
    found = kept.compared().findings
    assert [(each.told_on, each.after) for each in found] == [(FIRST + DAY * 3, 32)]


def test_a_checkpoint_that_was_left_in_the_folder_does_not_fit_a_rewritten_chain(kept: Kept, tmp_path: Path) -> None:
    shutil.copytree(kept.chain.kept.path, tmp_path / "copies")
    before = {each.read_bytes() for each in kept.chain.kept.files()}
    rewrite(kept.chain, changed=36, people=4_711)
    after = {each.read_bytes() for each in kept.chain.kept.files()}
    assert len(after & before) == 3, "those of before the change are the bytes they were"
    for file in (tmp_path / "copies").iterdir():
        shutil.copy(file, kept.chain.kept.path)
    assert not kept.verified().intact
    assert all("the audit does not fit it" in each.problem for each in kept.compared().findings)


def test_a_checkpoint_that_is_gone_is_a_finding_though_the_chain_is_whole(kept: Kept) -> None:
    kept.chain.kept.files()[2].unlink()
    assert kept.verified().intact
    (found,) = kept.compared().findings
    assert (found.told_on, found.after) == (FIRST + DAY * 2, 21)


def test_agencies_that_were_told_different_things_are_a_finding(kept: Kept) -> None:
    other = ToldCheckpoint(FIRST, "ab" * 32)
    kept.witnesses[2] = replace(kept.witnesses[2], told=other)
    found = kept.compared().findings
    assert {each.told_on for each in found} == {FIRST + DAY}
    assert {each.agencies for each in found} == {(HOUSING,), (HEALTH,)}
    assert all("told of 2 different checkpoints on one day" in each.problem for each in found)


def test_a_checkpoint_told_of_as_another_days_is_a_finding(kept: Kept) -> None:
    wrong = replace(kept.witnesses[0].told, made_on=FIRST - DAY * 9)
    kept.witnesses[:2] = [replace(each, told=wrong) for each in kept.witnesses[:2]]
    (found,) = kept.compared().findings
    assert "made on another day" in found.problem
