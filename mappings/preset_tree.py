"""The `tree` section of a preset into a `TreeMap`."""

from mappings.concept_map import fold
from mappings.preset_section import Section
from mappings.tree_map import Level, NotAPath, Path, TreeMap, path


def read_tree_map(section: Section) -> TreeMap:
    """The map. Raises `PresetError`."""
    tree = TreeMap(
        root=tuple(fold(name) for name in section.texts("root", ())),
        # `.` is the document itself: one record, or a list of them (JSON).
        records=tuple(() if one == "." else _path(section, one) for one in section.texts("records")),
        levels=tuple(_level(one) for one in section.sections("levels")),
        needs=_values(section.section("needs")),
        whole=_values(section.section("whole")),
        as_of=_path(section, said) if (said := section.text("as_of", "-")) != "-" else (),
        envelopes=tuple(fold(name) for name in section.texts("envelopes", ())),
    )
    section.done()
    return tree


def _level(section: Section) -> Level:
    where = section.section("where")
    level = Level(
        path=_path(section, section.text("path")),
        where=tuple((_path(where, own), _path(where, where.text(own))) for own in where.names()),
    )
    where.done()
    section.done()
    return level


def _values(section: Section) -> dict[Path, frozenset[str]]:
    values = {_path(section, one): frozenset(fold(text) for text in section.texts(one)) for one in section.names()}
    section.done()
    return values


def _path(section: Section, text: str) -> Path:
    try:
        return path(text)
    except NotAPath as problem:
        raise section.error(repr(text), str(problem)) from None
