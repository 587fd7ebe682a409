"""The `map` section of a preset whose rows state involvements, into a `SourceMap`, checked against everything the
map's types can say."""

from collections.abc import Iterable
from string import Formatter

from mappings.canonical.codes import (
    Consent,
    Gender,
    Informed,
    LegalBasis,
    Sensitivity,
    ServiceLine,
    Strength,
    YoungAdultStatus,
)
from mappings.column_binding import LONGEST_NULL
from mappings.key_template import PERSON
from mappings.message_map import MessageMap, Trigger
from mappings.preset_concepts import read_concept_map, read_labels
from mappings.preset_files import HeaderReader, column_header, fields, path_header, read_files, read_rule
from mappings.preset_section import Section
from mappings.preset_tree import read_tree_map
from mappings.segment_path import location_header
from mappings.source_map import Concepts, Field, SameKey, SourceMap
from mappings.transforms import TEXT_TRANSFORMS
from mappings.transforms_dates import DateForms

ENCODINGS = ("utf-8-sig", "utf-8", "cp1252")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
HEADERS: dict[str, HeaderReader] = {"table": column_header, "tree": path_header, "hl7v2": location_header}


def read_source_map(body: Section, kind: str) -> SourceMap:
    """The map. `kind` says whether its main files are tables, documents of nested elements or HL7 v2 messages. Raises
    `PresetError`."""
    return SourceMap(
        files=read_files(body, HEADERS[kind], lambda section, key: _templates(section, key, (PERSON,), ())),
        encodings=tuple(_known(body, "encodings", body.texts("encodings", ENCODINGS), ENCODINGS)),
        delimiters=tuple(
            DELIMITERS[name]
            for name in _known(body, "delimiters", body.texts("delimiters", list(DELIMITERS)), DELIMITERS)
        ),
        null_tokens=_null_tokens(body),
        dates=_dates(body),
        transforms=_transforms(body.section("transforms")),
        person_key=_templates(body, "person_key", ()),
        key=_templates(body, "key", (PERSON,)),
        label=_templates(body, "label", (PERSON,)),
        same_key=body.code("same_key", SameKey, SameKey.REJECT),
        service_from=fields(body, "service_from"),
        rules=tuple(read_rule(one) for one in body.sections("rules")),
        concepts=_concepts(body.section("concepts")),
        publish_unborn=body.choice("unborn", ("skip", "publish"), "skip") == "publish",
        nameless=body.choice("nameless", ("skip", "read"), "skip") == "read",
        derive=_derived(body.section("derive")),
        tree=read_tree_map(body.section("tree")) if kind == "tree" else None,
        messages=_messages(body.section("messages")) if kind == "hl7v2" else None,
    )


def _known(section: Section, key: str, said: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for one in said:
        if one not in known:
            raise section.error(key, f"{one!r} is not known; use one of {', '.join(known)}")
        yield one


def _null_tokens(body: Section) -> frozenset[str]:
    tokens = frozenset(one.casefold().strip() for one in body.texts("null_tokens"))
    if any(len(one) > LONGEST_NULL for one in tokens):
        raise body.error("null_tokens", f"a word for nothing has at most {LONGEST_NULL} letters")
    return tokens


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


def _derived(section: Section) -> dict[Field, tuple[str, ...]]:
    named = {section.as_code(key, Field): _templates(section, key, ()) for key in section.names()}
    section.done()
    return named


def _templates(
    body: Section, key: str, extra: tuple[str, ...], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    templates = body.texts(key, default)
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


def _messages(section: Section) -> MessageMap:
    triggers = section.section("triggers")
    events = {
        event: triggers.as_code(trigger, Trigger) for trigger in triggers.names() for event in triggers.texts(trigger)
    }
    triggers.done()
    messages = MessageMap(
        types=frozenset(one.upper() for one in section.texts("types")),
        triggers=events,
        superseded=tuple(location_header(section, one).name for one in section.texts("superseded")),
        when=tuple(location_header(section, one).name for one in section.texts("when")),
    )
    section.done()
    return messages


def _concepts(section: Section) -> Concepts:
    concepts = Concepts(
        gender=read_concept_map(section, "gender", Gender),
        service=read_concept_map(section, "service", ServiceLine),
        sensitivity=read_concept_map(section, "sensitivity", Sensitivity),
        consent=read_concept_map(section, "consent", Consent),
        informed=read_concept_map(section, "informed", Informed),
        legal_basis=read_concept_map(section, "legal_basis", LegalBasis),
        young_adult_status=read_concept_map(section, "young_adult_status", YoungAdultStatus),
        nhs_status=read_concept_map(section, "nhs_status", Strength),
        role_labels=read_labels(section, "role_labels"),
    )
    section.done()
    return concepts
