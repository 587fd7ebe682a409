"""Reading the content of a signed change, or of a file an operator wrote, field by field: each refusal names the field
and what it takes."""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from gateway.refused import Refused
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    GatewayId,
    InvalidIdentifier,
    PartnershipId,
)

Code = TypeVar("Code", bound=StrEnum)
Identifier = TypeVar("Identifier", AgencyId, AgreementId, ConnectorId, GatewayId, PartnershipId)
MAX_LIST = 200


class Content:
    """The members of one noun (`what`, used in refusals), all of `allowed` but those that are `optional`. Every reader raises `Refused`."""

    def __init__(
        self, what: str, members: Mapping[str, Any], allowed: frozenset[str], optional: frozenset[str] = frozenset()
    ) -> None:
        self._what, self._members = what, members
        for name in sorted(set(members) - allowed):
            close = get_close_matches(name, allowed, 1)
            hint = f"did you mean {close[0]}?" if close else f"expected {', '.join(sorted(allowed))}"
            raise Refused(f"{what}: there is no field {name[:60]!r}; {hint}")
        for name in sorted(allowed - optional - set(members)):
            raise Refused(f"{what}: the field {name!r} is missing")

    def text(self, name: str, longest: int = 200) -> str:
        """Printable text of 1 to `longest` characters, without spaces around it."""
        value = self._members[name]
        if (
            not isinstance(value, str)
            or not 1 <= len(value) <= longest
            or value != value.strip()
            or not value.isprintable()
        ):
            raise self.refusal(name, f"must be text of 1 to {longest} printable characters, with no spaces around it")
        return value

    def texts(self, name: str, longest: int = 200) -> tuple[str, ...]:
        """One or more different texts, each as `text` takes it."""
        return tuple(
            Content(self._what, {name: each}, frozenset({name})).text(name, longest) for each in self._items(name)
        )

    def objects(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """One or more different objects (TOML tables), to be read by another `Content`."""
        items = self._items(name)
        if not all(isinstance(each, dict) for each in items):
            raise self.refusal(name, "must be a list of tables")
        return tuple(items)

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number between two others."""
        value = self._members[name]
        if type(value) is not int or not least <= value <= most:
            raise self.refusal(name, f"must be a whole number from {least} to {most}")
        return value

    def wholes(self, name: str, least: int, most: int) -> list[int]:
        """One or more different whole numbers between two others."""
        if not all(type(each) is int and least <= each <= most for each in self._items(name)):
            raise self.refusal(name, f"must be whole numbers from {least} to {most}")
        return list(self._items(name))

    def flag(self, name: str) -> bool:
        """True or false; false where the member is optional and not there."""
        value = self._members.get(name, False)
        if type(value) is not bool:
            raise self.refusal(name, "must be true or false")
        return value

    def identifier(self, name: str, kind: type[Identifier]) -> Identifier:
        """A well-formed identifier of this kind."""
        return self._identify(name, self._members[name], kind)

    def identifiers(self, name: str, kind: type[Identifier]) -> tuple[Identifier, ...]:
        """One or more different identifiers of this kind."""
        return tuple(self._identify(name, value, kind) for value in self._items(name))

    def code(self, name: str, codes: type[Code]) -> Code:
        """One code of a closed list."""
        return self._decode(name, self._members[name], codes)

    def codes(self, name: str, codes: type[Code]) -> tuple[Code, ...]:
        """One or more different codes of a closed list; none where the member is optional and not there."""
        if name not in self._members:
            return ()
        return tuple(self._decode(name, value, codes) for value in self._items(name))

    def day(self, name: str) -> date:
        """A calendar day, as TOML date or as text YYYY-MM-DD."""
        value = self._members[name]
        try:
            if isinstance(value, str) and len(value) == len("2026-01-31"):
                return date.fromisoformat(value)
            if type(value) is date:
                return value
        except ValueError:
            pass
        raise self.refusal(name, "must be a day written as YYYY-MM-DD")

    def raw(self, name: str) -> object:
        """The member as it came, for a reader of its own."""
        return self._members[name]

    @property
    def what(self) -> str:
        """The noun, as refusals call it."""
        return self._what

    def refusal(self, name: str, reason: str) -> Refused:
        """The refusal of one field."""
        return Refused(f"{self._what}: {name} {reason}")

    def _items(self, name: str) -> list[Any]:
        value = self._members[name]
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_LIST:
            raise self.refusal(name, f"must be a list of 1 to {MAX_LIST} entries")
        if any(entry in value[:position] for position, entry in enumerate(value)):
            raise self.refusal(name, "names the same entry twice")
        return value

    def _identify(self, name: str, value: object, kind: type[Identifier]) -> Identifier:
        try:
            return kind(value)  # type: ignore[arg-type]  # the class itself refuses what is not text
        except InvalidIdentifier as problem:
            raise self.refusal(name, f"is {problem}") from None

    def _decode(self, name: str, value: Any, codes: type[Code]) -> Code:
        try:
            return codes(value)
        except ValueError:
            raise self.refusal(name, f"must be one of {', '.join(code.value for code in codes)}") from None
