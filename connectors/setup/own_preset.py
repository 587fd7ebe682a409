"""A preset of the agency's own, written from the columns that somebody confirmed. Plain YAML: they can read and correct it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

import yaml

from connectors.setup.sample import Sample
from connectors.setup.value_kinds import date_forms
from mappings.canonical.codes import Sensitivity, ServiceLine
from mappings.concept_map import fold
from mappings.preset import presets
from mappings.source_map import DATES, Field

_NAMES = (Field.FAMILY, Field.FULL_NAME, Field.KNOWN_AS, Field.GIVEN)
_NULLS = [
    "#N/A",
    "N/A",
    "NA",
    "-",
    "--",
    "NULL",
    "none",
    "nil",
    "?",
    "tbc",
    "unknown",
    "(unknown)",
    "not known",
    "ongoing",
    "current",
]
_GENDERS = {
    "female": ["F", "woman", "girl"],
    "male": ["M", "man", "boy"],
    "other": ["X", "non-binary"],
    "unknown": ["U", "prefer not to say", "not stated"],
}
_CONSENTS = {
    "given": ["yes", "y", "true", "consented", "agreed", "signed"],
    "refused": ["no", "n", "false", "declined"],
    "missing": ["not asked", "pending"],
    "not-needed": ["not required"],
}
_YES = ["y", "yes", "true", "1", "restricted", "confidential"]
_CLOSED = ["closed", "ended", "inactive", "archived", "declined", "rejected", "waiting list"]
_HEAD = """\
# Made by patchwork-connector init from the columns of {file}, as somebody confirmed them. It is yours: correct it, and try it with
#   patchwork-connector check {file} --preset {name}.yaml
# Columns under deny are passed over and never kept.
"""


def name_for(stem: str) -> str:
    """What the preset is called, after the file; never as a shipped one, nor as what Windows takes for a device."""
    plain = "_".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in stem.casefold()).split())
    name = plain[:40] or "clients"
    taken = name in presets() or PureWindowsPath(name).is_reserved()
    return f"{name}_own" if taken else name


def written(
    name: str, sample: Sample, fields: Mapping[str, Field], service: ServiceLine, sensitivity: Sensitivity
) -> str:
    """The file. `fields` are those of the headings that are read."""
    has = set(fields.values())
    document: dict[str, Any] = {
        "preset": name,
        "version": 1,
        "kind": "table",
        "mode": "snapshot",
        "service": service.value,
        "title": f"Our own list, {sample.name}",
        "provenance": "The columns of our own list, confirmed when the connector was set up.",
        "coverage": "Whoever is on the list.",
        "vanish": "close",
        "mass_vanish_percent": 20,
        "sensitivity": {service.value: sensitivity.value},
        "map": _map(sample, fields, has),
    }
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return _HEAD.format(file=sample.name, name=name) + body


def _map(sample: Sample, fields: Mapping[str, Field], has: set[Field]) -> dict[str, Any]:
    dated = [
        values for heading, values in zip(sample.headings, sample.columns, strict=True) if fields.get(heading) in DATES
    ]
    required = [field.value for field in (Field.PERSON_ID, *_NAMES, Field.NHS_NUMBER) if field in has][:2]
    return {
        "null_tokens": _NULLS,
        "dates": list(date_forms(dated)),
        "files": {
            "clients": {
                "required": required,
                "columns": {field.value: [_header(heading)] for heading, field in fields.items()},
                "deny": [_header(heading) for heading in sample.headings if fold(heading) and heading not in fields],
            }
        },
        "transforms": _only(
            {"worker": ["surname_first"], "nhs_number": ["ten_digits"], "person_id": ["whole_number"]}, has
        ),
        "person_key": _templates(_PERSON_KEYS, has),
        "key": _templates(_KEYS, has) or ["{person}"],
        "label": _templates(_LABELS, has) or ["{person}"],
        "same_key": "merge",
        "unborn": "skip",
        "rules": _rules(has),
        "concepts": _concepts(has),
    }


_PERSON_KEYS = (
    (Field.PERSON_ID,),
    (Field.NHS_NUMBER,),
    (Field.FAMILY, Field.GIVEN, Field.BIRTH_DATE),
    (Field.FULL_NAME, Field.BIRTH_DATE),
    (Field.FAMILY, Field.GIVEN, Field.POSTCODE),
    (Field.FULL_NAME, Field.POSTCODE),
    (Field.KNOWN_AS, Field.POSTCODE),
    (Field.KNOWN_AS, Field.BIRTH_DATE),
    (Field.GIVEN, Field.BIRTH_DATE),
)
_KEYS: tuple[tuple[Field | None, ...], ...] = (
    (Field.INVOLVEMENT_ID,),
    (None, Field.TEAM),
    (None, Field.WORKER),
    (None,),
)
_LABELS = (
    (Field.GIVEN, Field.FAMILY),
    (Field.FULL_NAME,),
    (Field.KNOWN_AS,),
)


def _header(heading: str) -> str:
    """As a preset names it; what would be taken for a pattern is written as one."""
    return f"re:{re.escape(fold(heading))}" if heading.startswith("re:") else heading


def _templates(wanted: Sequence[Sequence[Field | None]], has: set[Field]) -> list[str]:
    """Those of which every field has a column; None stands for the client's own key."""
    return [
        "|".join(f"{{{field.value}}}" if field else "{person}" for field in fields)
        for fields in wanted
        if all(field is None or field in has for field in fields)
    ]


def _only(said: Mapping[str, Any], has: set[Field]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if Field(name) in has}


def _rules(has: set[Field]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if Field.RESTRICTED in has:
        rules.append({"do": "excluded", "when": {"restricted": _YES}})
    if Field.STATUS in has:
        open_end: dict[str, Any] = {"end": "empty"} if Field.END in has else {}
        rules.append({"do": "not-an-involvement", "when": {"status": _CLOSED, **open_end}})
    return rules


def _concepts(has: set[Field]) -> dict[str, Any]:
    said = {"gender": {"map": _GENDERS, "unmapped": "unknown"}, "consent": {"map": _CONSENTS, "unmapped": "missing"}}
    return _only(said, has)
