"""A source: HL7 v2 messages in a file or a folder of files, as an integration engine drops them.

The messages are events, and may lie there in any order: what is stated of a visit is what they say together, each taken
at its own time (EVN-6, else EVN-2, else MSH-7), of messages of one time in the order of file names and within a file. A
message that is there twice (MSH-10) counts once. Nothing vanishes because no message speaks of it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.sources.file_kind import FileKind, files_of, kind_of
from connectors.sources.file_source import FileSource
from connectors.sources.hl7v2_events import Event, reduced
from connectors.sources.hl7v2_message import Message, messages_in
from connectors.sources.joined_table import JoinedTable
from connectors.sources.port import Coverage, Merged, Reading, Rejected, Skipped, SkipReason, Snapshot, SourceUnreadable
from connectors.sources.row_readings import FoundRow, readings_of
from connectors.sources.table_set import join_beside
from mappings.canonical.codes import Mode
from mappings.key_template import in_words
from mappings.message_map import Trigger
from mappings.row_map import RowMap
from mappings.source_map import Field, Row, SourceMap
from mappings.transforms import one_line

MAX_MESSAGES = 200_000


@dataclass(slots=True)
class Hl7v2Source(FileSource):
    """`path` is a file of messages, or a folder of such files. In live mode the sender's test messages (MSH-11) are
    passed over."""

    def snapshot(self) -> Snapshot:
        """What the next reading covers: never everything. Raises `SourceUnreadable`."""
        return Snapshot(Coverage.PARTIAL, self._day(self._files()))

    def readings(self) -> Iterator[Reading]:
        """What is merged, then what every other message states or adds to."""
        source_map, files = self._map(), self._files()
        self.remarks.clear()
        row_map = self.row_map(source_map, self._day(files))
        main = source_map.mains[0]
        headings = {of: f"'{headers[0].name}'" for of, headers in main.columns.items()}
        joined = join_beside(source_map, self.path, frozenset(main.columns))
        events, early = self._events(source_map, row_map, files, joined, headings)
        for one in joined:
            yield from one.rejected
        yield from early
        rows, others = reduced(events)
        yield from others
        found = [FoundRow(event.where, event.row, row_map, headings) for event in rows]
        yield from readings_of(lambda _: iter(found), source_map.same_key)

    def _events(
        self,
        source_map: SourceMap,
        row_map: RowMap,
        files: list[Path],
        joined: tuple[JoinedTable, ...],
        headings: dict[Field, str],
    ) -> tuple[list[Event], list[Reading]]:
        events: list[Event] = []
        early: list[Reading] = []
        seen: set[tuple[str, ...]] = set()
        types: Counter[str] = Counter()
        read = MessageReader(source_map, row_map)
        for path in files:
            for number, message in enumerate(messages_in(path), 1):
                where = f"{path.name} message {number}"
                if len(events) + len(early) >= MAX_MESSAGES:
                    raise SourceUnreadable(
                        f"{self.path.name} holds more than {MAX_MESSAGES} messages; move old ones away"
                    )
                if isinstance(message, str):
                    early.append(Rejected(where, message))
                    continue
                types[message.text("MSH-9.1")] += 1
                said = read.event(message, where, len(events), self.mode)
                if isinstance(said, Event):
                    id = message.id
                    if id[-1] and id in seen:
                        early.append(Skipped(where, SkipReason.DUPLICATE, said.key))
                        continue
                    seen.add(id)
                    problem = next(filter(None, (one.join(said.row, headings) for one in joined)), "")
                    if problem:
                        early.append(Rejected(where, problem, said.key))
                    else:
                        events.append(said)
                else:
                    early.append(said)
        self._speaks(source_map, types)
        return events, early

    def _speaks(self, source_map: SourceMap, types: Counter[str]) -> None:
        read = source_map.messages.types if source_map.messages else frozenset()
        if not types:
            raise SourceUnreadable(
                f"{self.path.name} holds no HL7 v2 message that can be read: a message begins with MSH"
            )
        if not read & {type.upper() for type in types}:
            kinds = ", ".join(sorted(type[:10] or "(none is named)" for type in types)[:5])
            wanted = ", ".join(sorted(read))
            raise SourceUnreadable(
                f"{self.path.name} holds messages of type {kinds} only, which state no involvement: what is missing are {wanted} messages"
            )

    def _map(self) -> SourceMap:
        if self.preset.rows is None or self.preset.rows.messages is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read HL7 v2 messages")
        return self.preset.rows

    def _files(self) -> list[Path]:
        found = [one for one in files_of(self.path) if kind_of(one) is FileKind.HL7V2]
        if not found:
            raise SourceUnreadable(f"{self.path.name} holds no HL7 v2 message: a message begins with MSH")
        return found

    def _day(self, files: list[Path]) -> date:
        newest = max(one.stat().st_mtime for one in files)
        return self.as_of or datetime.fromtimestamp(newest, UTC).date()


@dataclass(frozen=True, slots=True)
class MessageReader:
    """How a map reads one message: as an event of a visit, or as what it states by itself."""

    map: SourceMap
    row_map: RowMap

    def event(self, message: Message, where: str, order: int, mode: Mode | None) -> "Event | Reading":
        """`order` is that of arrival. What the map does not read is skipped, what it cannot read rejected."""
        messages = self.map.messages
        if messages is None or message.text("MSH-9.1").upper() not in messages.types:
            return Skipped(where, SkipReason.NOT_AN_INVOLVEMENT)
        trigger = messages.triggers.get(message.trigger, Trigger.IGNORE)
        row = self._row(message)
        if mode is Mode.LIVE and message.text("MSH-11").upper() not in ("", "P"):
            return Skipped(where, SkipReason.TEST_MESSAGE)
        if trigger is Trigger.MERGE:
            return self._merge(message, where, row)
        key = self.row_map.local_id(row)
        if trigger is Trigger.IGNORE:
            return Skipped(where, SkipReason.NOT_AN_INVOLVEMENT, key)
        if not key:
            return Rejected(where, f"gives no stable reference: what is missing is {in_words(self.map.key)}")
        when = next(filter(None, (message.text(one) for one in messages.when)), "")
        if trigger is Trigger.CLOSE and Field.END not in row and when:
            row[Field.END] = when
        return Event(where, key, trigger, when, order, row)

    def _merge(self, message: Message, where: str, row: Row) -> Reading:
        messages = self.map.messages
        superseded = next(filter(None, (message.text(one) for one in messages.superseded)), "") if messages else ""
        surviving = self.row_map.person_id(row)
        gone = self.row_map.person_id({Field.PERSON_ID: superseded}) if superseded else ""
        if not surviving or not gone:
            return Rejected(where, "is a merge that does not say which record became which (PID-3 and MRG-1)")
        return Merged(where, gone, surviving) if gone != surviving else Skipped(where, SkipReason.DUPLICATE)

    def _row(self, message: Message) -> Row:
        row: Row = {}
        for of, headers in self.map.mains[0].columns.items():
            for header in headers:
                said = one_line(message.text(header.name))
                if said and said.casefold() not in self.map.null_tokens:
                    row[of] = said
                    break
        return row
