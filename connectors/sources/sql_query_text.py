"""The query of an SQL source: one SELECT in a file, looked at before a database sees it. The database is asked to allow nothing but reading
as well; this is so that a mistake is named in words."""

import re
from dataclasses import dataclass
from pathlib import Path

from connectors.sources.port import SourceUnreadable

MOST_BYTES = 256 * 1024
# Texts, quoted names and comments, in which nothing means anything: PostgreSQL 16, 4.1; SQLite, lang_expr and lang_comment.
_LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_SINCE = re.compile(r"(?<!:):since\b")


@dataclass(frozen=True, slots=True)
class Query:
    """`text` as it stands in the file, without the semicolon at its end; `since` whether it asks for what changed since a moment."""

    text: str
    since: bool

    def written(self, parameter: str) -> str:
        """With `parameter` in the place of every `:since`, and percent signs doubled where the driver reads them."""
        escaped = self.text.replace("%", "%%") if parameter.startswith("%") and self.since else self.text
        spans = [found.span() for found in _LITERAL.finditer(escaped)]

        def put(found: re.Match[str]) -> str:
            inside = any(begin <= found.start() < end for begin, end in spans)
            return found.group() if inside else parameter

        return _SINCE.sub(put, escaped)


def read_query(path: Path) -> Query:
    """The query in a file. Raises `SourceUnreadable` where it is anything but one SELECT."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig").strip().removesuffix(";").strip()
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceUnreadable(f"{path.name} is not UTF-8 text") from None
    bare = _LITERAL.sub(" ", text)
    if len(data) > MOST_BYTES or "\x00" in text:
        raise SourceUnreadable(f"{path.name} is no query: it is longer than {MOST_BYTES} bytes, or holds NUL")
    if not re.match(r"\s*(?:SELECT|WITH)\b", bare, re.IGNORECASE):
        raise SourceUnreadable(f"{path.name} must hold one SELECT, and nothing else")
    if ";" in bare:
        raise SourceUnreadable(f"{path.name} holds several statements; one SELECT is run")
    return Query(text, _SINCE.search(bare) is not None)
