"""A practitioner's answer goes to JSON and comes back the same, byte for byte as agreed; what is outside it is refused by name."""

import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.answer_json import read_answer, write_answer
from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED, agency_ids, hex64, sequences, uuids

GOLDEN = Path(__file__).parent / "golden" / "answer.json"
ANSWER = PractitionerAnswer(
    MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b02"),
    Sequence("20260302T120000Z-0000000a", 1_772_452_800_000_002),
    AgencyId("https://seaton.example/agency/hospital"),
    MessageId("11111111-2222-4333-8444-555555555555"),
    InvolvementRef(f"{1:064x}"),
    MessageId("99999999-8888-4777-8666-555555555555"),
    1_772_452_800_000,
    AnswerCode.MADE_CONTACT,
    date(2026, 3, 2),
)
answers = st.builds(
    PractitionerAnswer,
    uuids,
    sequences,
    agency_ids,
    uuids,
    hex64.map(InvolvementRef),
    uuids,
    st.integers(1, 2**53 - 1),
    st.sampled_from(AnswerCode),
    st.dates(date(2000, 1, 1), date(2099, 1, 1)),
)


def test_the_wire_is_what_was_agreed() -> None:
    compact = json.dumps(json.loads(GOLDEN.read_text()), separators=(",", ":")).encode()
    assert write_answer(ANSWER) == compact
    assert read_answer(GOLDEN.read_bytes()) == ANSWER


def test_it_holds_references_a_code_and_a_day_and_no_words() -> None:
    assert {each.name for each in fields(PractitionerAnswer)} == {
        "id", "sequence", "agency", "connection", "involvement_ref", "alert", "version", "answer", "day"
    }  # fmt: skip


@UNTIMED
@given(answers)
def test_every_answer_comes_back_as_it_was(answer: PractitionerAnswer) -> None:
    assert read_answer(write_answer(answer)) == answer


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"answer": 2}, "Answer.answer"),
        ({"id": "5F0C"}, "Answer.id"),
        ({"agency": "hospital"}, "Answer.agency"),
        ({"incarnation": "i" * 41}, "Answer.incarnation"),
        ({"n": 0}, "Answer.n"),
        ({"connection": "K7P-4QX"}, "Answer.connection"),
        ({"involvement": "I-17"}, "Answer.involvement"),
        ({"alert": ""}, "Answer.alert"),
        ({"version": 0}, "Answer.version"),
        ({"said": "rang her, no reply Testcase"}, "Answer.said"),
        ({"day": "2026-02-30"}, "Answer.day"),
        ({"by": "Testcase"}, "Answer"),
        ({"reason": "Testcase"}, "Answer.reason"),
    ],
)
def test_a_wrong_answer_is_refused_by_the_name_of_the_member(change: dict[str, Any], element: str) -> None:
    document = json.loads(write_answer(ANSWER))
    with pytest.raises(ProfileRefusal) as refusal:
        read_answer(json.dumps(document | change).encode())
    assert [issue.element for issue in refusal.value.issues] == [element]
    assert "Testcase" not in str(refusal.value)


@UNTIMED
@given(spoiled(st.just(json.loads(write_answer(ANSWER)))))
def test_a_spoilt_answer_is_refused_or_another_one_and_never_a_fault(document: dict[str, Any]) -> None:
    try:
        answer = read_answer(json.dumps(document).encode())
    except ProfileRefusal:
        return
    assert read_answer(write_answer(answer)) == answer
