"""The `concepts` of a preset: local code -> shared code, each target checked against the closed list it belongs to."""

from enum import StrEnum
from typing import TypeVar

from mappings.concept_map import ConceptMap, fold
from mappings.preset_section import Section

Code = TypeVar("Code", bound=StrEnum)
REFUSE = "refuse"
DEFER = "defer"


def read_concept_map(concepts: Section, name: str, kind: type[Code]) -> ConceptMap[Code]:
    """One table. The shared codes themselves are always understood; `unmapped` is a shared code, `refuse` (as without
    it) or `defer`.

    Raises `PresetError`.
    """
    section = concepts.section(name)
    exact = {fold(member.value): member for member in kind}
    for target, codes in _lists(section.section("map")):
        exact.update((fold(code), section.as_code(target, kind)) for code in codes)
    containing = [
        (fold(part), section.as_code(target, kind))
        for target, parts in _lists(section.section("containing"))
        for part in parts
    ]
    unmapped = section.text("unmapped", REFUSE)
    section.done()
    chosen = None if unmapped in (REFUSE, DEFER) else section.as_code(unmapped, kind)
    return ConceptMap(name, exact, tuple(containing), chosen, defer=unmapped == DEFER)


def read_labels(concepts: Section, name: str) -> dict[str, str]:
    """A table of codes and the words people read instead."""
    section = concepts.section(name)
    labels = {fold(code): section.text(code) for code in section.names()}
    section.done()
    return labels


def _lists(section: Section) -> list[tuple[str, tuple[str, ...]]]:
    listed = [(target, section.texts(target)) for target in section.names()]
    section.done()
    return listed
