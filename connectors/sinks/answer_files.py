"""A folder in which staff, or their own system, put down answers to alerts: one small file an answer.

A `.txt` file holds one line, REFERENCE ANSWER, and may go on with the name of whoever answers: `K7P-4QX made-contact Karen Priest`. A `.json` file
holds {"alert": REFERENCE or alert's id, "answer": ANSWER, "by": name}, `by` where wanted. A file is written under a name that begins with a dot,
or ends in `.part`, and renamed when it is whole: such names are left alone.
"""

import json
import os
import stat
from pathlib import Path

from connectors.sinks.port import AnswerFile, SinkDown

MAX_BYTES = 4 * 1024
_MOST_NAMES = 10_000
_MEMBERS = frozenset({"alert", "answer", "by"})


class AnswerFolder:
    """`folder` need not be there: then nothing waits. Nothing in it is ever followed elsewhere: links are put aside unread."""

    def __init__(self, folder: Path, sink: str) -> None:
        self._folder, self._sink = folder, sink

    def waiting(self, limit: int) -> list[AnswerFile]:
        """The first so many by name. Raises `SinkDown`."""
        try:
            names = sorted(
                entry.name
                for entry, _ in zip(os.scandir(self._folder), range(_MOST_NAMES), strict=False)
                if not entry.name.startswith(".")
                and not entry.name.endswith(".part")
                and not entry.is_dir(follow_symlinks=False)
            )
            return [self._read(name) for name in names[:limit]]
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise self._down(problem) from None

    def taken(self, file: AnswerFile) -> None:
        """To `taken`. Raises `SinkDown`."""
        self._move(file.name, "taken")

    def rejected(self, file: AnswerFile, why: str) -> None:
        """To `rejected`, the sentence beside it first. Raises `SinkDown`."""
        try:
            place = self._place("rejected")
            (place / f"{file.name[:200]}.reason.txt").write_text(f"{why}\n", encoding="utf-8")
        except OSError as problem:
            raise self._down(problem) from None
        self._move(file.name, "rejected")

    def _read(self, name: str) -> AnswerFile:
        try:
            data = _bytes_of(self._folder / name)
        except ValueError as problem:
            return AnswerFile(name, fault=str(problem))
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return AnswerFile(name, fault="the file is not UTF-8 text")
        if name.lower().endswith(".json"):
            return _of_json(name, text)
        if name.lower().endswith(".txt"):
            return _of_text(name, text)
        return AnswerFile(name, fault="the name of an answer file ends in .txt or .json")

    def _move(self, name: str, where: str) -> None:
        try:
            (self._folder / name).rename(self._place(where) / name)
        except FileNotFoundError:
            # Whoever put it there took it away meanwhile.
            return
        except OSError as problem:
            raise self._down(problem) from None

    def _place(self, where: str) -> Path:
        place = self._folder / where
        place.mkdir(mode=0o770, exist_ok=True)
        return place

    def _down(self, problem: OSError) -> SinkDown:
        return SinkDown(f"the folder of answers of sink {self._sink!r} cannot be used: {problem.strerror}")


def _bytes_of(path: Path) -> bytes:
    """Raises `ValueError` with a sentence, where it is no small plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise ValueError("the file cannot be read; an answer is a plain file that this program may read") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("an answer is a plain file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"an answer file is at most {MAX_BYTES} bytes long")
    return data


def _of_text(name: str, text: str) -> AnswerFile:
    lines = [line for line in text.splitlines() if line.strip()]
    words = lines[0].split(maxsplit=2) if len(lines) == 1 else []
    if len(words) < 2:
        return AnswerFile(name, fault="the file holds one line: REFERENCE ANSWER, such as K7P-4QX made-contact")
    return AnswerFile(name, words[0], words[1], words[2] if len(words) > 2 else "")


def _of_json(name: str, text: str) -> AnswerFile:
    wrong = AnswerFile(
        name, fault='the file holds {"alert": REFERENCE, "answer": ANSWER}, may name "by", and nothing else'
    )
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return wrong
    if not isinstance(found, dict) or not {"alert", "answer"} <= found.keys() <= _MEMBERS:
        return wrong
    if not all(isinstance(value, str) for value in found.values()):
        return wrong
    return AnswerFile(name, found["alert"], found["answer"], found.get("by", ""))
