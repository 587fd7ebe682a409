"""How large a message may be. Checked on the bytes and on the decoded JSON before anything else looks at it.

`fhir.resources` knows no such limits: it takes names of megabytes and raises RecursionError on deep nesting.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`size` in bytes; `depth` in nested arrays and objects; `text` in characters of one string; `items` in one array;
    `members` in one object."""

    size: int = 256 * 1024
    depth: int = 24
    text: int = 16 * 1024
    items: int = 64
    members: int = 40


MESSAGE = Limits()
# One reference and one digest of 64 characters each, two thousand times, and the brackets around them.
STATEMENT = Limits(size=320 * 1024, depth=4, text=200, items=2_000, members=12)
MERGE = Limits(size=2 * 1024, depth=2, text=500, items=1, members=10)
SHIELD = Limits(size=1024, depth=2, text=500, items=1, members=8)
ACCESS_LIST = Limits(size=80 * 1024, depth=4, text=200, items=200, members=8)
ACCESS_ANSWER = Limits(size=2 * 1024, depth=2, text=200, items=1, members=6)
INTRODUCTION = Limits(size=2 * 1024, depth=2, text=500, items=1, members=10)
ANSWER = Limits(size=1024, depth=2, text=500, items=1, members=12)
PROBE = Limits(size=1024, depth=2, text=200, items=1, members=4)

MAX_DIGITS = 18
MAX_DISPLAY = 120
MAX_EVIDENCE = 8 * 1024
MAX_SEALED_DETAILS = 16 * 1024
MAX_AGENCIES = 60
