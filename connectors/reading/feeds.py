"""Opening the configured sources, each with the vanish rules of its preset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connectors.configuration.live_sources import ListenerSource
from connectors.ledger.ledger import Ledger
from connectors.publishing.policy import FeedReport
from connectors.reading.archiving import Archive
from connectors.reading.export_signature import Signature, signature
from connectors.reading.lineage import digest_of
from connectors.reading.live_feeds import open_live, turn_of
from connectors.reading.staging import Feed
from connectors.settings import AnySource, SourceSettings
from connectors.sources.opening import AUTO, detect, open_source
from connectors.sources.port import SourceUnreadable
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import StatesMode, load_preset
from mappings.preset_section import PresetError


@dataclass(slots=True)
class Opened:
    """The sources that could be opened, for the others why not, and by name where an export goes once it was published."""

    feeds: list[Feed] = field(default_factory=list)
    unreadable: list[FeedReport] = field(default_factory=list)
    archives: dict[str, Archive] = field(default_factory=dict)


def open_feeds(
    sources: Sequence[AnySource],
    mode: Mode,
    mass_vanish_share: float | None,
    defaults: AgencyDefaults,
    ledger: Ledger,
    now: Callable[[], datetime],
    names: Sequence[str] | None = None,
    presets: Path | None = None,
) -> Opened:
    """All of one agency's sources, or those named. `mass_vanish_share` (0 to 1) replaces what the presets say; `presets` is the folder of the
    agency's own."""
    opened = Opened()
    for said in sources:
        if isinstance(said, ListenerSource) or (names is not None and said.name not in names):
            # A listener is told; there is nothing to be read of it.
            continue
        if isinstance(said, SourceSettings) and said.archive is not None and not signature(said.path):
            # Nothing new was dropped since the last one was put away.
            continue
        try:
            if not isinstance(said, SourceSettings):
                opened.feeds.append(open_live(said, mode, mass_vanish_share, defaults, ledger, now, presets))
                continue
            before = signature(said.path)
            opened.feeds.append(_open(said, mode, mass_vanish_share, defaults, presets))
            if said.archive is not None:
                opened.archives[said.name] = Archive(said.path, said.archive, before)
        except SourceUnreadable as problem:
            opened.unreadable.append(FeedReport(said.name, problem=str(problem)))
    return opened


def news_of(said: AnySource, now: datetime) -> Signature:
    """Changes whenever there may be something to read: an export was replaced, or it is time to ask again."""
    if isinstance(said, ListenerSource):
        return ()
    return signature(said.path) if isinstance(said, SourceSettings) else (("", turn_of(said, now), 0, 0),)


def _open(
    said: SourceSettings, mode: Mode, mass_vanish_share: float | None, defaults: AgencyDefaults, presets: Path | None
) -> Feed:
    if not said.path.exists():
        raise SourceUnreadable(f"{said.path.name} does not exist; check the path in the settings")
    try:
        preset = load_preset(detect(said.path, presets) if said.preset == AUTO else said.preset, presets)
    except PresetError as problem:
        raise SourceUnreadable(str(problem)) from None
    if said.archive is not None and preset.mode is StatesMode.EVENT:
        raise SourceUnreadable(
            f"the events of {preset.name} say together how things stand, so they cannot be put away one by one: take archive out of the "
            "settings, and move files away when what they speak of is long over"
        )
    if said.archive is not None and said.path in said.archive.parents:
        raise SourceUnreadable(
            f"the archive {said.archive.name} lies inside the source {said.path.name}; name a folder outside of it"
        )
    source = open_source(preset, said.path, defaults, mode, said.as_of)
    return Feed(
        said.name, source, preset.vanish, mass_vanish_share or preset.mass_vanish_share, digest=digest_of(said.path)
    )
