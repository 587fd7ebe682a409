"""Strict reading of a preset's YAML: every value is asked for by name and kind, and a section that holds anything else
is refused by name.

Scalars stay text: with YAML's own guesses `01` would become 1, `no` False and a date a date.
"""

from collections.abc import Hashable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

MAX_BYTES = 512 * 1024
Code = TypeVar("Code", bound=StrEnum)


class PresetError(ValueError):
    """A preset that cannot be used. Names the file, the place in it and the way out."""


class _Loader(yaml.BaseLoader):
    """Text, lists and mappings only; no tags, no aliases, no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not used in presets")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        pairs = [
            (self.construct_object(key, deep=True), self.construct_object(value, deep=True))
            for key, value in node.value
        ]
        mapping: dict[Hashable, Any] = {key: value for key, value in pairs if isinstance(key, str)}
        if len(mapping) != len(pairs):
            raise yaml.YAMLError(
                f"a key stands twice, or is not text, in the mapping at line {node.start_mark.line + 1}"
            )
        return mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises `PresetError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PresetError(f"the preset file {path.name} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise PresetError(f"the preset file {path.name} is larger than {MAX_BYTES} bytes")
    try:
        document = yaml.load(data, Loader=_Loader)  # noqa: S506 -- a BaseLoader makes only text
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PresetError(f"the preset file {path.name} is not the YAML expected: {_short(error)}") from None
    if not isinstance(document, dict):
        raise PresetError(f"the preset file {path.name} is not a mapping of keys to values")
    return document


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class Section:
    """One mapping of the preset. `done()` refuses what nobody asked for."""

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self.where = where
        self._values = values
        self._asked: set[str] = set()

    def _take(self, key: str) -> Any:
        self._asked.add(key)
        return self._values.get(key)

    def error(self, key: str, text: str) -> PresetError:
        """The error to raise about `key`."""
        return PresetError(f"{self.where}: {key}: {text}")

    def names(self) -> list[str]:
        """The keys of a section that is a free mapping."""
        return list(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty, or `default`."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "expected text")
        return value.strip()

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts (one text stands for a list of it), or `default`."""
        value = self._take(key)
        if value is None and default is not None:
            return tuple(default)
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise self.error(key, "expected a list of texts")
        return tuple(listed)

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`, or `default`."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if (
            not isinstance(value, str)
            or not value.isascii()
            or not value.isdigit()
            or not low <= int(value[:12]) <= high
        ):
            raise self.error(key, f"expected a whole number from {low} to {high}")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        """`true` or `false`, or `default`."""
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the texts allowed."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not known; use one of {', '.join(allowed)}")
        return value

    def code(self, key: str, kind: type[Code], default: Code | None = None) -> Code:
        """One code of a closed list."""
        return self.as_code(self.text(key, default.value if default is not None else None), kind)

    def as_code(self, text: str, kind: type[Code]) -> Code:
        """`text` as a code of a closed list. Raises `PresetError`."""
        try:
            return kind(text)
        except ValueError:
            raise self.error(text, f"not known; use one of {', '.join(member.value for member in kind)}") from None

    def section(self, key: str) -> "Section":
        """A mapping below this one; an absent one is empty."""
        value = self._take(key)
        if value is None or value == "":
            value = {}
        if not isinstance(value, dict):
            raise self.error(key, "expected a mapping of keys to values")
        return Section(f"{self.where}: {key}", value)

    def sections(self, key: str) -> list["Section"]:
        """A list of mappings; an absent one is empty."""
        value = self._take(key)
        if value is None or value == "":
            value = []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.error(key, "expected a list of mappings")
        return [Section(f"{self.where}: {key} {number}", one) for number, one in enumerate(value, 1)]

    def done(self) -> None:
        """Nothing may be left over. Raises `PresetError` naming what is."""
        left = sorted(set(self._values) - self._asked)
        if left:
            known = ", ".join(sorted(self._asked))
            raise PresetError(f"{self.where}: unknown key {', '.join(repr(key) for key in left)}; known here: {known}")
