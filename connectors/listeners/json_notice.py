"""A notice as JSON, for systems that speak no FHIR: one object of four members, whose record is mapped as a row of a CSV export is.

    {"id": "msg-1", "at": "2025-11-01T09:00:00Z", "event": "stated", "record": {"Client ref": "C-1", "Surname": "...", ...}}

`event` is `stated` (so it is now), `ended` (the record's end, or today) or `withdrawn` (it was an error; the record need name no more than what
makes its reference). The names in `record` are columns of the preset; one that it does not know is refused by name, and one that it denies is
never kept.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.listeners.directories import Directories
from connectors.reading.taking import Making, Message
from connectors.running.served_agency import ServedAgency
from connectors.sources.mapped_rows import MappedRows
from connectors.sources.port import Read, Reading, SourceUnreadable, Withdrawn
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal
from mappings.preset import Preset

MEMBERS = ("id", "at", "event", "record")
EVENTS = ("stated", "ended", "withdrawn")
MAX_ID = 200


def making(source: str, preset: Preset, body: bytes, directories: Directories) -> Making:
    """How the message is made from the body. The making raises `SourceUnreadable`."""

    def make(agency: ServedAgency) -> Message:
        document = _document(body)
        id, at, event, record = _id(document), _at(document), document.get("event"), _record(document)
        if event not in EVENTS:
            raise SourceUnreadable(f"event must be {', '.join(EVENTS)}")
        now = agency.shared.now()
        mode = agency.shared.settings.mode
        rows = MappedRows(preset, list(record), agency.defaults, mode, now.date(), complete=directories.complete)
        return Message(source, id, at, body, [_reading(rows, list(record.values()), str(event), at)])

    return make


def _reading(rows: MappedRows, cells: list[str], event: str, at: datetime) -> Reading:
    if event == "withdrawn":
        local_id = rows.local_id(cells)
        if not local_id:
            raise SourceUnreadable(
                "the record does not hold what makes the reference of the involvement, so it cannot be withdrawn"
            )
        return Withdrawn("the notice", local_id)
    reading = rows.reading("the notice", cells)
    if event == "ended" and isinstance(reading, Read) and reading.involvement.end is None:
        return replace(reading, involvement=replace(reading.involvement, end=min(at.date(), rows.as_of)))
    return reading


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = decode(body, Limits(size=len(body) or 1, depth=3, text=64 * 1024, items=1, members=500), "notice")
    except ProfileRefusal as refusal:
        raise SourceUnreadable(refusal.issues[0].text) from None
    unknown = sorted(set(document) - set(MEMBERS))
    if unknown:
        raise SourceUnreadable(f"a notice has {', '.join(MEMBERS)} and nothing else; put columns into record")
    return document


def _id(document: dict[str, Any]) -> str:
    id = document.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= MAX_ID:
        raise SourceUnreadable(f"id must be text of 1 to {MAX_ID} characters: the sender's own name for this message")
    return id


def _at(document: dict[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(document.get("at", "")))
    except ValueError:
        at = datetime.min
    if at.tzinfo is None:
        raise SourceUnreadable("at must be a time with its zone, such as 2025-11-01T09:00:00Z")
    return at.astimezone(UTC)


def _record(document: dict[str, Any]) -> dict[str, str]:
    record = document.get("record")
    if not isinstance(record, dict) or not record:
        raise SourceUnreadable("record must be an object of columns")
    if not all(each is None or isinstance(each, str) for each in record.values()):
        raise SourceUnreadable("every column of record must be text, or null for what is empty")
    return {name: value or "" for name, value in record.items()}
