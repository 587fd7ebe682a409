"""From an export and answers to files: which preset reads the export, a preset of the agency's own where none does, and the settings."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.reading.dry_run import DryRun, dry_run
from connectors.running.served_agency import defaults_of
from connectors.settings import SourceSettings, load
from connectors.setup import own_preset
from connectors.setup.answers import Incomplete
from connectors.setup.sample import Sample, sample
from connectors.sources.file_kind import FileKind, kind_of
from connectors.sources.opening import AUTO
from connectors.sources.port import SourceUnreadable
from identity.agency.faults import KeyFault
from identity.agency.private_file import write_private
from mappings.canonical.codes import Sensitivity, ServiceLine
from mappings.preset import load_preset
from mappings.preset_section import PresetError
from mappings.source_map import Field


@dataclass(frozen=True, slots=True)
class Found:
    """What reads an export: a shipped preset, or nothing, and then the columns are in `unknown`."""

    done: DryRun
    unknown: Sample | None = None


def find(export: Path, preset: str) -> Found:
    """Look whether a preset fits. Raises `Incomplete` where none does and there are no columns to guess either."""
    if not export.exists():
        raise Incomplete(f"{export} does not exist; give the path of your export")
    try:
        done = dry_run(export, preset)
        if done.involvements and done.published + done.waiting:
            return Found(done)
        if preset == AUTO and kind_of(export) is FileKind.TABLE:
            return Found(done, sample(export))
    except (PresetError, SourceUnreadable) as problem:
        raise Incomplete(str(problem)) from None
    if done.involvements:
        return Found(done)
    raise Incomplete(f"{export.name}: {done.missing}")


def write_preset(
    folder: Path, columns: Sample, fields: dict[str, Field], service: ServiceLine, sensitivity: Sensitivity
) -> Path:
    """The agency's own preset beside its settings. Raises `Incomplete` where another stands there: nothing is overwritten."""
    name = own_preset.name_for(Path(columns.name).stem)
    path = folder / f"{name}.yaml"
    text = own_preset.written(name, columns, fields, service, sensitivity)
    if path.exists():
        if path.read_bytes() != text.encode():
            raise Incomplete(
                f"{path} exists already and is not overwritten; use it with --preset {path}, or move it away"
            )
        return path
    try:
        write_private(path, text.encode())
        load_preset(path)
    except KeyFault as problem:
        raise Incomplete(str(problem)) from None
    except PresetError as problem:
        with suppress(OSError):
            path.unlink()
        raise Incomplete(f"no preset can be made of these columns: {problem}") from None
    return path


def tried(settings: Path) -> DryRun:
    """The dry run with the settings as they were saved."""
    [agency] = load(settings).agencies
    [source] = [each for each in agency.sources if isinstance(each, SourceSettings)]
    return dry_run(source.path, source.preset, source.as_of, defaults_of(agency))
