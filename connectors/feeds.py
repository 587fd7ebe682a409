"""Opening the configured sources, each with the vanish rules of its preset, and noticing when an export was replaced."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.policy import FeedReport
from connectors.reading import Feed
from connectors.settings import Settings, SourceSettings
from connectors.sources.opening import AUTO, detect, open_source
from connectors.sources.port import SourceUnreadable
from mappings.agency_defaults import AgencyDefaults
from mappings.preset import load_preset
from mappings.preset_section import PresetError

_MAX_WATCHED = 1_000

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(slots=True)
class Opened:
    """The sources that could be opened, and for the others why not."""

    feeds: list[Feed] = field(default_factory=list)
    unreadable: list[FeedReport] = field(default_factory=list)


def open_feeds(settings: Settings, defaults: AgencyDefaults, names: Sequence[str] | None = None) -> Opened:
    """All configured sources, or those named."""
    opened = Opened()
    for said in settings.sources:
        if names is not None and said.name not in names:
            continue
        try:
            opened.feeds.append(_open(said, settings, defaults))
        except SourceUnreadable as problem:
            opened.unreadable.append(FeedReport(said.name, problem=str(problem)))
    return opened


def signature(path: Path) -> Signature:
    """Changes whenever the file, or anything in the folder, is replaced or written. Empty where there is nothing."""
    try:
        paths = sorted(path.iterdir())[:_MAX_WATCHED] if path.is_dir() else [path]
        return tuple(
            (each.name, status.st_mtime_ns, status.st_size, status.st_ino) for each in paths if (status := each.stat())
        )
    except OSError:
        return ()


def _open(said: SourceSettings, settings: Settings, defaults: AgencyDefaults) -> Feed:
    try:
        preset = load_preset(detect(said.path) if said.preset == AUTO and said.path.exists() else said.preset)
    except PresetError as problem:
        if said.preset == AUTO:
            raise SourceUnreadable(f"{said.path.name} does not exist; check the path in the settings") from None
        raise SourceUnreadable(str(problem)) from None
    source = open_source(preset, said.path, defaults, settings.mode, said.as_of)
    share = settings.publishing.mass_vanish_share or preset.mass_vanish_share
    return Feed(said.name, source, preset.vanish, share)
