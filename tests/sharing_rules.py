"""Rule sets that tests speak about, as documents: each rule valid, each with one line to change what matters."""

from datetime import date
from typing import Any

from gateway.sharing.rule_set import RuleSet, rule_set_from
from mappings.canonical.codes import AgencyType

CHILDREN, SCHOOL, HOUSING = "local-authority-children", "school", "housing"
_HEALTH = {"health-community", "health-mental", "health-acute", "general-practice"}


def ground(discloser: str, power: str = "children-act-2004-s10", **changes: Any) -> dict[str, Any]:
    """A lawful ground of that kind of agency."""
    made: dict[str, Any] = {
        "discloser": discloser,
        "power": power,
        "article_6": "6(1)(ea)" if discloser == AgencyType.CHARITY else "6(1)(e)",
        "condition": "9(2)(g)",
        "schedule_1": 18,
        "consent_needed": False,
    }
    if discloser in _HEALTH:
        made["confidentiality"] = "overriding-public-interest"
    return made | changes


def permit(id: str, discloser: str, recipient: str, **changes: Any) -> dict[str, Any]:
    """Lets `recipient` learn everything of `discloser`'s involvements with children, in 2026."""
    made: dict[str, Any] = {
        "id": id,
        "effect": "permit",
        "from_types": [discloser],
        "to_types": [recipient],
        "services": "any",
        "age_bands": ["unborn", "child"],
        "sensitivities": ["standard"],
        "relations": ["same-person"],
        "purpose": "so that those who help a child know of each other",
        "level": "full",
        "grounds": [ground(discloser)],
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "review_by": "2026-12-31",
        "owner": "IG lead, Seaton Council",
    }
    return made | changes


def forbid(id: str, discloser: Any = "any", recipient: Any = "any", **changes: Any) -> dict[str, Any]:
    """Lets nobody of `recipient` learn anything of `discloser`'s involvements."""
    made: dict[str, Any] = {
        "id": id,
        "effect": "forbid",
        "from_types": discloser if discloser == "any" else [discloser],
        "to_types": recipient if recipient == "any" else [recipient],
        "services": "any",
        "age_bands": "any",
        "sensitivities": "any",
        "relations": "any",
        "purpose": "what was asked of the partnership's board",
        "valid_from": "2026-01-01",
        "review_by": "2026-12-31",
        "owner": "IG lead, Seaton Council",
    }
    return made | changes


def both_ways(first: str, second: str, **changes: Any) -> list[dict[str, Any]]:
    """Two permits, each the other's return."""
    return [
        permit(f"{first}-to-{second}", first, second, **changes),
        permit(f"{second}-to-{first}", second, first, **changes),
    ]


INTRODUCER = {"name": "Seaton introducer", "phone": "01632 960900"}


def document(*rules: dict[str, Any]) -> dict[str, Any]:
    """A whole set. It names an introducer where a rule needs one."""
    private = any(
        rule.get("effect") == "permit" and rule.get("sensitivities", ["standard"]) != ["standard"] for rule in rules
    )
    return {"title": "Seaton's sharing rules", "rules": list(rules)} | ({"introducer": INTRODUCER} if private else {})


def private_permit(id: str, discloser: str, recipient: str, **changes: Any) -> dict[str, Any]:
    """Lets `recipient` learn that a service of `discloser`'s that must stay private is involved."""
    return permit(id, discloser, recipient, sensitivities=["sensitive"], level="empty") | changes


def rule_set(*rules: dict[str, Any], version: int = 1) -> RuleSet:
    """The same, read."""
    return rule_set_from(document(*rules), version)


def day(text: str) -> date:
    """A day in 2026."""
    return date.fromisoformat(f"2026-{text}")
