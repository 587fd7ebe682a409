"""A merge goes to JSON and comes back the same, byte for byte as agreed; what is outside it is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.codes import MergeEvent
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence
from mappings.canonical.record_merge import RecordMerge
from mappings.fhir.refusal import ProfileRefusal
from mappings.merge_json import read_merge, write_merge
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED, agency_ids, hex64, sequences, uuids

GOLDEN = Path(__file__).parent / "golden" / "merge.json"
MERGE = RecordMerge(
    MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b01"),
    MergeEvent.MERGED,
    Sequence("20260302T120000Z-0000000a", 1_772_452_800_000_001),
    AgencyId("https://seaton.example/agency/hospital"),
    PersonRef(f"{1:064x}"),
    PersonRef(f"{2:064x}"),
)
merges = st.builds(
    lambda id, event, sequence, agency, pair: RecordMerge(id, event, sequence, agency, *map(PersonRef, pair)),
    uuids,
    st.sampled_from(MergeEvent),
    sequences,
    agency_ids,
    st.lists(hex64, min_size=2, max_size=2, unique=True),
)


def test_the_wire_is_what_was_agreed() -> None:
    compact = json.dumps(json.loads(GOLDEN.read_text()), separators=(",", ":")).encode()
    assert write_merge(MERGE) == compact
    assert read_merge(GOLDEN.read_bytes()) == MERGE


@UNTIMED
@given(merges)
def test_every_merge_comes_back_as_it_was(merge: RecordMerge) -> None:
    assert read_merge(write_merge(merge)) == merge


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"merge": 2}, "Merge.merge"),
        ({"merge": True}, "Merge.merge"),
        ({"id": "5F0C"}, "Merge.id"),
        ({"agency": "hospital"}, "Merge.agency"),
        ({"event": "records-moved"}, "Merge.event"),
        ({"incarnation": "i" * 41}, "Merge.incarnation"),
        ({"n": 0}, "Merge.n"),
        ({"n": 2**53}, "Merge.n"),
        ({"superseded": "P-17"}, "Merge.superseded"),
        ({"surviving": "0" * 63 + "1"}, "Merge.surviving"),
        ({"name": "Testcase"}, "Merge.name"),
        ({"Testcase": 1}, "Merge"),
    ],
)
def test_a_wrong_merge_is_refused_by_the_name_of_the_member(change: dict[str, Any], element: str) -> None:
    document = json.loads(write_merge(MERGE))
    with pytest.raises(ProfileRefusal) as refusal:
        read_merge(json.dumps(document | change).encode())
    assert [issue.element for issue in refusal.value.issues] == [element]
    assert "Testcase" not in str(refusal.value)


@UNTIMED
@given(spoiled(st.just(json.loads(write_merge(MERGE)))))
def test_a_spoilt_merge_is_refused_or_another_merge_and_never_a_fault(document: dict[str, Any]) -> None:
    try:
        merge = read_merge(json.dumps(document).encode())
    except ProfileRefusal:
        return
    assert read_merge(write_merge(merge)) == merge


def test_a_record_is_not_merged_into_itself() -> None:
    with pytest.raises(ValueError, match="into itself"):
        RecordMerge(MERGE.id, MERGE.event, MERGE.sequence, MERGE.agency, MERGE.surviving, MERGE.surviving)
