"""What a sender is answered: a FHIR R4 OperationOutcome, or JSON (RFC 9457 where something is wrong). Sentences of our own, counts, never values."""

import json
from collections.abc import Sequence

from connectors.listeners.http_request import Answer
from connectors.reading.taking import Taken

MOST_PROBLEMS = 20
RETRY_AFTER = "5"
_FHIR_JSON = "application/fhir+json"
# https://hl7.org/fhir/R4/valueset-issue-type.html
_ISSUES = {
    400: "structure", 401: "login", 404: "not-found", 405: "not-supported", 409: "conflict", 413: "too-long", 415: "not-supported",
    422: "invalid", 431: "too-long", 503: "transient",
}  # fmt: skip


def failed(status: int, problems: Sequence[str], fhir: bool) -> Answer:
    """What is wrong, as the sender speaks."""
    said = [_line(each) for each in list(problems)[:MOST_PROBLEMS]] or ["it cannot be taken"]
    more: tuple[tuple[str, str], ...] = (("retry-after", RETRY_AFTER),) if status == 503 else ()
    if status == 401:
        more = (("www-authenticate", "Bearer"),)
    if fhir:
        issues = [
            {"severity": "error", "code": _ISSUES.get(status, "processing"), "diagnostics": each} for each in said
        ]
        return Answer(status, _FHIR_JSON, _outcome(issues), more)
    document = {"type": "about:blank", "title": said[0], "status": status, "problems": said}
    return Answer(status, "application/problem+json", json.dumps(document).encode(), more)


def taken_outcome(taken: Taken) -> Answer:
    """It was taken."""
    return Answer(
        202, _FHIR_JSON, _outcome([{"severity": "information", "code": "informational", "diagnostics": _told(taken)}])
    )


def taken_json(taken: Taken) -> Answer:
    """It was taken."""
    document = {"taken": True, "again": taken.again, "changes": dict(taken.changes), "skipped": dict(taken.skipped)}
    return Answer(202, body=json.dumps(document).encode())


def _told(taken: Taken) -> str:
    if taken.again:
        return "taken before; nothing changed"
    said = [f"{count} {name.removeprefix('involvement-')}" for name, count in sorted(taken.changes.items())]
    said += [f"{count} skipped: {reason}" for reason, count in sorted(taken.skipped.items())]
    return "taken: " + (", ".join(said) or "no changes")


def _outcome(issues: list[dict[str, str]]) -> bytes:
    return json.dumps({"resourceType": "OperationOutcome", "issue": issues}).encode()


def _line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:500]
