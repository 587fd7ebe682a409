"""Questions and answers about a request for access as small JSON documents, there and back; every other member is refused by name.

{"accessList": 1, "agency": uri, "asOf": day, "n": count, "questions": [{"id": uuid, "kind": code, "record": reference, "request": text,
 "due": day}]}
{"accessAnswer": 1, "id": uuid, "agency": uri, "question": uuid, "verdict": code, "ground": code}, the last for an exemption only
"""

import json
from datetime import date
from typing import Any

from mappings.canonical.access import (
    MAX_QUESTIONS,
    AccessAnswer,
    AccessList,
    AccessQuestion,
    AccessQuestionKind,
    AccessVerdict,
    ExemptionGround,
)
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.receipt import Issue
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import ACCESS_ANSWER, ACCESS_LIST
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Many, Number, Object, Text

_KINDS, _VERDICTS, _GROUNDS = (
    frozenset(c.value for c in e) for e in (AccessQuestionKind, AccessVerdict, ExemptionGround)
)
_QUESTION = Object(
    {
        "id": is_a.UUID,
        "kind": Text("one of the kinds of question", 20, codes=_KINDS),
        "record": is_a.PERSON_REF,
        "request": Text("the request's reference", 20),
        "due": is_a.DATE,
    }
)
_LIST = Object(
    {
        "accessList": Number("1, the only version there is", 1, 1),
        "agency": is_a.AGENCY,
        "asOf": is_a.DATE,
        "n": Number("a count from 1", 1, 2**53 - 1),
    },
    {"questions": Many(_QUESTION, 1, MAX_QUESTIONS)},
)
_ANSWER = Object(
    {
        "accessAnswer": Number("1, the only version there is", 1, 1),
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "question": is_a.UUID,
        "verdict": Text("one of the verdicts", 20, codes=_VERDICTS),
    },
    {"ground": Text("one of the grounds", 20, codes=_GROUNDS)},
)


def write_access_list(listed: AccessList) -> bytes:
    """The list as UTF-8 JSON."""
    document: dict[str, Any] = {
        "accessList": 1,
        "agency": listed.agency.value,
        "asOf": listed.as_of.isoformat(),
        "n": listed.n,
    }
    if listed.questions:
        document["questions"] = [_question(each) for each in listed.questions]
    return json.dumps(document, separators=(",", ":")).encode()


def read_access_list(data: bytes) -> AccessList:
    """The list in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, ACCESS_LIST, "AccessList")
    _check(_LIST, document, "AccessList")
    try:
        questions = tuple(
            AccessQuestion(
                MessageId(each["id"]),
                AccessQuestionKind(each["kind"]),
                PersonRef(each["record"]),
                each["request"],
                date.fromisoformat(each["due"]),
            )
            for each in document.get("questions", ())
        )
        as_of = date.fromisoformat(document["asOf"])
        return AccessList(AgencyId(document["agency"]), as_of, document["n"], questions)
    except ValueError as problem:
        raise ProfileRefusal((Issue("structure", "repeated", "AccessList.questions", str(problem)),)) from None


def write_access_answer(answer: AccessAnswer) -> bytes:
    """The answer as UTF-8 JSON; the same answer always gives the same bytes."""
    document = {
        "accessAnswer": 1,
        "id": answer.id.value,
        "agency": answer.agency.value,
        "question": answer.question.value,
        "verdict": answer.verdict.value,
    }
    if answer.ground:
        document["ground"] = answer.ground.value
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_access_answer(data: bytes) -> AccessAnswer:
    """The answer in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, ACCESS_ANSWER, "AccessAnswer")
    _check(_ANSWER, document, "AccessAnswer")
    ground = document.get("ground")
    try:
        return AccessAnswer(
            MessageId(document["id"]),
            AgencyId(document["agency"]),
            MessageId(document["question"]),
            AccessVerdict(document["verdict"]),
            ExemptionGround(ground) if ground else None,
        )
    except ValueError as problem:
        raise ProfileRefusal((Issue("invariant", "conflict", "AccessAnswer.ground", str(problem)),)) from None


def _question(each: AccessQuestion) -> dict[str, str]:
    return {
        "id": each.id.value,
        "kind": each.kind.value,
        "record": each.person_ref.value,
        "request": each.request,
        "due": each.due.isoformat(),
    }


def _check(shape: Object, document: Any, path: str) -> None:
    issues: list[Issue] = []
    shape.check(document, path, issues)
    if issues:
        raise ProfileRefusal(tuple(issues))
