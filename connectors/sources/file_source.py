"""What every source that reads files is told, and what it tells of a reading."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.sources.port import Coverage
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset
from mappings.row_map import RowMap
from mappings.source_map import SourceMap


@dataclass(slots=True)
class FileSource:
    """`path` is the file, or the folder of a set. `as_of` is the day of the extract; without one, what the source says
    of itself, else the day it was written. `mode` None is a dry run.

    `remarks` counts, after a reading, what was left out of rows that were otherwise used. In a dry run columns that the
    map does not know are passed over and named in `unknown`; `refused` says whether they would stop a connector, and
    `unread` names the files and sheets that play no part.
    """

    path: Path
    preset: Preset
    agency: AgencyDefaults
    mode: Mode | None
    as_of: date | None = None
    coverage: Coverage = Coverage.FULL
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    refused: bool = False
    unread: tuple[str, ...] = ()

    def row_map(self, map: SourceMap, day: date) -> RowMap:
        """How this agency's rows of that day are read."""
        preset = self.preset
        return RowMap(map, self.agency, self.mode, day, preset.sensitivity, preset.team, self.remarks)
