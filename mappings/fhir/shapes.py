"""What an allow-list is written in: shapes that JSON must have. Each can check a value and say, by FHIRPath, what is
wrong with it.

A shape knows elements, how often they may stand, and what is bound to them; it knows nothing of what they mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mappings.canonical.receipt import Issue
from mappings.fhir.fhir_names import FHIR_NAMES


class Shape(Protocol):
    """Adds to `issues` whatever is wrong with `value`, which stands at the FHIRPath `path`."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        """Return nothing; a right value adds no issue. Never raises."""


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON string of at most `limit` characters that is one of `codes` or passes `test`. `what` says so in words."""

    what: str
    limit: int
    codes: frozenset[str] | None = None
    test: Callable[[str], bool] | None = None

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not str:
            issues.append(Issue("structure", "wrong-type", path, f"is not a JSON string; write {self.what}"))
        elif len(value) > self.limit:
            issues.append(
                Issue("too-long", "too-long", path, f"is longer than {self.limit} characters; write {self.what}")
            )
        elif self.codes is not None and value not in self.codes:
            issues.append(Issue("code-invalid", "wrong-code", path, f"is not a code allowed here; write {self.what}"))
        elif self.test is not None and not self.test(value):
            issues.append(Issue("value", "wrong-value", path, f"is not what is expected here; write {self.what}"))


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number without a fraction, from `low` to `high`."""

    what: str
    low: int
    high: int

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not int:
            issues.append(Issue("structure", "wrong-type", path, f"is not a whole JSON number; write {self.what}"))
        elif not self.low <= value <= self.high:
            issues.append(Issue("value", "wrong-value", path, f"is out of range; write {self.what}"))


@dataclass(frozen=True, slots=True)
class Truth:
    """A JSON true or false."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not bool:
            issues.append(Issue("structure", "wrong-type", path, "is neither true nor false; write one of them"))


@dataclass(frozen=True, slots=True)
class Many:
    """A JSON array of `low` to `high` of one shape. FHIR never allows an empty array."""

    of: Shape
    low: int = 1
    high: int = 1

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list:
            issues.append(
                Issue("structure", "wrong-type", path, "is not a JSON array; write an array, also for one item")
            )
        elif not max(self.low, 1) <= len(value) <= self.high:
            issues.append(Issue("structure", "wrong-count", path, f"must have {max(self.low, 1)} to {self.high} items"))
        else:
            for index, item in enumerate(value):
                self.of.check(item, f"{path}[{index}]", issues)


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object with the `required` and possibly the `optional` elements, and no other."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not dict:
            issues.append(
                Issue("structure", "wrong-type", path, "is not a JSON object; write the elements of this type")
            )
            return
        found = 0
        for name, inner in value.items():
            shape = self.required.get(name)
            if shape is not None:
                found += 1
            else:
                shape = self.optional.get(name)
                if shape is None:
                    issues.append(self._unknown(name, path))
                    continue
            shape.check(inner, f"{path}.{name}", issues)
        if found < len(self.required):
            issues.extend(
                Issue("required", "missing-element", f"{path}.{name}", "is missing; the profile requires it")
                for name in self.required
                if name not in value
            )

    def _unknown(self, name: str, path: str) -> Issue:
        allowed = ", ".join(sorted((*self.required, *self.optional)))
        if name in FHIR_NAMES:
            return Issue(
                "not-supported",
                "unknown-element",
                f"{path}.{name}",
                f"is not allowed; take it out. Allowed here: {allowed}",
            )
        # A name that FHIR does not know might be anything, a person's name too: it is not repeated.
        return Issue(
            "structure",
            "unknown-element",
            path,
            f"has an element that FHIR does not define here; take it out. Allowed: {allowed}",
        )


@dataclass(frozen=True, slots=True)
class Slice:
    """One extension that may stand `low` to `high` times. `value` is the name of its value element; `parts` is given
    instead of it where the extension is made of extensions."""

    low: int
    high: int
    value: str = ""
    shape: Shape | None = None
    parts: "Extensions | None" = None


@dataclass(frozen=True, slots=True)
class Extensions:
    """The `extension` array of an element: only the extensions in `slices`, by URL, in any order."""

    slices: Mapping[str, Slice]

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list or not value:
            issues.append(
                Issue(
                    "structure", "wrong-type", path, "is not an array of extensions; write at least one or leave it out"
                )
            )
            return
        counts = dict.fromkeys(self.slices, 0)
        for index, item in enumerate(value):
            here = f"{path}[{index}]"
            url = item.get("url") if type(item) is dict else None
            known = self.slices.get(url) if type(url) is str else None
            if known is None or type(url) is not str:
                issues.append(
                    Issue(
                        "extension", "unknown-extension", f"{here}.url", "is not an extension allowed here; take it out"
                    )
                )
                continue
            counts[url] += 1
            _check_extension(known, item, here, issues)
        for url, known in self.slices.items():
            if not known.low <= counts[url] <= known.high:
                code = "missing-element" if counts[url] < known.low else "wrong-count"
                issues.append(
                    Issue("required", code, path, f"must hold {known.low} to {known.high} of the extension {url}")
                )


def _check_extension(known: Slice, item: dict[str, Any], path: str, issues: list[Issue]) -> None:
    name = "extension" if known.parts is not None else known.value
    shape = known.parts if known.parts is not None else known.shape
    if len(item) != 2 or name not in item:
        issues.append(Issue("structure", "wrong-extension", path, f"must have exactly the elements url and {name}"))
    elif shape is not None:
        shape.check(item[name], f"{path}.{name}", issues)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of one of the types in `types`, told apart by `resourceType`."""

    types: Mapping[str, Object]

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        kind = value.get("resourceType") if type(value) is dict else None
        shape = self.types.get(kind) if type(kind) is str else None
        if shape is None:
            allowed = ", ".join(self.types)
            issues.append(
                Issue("structure", "wrong-resource", path, f"is not a resource allowed here; allowed: {allowed}")
            )
        else:
            shape.check(value, path, issues)
