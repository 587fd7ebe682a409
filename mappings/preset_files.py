"""The `files` of a preset: which columns hold which field, which are known and not needed, and which are never kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mappings import tree_map
from mappings.concept_map import fold
from mappings.preset_section import Section, read_yaml
from mappings.source_map import Condition, Field, FileMap, Header, Others, RowAction, Rule, Test

DIRECTORIES = Path(__file__).with_name("directories")
HeaderReader = Callable[[Section, str], Header]


def read_files(
    body: Section, header: HeaderReader, templates: Callable[[Section, str], tuple[str, ...]]
) -> tuple[FileMap, ...]:
    """The files, the first of them a main one, and behind them the directories that the preset names (staff, teams).
    Raises `PresetError`."""
    files = body.section("files")
    read = [
        _file(files.section(name), name, number == 0, header, templates) for number, name in enumerate(files.names())
    ]
    files.done()
    if not read:
        raise body.error("files", "expected at least one file, the first with one row for each involvement")
    for name in body.texts("directories", ()):
        path = DIRECTORIES / f"{name}.yaml"
        if not name.isidentifier() or not path.is_file():
            known = ", ".join(sorted(one.stem for one in DIRECTORIES.glob("*.yaml")))
            raise body.error("directories", f"{name!r} is not known; use one of {known}")
        read.append(_directory(path, templates))
    return tuple(read)


def directory(name: str) -> FileMap:
    """The map of a staff, team or person directory: for a source that no file lies beside. Raises `PresetError`."""
    return _directory(DIRECTORIES / f"{name}.yaml", lambda section, key: section.texts(key, ()))


def _directory(path: Path, templates: Callable[[Section, str], tuple[str, ...]]) -> FileMap:
    read = _file(Section(path.name, read_yaml(path)), path.stem, False, column_header, templates)
    return replace(read, shared=True)


def column_header(section: Section, text: str) -> Header:
    """A heading of a table: folded, or a regular expression behind `re:` that the whole folded heading must match."""
    if not text.startswith("re:"):
        if not fold(text):
            raise section.error(repr(text), "a column heading needs a letter or a digit")
        return Header(fold(text))
    try:
        return Header(text, re.compile(text.removeprefix("re:")))
    except re.error:
        raise section.error(repr(text), "not a regular expression") from None


def path_header(section: Section, text: str) -> Header:
    """A path in a document of nested elements."""
    try:
        tree_map.path(text)
    except tree_map.NotAPath as problem:
        raise section.error(repr(text), str(problem)) from None
    return Header(text)


def fields(section: Section, key: str) -> tuple[Field, ...]:
    """A list of fields."""
    return tuple(section.as_code(one, Field) for one in section.texts(key, ()))


def read_rule(section: Section) -> Rule:
    """One rule: what it does, and every condition that must hold."""
    action = section.code("do", RowAction)
    conditions = section.section("when")
    when = []
    for name in conditions.names():
        field = conditions.as_code(name, Field)
        said = conditions.texts(name)
        if said in (("given",), ("empty",)):
            when.append(Condition(field, Test(said[0])))
        elif said and said[0] == "not":
            when.append(Condition(field, Test.NOT_IN, frozenset(fold(one) for one in said[1:])))
        else:
            when.append(Condition(field, Test.IN, frozenset(fold(one) for one in said)))
    conditions.done()
    section.done()
    if not when:
        raise section.error("when", "a rule without a condition would take every row")
    return Rule(action, tuple(when))


def _file(
    section: Section, name: str, first: bool, header: HeaderReader, templates: Callable[[Section, str], tuple[str, ...]]
) -> FileMap:
    main = first or section.flag("main", False)
    # Only what stands in the document or message itself is found by path; the files beside it are tables.
    header = header if main else column_header
    columns_section = section.section("columns")
    columns = {
        columns_section.as_code(field, Field): tuple(
            header(columns_section, one) for one in columns_section.texts(field)
        )
        for field in columns_section.names()
    }
    columns_section.done()
    also_by = "-" if main else section.text("also_by", "-")
    file_map = FileMap(
        name=name,
        columns=columns,
        required=frozenset(fields(section, "required")),
        one_of=tuple(
            frozenset(section.as_code(one, Field) for one in group.split()) for group in section.texts("one_of", ())
        ),
        ignore=tuple(header(section, one) for one in section.texts("ignore", ())),
        deny=tuple(header(section, one) for one in section.texts("deny", ())),
        join=None if main else section.code("join", Field),
        also_by=None if also_by == "-" else section.as_code(also_by, Field),
        needed=True if main else section.flag("needed", True),
        must_match=False if main else section.flag("must_match", False),
        unless=frozenset() if main else frozenset(fields(section, "unless")),
        main=main,
        instead_of=frozenset(section.texts("instead_of", ())) if main else frozenset(),
        key=templates(section, "key") if main else (),
        rules=tuple(read_rule(one) for one in section.sections("rules")) if main else (),
        others=section.code("others", Others, Others.REFUSE),
    )
    section.done()
    _sane(section, file_map)
    return file_map


def _sane(section: Section, file_map: FileMap) -> None:
    if not file_map.required and not file_map.one_of:
        raise section.error("required", "name at least one field by which the file is recognised")
    for field in {*file_map.required, *(one for one in (file_map.join, file_map.also_by) if one is not None)}:
        if field not in file_map.columns:
            raise section.error(field.value, "is required or joined by, but no column is mapped to it")
    for headers in file_map.columns.values():
        for header in headers:
            if any(denied.matches(header.name) for denied in file_map.deny if header.pattern is None):
                raise section.error(
                    "deny", f"the column {header.name!r} is denied and mapped; a denied column is never read"
                )
