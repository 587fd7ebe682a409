"""Opening the configured sources, each with the vanish rules of its preset, and noticing when an export was replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connectors.ledger.ledger import Ledger
from connectors.live_feeds import open_live, turn_of
from connectors.policy import FeedReport
from connectors.reading import Feed
from connectors.settings import AnySource, SourceSettings
from connectors.settings_live import ListenerSource
from connectors.sources.opening import AUTO, detect, open_source
from connectors.sources.port import SourceUnreadable
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import load_preset
from mappings.preset_section import PresetError

_MAX_WATCHED = 1_000

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(slots=True)
class Opened:
    """The sources that could be opened, and for the others why not."""

    feeds: list[Feed] = field(default_factory=list)
    unreadable: list[FeedReport] = field(default_factory=list)


def open_feeds(
    sources: Sequence[AnySource],
    mode: Mode,
    mass_vanish_share: float | None,
    defaults: AgencyDefaults,
    ledger: Ledger,
    now: Callable[[], datetime],
    names: Sequence[str] | None = None,
) -> Opened:
    """All of one agency's sources, or those named. `mass_vanish_share` (0 to 1) replaces what the presets say."""
    opened = Opened()
    for said in sources:
        if isinstance(said, ListenerSource) or (names is not None and said.name not in names):
            # A listener is told; there is nothing to be read of it.
            continue
        try:
            if isinstance(said, SourceSettings):
                opened.feeds.append(_open(said, mode, mass_vanish_share, defaults))
            else:
                opened.feeds.append(open_live(said, mode, mass_vanish_share, defaults, ledger, now))
        except SourceUnreadable as problem:
            opened.unreadable.append(FeedReport(said.name, problem=str(problem)))
    return opened


def news_of(said: AnySource, now: datetime) -> Signature:
    """Changes whenever there may be something to read: an export was replaced, or it is time to ask again."""
    if isinstance(said, ListenerSource):
        return ()
    return signature(said.path) if isinstance(said, SourceSettings) else (("", turn_of(said, now), 0, 0),)


def signature(path: Path) -> Signature:
    """Changes whenever the file, or anything in the folder, is replaced or written. Empty where there is nothing."""
    try:
        paths = sorted(path.iterdir())[:_MAX_WATCHED] if path.is_dir() else [path]
        return tuple(
            (each.name, status.st_mtime_ns, status.st_size, status.st_ino) for each in paths if (status := each.stat())
        )
    except OSError:
        return ()


def _open(said: SourceSettings, mode: Mode, mass_vanish_share: float | None, defaults: AgencyDefaults) -> Feed:
    try:
        preset = load_preset(detect(said.path) if said.preset == AUTO and said.path.exists() else said.preset)
    except PresetError as problem:
        if said.preset == AUTO:
            raise SourceUnreadable(f"{said.path.name} does not exist; check the path in the settings") from None
        raise SourceUnreadable(str(problem)) from None
    source = open_source(preset, said.path, defaults, mode, said.as_of)
    return Feed(said.name, source, preset.vanish, mass_vanish_share or preset.mass_vanish_share)
