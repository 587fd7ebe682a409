"""An agency's export becomes an evidence file at home: nothing of it can be read there, and only who is involved now is in it."""

from datetime import date
from pathlib import Path

import pytest

from connectors.publishing.rehearsing import NobodyInvolved, rehearse
from connectors.sources.port import SourceUnreadable
from identity.custody.epoch import LinkageEpoch
from identity.person.rehearsal_key import make_rehearsal_key
from mappings.evidence_file import Counts, read_evidence_file
from tests.exports import child, export

DAY = date(2026, 3, 2)
TEST_NUMBER, REAL_LOOKING = "999 010 0012", "943 476 5919"


@pytest.fixture
def key(tmp_path: Path) -> LinkageEpoch:
    return make_rehearsal_key(tmp_path / "rehearsal.key")


def test_the_file_holds_nothing_that_anybody_could_read(tmp_path: Path, key: LinkageEpoch) -> None:
    source = export(tmp_path / "children.csv", child(1, nhs=TEST_NUMBER), child(2))
    out = tmp_path / "children.evidence"
    rehearse(source, "auto", key, out, DAY)
    text = out.read_text("ascii").casefold()
    for plain in ("rowan", "patel", "9990100012", "zz2 6bx", "03/02/2014", "folake", "early help", "generic"):
        assert plain not in text
    assert out.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_people_are_counted_once_and_what_is_over_is_not_counted(tmp_path: Path, key: LinkageEpoch) -> None:
    second_worker = child(1).replace("Folake Adeyemi", "Lewis Grant")
    source = export(
        tmp_path / "children.csv",
        child(1),
        second_worker,
        child(2),
        child(3, end="28/02/2026"),
        child(4, end="01/09/2026"),
    )
    out = tmp_path / "children.evidence"
    counts = rehearse(source, "generic_agency_csv", key, out, DAY)
    assert counts == Counts(rows=5, involvements=4, people=3, weak=0, skipped=1)
    file = read_evidence_file(out)
    assert (file.key, file.counts, len(list(file.evidence()))) == (key.id, counts, 3)


def test_whoever_is_too_thinly_known_is_counted_and_left_out(tmp_path: Path, key: LinkageEpoch) -> None:
    thin = "C9,,Jasmine,,,,Folake Adeyemi,Early Help West,01/09/2025,"
    out = tmp_path / "children.evidence"
    counts = rehearse(export(tmp_path / "children.csv", child(1), thin), "auto", key, out, DAY)
    assert (counts.people, counts.weak) == (2, 1)
    assert len(list(read_evidence_file(out).evidence())) == 1


@pytest.mark.parametrize("number", [TEST_NUMBER, REAL_LOOKING])
def test_invented_people_keep_their_numbers_and_real_ones_theirs(
    tmp_path: Path, key: LinkageEpoch, number: str
) -> None:
    out = tmp_path / "children.evidence"
    rehearse(export(tmp_path / "children.csv", child(1, nhs=number), child(2)), "auto", key, out, DAY)
    assert sorted(len(each.identifiers) for each in read_evidence_file(out).evidence()) == [0, 1]


def test_nothing_is_written_where_nobody_is_involved_or_nothing_can_be_read(tmp_path: Path, key: LinkageEpoch) -> None:
    out = tmp_path / "children.evidence"
    with pytest.raises(NobodyInvolved, match="none of its 1 rows"):
        rehearse(export(tmp_path / "over.csv", child(1, end="28/02/2026")), "auto", key, out, DAY)
    with pytest.raises(SourceUnreadable, match="does not exist"):
        rehearse(tmp_path / "missing.csv", "auto", key, out, DAY)
    assert not list(tmp_path.glob("*.evidence*"))
