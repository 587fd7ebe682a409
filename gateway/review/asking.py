"""`review.ask`: a steward has one agency look at its own record again. The agency is told its own reference and the fields, in its daily list;
no other agency, no case and no reason. What it then corrects comes as a notice like any other and scores the case anew.

Never for a record of which any live involvement is sensitive: being asked could give away that somebody else is involved.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway.model.check_request import CheckRequest
from gateway.model.review_case import ReviewCase
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.review.check_lists import DAYS, in_order, may_be_asked
from gateway.review.deciding import CaseView, case_as_signed, case_content
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_review
from mappings.canonical.check_list import MAX_FIELDS, CheckField

ASK = "review.ask"
_ASKED_BY_FIELD = {
    "given": CheckField.GIVEN_NAME,
    "middle": CheckField.GIVEN_NAME,
    "family": CheckField.FAMILY_NAME,
    "birth_date": CheckField.BIRTH_DATE,
    "location": CheckField.ADDRESS,
    "town": CheckField.ADDRESS,
    "gender": CheckField.GENDER,
    "number": CheckField.NUMBER,
}


def ask_content(view: CaseView, record_id: int, fields: list[str]) -> dict[str, Any]:
    """What is signed to have one side check its record. Without fields: those that do not agree. Raises `Refused`."""
    content = {**case_content(view), "record": record_id, "fields": fields or list(doubtful_fields(view.case))}
    _read(content)
    if record_id not in (view.case.first, view.case.second):
        raise Refused(
            f"review case {view.case.id} is about records {view.case.first} and {view.case.second}; name one of them"
        )
    return content


def doubtful_fields(case: ReviewCase) -> tuple[CheckField, ...]:
    """What does not agree, the worst first, as far as may be asked; else what could not be compared; else the birth date."""
    findings = sorted(json.loads(case.explanation), key=lambda finding: finding[2])
    compared = {field for field, _, _ in findings}
    doubtful = [field for field, level, _ in findings if level != 1] or [
        f for f in _ASKED_BY_FIELD if f not in compared
    ]
    chosen = list(dict.fromkeys(_ASKED_BY_FIELD[field] for field in doubtful))[:MAX_FIELDS]
    return in_order(set(chosen or [CheckField.BIRTH_DATE]))


def _ask(unit: UnitOfWork, change: VerifiedChange) -> CheckRequest:
    read, record_id, fields = _read(change.content)
    case = case_as_signed(unit, read)
    asked = unit.records.get(record_id)
    if record_id not in (case.first, case.second) or asked is None:
        raise Refused(f"review case {case.id} is about records {case.first} and {case.second}; name one of them")
    if not may_be_asked(unit, record_id, change.at):
        raise Refused(
            f"record {record_id} is not one that anybody is asked about; decide without, or let the case run out"
        )
    today = change.at.date()
    request = CheckRequest(record_id, fields, case.id, change.actor.id, today, today + timedelta(days=DAYS - 1))
    unit.check_requests.put(request)
    named = " ".join(fields)
    record(
        unit, change, "review-record-asked", case=case.id, version=case.version, agency=asked.agency.value, fields=named
    )
    return request


def _read(content: Mapping[str, Any]) -> tuple[Content, int, tuple[CheckField, ...]]:
    read = Content("request to check", content, frozenset({"case", "version", "side", "record", "fields"}))
    fields = read.codes("fields", CheckField)
    if len(fields) > MAX_FIELDS:
        raise read.refusal("fields", f"must be 1 to {MAX_FIELDS}, as many as any record on a list has")
    return read, read.whole("record", 1, 2**53), in_order(set(fields))


EXECUTORS = {ASK: Executor(check_may_review, check_may_review, never, _ask)}
