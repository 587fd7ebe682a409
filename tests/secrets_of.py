"""What must never be found outside an agency: every spelling in which a value may lie about, and finding it in text and in raw bytes."""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect, text

SHORTEST_IN_BYTES = 5
_NO_WORD = rb"[^a-z0-9+/=_-]"


def spellings_of_date(day: date) -> list[str]:
    """As agencies and programs write a birth date."""
    forms = [
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%Y%m%d",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%Y/%m/%d",
        "%d%m%Y",
        "%d %B %Y",
        "%d-%b-%Y",
        "%d/%m/%y",
    ]
    return [day.strftime(form) for form in forms] + [f"{day.day} {day:%B %Y}", f"{day.day}/{day.month}/{day.year}"]


def spellings_of_name(name: str) -> list[str]:
    """Whole, without marks, and each of its words. A name of two letters says nothing."""
    plain = name.replace("á", "a").replace("'", "").replace("’", "")
    words = {name, plain, name.replace("'", "’"), *name.split(), *plain.split()}
    return [word for word in words if len(word) > 2]


def spellings_of_number(number: str) -> list[str]:
    """An NHS number as it is written in one piece and in groups."""
    return [number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"]


class Needles:
    """Values to look for. Nothing found is ever told but which one it was, by its number."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted({value.lower().encode() for value in values if value})
        self._words = _as_words(self._values)
        self._long_words = _as_words([value for value in self._values if len(value) >= SHORTEST_IN_BYTES])
        # In megabytes of hex and base64 a few given letters or digits stand by chance somewhere.
        self._anywhere = _Anywhere([value for value in self._values if len(value) >= (10 if value.isdigit() else 8)])
        coded = [form for value in values if len(value) > SHORTEST_IN_BYTES for form in encodings(value.encode())]
        self._coded = _Anywhere(coded)

    def __len__(self) -> int:
        return len(self._values)

    def in_text(self, data: bytes) -> list[str]:
        """Found as words in text, or encoded in it. In base64 short values stand by chance, so there only whole words count."""
        found = [f"value {self._values.index(match)}" for match in self._words.findall(data.lower())]
        return found + [f"encoded value {number}" for number, _ in self._coded.found_in(data)]

    def in_raw(self, data: bytes) -> list[str]:
        """Found in bytes that may be anything: long values anywhere, shorter ones where nothing else of the kind is beside them."""
        low = data.lower()
        found = [*self._long_words.findall(low), *(value for _, value in self._anywhere.found_in(low))]
        return [f"value {self._values.index(value)}" for value in found]

    def in_cells(self, values: Iterable[Any]) -> list[str]:
        """Found in any value of a database, bytes as bytes and whatever else as text. All are looked through at once: a new line parts them,
        and no needle has one."""
        raw, words = [], []
        for value in values:
            if isinstance(value, bytes | memoryview):
                raw.append(bytes(value))
            else:
                words.append(str(value).encode())
        return self.in_raw(b"\n".join(raw)) + self.in_text(b"\n".join(words))


class _Anywhere:
    """Many byte strings, looked for together: by how they begin, all in one walk."""

    def __init__(self, forms: Sequence[bytes]) -> None:
        self._width = min(map(len, forms), default=1)
        self._by_beginning: dict[bytes, list[tuple[int, bytes]]] = {}
        for number, form in enumerate(forms):
            self._by_beginning.setdefault(form[: self._width], []).append((number, form))

    def found_in(self, data: bytes) -> list[tuple[int, bytes]]:
        """Which stand in it: number and string, each once for every place."""
        width, beginnings = self._width, self._by_beginning
        return [
            (number, form)
            for at in range(len(data) - width + 1)
            if (beginning := data[at : at + width]) in beginnings
            for number, form in beginnings[beginning]
            if data.startswith(form, at)
        ]


def _as_words(values: list[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"(?:^|" + _NO_WORD + b")(" + _any_of(values) + b")(?:$|" + _NO_WORD + b")", re.MULTILINE)


def _any_of(values: list[bytes]) -> bytes:
    """An expression for any of these sorted values that tries what several begin with once."""
    choices = [
        re.escape(first) + _any_of([value[1:] for value in those]) if first else b""
        for first, those in groupby(values, key=lambda value: value[:1])
    ]
    return choices[0] if len(choices) == 1 else b"(?:" + b"|".join(choices) + b")"


def encodings(value: bytes) -> list[bytes]:
    """The value in hex, and what is certain of its base64 and base64url wherever it begins."""
    forms = [value.hex().encode()]
    for skipped in range(3):
        whole = base64.b64encode(b"\0" * skipped + value).rstrip(b"=")
        begin = (skipped * 8 + 5) // 6
        end = (skipped + len(value)) * 8 // 6
        certain = whole[begin:end]
        forms += [certain, certain.translate(bytes.maketrans(b"+/", b"-_"))]
    return sorted(set(forms))


def key_forms(key: bytes) -> list[bytes]:
    """A secret key as it may lie about."""
    return [key, key.hex().upper().encode(), *encodings(key)]


def files_below(folder: Path) -> list[Path]:
    """Every file, whatever it is called."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def contents_of(path: Path) -> bytes:
    """What is in the file. A server that still runs may have removed one of its own since it was listed: that one holds nothing any more."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def cells(url: str) -> Iterator[Any]:
    """Every value of every row of every table of a database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                yield from (value for value in row if value is not None)
    engine.dispose()


def memory_holds(pid: int, value: bytes) -> bool:
    """Whether the process has these bytes anywhere in what it may write to."""
    regions = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", Path(f"/proc/{pid}/maps").read_text("ascii"), re.MULTILINE)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end in ((int(first, 16), int(last, 16)) for first, last in regions):
            try:
                memory.seek(begin)
                if value in memory.read(end - begin):
                    return True
            except OSError:
                continue
    return False
