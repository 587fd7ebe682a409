"""The `map` section of a CSV preset into a `SourceMap`, checked against everything the map's types can say."""

import re
from collections.abc import Iterable
from string import Formatter

from mappings.canonical.codes import Consent, Gender, Informed, LegalBasis, Sensitivity, ServiceLine, Strength
from mappings.concept_map import fold
from mappings.preset_concepts import read_concept_map, read_labels
from mappings.preset_section import Section
from mappings.source_map import Concepts, Condition, Field, FileMap, Header, RowAction, Rule, SameKey, SourceMap, Test
from mappings.transforms import TEXT_TRANSFORMS
from mappings.transforms_dates import DateForms

ENCODINGS = ("utf-8-sig", "utf-8", "cp1252")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
# `{person}` stands for the person's own key inside the key of an involvement.
PERSON = "person"


def read_source_map(body: Section) -> SourceMap:
    """The map. Raises `PresetError`."""
    files = body.section("files")
    file_maps = tuple(_file(files.section(name), name, main=number == 0) for number, name in enumerate(files.names()))
    files.done()
    if not file_maps:
        raise body.error("files", "expected at least one file, the first with one row for each involvement")
    return SourceMap(
        files=file_maps,
        encodings=tuple(_known(body, "encodings", body.texts("encodings"), ENCODINGS)),
        delimiters=tuple(
            DELIMITERS[name] for name in _known(body, "delimiters", body.texts("delimiters", ["comma"]), DELIMITERS)
        ),
        null_tokens=frozenset(one.casefold().strip() for one in body.texts("null_tokens")),
        dates=_dates(body),
        transforms=_transforms(body.section("transforms")),
        person_key=_templates(body, "person_key", ()),
        key=_templates(body, "key", (PERSON,)),
        label=_templates(body, "label", (PERSON,)),
        same_key=body.code("same_key", SameKey, SameKey.REJECT),
        service_from=_fields(body, "service_from"),
        rules=tuple(_rule(one) for one in body.sections("rules")),
        concepts=_concepts(body.section("concepts")),
        publish_unborn=body.choice("unborn", ("skip", "publish"), "skip") == "publish",
    )


def _file(section: Section, name: str, main: bool) -> FileMap:
    columns_section = section.section("columns")
    columns = {
        columns_section.as_code(field, Field): tuple(
            _header(columns_section, one) for one in columns_section.texts(field)
        )
        for field in columns_section.names()
    }
    columns_section.done()
    join = None if main else section.code("join", Field)
    also_by = section.text("also_by", "-")
    file_map = FileMap(
        name=name,
        columns=columns,
        required=frozenset(_fields(section, "required")),
        one_of=tuple(
            frozenset(section.as_code(one, Field) for one in group.split()) for group in section.texts("one_of", ())
        ),
        ignore=tuple(_header(section, one) for one in section.texts("ignore", ())),
        deny=tuple(_header(section, one) for one in section.texts("deny", ())),
        join=join,
        also_by=None if also_by == "-" else section.as_code(also_by, Field),
        needed=True if main else section.flag("needed", True),
        must_match=False if main else section.flag("must_match", False),
        unless=frozenset() if main else frozenset(_fields(section, "unless")),
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


def _header(section: Section, text: str) -> Header:
    if not text.startswith("re:"):
        if not fold(text):
            raise section.error(repr(text), "a column heading needs a letter or a digit")
        return Header(fold(text))
    try:
        return Header(text, re.compile(text.removeprefix("re:")))
    except re.error:
        raise section.error(repr(text), "not a regular expression") from None


def _fields(section: Section, key: str) -> tuple[Field, ...]:
    return tuple(section.as_code(one, Field) for one in section.texts(key, ()))


def _known(section: Section, key: str, said: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for one in said:
        if one not in known:
            raise section.error(key, f"{one!r} is not known; use one of {', '.join(known)}")
        yield one


def _dates(body: Section) -> DateForms:
    try:
        return DateForms(body.texts("dates"))
    except ValueError as error:
        raise body.error("dates", str(error)) from None


def _transforms(section: Section) -> dict[Field, tuple[str, ...]]:
    named = {
        section.as_code(key, Field): tuple(_known(section, key, section.texts(key), TEXT_TRANSFORMS))
        for key in section.names()
    }
    section.done()
    return named


def _templates(body: Section, key: str, extra: tuple[str, ...]) -> tuple[str, ...]:
    templates = body.texts(key)
    for template in templates:
        try:
            names = [
                (name, spec, conversion)
                for _, name, spec, conversion in Formatter().parse(template)
                if name is not None
            ]
        except ValueError:
            raise body.error(key, f"{template!r} is not a template such as {{person_id}}|{{team}}") from None
        for name, spec, conversion in names:
            if spec or conversion or (name not in extra and name not in set(Field)):
                raise body.error(key, f"{template!r} names the unknown field {name!r}")
        if not names:
            raise body.error(key, f"{template!r} names no field, so it would be the same for every row")
    return templates


def _rule(section: Section) -> Rule:
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


def _concepts(section: Section) -> Concepts:
    concepts = Concepts(
        gender=read_concept_map(section, "gender", Gender),
        service=read_concept_map(section, "service", ServiceLine),
        sensitivity=read_concept_map(section, "sensitivity", Sensitivity),
        consent=read_concept_map(section, "consent", Consent),
        informed=read_concept_map(section, "informed", Informed),
        legal_basis=read_concept_map(section, "legal_basis", LegalBasis),
        nhs_status=read_concept_map(section, "nhs_status", Strength),
        role_labels=read_labels(section, "role_labels"),
    )
    section.done()
    return concepts
