"""The numbers of events: every event has one, none has two, and what a number meant it means for ever."""

import ast
from pathlib import Path

import pytest

from gateway.audit.event_ids import AUDIT_IDS, LOG_IDS
from gateway.audit.recording import CATALOGUE
from gateway.logs import ALLOWED

GATEWAY = Path(__file__).parents[3] / "gateway"
LEVELS = ("debug", "info", "warning", "error")


def logged_events() -> set[str]:
    """The first argument of every call that logs, where it stands in the source as text."""
    calls = [
        node
        for path in GATEWAY.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    ]
    logging = [each for each in calls if _is_logging(each.func)]
    return {each.args[0].value for each in logging if isinstance(each.args[0], ast.Constant)}


def _is_logging(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        asked = ast.unparse(function.value)
        return function.attr in LEVELS and (asked == "log" or asked.endswith(("operations()", "security()")))
    # A level that is chosen first: `level("worker-failed", ...)`, `getattr(operations(), level)("library-log", ...)`.
    return ast.unparse(function) == "level" or ast.unparse(function).startswith("getattr(operations()")


def test_every_audit_event_has_a_number_and_every_number_is_one_events() -> None:
    assert set(AUDIT_IDS) >= set(CATALOGUE), (
        "give the new event the next number of its group in gateway/audit/event_ids.py"
    )
    numbers = [*AUDIT_IDS.values(), *(number for stream in LOG_IDS.values() for number in stream.values())]
    assert len(set(numbers)) == len(numbers)


def test_every_event_that_is_logged_has_a_number() -> None:
    found = logged_events()
    assert {"request-refused", "worker-failed", "library-log", "not-sent"} <= found, "the calls are found at all"
    assert found <= {code for stream in LOG_IDS.values() for code in stream}
    assert set(LOG_IDS) == set(ALLOWED), "the same streams"


FOR_EVER = {
    "notice-accepted": 101,
    "alert-sent": 201,
    "review-confirmed": 305,
    "operator-enrolled": 401,
    "keys-rotated": 501,
    "alarm-raised": 601,
    "audit-erased": 701,
}


@pytest.mark.parametrize(("code", "number"), FOR_EVER.items())
def test_a_number_never_changes(code: str, number: int) -> None:
    assert AUDIT_IDS[code] == number
