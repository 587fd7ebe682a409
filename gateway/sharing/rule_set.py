"""A rule set: all the sharing rules of one partnership as one version, which counts as a whole and is never edited.

Version 0 ships with the program (`as_agreed.toml`) and counts until a partnership has one of its own; versions of its own count from 1.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from gateway.refused import Refused
from gateway.sharing.introducer import introducer_in
from gateway.sharing.rule import Effect, Rule
from gateway.sharing.rule_reading import rule_from
from gateway.trust.content import Content
from mappings.canonical.alert import Introducer
from mappings.canonical.codes import Sensitivity

MAX_RULES = 200
MAX_DOCUMENT_BYTES = 48 * 1024
"""So that its statement, with whatever is signed around it, fits into a signed change."""
_MEMBERS = frozenset({"title", "rules", "introducer"})
_OPTIONAL = frozenset({"introducer"})


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`document` is the set as it was signed (days as text), `digest` the SHA-256 of its canonical JSON (hex). `introducer` is whom
    practitioners are to ask where nobody may be named. `recorded_by` and `approved_by` are the two who signed."""

    version: int
    title: str
    rules: tuple[Rule, ...]
    document: Mapping[str, Any]
    digest: str
    recorded_at: datetime | None = None
    recorded_by: str = ""
    approved_by: str = ""
    introducer: Introducer | None = None

    def __hash__(self) -> int:
        return hash(self.digest)


def document_from(text: str) -> dict[str, Any]:
    """The document in TOML or JSON, days as text. Raises `Refused` for what is neither, or is too large."""
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        raise Refused(f"a rule set may be at most {MAX_DOCUMENT_BYTES} bytes; give several agency types to one rule")
    try:
        members = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Refused(f"the rule set is neither TOML nor JSON: {problem}") from None
    return {name: _plain(value, 0) for name, value in members.items()}


def rule_set_from(document: Mapping[str, Any], version: int, shipped: bool = False) -> RuleSet:
    """The set that a document describes, as this version. Raises `Refused`, naming the rule and the field."""
    title, tables = _title_and_rules(document)
    rules = tuple(rule_from(members, position, shipped) for position, members in enumerate(tables, 1))
    _check_ids(rules)
    introducer = introducer_in(document)
    _check_introducer(rules, introducer)
    return RuleSet(version, title, rules, document, digest_of(document), introducer=introducer)


def faults_in(document: Mapping[str, Any]) -> list[str]:
    """Everything for which the document would be refused: one sentence a rule, not only the first."""
    try:
        _, tables = _title_and_rules(document)
    except Refused as problem:
        return [str(problem)]
    found, rules = [], []
    for position, members in enumerate(tables, 1):
        try:
            rules.append(rule_from(members, position))
        except Refused as problem:
            found.append(str(problem))
    try:
        _check_ids(tuple(rules))
        _check_introducer(tuple(rules), introducer_in(document))
    except Refused as problem:
        found.append(str(problem))
    return found


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical document, hex."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """The document as JSON with sorted keys and no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@cache
def shipped() -> RuleSet:
    """Version 0."""
    text = resources.files("gateway.sharing").joinpath("as_agreed.toml").read_text("utf-8")
    return rule_set_from(document_from(text), 0, shipped=True)


def _title_and_rules(document: Mapping[str, Any]) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_DOCUMENT_BYTES:
        raise Refused(f"a rule set may be at most {MAX_DOCUMENT_BYTES} bytes; give several agency types to one rule")
    read = Content("rule set", document, _MEMBERS, _OPTIONAL)
    title, tables = read.text("title"), read.objects("rules")
    if len(tables) > MAX_RULES:
        raise read.refusal("rules", f"must be at most {MAX_RULES}")
    return title, tables


def _check_ids(rules: tuple[Rule, ...]) -> None:
    ids = [rule.id for rule in rules]
    for id in ids:
        if ids.count(id) > 1:
            raise Refused(f"rule {id}: there are two of that id; every rule needs an id of its own")


def _check_introducer(rules: tuple[Rule, ...], introducer: Introducer | None) -> None:
    private = [
        rule.id for rule in rules if rule.effect is Effect.PERMIT and rule.sensitivities - {Sensitivity.STANDARD}
    ]
    if private and introducer is None:
        raise Refused(
            f"rule {private[0]}: of a service that must stay private others are told to ask the introducer; name who that is in [introducer]"
        )


def _plain(value: Any, depth: int) -> Any:
    """As JSON can hold it. A set is a table of tables of tables of lists; what is deeper is none."""
    if depth > 6:
        raise Refused("the rule set is nested too deeply; it is tables of lists and texts")
    if isinstance(value, dict):
        return {name: _plain(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, datetime) or value != value:
        raise Refused("the rule set holds an instant or something that is no value; days are written as YYYY-MM-DD")
    return value.isoformat() if isinstance(value, date) else value
