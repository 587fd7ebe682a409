"""Rows into readings by a map, whatever they were read from: each accounted for, those that share a key together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.sources.port import Read, Reading, Rejected, Skipped, SkipReason, Withdrawn
from connectors.sources.same_key import SeenKeys, merged
from mappings.row_cells import RowRefused, RowSetAside
from mappings.row_map import RowMap
from mappings.source_map import Field, Row, RowAction, SameKey


@dataclass(frozen=True, slots=True, repr=False)
class FoundRow:
    """One row, where it stood, the map that reads it and what its columns are called; or why there is none."""

    where: str
    row: Row | Rejected
    map: RowMap
    headings: dict[Field, str]


Rows = Callable[[bool], Iterator[FoundRow]]
"""The rows of a source, from the first one, each time it is called; whole ones, or (`False`) only as far as their keys need."""


def readings_of(rows: Rows, same_key: SameKey) -> Iterator[Reading]:
    """A reading for every row. Where rows of one key are to be merged, they come together at the end, and the rows are
    gone through twice: the keys are counted first, so that only the rows of repeated keys are held."""
    seen = SeenKeys()
    if same_key is SameKey.REJECT:
        for found in rows(True):
            reading = reading_of(found)
            yield seen.admit(reading) if isinstance(reading, Read) else reading
        return
    repeated = _repeated(rows)
    held: dict[str, list[Read]] = {}
    for found in rows(True):
        reading = reading_of(found)
        if not isinstance(reading, Read):
            yield reading
        elif (refused := seen.other_person(reading)) is not None:
            yield refused
        elif hash(reading.involvement.local_id) in repeated:
            held.setdefault(reading.involvement.local_id, []).append(reading)
        else:
            yield reading
    for spells in held.values():
        yield from merged(spells)


def reading_of(found: FoundRow) -> Reading:
    """What one row states."""
    row, where = found.row, found.where
    if isinstance(row, Rejected):
        return row
    try:
        return Read(where, found.map.involvement(row, found.headings))
    except RowRefused as problem:
        return Rejected(where, str(problem), problem.local_id)
    except RowSetAside as aside:
        return _set_aside(where, aside)


def _set_aside(where: str, aside: RowSetAside) -> Reading:
    match aside.action:
        case RowAction.WITHDRAW | RowAction.WITHDRAW_PERSON:
            meant = aside.local_id if aside.action is RowAction.WITHDRAW else aside.person_id
            return Withdrawn(where, meant) if meant else Rejected(where, "is to be withdrawn but has no reference")
        case _:
            return Skipped(where, SkipReason(aside.action.value), aside.local_id)


def _repeated(rows: Rows) -> set[int]:
    once: set[int] = set()
    repeated: set[int] = set()
    for found in rows(False):
        if not isinstance(found.row, Rejected):
            key = hash(found.map.local_id(found.row))
            (repeated if key in once else once).add(key)
    return repeated
