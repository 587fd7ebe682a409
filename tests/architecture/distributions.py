"""What the two distributions declare, and which installed libraries that means."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source_tree import PROJECT

GATEWAY = PROJECT / "pyproject.toml"
CONNECTOR = PROJECT / "deploy" / "connector" / "pyproject.toml"


@cache
def declared(path: str) -> dict[str, Requirement]:
    """The requirements of the distribution that `path` (a pyproject.toml) describes, by canonical name."""
    with open(path, "rb") as file:
        lines = tomllib.load(file)["project"]["dependencies"]
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


@cache
def providers() -> dict[str, set[str]]:
    """Import name -> canonical names of the installed distributions that provide it."""
    return {
        name: {canonicalize_name(provider) for provider in found} for name, found in packages_distributions().items()
    }


def closure(requirements: dict[str, Requirement]) -> set[str]:
    """The canonical names of everything that installing `requirements` installs here."""
    found: set[str] = set()
    waiting = [(name, frozenset(each.extras)) for name, each in requirements.items()]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError as error:
            raise AssertionError(f"{name} is required and not installed") from error
        found.add(name)
        for each in map(Requirement, lines):
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append((canonicalize_name(each.name), frozenset(each.extras)))
    return found
