"""May this answer come in? As for a notice, and beyond that only what stands in the message itself: its receipt tells nothing of others."""

from datetime import datetime, timedelta

from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.receipt import Issue

ANSWER_DAYS = timedelta(days=31)
"""How old an answer may be when it comes in: a connector that was away for a month still has its answers heard."""

AHEAD = timedelta(days=1)
"""An agency's day may have begun before ours."""


def check_answer(answer: PractitionerAnswer, as_of: datetime) -> list[Issue]:
    """Every reason against its day: none that hangs on the register."""
    issues = []
    if answer.day < as_of.date() - ANSWER_DAYS:
        text = f"an answer is taken for {ANSWER_DAYS.days} days; answer the alert again if it still holds"
        issues.append(Issue("business-rule", "answer-too-old", "Answer.day", text))
    if answer.day > as_of.date() + AHEAD:
        text = "the answer is of a day that has not come; check this machine's clock"
        issues.append(Issue("invalid", "answer-of-the-future", "Answer.day", text))
    return issues
