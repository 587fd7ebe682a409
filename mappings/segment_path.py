"""Where something stands in an HL7 v2 message: `PV1-7.2` is component 2 of field 7 of the segment PV1.

Of a field that repeats, `PID-3[5=MR].1` chooses the first repetition whose component 5 is MR, `PID-3[4!=NHS].1` the
first whose component 4 is not NHS. Without a component it is the first; `.0` is the whole field as it is written.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mappings.preset_section import Section
from mappings.source_map import Header

LOCATION = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})-(?P<field>[1-9][0-9]?)"
    r"(?:\[(?P<key>[1-9][0-9]?)(?P<unlike>!?)=(?P<value>[A-Za-z0-9 ]+)\])?"
    r"(?:\.(?P<component>[0-9][0-9]?))?"
)


@dataclass(frozen=True, slots=True)
class Location:
    """One place. `key` 0: the first repetition whatever it is."""

    segment: str
    field: int
    component: int
    key: int = 0
    value: str = ""
    unlike: bool = False


@lru_cache(maxsize=1024)
def location(text: str) -> Location | None:
    """`text` as a place; None where it is not written as one."""
    found = LOCATION.fullmatch(text)
    if not found:
        return None
    return Location(
        segment=found["segment"],
        field=int(found["field"]),
        component=int(found["component"] or 1),
        key=int(found["key"] or 0),
        value=(found["value"] or "").casefold(),
        unlike=bool(found["unlike"]),
    )


def location_header(section: Section, text: str) -> Header:
    """A place as the header of a column. Raises `PresetError`."""
    if location(text) is None:
        raise section.error(repr(text), "not a place in an HL7 v2 message, such as PID-5.1 or PID-3[5=MR].1")
    return Header(text)
