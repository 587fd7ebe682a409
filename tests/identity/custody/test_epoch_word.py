"""The keyholder's word about which epochs are over: believed by the keyholder's key alone, and never taken back."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey
from identity.agency.sealing import sign
from identity.custody import folder as custody
from identity.custody.epoch import LinkageEpoch, new_epoch, write_epoch
from identity.custody.epoch_word import (
    MAX_WORD_BYTES,
    EpochWord,
    InvalidEpochWord,
    check_follows,
    issue,
    read,
)
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEATON = PartnershipId("seaton")
KEYHOLDER, STRANGER = SigningKey.generate(), SigningKey.generate()
WORD = EpochWord(SEATON, Mode.TRIAL, 1, ("trial-2",), ("trial-1",), NOW)
SAID = {
    "form": "patchwork-epochs/1",
    "partnership": "seaton",
    "mode": "trial",
    "serial": 1,
    "active": ["trial-2"],
    "retired": ["trial-1"],
    "issued_at": NOW.isoformat(),
}


def test_what_the_keyholder_said_comes_back() -> None:
    assert read(issue(WORD, KEYHOLDER) + b"\n", KEYHOLDER.public) == WORD


@pytest.mark.parametrize(
    "changed",
    [
        {"form": "patchwork-epochs/2"},
        {"serial": 2},
        {"serial": True},
        {"serial": "1"},
        {"active": []},
        {"active": ["trial-1"]},
        {"active": "trial-2"},
        {"active": [["trial-2"]]},
        {"active": ["x" * 41]},
        {"active": ["trial-2", "trial-2"]},
        {"retired": [f"trial-{n}" for n in range(201)], "serial": 201},
        {"mode": "other"},
        {"partnership": "No Such"},
        {"issued_at": "2026-03-02T12:00:00"},
        {"more": 1},
    ],
)
def test_anything_else_is_refused_although_it_is_signed(changed: dict[str, object]) -> None:
    document = sign(json.dumps(SAID | changed).encode(), KEYHOLDER, "patchwork-epochs+jws")
    with pytest.raises(InvalidEpochWord, match="patchwork-keyholder epoch retire"):
        read(document, KEYHOLDER.public)


def test_nobody_elses_word_counts_nor_a_word_of_another_type_or_size() -> None:
    said = json.dumps(SAID).encode()
    assert read(sign(said, KEYHOLDER, "patchwork-epochs+jws"), KEYHOLDER.public) == WORD, (
        "the examples begin with a good one"
    )
    for document in (issue(WORD, STRANGER), sign(said, KEYHOLDER, "patchwork-succession+jws"), b"", b"a.b.c", b"{"):
        with pytest.raises(InvalidEpochWord):
            read(document, KEYHOLDER.public)
    with pytest.raises(InvalidEpochWord, match=f"at most {MAX_WORD_BYTES} bytes"):
        read(b"x" * (MAX_WORD_BYTES + 1), KEYHOLDER.public)


def test_a_word_that_takes_something_back_does_not_follow() -> None:
    later = replace(WORD, serial=2, retired=("trial-1", "trial-0"))
    check_follows(later, 1, ("trial-1",))
    check_follows(later, 2, ("trial-0", "trial-1"))
    for serial, retired in ((3, ("trial-1",)), (1, ("trial-9",))):
        with pytest.raises(InvalidEpochWord, match="never returns"):
            check_follows(later, serial, retired)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    custody.make(tmp_path / "keyholder")
    return tmp_path / "keyholder"


def made(folder: Path, mode: Mode = Mode.TRIAL, partnership: PartnershipId = SEATON) -> LinkageEpoch:
    epoch = new_epoch(partnership, mode)
    write_epoch(folder, epoch)
    return epoch


def test_the_keyholder_retires_one_while_another_is_in_use(folder: Path) -> None:
    first, others = made(folder), (made(folder, Mode.LIVE), made(folder, partnership=PartnershipId("weston")))
    with pytest.raises(KeyFault, match="the only epoch in use for seaton"):
        custody.retire(folder, first.id, NOW)
    second = made(folder)
    word = custody.retire(folder, first.id, NOW)
    assert word == EpochWord(SEATON, Mode.TRIAL, 1, (second.id,), (first.id,), NOW)
    assert custody.retire(folder, first.id, NOW) == word, "the same again"
    assert {each.id for each in custody.epochs(folder)} == {second.id, *(each.id for each in others)}
    assert custody.retired(folder) == [first]
    with pytest.raises(KeyFault, match="is retired; nothing is sealed under it"):
        custody.epoch(folder, first.id)
    third = made(folder)
    assert custody.retire(folder, second.id, NOW).retired == tuple(sorted((first.id, second.id)))
    assert custody.retire(folder, first.id, NOW).active == (third.id,)
    with pytest.raises(KeyFault, match="there is no epoch"):
        custody.retire(folder, "trial-none", NOW)
