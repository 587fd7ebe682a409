"""A worker leaves: which of our live involvements bear their name, and what whoever takes over should know, as one digest.

Who works with whom is for the agency's own system to say. Moved there, the next reading tells the others who it is now; nobody here keeps a list
of workers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.alerts import worklist as worklists
from connectors.alerts.own_side import NotKnownHere, own_side
from connectors.alerts.worklist import Worklist, worklist
from connectors.ledger.ledger import Unit
from mappings.canonical.identifiers import InvolvementRef


@dataclass(frozen=True, slots=True, repr=False)
class Handover:
    """The involvements that bear the worker's name, by the agency's own ids, and their current connections."""

    worker: str
    involvements: tuple[tuple[str, InvolvementRef], ...]
    digest: Worklist


def handover(unit: Unit, worker: str, now: datetime) -> Handover:
    """As the ledger knows it now. Case and spacing of the name do not matter."""
    return Handover(worker, tuple(sorted(_named(unit, worker))), of_worker(worklist(unit, now), worker))


def of_worker(listed: Worklist, worker: str) -> Worklist:
    """Only what concerns this worker's clients."""
    entries = [entry for entry in listed.entries if _same(entry.worker, worker)]
    return replace(listed, entries=entries, unknown=0)


def as_json(found: Handover) -> dict[str, Any]:
    """For programs."""
    return {
        "worker": found.worker,
        "involvements": [id for id, _ in found.involvements],
        "connections": worklists.as_json(found.digest)["connections"],
    }


def as_text(found: Handover) -> str:
    """For people."""
    if not found.involvements:
        return f"None of our live involvements bears the name {found.worker}."
    ids = ", ".join(id for id, _ in found.involvements)
    return (
        f"{found.worker} is named in {len(found.involvements)} of our live involvements: {ids}.\n"
        "Give them to somebody else, or end them, in your own system: the next reading tells it. For whoever takes over:\n\n"
        f"{worklists.as_text(found.digest)}"
    )


def _named(unit: Unit, worker: str) -> Iterator[tuple[str, InvolvementRef]]:
    for entry in list(unit.involvements.stated("")):
        try:
            own = own_side(unit, entry.involvement_ref)
        except NotKnownHere:
            continue
        if _same(own.worker, worker):
            yield own.involvement_local_id, entry.involvement_ref


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
