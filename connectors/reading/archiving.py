"""Putting an export away once it was published, so that the folder it is dropped into holds only what is new.

Only what was read is moved: a file that was replaced meanwhile stays, and is read next. An export that is held, or could not be read, stays
where it is. HL7 v2 messages and other events say together how things stand, so they are never put away (`connectors.reading.feeds`).
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.publishing.policy import Report
from connectors.reading.export_signature import Signature, signature


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the export of one source goes. `before` is what it looked like when it was opened."""

    path: Path
    folder: Path
    before: Signature


def put_away(archives: Mapping[str, Archive], report: Report, now: datetime) -> None:
    """Move what was published whole. What cannot be moved is told in the report of its source."""
    for feed in report.feeds:
        archive = archives.get(feed.source)
        if archive is None or feed.problem or signature(archive.path) != archive.before:
            continue
        try:
            _move(archive, now)
        except OSError as problem:
            feed.problem = f"it was published, but not put into {archive.folder}: {problem.strerror}"


def _move(archive: Archive, now: datetime) -> None:
    place = archive.folder / f"{now:%Y%m%dT%H%M%S%f}"
    place.mkdir(mode=0o700, parents=True)
    files = sorted(archive.path.iterdir()) if archive.path.is_dir() else [archive.path]
    for file in files:
        if file.is_file():
            shutil.move(file, place / file.name)
