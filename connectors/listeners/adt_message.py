"""One ADT message into what the messages about its visit say together, whatever order they came in.

The ledger keeps, sealed, the mapped cells of each message about a visit; a new one is read together with them. So an A08 before its A01 adds
to it, an A01 after its A03 opens nothing, and a cancellation undoes what it cancels whichever came first.
"""

import hashlib
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.ledger.ledger import Unit
from connectors.listeners.directories import Directories
from connectors.listeners.hl7_header import HeaderRefused, Heard, text_of
from connectors.reading.taking import Making, Message
from connectors.running.served_agency import ServedAgency
from connectors.sources.hl7v2_events import Event, reduced
from connectors.sources.hl7v2_message import Message as Hl7Message
from connectors.sources.hl7v2_message import messages_of
from connectors.sources.hl7v2_source import MessageReader
from connectors.sources.port import Reading, SourceUnreadable
from connectors.sources.row_readings import FoundRow, reading_of
from mappings.message_map import Trigger
from mappings.preset import Preset
from mappings.row_map import RowMap
from mappings.source_map import Field, SourceMap

MOST_OF_A_VISIT = 1_000
LONDON = ZoneInfo("Europe/London")
"""HL7 times without a zone are of the sender's clock, which is that of the country."""
WHERE = "the message"


def making(source: str, preset: Preset, heard: Heard, directories: Directories) -> Making:
    """How the message is made from what was heard. The making raises `SourceUnreadable`."""

    def make(agency: ServedAgency) -> Message:
        now = agency.shared.now()
        source_map = _map(preset)
        mode = agency.shared.settings.mode
        row_map = RowMap(source_map, agency.defaults, mode, now.date(), preset.sensitivity, preset.team)
        said = MessageReader(source_map, row_map).event(_parsed(heard), WHERE, MOST_OF_A_VISIT, mode)
        # Control ids begin anew at some senders: only the same message again is the same.
        id = f"{heard.control_id} {hashlib.sha256(heard.data).hexdigest()}"
        if not isinstance(said, Event):
            return Message(source, id, _sent(heard, now), heard.data, [said])
        subject = f"visit {said.key}"
        with agency.ledger.read() as unit:
            events = [*_before(unit, source, subject), said]
        at = max(_at(event.when, now) for event in events)
        readings = _readings(events, row_map, source_map, directories)
        return Message(source, id, at, heard.data, readings, [(subject, _written(said))])

    return make


def _readings(events: list[Event], row_map: RowMap, source_map: SourceMap, directories: Directories) -> list[Reading]:
    headings = {of: f"'{headers[0].name}'" for of, headers in source_map.mains[0].columns.items()}
    standing, others = reduced(events)
    for event in standing:
        # Who somebody is is looked up now, and never kept with the message: a new number of the ward counts from the next message on.
        directories.complete(event.row)
    stated = [reading_of(FoundRow(WHERE, event.row, row_map, headings)) for event in standing]
    # What earlier messages said was told when they came.
    return [*stated, *(each for each in others if each.where == WHERE)]


def _parsed(heard: Heard) -> Hl7Message:
    try:
        found = list(messages_of(text_of(heard)))
    except HeaderRefused as refusal:
        raise SourceUnreadable(str(refusal)) from None
    if len(found) != 1 or isinstance(found[0], str):
        raise SourceUnreadable(
            f"the message {found[0]}" if found and isinstance(found[0], str) else "there is no message"
        )
    return found[0]


def _before(unit: Unit, source: str, subject: str) -> list[Event]:
    found = []
    for order, body in enumerate(unit.events.bodies(source, subject, MOST_OF_A_VISIT)):
        said = json.loads(body)
        row = {Field(name): text for name, text in said["row"].items()}
        found.append(Event("before", said["key"], Trigger(said["trigger"]), said["when"], order, row))
    return found


def _written(event: Event) -> bytes:
    row = {of.value: text for of, text in event.row.items()}
    return json.dumps({"key": event.key, "trigger": event.trigger.value, "when": event.when, "row": row}).encode()


def _sent(heard: Heard, now: datetime) -> datetime:
    return _at(heard.component(7, 1), now)


def _at(when: str, now: datetime) -> datetime:
    """An HL7 time (2.A.22) as a moment; now, where it is none."""
    digits, _, zone = when.partition("+") if "+" in when else when.partition("-")
    digits = digits.partition(".")[0][:14]
    try:
        plain = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        return now
    if len(zone) == 4 and zone.isdigit():
        try:
            return datetime.strptime(
                f"{digits.ljust(14, '0')}{'+' if '+' in when else '-'}{zone}", "%Y%m%d%H%M%S%z"
            ).astimezone(UTC)
        except ValueError:
            return now
    return plain.replace(tzinfo=LONDON).astimezone(UTC)


def _map(preset: Preset) -> SourceMap:
    if preset.rows is None or preset.rows.messages is None:
        raise SourceUnreadable(f"the preset {preset.name} does not read HL7 v2 messages")
    return preset.rows
