"""What kind of file an export is, told by its first bytes and never by its name."""

from enum import StrEnum
from pathlib import Path

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
    """The kind of the file, or of the files of the folder. Raises `SourceUnreadable`."""
    if not path.is_dir():
        return _of_file(path)
    kinds = [_of_file(one) for one in files_of(path)]
    for kind in (FileKind.HL7V2, FileKind.TABLE):
        if kind in kinds:
            return kind
    return kinds[0] if kinds else FileKind.TABLE


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


def only_file(path: Path, kind: FileKind) -> Path:
    """The one file of this kind. Raises `SourceUnreadable` where the folder has none or several."""
    found = [one for one in files_of(path) if not path.is_dir() or _of_file(one) in (kind, FileKind.FHIR)]
    if len(found) != 1:
        many = "several files" if found else "no file"
        raise SourceUnreadable(f"the folder {path.name} has {many} of this kind; name the one that is meant")
    return found[0]


def _of_file(path: Path) -> FileKind:
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
        return FileKind.XML
    if plain.startswith((b"{", b"[")):
        return FileKind.FHIR if is_fhir(path) else FileKind.JSON
    return FileKind.TABLE
