"""Issues as a FHIR R4 OperationOutcome, there and back. Source: https://hl7.org/fhir/R4/operationoutcome.html"""

from collections.abc import Iterable
from typing import Any

from mappings.canonical.receipt import Issue
from mappings.fhir import extensions as url
from mappings.fhir import primitives as is_a
from mappings.fhir.refusal import MAX_ISSUES
from mappings.fhir.shapes import Many, Object

Json = dict[str, Any]

# https://hl7.org/fhir/R4/valueset-issue-type.html
ISSUE_TYPES = frozenset(
    (
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
        "informational",
    )
)
SEVERITIES = ("fatal", "error", "warning", "information")

_DETAILS = Object(
    {"coding": Many(Object({"system": is_a.fixed(url.ISSUE_CODES), "code": is_a.ISSUE_CODE})), "text": is_a.SENTENCE}
)
_ISSUE = Object(
    {"severity": is_a.code(SEVERITIES), "code": is_a.code(ISSUE_TYPES), "details": _DETAILS},
    {"expression": Many(is_a.FHIR_PATH)},
)
OUTCOME = Object({"resourceType": is_a.fixed("OperationOutcome"), "issue": Many(_ISSUE, 1, MAX_ISSUES)})


def write(issues: Iterable[Issue], severity: str = "error") -> Json:
    """The OperationOutcome of at least one issue. Of a long list only the first 20 are told; a longer text is cut to
    500 characters."""
    listed = [_issue(each, severity) for each in list(issues)[:MAX_ISSUES]]
    if not listed:
        raise ValueError("an OperationOutcome needs at least one issue")
    return {"resourceType": "OperationOutcome", "issue": listed}


def read(outcome: Json) -> tuple[Issue, ...]:
    """The issues of an OperationOutcome that passed the allow-list."""
    return tuple(
        Issue(
            type=each["code"],
            code=each["details"]["coding"][0]["code"],
            element=each.get("expression", [""])[0],
            text=each["details"]["text"],
        )
        for each in outcome["issue"]
    )


def _issue(issue: Issue, severity: str) -> Json:
    # A receipt must be written whatever the reason was: a text that is too long or has line breaks is cut, not refused.
    written: Json = {
        "severity": severity,
        "code": issue.type,
        "details": {
            "coding": [{"system": url.ISSUE_CODES, "code": issue.code}],
            "text": _cut(is_a.as_line(issue.text) or issue.code, is_a.SENTENCE.limit),
        },
    }
    element = is_a.as_line(issue.element).encode("ascii", "replace").decode("ascii")
    if element:
        written["expression"] = [_cut(element, is_a.FHIR_PATH.limit)]
    return written


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
