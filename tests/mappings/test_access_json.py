"""Questions and answers about a request for access, there and back."""

import json
from datetime import date

import pytest

from mappings.access_json import read_access_answer, read_access_list, write_access_answer, write_access_list
from mappings.canonical.access import (
    AccessAnswer,
    AccessList,
    AccessQuestion,
    AccessQuestionKind,
    AccessVerdict,
    ExemptionGround,
)
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.fhir.refusal import ProfileRefusal

AGENCY = AgencyId("urn:patchwork:seaton:school")
ID, OTHER = (MessageId(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2))
QUESTION = AccessQuestion(ID, AccessQuestionKind.CHECK, PersonRef("a" * 64), "ABCD-EFGH", date(2026, 3, 16))
LIST = AccessList(AGENCY, date(2026, 3, 2), 7, (QUESTION,))
ANSWER = AccessAnswer(OTHER, AGENCY, ID, AccessVerdict.EXEMPT, ExemptionGround.MIXED_DATA)


def test_there_and_back() -> None:
    assert read_access_list(write_access_list(LIST)) == LIST
    nothing = AccessList(AGENCY, date(2026, 3, 2), 8)
    assert read_access_list(write_access_list(nothing)) == nothing
    assert read_access_answer(write_access_answer(ANSWER)) == ANSWER
    plain = AccessAnswer(OTHER, AGENCY, ID, AccessVerdict.NOT_THEIRS)
    assert read_access_answer(write_access_answer(plain)) == plain


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"accessAnswer": 1}', b"\xff", b'{"accessList": 1}' + b" " * 90_000]
)
def test_anything_else_is_refused_and_nothing_else_raised(data: bytes) -> None:
    for read in (read_access_list, read_access_answer):
        with pytest.raises(ProfileRefusal):
            read(data)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "perhaps"},
        {"ground": "shame"},
        {"verdict": "release"},
        {"name": "x"},
        {"question": "1"},
        {"ground": None},
    ],
)
def test_a_member_that_is_not_one_is_refused(change: dict[str, object]) -> None:
    document = json.loads(write_access_answer(ANSWER)) | change
    with pytest.raises(ProfileRefusal):
        read_access_answer(json.dumps(document).encode())


def test_the_same_question_twice_is_refused() -> None:
    document = json.loads(write_access_list(LIST))
    document["questions"] *= 2
    with pytest.raises(ProfileRefusal):
        read_access_list(json.dumps(document).encode())
