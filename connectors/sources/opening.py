"""Opening an agency's export by the preset it is read with, or by looking at what it is."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from connectors.sources.fhir_bundle import FhirBundleSource
from connectors.sources.file_kind import FileKind, files_of, kind_of, kinds_of
from connectors.sources.hl7v2_source import Hl7v2Source
from connectors.sources.port import Source, SourceUnreadable
from connectors.sources.table_set import Books, NoMain, TableSet, open_set
from connectors.sources.table_source import TableSetSource
from connectors.sources.tree_source import OtherRoot, TreeSource, fits
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Kind, Preset, StatesMode, load_preset, own_presets, presets
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
    _holds_something(path)
    kinds = kinds_of(path)
    names = dict.fromkeys([*own_presets(folder), *sorted(presets(), key=_lateness)])
    candidates = [load_preset(name, folder) for name in names]
    others = kinds - {FileKind.TABLE}
    if others == {FileKind.FHIR, FileKind.JSON} and not any(_fits(one, candidates) for one in files_of(path)):
        # A log that an export wrote beside itself.
        others = frozenset({FileKind.FHIR})
    if len(others) > 1:
        listed = ", ".join(sorted(kind.value for kind in kinds))
        raise SourceUnreadable(
            f"the folder {path.name} holds files of several kinds ({listed}); name the one that is meant"
        )
    for kind, whole in ((FileKind.FHIR, Kind.FHIR), (FileKind.HL7V2, Kind.HL7V2)):
        if kind in others:
            return next(one.name for one in candidates if one.kind is whole)
    # Tables beside a document are its directories, unless nothing reads the document.
    if not others:
        return _detect_table(path, candidates)
    try:
        return _detect_tree(path, FileKind.XML in others, candidates)
    except SourceUnreadable:
        if FileKind.TABLE not in kinds:
            raise
    return _detect_table(path, candidates)


def _holds_something(path: Path) -> None:
    """Raises `SourceUnreadable` for what is no export of any format, and says what it is."""
    if path.is_dir():
        if not files_of(path):
            inside = any(one.is_dir() for one in path.iterdir())
            said = "only folders: name the one with the export" if inside else "what is missing is the export"
            raise SourceUnreadable(f"the folder {path.name} holds no file{',' if inside else ':'} {said}")
        return
    try:
        with path.open("rb") as stream:
            head = stream.read(4_096).replace(b"\x00", b"").lower().lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    if not path.stat().st_size:
        raise SourceUnreadable(f"{path.name} is empty: what is missing are the rows of the export")
    if head.startswith((b"<html", b"<!doctype html", b"<table")):
        raise SourceUnreadable(
            f"{path.name} is a web page, whatever its name is; open it in a spreadsheet program and save it as xlsx"
        )
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise SourceUnreadable(f"{path.name} is a workbook as XML (Excel 2003); save it as xlsx")


def _lateness(name: str) -> tuple[int, str]:
    return LAST.index(name) if name in LAST else -1, name


def _detect_tree(path: Path, is_xml: bool, candidates: Iterable[Preset]) -> str:
    problems: dict[str, list[str]] = {}
    elsewhere: dict[str, list[str]] = {}
    root = ""
    for one in candidates:
        if one.rows is None or one.rows.tree is None or bool(one.rows.tree.root) != is_xml:
            continue
        try:
            fits(path, one.rows, one.mode is StatesMode.EVENT)
        except OtherRoot as problem:
            elsewhere.setdefault(problem.wanted, []).append(one.name)
            root = problem.root
        except SourceUnreadable as problem:
            problems.setdefault(str(problem), []).append(one.name)
        else:
            return one.name
    raise SourceUnreadable(_no_tree(path, root, problems, elsewhere))


def _fits(path: Path, candidates: Iterable[Preset]) -> bool:
    """Whether a file is a JSON document that some preset reads."""
    try:
        return kind_of(path) is FileKind.JSON and bool(_detect_tree(path, False, candidates))
    except SourceUnreadable:
        return False


def _no_tree(path: Path, root: str, problems: dict[str, list[str]], elsewhere: dict[str, list[str]]) -> str:
    """What is missing of a document that no preset fits. What is wrong with the file itself is wrong for every preset, and said once."""
    if len(problems) == 1 and not elsewhere:
        return next(iter(problems))
    if problems:
        return f"no preset fits {path.name}: " + "; ".join(
            f"{', '.join(names)}: {problem}" for problem, names in problems.items()
        )
    wanted = ", ".join(f"{roots} of {' and '.join(names)}" for roots, names in elsewhere.items())
    return f"no preset fits {path.name}: its outermost element is {root}, and what is missing is one of {wanted}"


def _detect_table(path: Path, candidates: Iterable[Preset]) -> str:
    found: dict[str, TableSet] = {}
    books: Books = {}
    problems: list[tuple[int, str, SourceUnreadable]] = []
    for one in candidates:
        if one.kind is not Kind.TABLE or one.rows is None:
            continue
        try:
            found[one.name] = open_set(path, one.rows, strict=False, books=books)
        except SourceUnreadable as problem:
            problems.append((problem.known if isinstance(problem, NoMain) else len(Field), one.name, problem))
    if found:
        return _best(path, found)
    if len({str(problem) for _, _, problem in problems}) == 1:
        # The same for all of them: it is the file, not the format.
        raise problems[0][2]
    # What is nearest to being enough says most about what is missing; of equals the general one, which comes last.
    known, name, nearest = max(reversed(problems), key=lambda each: each[0])
    if not known:
        raise SourceUnreadable(f"no preset fits: {path.name} has no heading row with a column that any of them knows")
    raise SourceUnreadable(f"no preset fits; the nearest is {name}: {nearest}")


def _best(path: Path, found: dict[str, TableSet]) -> str:
    """The preset that knows most of the columns, where all of the folder is one export."""
    best = min(found, key=lambda name: len(found[name].unknown))
    apart = [
        name for name, other in found.items() if name not in (best, *LAST) and not other.main_paths <= found[best].paths
    ]
    if apart:
        listed = ", ".join(sorted([best, *apart]))
        raise SourceUnreadable(
            f"the folder {path.name} holds exports of several formats ({listed}); name the file that is meant, or give each a folder"
        )
    return best
