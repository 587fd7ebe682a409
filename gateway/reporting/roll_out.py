"""The roll-out plan as plain JSON values: for the report, and for `patchwork rollout`. Counts here are of agencies, which are nobody, and exact."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from gateway.model.rollout import RolloutState
from gateway.rollout.progress import Progress

Document = dict[str, Any]


def plan(found: Iterable[Progress], today: date) -> Document:
    """All agencies, counted by how far they are, and the late ones in a sentence each."""
    known = list(found)
    states = Counter(each.course.state for each in known)
    return {
        "as_of": today.isoformat(),
        "states": {state.value: states[state] for state in RolloutState},
        "late": [f"{each.name} {each.late}." for each in known if each.late],
        "agencies": [agency(each) for each in known],
    }


def agency(each: Progress) -> Document:
    """One agency. Its champion is named by post alone: how it is reached is for `contact` only, a report is passed around."""
    planned, course = each.planned, each.course
    return {
        "agency": each.agency.value,
        "name": each.name,
        "state": course.state.value,
        "stands": course.words,
        "late": each.late,
        "starts_on": _day(planned.starts_on if planned else None),
        "live_by": _day(planned.live_by if planned else None),
        "invited_on": _day(course.invited_on),
        "enrolled_on": _day(course.enrolled_on),
        "live_since": _day(course.live_since),
        "left_on": _day(course.left_on),
        "champion": planned.champion.post if planned and planned.champion else "",
        "eligibility": planned.eligibility if planned else "",
        "eligibility_stated": each.stated.sentence() if each.stated else "",
        "stated_on": _day(each.stated_at.date() if each.stated_at else None),
        "planned_by": planned.planned_by if planned else "",
        "planned_at": planned.planned_at.isoformat(timespec="seconds") if planned else None,
    }


def contact(each: Progress) -> str:
    """How its champion is reached; empty where there is none."""
    return each.planned.champion.contact if each.planned and each.planned.champion else ""


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
