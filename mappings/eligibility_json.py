"""Whom an agency publishes, as a small JSON object inside a statement, there and back.

{"services": [service line, ...]?, "ageBands": [age band, ...]?, "teams": count?, "startedSince": date?, "openOnly": true or false?}

An empty object says that all clients are published.
"""

from datetime import date
from typing import Any

from mappings.canonical.codes import AgeBand, ServiceLine
from mappings.canonical.eligibility import MOST_TEAMS, StatedEligibility
from mappings.fhir import primitives as is_a
from mappings.fhir.shapes import Many, Number, Object

SHAPE = Object(
    {},
    {
        "services": Many(is_a.code(ServiceLine), 1, len(ServiceLine)),
        "ageBands": Many(is_a.code(AgeBand), 1, len(AgeBand)),
        "teams": Number(f"how many teams, from 1 to {MOST_TEAMS}", 1, MOST_TEAMS),
        "startedSince": is_a.DATE,
        "openOnly": is_a.TRUTH,
    },
)


def to_document(stated: StatedEligibility) -> dict[str, Any]:
    """What is set of it, in one fixed order."""
    document: dict[str, Any] = {}
    if stated.services:
        document["services"] = [line.value for line in ServiceLine if line in stated.services]
    if stated.age_bands:
        document["ageBands"] = [band.value for band in AgeBand if band in stated.age_bands]
    if stated.teams:
        document["teams"] = stated.teams
    if stated.started_since is not None:
        document["startedSince"] = stated.started_since.isoformat()
    if stated.open_only:
        document["openOnly"] = True
    return document


def from_document(document: dict[str, Any]) -> StatedEligibility:
    """The reverse, of a document that has this shape."""
    since = document.get("startedSince")
    return StatedEligibility(
        services=frozenset(map(ServiceLine, document.get("services", ()))),
        age_bands=frozenset(map(AgeBand, document.get("ageBands", ()))),
        teams=document.get("teams", 0),
        started_since=None if since is None else date.fromisoformat(since),
        open_only=document.get("openOnly", False),
    )
