"""Setting the partnership's sharing rules. A rule set is never edited: a new version, signed by two, takes the place of the one before.

What is signed names the version it takes the place of, so that nobody approves a set that was written against another.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.rules.in_force import rules_in_force
from gateway.sharing.rule import Rule
from gateway.sharing.rule_set import MAX_DOCUMENT_BYTES, RuleSet, document_from, rule_set_from, shipped
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, always
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_approve_rules, check_may_observe, check_may_rule
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public
from mappings.canonical.identifiers import AgencyId

SET_RULES = "rules.set"
MAX_LISTED = 1_000
_MEMBERS = frozenset({"replaces", "rule_set"})
_MAX_VERSION = 1_000_000


def read_rule_file(path: Path) -> dict[str, Any]:
    """The document that a TOML or JSON file holds; what it says is not looked at yet. Raises `Refused`, naming the file."""
    try:
        return document_from(read_public(path, MAX_DOCUMENT_BYTES).decode())
    except KeyFault as problem:
        raise Refused(str(problem)) from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8") from None
    except Refused as problem:
        raise Refused(f"{path}: {problem}") from None


def rules_content(office: Office, document: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed to put this set in the place of the one that counts now. Raises `Refused` before anything is signed."""
    with office.store.read() as unit:
        content = {"replaces": rules_in_force(unit).version, "rule_set": dict(document)}
        _checked(unit, content)
    return content


def set_rules(unit: UnitOfWork, change: VerifiedChange) -> RuleSet:
    """Put the set of a verified `rules.set` in force, as the next version. Raises `Refused`."""
    before, read = _checked(unit, change.content)
    made = replace(read, recorded_at=change.at, recorded_by=change.actor.id, approved_by=change.approved_by)
    unit.rule_sets.add(made)
    record(
        unit,
        change,
        "rules-set",
        version=made.version,
        digest=made.digest,
        before=before.digest,
        rules=len(made.rules),
    )
    return made


def rule_history(office: Office, actor: Actor) -> list[RuleSet]:
    """Every version, the newest first and the one that ships last. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return [*unit.rule_sets.versions(MAX_LISTED), shipped()]


def named_rules(office: Office, actor: Actor, name: str) -> RuleSet:
    """The set that somebody names: `current`, `shipped`, a version, or a file. Raises `NotPermitted`, `Refused`."""
    check_may_observe(actor)
    if name == "shipped" or name == "0":
        return shipped()
    with office.store.read() as unit:
        current = rules_in_force(unit)
        found = current if name == "current" else unit.rule_sets.get(int(name)) if _is_version(name) else None
    if found is not None:
        return found
    if _is_version(name):
        raise Refused(f"there is no rule set {name}; patchwork rules history shows those there are")
    return rule_set_from(read_rule_file(Path(name)), current.version + 1)


def rules_need_four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Always; what cannot be put in force is refused before anybody is asked to approve it. Raises `Refused`."""
    _checked(unit, content)
    return always(unit, content)


def _checked(unit: UnitOfWork, content: Mapping[str, Any]) -> tuple[RuleSet, RuleSet]:
    """The set that counts, and the one to take its place."""
    read, document = Content("rules", content, _MEMBERS), content.get("rule_set")
    before = rules_in_force(unit)
    if read.whole("replaces", 0, _MAX_VERSION) != before.version:
        raise Refused(
            f"these rules were written to take the place of version {content['replaces']}, and version {before.version} counts by now: "
            "look at what changed with patchwork rules diff, and propose them again"
        )
    if not isinstance(document, Mapping):
        raise read.refusal("rule_set", "must be a table with a title and rules")
    made = rule_set_from(document, before.version + 1)
    if made.digest == before.digest:
        raise Refused(f"these are the rules that count already, as version {before.version}")
    for rule in made.rules:
        _check_agencies(unit, rule)
    return before, made


def _check_agencies(unit: UnitOfWork, rule: Rule) -> None:
    sides: tuple[tuple[str, frozenset[AgencyId] | None], ...] = (
        ("from_agencies", rule.from_agencies),
        ("to_agencies", rule.to_agencies),
    )
    for field, named in sides:
        for agency in sorted(named or ()):
            if unit.trust.agency(agency) is None:
                raise Refused(
                    f"rule {rule.id}: {field} names {agency}, which is not in the register; patchwork agency add it first"
                )


def _is_version(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= len(str(_MAX_VERSION))


EXECUTORS = {
    SET_RULES: Executor(check_may_rule, check_may_approve_rules, rules_need_four_eyes, set_rules, sweeps=True),
}
