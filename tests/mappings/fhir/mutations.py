"""Ways to spoil a valid document: what a careless or hostile sender would change, drawn by hypothesis."""

import copy
from typing import Any

from hypothesis import strategies as st

from mappings.fhir.fhir_names import FHIR_NAMES

Json = dict[str, Any]
Step = str | int

SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    1.0,
    1.5,
    "",
    " ",
    "0",
    "1",
    "true",
    "x",
    "x y",
    "x\ny",
    "\u00a0",
    "é",
    "2026-01-01",
    "2026-02-30",
    "2026-1-1",
    "2026",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T25:00:00Z",
    "AQID",
    "AQI=",
    "AQI",
    "housing",
    "active",
    "child",
    "urn:uuid:00000000-0000-4000-8000-000000000000",
    "https://seaton.example/agency/housing",
    "https://a:b",
    "urn:x:y",
    "message",
    "Patient",
    "Binary",
    [],
    {},
    [None],
    [{}],
    {"url": "x"},
    {"reference": "Patient/1"},
    [[[[]]]],
)
ELEMENTS = tuple(sorted(FHIR_NAMES))


def places(node: Any, path: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    """The way to every value inside `node`."""
    found = [path] if path else []
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        found.extend(places(value, (*path, step)))
    return found


def at(node: Any, path: tuple[Step, ...]) -> Any:
    """The value at the end of the way."""
    for step in path:
        node = node[step]
    return node


@st.composite
def spoiled(draw: st.DrawFn, valid: st.SearchStrategy[Json]) -> Json:
    """A valid document with one to three changes; now and then the change leaves it valid."""
    document = copy.deepcopy(draw(valid))
    for _ in range(draw(st.integers(1, 3))):
        everywhere = places(document)
        if not everywhere:
            break
        *way, last = draw(st.sampled_from(everywhere))
        _spoil(draw, at(document, tuple(way)), last, document, everywhere)
    return document


def _spoil(draw: st.DrawFn, holder: Any, last: Any, document: Json, everywhere: list[tuple[Step, ...]]) -> None:
    change = draw(st.sampled_from(("remove", "replace", "add", "copy", "swap", "repeat", "wrap", "edit", "space")))
    value = holder[last]
    if change == "remove":
        del holder[last]
    elif change == "replace":
        holder[last] = copy.deepcopy(draw(st.sampled_from(SCALARS)))
    elif change == "add" and isinstance(value, dict):
        value[draw(st.sampled_from(ELEMENTS))] = copy.deepcopy(draw(st.sampled_from(SCALARS)))
    elif change == "copy":
        holder[last] = copy.deepcopy(at(document, draw(st.sampled_from(everywhere))))
    elif change == "swap" and isinstance(value, list):
        value.reverse()
    elif change == "repeat" and isinstance(value, list) and value:
        value.append(copy.deepcopy(value[0]))
    elif change == "wrap":
        holder[last] = [value]
    elif change == "edit" and isinstance(value, str):
        holder[last] = (
            value[: len(value) // 2]
            + draw(st.sampled_from(("", "a", "-", "\n", "\u2028", "é", "=")))
            + value[len(value) // 2 + 1 :]
        )
    elif change == "space" and isinstance(value, str):
        holder[last] = draw(st.sampled_from((value + " ", " " + value, value + "\n", value.upper())))
