"""An evidence file: one agency's clients as keyed evidence and a few counts, made at home for a rehearsal.

JSON Lines. First what it is and under which key (by the key's name, never the key), then one line of evidence a client, then the counts:

    {"patchworkEvidence": 1, "key": "rehearsal-..."}
    "evidence as base64"
    {"rows": n, "involvements": n, "people": n, "weak": n, "skipped": n}

No name, number, date, reference, worker or team is in it. Keyed evidence is pseudonymised personal data all the same.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

from mappings.canonical.evidence import Evidence
from mappings.evidence_codec import MAX_BYTES, InvalidEvidence, decode, encode

_KIND, _VERSION = "patchworkEvidence", 1
_MAX_LINE = MAX_BYTES * 4 // 3 + 8
MAX_PEOPLE = 5_000_000
_MAX_COUNT = 10**9


class EvidenceFileFault(ValueError):
    """The file is not an evidence file, or is damaged or cut off. Names the file and the line, never what stands there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the agency's export came to. `people` are all clients with a current involvement; of them `weak` are too thinly known to be
    linked and have no line in the file. `skipped` are rows that gave no current involvement."""

    rows: int = 0
    involvements: int = 0
    people: int = 0
    weak: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that was read through once and is whole. `evidence()` reads it again, so that it need not fit into memory."""

    path: Path
    key: str
    counts: Counts

    def evidence(self) -> Iterator[Evidence]:
        """Every client's evidence, in the order of the file. Raises `EvidenceFileFault` where the file was changed meanwhile."""
        with self.path.open("rb") as file:
            lines = _lines(file, self.path.name)
            next(lines, None)
            for _ in range(self.counts.people - self.counts.weak):
                yield _evidence(next(lines, (0, None)), self)


class EvidenceWriter:
    """Writes an evidence file to an open binary file: the beginning at once, then people, then the counts."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        self._file = file
        self._put({_KIND: _VERSION, "key": key})

    def people(self, evidence: Iterable[Evidence]) -> None:
        """One line each."""
        for each in evidence:
            self._put(base64.b64encode(encode(each)).decode())

    def end(self, counts: Counts) -> None:
        """The last line. Without it the file is refused."""
        self._put(asdict(counts))

    def _put(self, value: object) -> None:
        self._file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


def read_evidence_file(path: Path) -> EvidenceFile:
    """Read it through, see that it is whole and that every line is evidence under its key. Raises `EvidenceFileFault`, `OSError`."""
    with path.open("rb") as file:
        lines = _lines(file, path.name)
        key = _key(next(lines, (1, None))[1], path.name)
        found, counts, number = 0, None, 1
        for number, value in lines:
            if counts is not None:
                raise EvidenceFileFault(f"{path.name}: something stands after the counts, in line {number}")
            if isinstance(value, dict):
                counts = _counts(value, path.name, number)
            else:
                _evidence((number, value), EvidenceFile(path, key, Counts()))
                found += 1
    if counts is None:
        raise EvidenceFileFault(f"{path.name} is cut off after line {number}; copy it again, or make it again")
    if found != counts.people - counts.weak:
        raise EvidenceFileFault(f"{path.name} holds {found} people and says otherwise; make it again")
    return EvidenceFile(path, key, counts)


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, Any]]:
    for number in range(1, MAX_PEOPLE + 4):
        line = file.readline(_MAX_LINE + 1)
        if not line:
            return
        if len(line) > _MAX_LINE:
            raise EvidenceFileFault(f"{name}: line {number} is longer than any evidence")
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            raise EvidenceFileFault(
                f"{name}: line {number} is not JSON; an evidence file is made by patchwork-connector rehearse"
            ) from None
    raise EvidenceFileFault(f"{name} holds more than {MAX_PEOPLE} people")


def _key(first: Any, name: str) -> str:
    said = first.get("key") if isinstance(first, dict) and first.get(_KIND) == _VERSION else None
    if not isinstance(said, str) or not 0 < len(said) <= 40:
        raise EvidenceFileFault(
            f"{name} does not begin as an evidence file of version {_VERSION}; make it with: patchwork-connector rehearse"
        )
    return said


def _counts(value: dict[str, Any], name: str, line: int) -> Counts:
    names = [each.name for each in fields(Counts)]
    if set(value) != set(names) or any(
        type(value[each]) is not int or not 0 <= value[each] <= _MAX_COUNT for each in names
    ):
        raise EvidenceFileFault(f"{name}: the counts in line {line} are not {', '.join(names)}")
    return Counts(**value)


def _evidence(line: tuple[int, Any], whole: EvidenceFile) -> Evidence:
    number, value = line
    try:
        if not isinstance(value, str):
            raise InvalidEvidence
        evidence = decode(base64.b64decode(value, validate=True))
    except (InvalidEvidence, binascii.Error):
        raise EvidenceFileFault(f"{whole.path.name}: line {number} is not evidence") from None
    if evidence.epoch != whole.key:
        raise EvidenceFileFault(f"{whole.path.name}: line {number} is under another key than the file")
    return evidence
