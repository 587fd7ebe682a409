"""Setting what a connector may say and be told. Widening any of it takes two people; narrowing takes one, and effect at once.

A connector begins with the limits that fit the kinds of agency it speaks for (`default_for`): only their own service lines, none of which
is sensitive by its name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.model.capabilities import MOST_PER_DAY, MOST_PER_MINUTE, Capabilities
from gateway.model.connector import Connector
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.sharing.agreement import GENEROSITY
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.lifecycle import find
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_approve_connector, check_may_limit
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, NoticeEvent, ServiceLine, Strength
from mappings.canonical.identifiers import ConnectorId

LIMIT_CONNECTOR = "connector.limits"
STRENGTHS = (Strength.WEAK, Strength.MEDIUM, Strength.STRONG)
VERSION = re.compile(r"(|[0-9]{1,6}(\.[0-9]{1,6}){0,3})")
_COUNCIL = {ServiceLine.CHILDRENS_SOCIAL_CARE, ServiceLine.EARLY_HELP, ServiceLine.YOUTH_JUSTICE}
SERVICES: dict[AgencyType, set[ServiceLine]] = {
    AgencyType.LOCAL_AUTHORITY_CHILDREN: _COUNCIL,
    AgencyType.LOCAL_AUTHORITY_ADULTS: {ServiceLine.ADULT_SOCIAL_CARE, ServiceLine.HOMELESSNESS},
    AgencyType.HEALTH_COMMUNITY: {ServiceLine.PUBLIC_HEALTH_NURSING, ServiceLine.COMMUNITY_HEALTH},
    AgencyType.HEALTH_MENTAL: {ServiceLine.MENTAL_HEALTH},
    AgencyType.HEALTH_ACUTE: {ServiceLine.HOSPITAL},
    AgencyType.GENERAL_PRACTICE: {ServiceLine.GENERAL_PRACTICE},
    AgencyType.SCHOOL: {ServiceLine.SCHOOL},
    AgencyType.HOUSING: {ServiceLine.HOUSING, ServiceLine.HOMELESSNESS},
    AgencyType.JUSTICE: {ServiceLine.YOUTH_JUSTICE, ServiceLine.PROBATION},
    AgencyType.CHARITY: {ServiceLine.VOLUNTARY},
}


def default_for(types: Iterable[AgencyType]) -> Capabilities:
    """What a new connector for agencies of these kinds may do."""
    return Capabilities(services=frozenset(line for type in types for line in SERVICES[type]))


def limits_content(id: str, settings: Iterable[str]) -> dict[str, Any]:
    """What is signed to set limits given as `name=value`, lists with commas. Raises `Refused` before anything is signed."""
    limits: dict[str, Any] = {}
    for setting in settings:
        name, given, value = setting.partition("=")
        if name not in _TYPED or not given:
            raise Refused(f"limits: give each as NAME=VALUE, NAME one of {', '.join(sorted(_TYPED))}")
        if name in limits:
            raise Refused(f"limits: {name} is given twice")
        limits[name] = _TYPED[name](value)
    content = {"connector": id, "limits": limits}
    _read(content, Capabilities())
    return content


def widens(before: Capabilities, after: Capabilities) -> bool:
    """Whether anything is allowed after that was not before."""
    return (
        not (after.events <= before.events and after.services <= before.services)
        or not after.age_bands <= before.age_bands
        or GENEROSITY.index(after.level) > GENEROSITY.index(before.level)
        or STRENGTHS.index(after.strongest) > STRENGTHS.index(before.strongest)
        or after.aliases > before.aliases
        or after.number_aliases > before.number_aliases
        or after.per_minute > before.per_minute
        or after.per_day > before.per_day
        or version_of(after.minimum_version) < version_of(before.minimum_version)
    )


def version_of(text: str) -> tuple[int, ...]:
    """A dotted version as numbers; what follows them (`rc1`, `+local`) does not count. Empty: before every other."""
    numbers = re.match(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}", text)
    parts = [int(part) for part in numbers[0].split(".")] if numbers else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def set_limits(unit: UnitOfWork, change: VerifiedChange) -> Connector:
    """Put the limits that a verified `connector.limits` names in place of those there are. Raises `Refused`."""
    connector = find(unit, _connector_id(change.content))
    limited = replace(connector, capabilities=_read(change.content, connector.capabilities))
    unit.trust.update_connector(limited)
    names = " ".join(sorted(change.content["limits"]))
    record(unit, change, "connector-limits", connector=connector.id.value, limits=names)
    return limited


def _needs_four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    before = find(unit, _connector_id(content)).capabilities
    return widens(before, _read(content, before))


def _connector_id(content: Mapping[str, Any]) -> ConnectorId:
    return Content("limits", content, frozenset({"connector", "limits"})).identifier("connector", ConnectorId)


def _read(content: Mapping[str, Any], before: Capabilities) -> Capabilities:
    _connector_id(content)
    limits = content["limits"]
    if not isinstance(limits, dict) or not limits:
        raise Refused("limits: name at least one, as --set NAME=VALUE")
    read = Content("limits", limits, frozenset(_READ) if set(limits) - set(_READ) else frozenset(limits))
    try:
        return replace(before, **{name: _READ[name](read, name) for name in limits})
    except ValueError as problem:
        raise Refused(f"limits: {problem}") from None


def _version(read: Content, name: str) -> str:
    # Empty takes the limit away, and `text` refuses what is empty.
    value = read.raw(name)
    if not isinstance(value, str) or not VERSION.fullmatch(value):
        raise read.refusal(name, "must be a dotted number such as 1.4.2, or empty for any version")
    return value


_READ: dict[str, Callable[[Content, str], Any]] = {
    "events": lambda read, name: frozenset(read.codes(name, NoticeEvent)),
    "services": lambda read, name: frozenset(read.codes(name, ServiceLine)),
    "age_bands": lambda read, name: frozenset(read.codes(name, AgeBand)),
    "level": lambda read, name: read.code(name, AlertLevel),
    "strongest": lambda read, name: read.code(name, Strength),
    "aliases": lambda read, name: read.flag(name),
    "number_aliases": lambda read, name: read.flag(name),
    "per_minute": lambda read, name: read.whole(name, 1, MOST_PER_MINUTE),
    "per_day": lambda read, name: read.whole(name, 1, MOST_PER_DAY),
    "minimum_version": _version,
    "relay": lambda read, name: read.flag(name),
}


def _listed(value: str) -> list[str]:
    return sorted(each.strip() for each in value.split(",") if each.strip())


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else value


def _truth(value: str) -> bool | str:
    return {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)


_TYPED: dict[str, Callable[[str], Any]] = {
    "events": _listed,
    "services": _listed,
    "age_bands": _listed,
    "level": str,
    "strongest": str,
    "aliases": _truth,
    "number_aliases": _truth,
    "per_minute": _number,
    "per_day": _number,
    "minimum_version": str,
    "relay": _truth,
}

EXECUTORS = {
    LIMIT_CONNECTOR: Executor(check_may_limit, check_may_approve_connector, _needs_four_eyes, set_limits, sweeps=True)
}
