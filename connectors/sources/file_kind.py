"""What kind of file an export is, told by its first bytes and never by its name."""

from enum import StrEnum
from pathlib import Path

from connectors.sources.fhir_xml import is_fhir_xml
from connectors.sources.json_file import is_fhir
from connectors.sources.port import SourceUnreadable

HEAD = 4_096
MAX_FILES = 10_000
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# What stands before the first segment: MLLP's own bytes, and how some tools write them.
FRAMING = b"\x0b\x1c\x0d \t\r\n"
SEGMENTS = (b"MSH", b"FHS", b"BHS")


class FileKind(StrEnum):
    """The ways of writing records that are told apart before any preset is asked."""

    TABLE = "table"
    XML = "xml"
    JSON = "json"
    FHIR = "fhir"
    HL7V2 = "hl7v2"


def kind_of(path: Path) -> FileKind:
    """The kind of one file. Raises `SourceUnreadable`."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    for mark in MARKS:
        head = head.removeprefix(mark)
    plain = head.replace(b"\x00", b"").lstrip(FRAMING).removeprefix(b"[SOM]")
    if plain.startswith(SEGMENTS):
        return FileKind.HL7V2
    if plain.startswith(b"<"):
        return FileKind.FHIR if is_fhir_xml(head) else FileKind.XML
    if plain.startswith((b"{", b"[")):
        return FileKind.FHIR if is_fhir(path) else FileKind.JSON
    return FileKind.TABLE


def kinds_of(path: Path) -> frozenset[FileKind]:
    """The kinds of the file, or of the files of the folder. Raises `SourceUnreadable`."""
    return frozenset(kind_of(one) for one in files_of(path))


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files of the folder in the order of their names; hidden ones are somebody's leavings.
    Raises `SourceUnreadable`."""
    if not path.is_dir():
        return [path]
    try:
        found = sorted(one for one in path.iterdir() if not one.name.startswith((".", "~$")) and one.is_file())
    except OSError as error:
        raise SourceUnreadable(f"the folder {path.name} cannot be read: {error.strerror}") from None
    if len(found) > MAX_FILES:
        raise SourceUnreadable(f"the folder {path.name} has more than {MAX_FILES} files; move old ones away")
    return found


def only_file(path: Path, kinds: frozenset[FileKind]) -> Path:
    """The file itself, or the one file of these kinds in the folder. Raises `SourceUnreadable` where it has none or
    several."""
    if not path.is_dir():
        return path
    found = [one for one in files_of(path) if kind_of(one) in kinds]
    if len(found) != 1:
        wanted = " or ".join(sorted(kind.value.upper() for kind in kinds))
        many = f"{len(found)} {wanted} files" if found else f"no {wanted} file"
        raise SourceUnreadable(f"the folder {path.name} has {many}; name the one that is meant")
    return found[0]
