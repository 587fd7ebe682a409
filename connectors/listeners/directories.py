"""The staff and team files that the settings name beside a listener: who a number in a message is, and how their team is reached.

Read at the start, and again whenever one is replaced. While a new one cannot be read the one before is used, and that is said. What a message itself
says counts before its worker's row, and that before the row of the team: so a worker without a telephone of their own is reached by the team's. A
number that two different rows claim leads to neither.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.configuration.live_sources import ListenerSource
from connectors.reading.export_signature import Signature, signature
from connectors.settings import SettingsFault
from connectors.sources.joined_table import JoinedTable
from connectors.sources.port import SourceUnreadable
from connectors.sources.table_set import directory_table
from mappings.preset import Preset
from mappings.preset_files import directory
from mappings.source_map import Row, SourceMap

_KINDS = {"staff": "staff_directory", "teams": "team_directory"}
"""By setting, in the order in which they are asked."""


@dataclass(slots=True)
class _Listed:
    """One file: what it held when it was read, and which state of it was looked at last."""

    setting: str
    path: Path
    table: JoinedTable
    looked_at: Signature


class Directories:
    """Those of one listener; none where the settings name none. Raises `SettingsFault`, naming the setting, where one cannot be read at the start."""

    def __init__(self, said: ListenerSource, preset: Preset, note: Callable[[str], None]) -> None:
        self._note = note
        self._listed: list[_Listed] = []
        named = [
            (setting, path) for setting, path in (("staff", said.staff), ("teams", said.teams)) if path is not None
        ]
        if named and preset.rows is None:
            raise SettingsFault(
                f"{named[0][0]}: the preset {preset.name} maps no rows that a directory could be joined to"
            )
        self._map: SourceMap | None = preset.rows
        for setting, path in named:
            try:
                looked_at = signature(path)
                self._listed.append(_Listed(setting, path, self._read(setting, path), looked_at))
            except SourceUnreadable as problem:
                raise SettingsFault(f"{setting}: {problem}") from None

    def complete(self, row: Row, of_team: Row | None = None) -> None:
        """Add to a message's row what the directories say. `of_team` is what the message itself says of the team: it counts before the team's row."""
        for listed in self._listed:
            self._look_again(listed)
            if listed.setting == "teams":
                _add(row, of_team)
            # A number that leads to two rows is nobody's: the message is taken as it is, not sent back to a system that cannot mend it.
            listed.table.join(row, {})
        _add(row, of_team)

    def summary(self) -> str:
        """What was read, for people; empty where there is none."""
        return ", ".join(f"{listed.setting} {_count(listed.table)}" for listed in self._listed)

    def _look_again(self, listed: _Listed) -> None:
        now = signature(listed.path)
        if now == listed.looked_at:
            return
        listed.looked_at = now
        try:
            listed.table = self._read(listed.setting, listed.path)
        except SourceUnreadable as problem:
            self._note(f"{listed.setting} cannot be read, the one before is used: {problem}")

    def _read(self, setting: str, path: Path) -> JoinedTable:
        assert self._map is not None  # noqa: S101 - looked at before any file is
        if not path.is_file():
            raise SourceUnreadable(f"{path.name} is not there; check the path in the settings")
        return directory_table(path, directory(_KINDS[setting]), self._map)


def _add(row: Row, more: Row | None) -> None:
    for of, text in (more or {}).items():
        row.setdefault(of, text)


def _count(table: JoinedTable) -> str:
    doubtful, unusable = sum(row is None for row in table.by_key.values()), len(table.rejected)
    parts = [f"numbers known: {len(table.by_key) - doubtful}"]
    parts += [f"claimed by two rows: {doubtful}"] * bool(doubtful)
    parts += [f"rows that cannot be used: {unusable}"] * bool(unusable)
    return f"({', '.join(parts)})"
