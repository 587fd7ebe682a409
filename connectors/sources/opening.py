"""Opening an agency's export by the preset it is read with, or by looking at what it is."""

from datetime import date
from pathlib import Path

from connectors.sources.csv_file import CsvSetSource
from connectors.sources.csv_set import open_set
from connectors.sources.fhir_bundle import FhirBundleSource
from connectors.sources.port import Source, SourceUnreadable
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset, load_preset, presets
from mappings.preset_section import PresetError

AUTO = "auto"


def open_source(
    preset: str | Path | Preset, path: Path, defaults: AgencyDefaults, mode: Mode, as_of: date | None = None
) -> Source:
    """The source at `path`. `preset` is a shipped preset's name, the path of an agency's own, a loaded one, or `auto`
    to look.

    Raises `SourceUnreadable`, also for a preset that cannot be used.
    """
    if not path.exists():
        raise SourceUnreadable(f"{path.name} does not exist; check the path in the settings")
    try:
        chosen = preset if isinstance(preset, Preset) else load_preset(detect(path) if preset == AUTO else preset)
    except PresetError as problem:
        raise SourceUnreadable(str(problem)) from None
    if chosen.fhir is not None:
        return FhirBundleSource(path, chosen, defaults, mode, as_of)
    return CsvSetSource(path, chosen, defaults, mode, as_of)


def detect(path: Path) -> str:
    """The name of the shipped preset that fits what `path` holds, the generic one only where no other does. Raises
    `SourceUnreadable`."""
    if path.is_file() and _is_json(path):
        return next(name for name in presets() if load_preset(name).fhir is not None)
    problems: dict[str, str] = {}
    for name in sorted(presets(), key=lambda one: one.startswith("generic")):
        source_map = load_preset(name).csv
        if source_map is None:
            continue
        try:
            open_set(path, source_map)
        except SourceUnreadable as problem:
            problems[name] = str(problem)
        else:
            return name
    raise SourceUnreadable("no preset fits: " + "; ".join(f"{name}: {problem}" for name, problem in problems.items()))


def _is_json(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror}") from None
