"""Opening an agency's export by the preset it is read with, or by looking at what it is."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from connectors.sources.fhir_bundle import FhirBundleSource
from connectors.sources.file_kind import FileKind, kind_of
from connectors.sources.hl7v2_source import Hl7v2Source
from connectors.sources.port import Source, SourceUnreadable
from connectors.sources.table_set import NoMain, open_set
from connectors.sources.table_source import TableSetSource
from connectors.sources.tree_source import TreeSource, fits
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Kind, Preset, load_preset, own_presets, presets
from mappings.preset_section import PresetError
from mappings.source_map import Field

AUTO = "auto"
# A general preset is the choice only where no other fits as well.
LAST = ("vcs_spreadsheet", "generic_agency_csv")


def open_source(
    preset: str | Path | Preset,
    path: Path,
    defaults: AgencyDefaults,
    mode: Mode | None,
    as_of: date | None = None,
    folder: Path | None = None,
) -> Source:
    """The source at `path`. `preset` is the name of a shipped preset or of one in `folder`, the path of an agency's own, a loaded one, or
    `auto` to look. `mode` None is a dry run.

    Raises `SourceUnreadable`, also for a preset that cannot be used.
    """
    if not path.exists():
        raise SourceUnreadable(f"{path.name} does not exist; check the path in the settings")
    try:
        chosen = preset
        if not isinstance(chosen, Preset):
            chosen = load_preset(detect(path, folder) if chosen == AUTO else chosen, folder)
    except PresetError as problem:
        raise SourceUnreadable(str(problem)) from None
    match chosen.kind:
        case Kind.FHIR:
            return FhirBundleSource(path, chosen, defaults, mode, as_of)
        case Kind.TREE:
            return TreeSource(path, chosen, defaults, mode, as_of)
        case Kind.HL7V2:
            return Hl7v2Source(path, chosen, defaults, mode, as_of)
    return TableSetSource(path, chosen, defaults, mode, as_of)


def detect(path: Path, folder: Path | None = None) -> str:
    """The name of the preset that fits what `path` holds: of an agency's own or of the shipped ones, the one that knows most of its columns,
    a general one only where no other does. Raises `SourceUnreadable` with what is missing."""
    kind = kind_of(path)
    names = dict.fromkeys(
        [*own_presets(folder), *sorted(presets(), key=lambda name: (LAST.index(name) if name in LAST else -1, name))]
    )
    candidates = [load_preset(name, folder) for name in names]
    whole = {FileKind.FHIR: Kind.FHIR, FileKind.HL7V2: Kind.HL7V2}.get(kind)
    if whole is not None:
        return next(one.name for one in candidates if one.kind is whole)
    if kind is FileKind.TABLE:
        return _detect_table(path, candidates)
    problems = []
    for one in candidates:
        if one.kind is not Kind.TREE or one.rows is None or one.rows.tree is None:
            continue
        if bool(one.rows.tree.root) != (kind is FileKind.XML):
            continue
        try:
            fits(path, one.rows)
        except SourceUnreadable as problem:
            problems.append(f"{one.name}: {problem}")
        else:
            return one.name
    raise SourceUnreadable(f"no preset fits {path.name}: " + "; ".join(problems))


def _detect_table(path: Path, candidates: Iterable[Preset]) -> str:
    found: dict[str, int] = {}
    problems: list[tuple[int, str, SourceUnreadable]] = []
    for one in candidates:
        if one.kind is not Kind.TABLE or one.rows is None:
            continue
        try:
            found[one.name] = len(open_set(path, one.rows, strict=False).unknown)
        except SourceUnreadable as problem:
            problems.append((problem.known if isinstance(problem, NoMain) else len(Field), one.name, problem))
    if found:
        return min(found, key=found.__getitem__)
    # What is nearest to being enough says most about what is missing; of equals the general one, which comes last.
    known, name, nearest = max(reversed(problems), key=lambda each: each[0])
    if not known:
        raise SourceUnreadable(f"no preset fits: {path.name} has no heading row with a column that any of them knows")
    raise SourceUnreadable(f"no preset fits; the nearest is {name}: {nearest}")
