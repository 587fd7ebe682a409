"""JSON as our own documents are written: compact, UTF-8, nothing escaped that need not be, and whole numbers only.

The bytes are those of Python's `json` with `ensure_ascii=False` and the shortest separators, made several times faster;
`tests/mappings/test_compact_json.py` compares the two. Digests and fingerprints rest on them.
"""

from typing import Any, Final

import msgspec

_WRITER: Final = msgspec.json.Encoder()
_READER: Final = msgspec.json.Decoder()


def write(document: object) -> bytes:
    """Of texts, whole numbers, truths, None, lists and objects; members in the order they stand. A code (`StrEnum`) is written as its text, a
    day as "2026-01-31". Raises `UnicodeEncodeError` where a text holds half of a surrogate pair."""
    return _WRITER.encode(document)


def part(document: object) -> msgspec.Raw:
    """What `write` writes of a document, to stand as a value in others that are written."""
    return msgspec.Raw(_WRITER.encode(document))


def read(data: bytes | str) -> Any:
    """What `write` wrote. Raises `ValueError`. Not for what came from elsewhere: it has no limits (`mappings.fhir.json_reading`)."""
    return _READER.decode(data)
