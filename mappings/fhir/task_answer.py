"""What a practitioner answers by a Task on the agency's own FHIR server, and the receipt that is written into it.

* `businessStatus`, or an output, with a code of the code system of answers says the answer, whatever the status.
* Else the status does: taken up or done is `seen`, rejected is `not-relevant`. A Task nobody has touched says nothing.
* A Task that is done under a code of another code system says something that we cannot read: that is refused, not
  guessed at.
"""

from dataclasses import dataclass
from typing import Any

from mappings.canonical.codes import AlertEvent, AnswerCode
from mappings.fhir import extensions as url

Json = dict[str, Any]
_BY_STATUS = {
    "received": AnswerCode.SEEN,
    "accepted": AnswerCode.SEEN,
    "in-progress": AnswerCode.SEEN,
    "completed": AnswerCode.SEEN,
    "rejected": AnswerCode.NOT_RELEVANT,
}
_DONE = frozenset({"completed", "rejected"})
_OVER = frozenset({AlertEvent.ENDED.value, AlertEvent.RETRACTED.value})
_MOST = 100


@dataclass(frozen=True, slots=True, repr=False)
class TaskAnswer:
    """What one Task says. `said` is a code of the answers, or one that is none of them; `alert` is the alert's id,
    `reference` the one to say, `by` the name of its owner."""

    task: str
    alert: str
    reference: str
    said: str
    by: str = ""


def read(task: Json, agency: str) -> TaskAnswer | None:
    """The answer in a Task of this agency's that has no receipt for it yet; None where it says nothing, or is another's.
    Raises nothing, whatever stands in it."""
    identifiers = {_text(one.get("system")): _text(one.get("value")) for one in _objects(task.get("identifier"))}
    id = _text(task.get("id"))
    group = task.get("groupIdentifier")
    if not isinstance(group, dict) or (group.get("system"), group.get("value")) != (url.AGENCIES, agency):
        return None
    if not id or not identifiers.get(url.TASKS):
        return None
    said = _said(task)
    if not said or said in _receipted(task):
        return None
    owner = task.get("owner")
    by = _text(owner.get("display")) if isinstance(owner, dict) else ""
    return TaskAnswer(id, identifiers.get(url.ALERTS, ""), _reference(task), said, by)


def with_receipt(task: Json, said: str, problem: str = "") -> Json:
    """The Task with an output that says what became of the answer: `taken`, or `refused` and why."""
    coding = {"system": url.ANSWER_RECEIPTS, "code": "refused" if problem else "taken", "display": said}
    receipt = {"type": {"coding": [coding]}, "valueString": problem or f"Taken by Patchwork: {said}"}
    return task | {"output": [*_objects(task.get("output")), receipt]}


def _said(task: Json) -> str:
    business = _codings(task.get("businessStatus"))
    outputs = [one for output in _objects(task.get("output")) for one in _codings(output.get("valueCodeableConcept"))]
    ours = [_text(one.get("code")) for one in (*business, *outputs) if _text(one.get("system")) == url.ANSWERS]
    if len(set(ours)) > 1:
        return " and ".join(sorted(set(ours)))
    if ours:
        return ours[0] or "an empty code"
    status = _text(task.get("status"))
    if status in _DONE and business and not _is_over(task):
        return _text(business[0].get("code")) or "a businessStatus without a code"
    plain = _BY_STATUS.get(status)
    # What is over is not answered any more: that somebody ticked it off is their own affair.
    return plain.value if plain is not None and not _is_over(task) else ""


def _is_over(task: Json) -> bool:
    return any(_text(one.get("code")) in _OVER for one in _codings(task.get("code")))


def _receipted(task: Json) -> set[str]:
    codings = [one for output in _objects(task.get("output")) for one in _codings(output.get("type"))]
    return {_text(one.get("display")) for one in codings if _text(one.get("system")) == url.ANSWER_RECEIPTS}


def _reference(task: Json) -> str:
    held = (one for one in _objects(task.get("extension")) if one.get("url") == url.SPOKEN_REFERENCE)
    return next((_text(one.get("valueString")) for one in held), "")


def _codings(concept: Any) -> list[Json]:
    return _objects(concept.get("coding")) if isinstance(concept, dict) else []


def _objects(value: Any) -> list[Json]:
    return [one for one in value[:_MOST] if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 500 else ""
