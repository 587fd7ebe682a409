"""Column types that turn what is stored into the model's own values, so that a row read is a valid value or an error.

Instants are whole microseconds since 1970 in UTC: the same number on both engines, exact, and sorted as time runs.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, String
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""

Ordered = String().with_variant(String(collation="C"), "postgresql")
"""Text that is compared by code point, as Python does, whatever the database's language is."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since the epoch. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored; use UTC")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The same instant in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


_Code = TypeVar("_Code", bound=StrEnum)


class Coded(TypeDecorator[_Code], Generic[_Code]):
    """A member of a closed code list, stored as its code."""

    impl = String
    cache_ok = True

    def __init__(self, codes: type[_Code]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: _Code | None, dialect: Dialect) -> str | None:
        """The code."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> _Code | None:
        """The member. Raises ValueError for a code the list does not have."""
        return None if value is None else self.codes(value)


class _Textual(Protocol):
    def __init__(self, value: str) -> None: ...

    @property
    def value(self) -> str: ...


_Identifier = TypeVar("_Identifier", bound=_Textual)


class Identifier(TypeDecorator[_Identifier], Generic[_Identifier]):
    """A self-validating identifier of `mappings.canonical.identifiers`, stored as its text."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[_Identifier]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: _Identifier | None, dialect: Dialect) -> str | None:
        """The text."""
        return None if value is None else value.value

    def process_result_value(self, value: Any, dialect: Dialect) -> _Identifier | None:
        """The identifier, checked again."""
        return None if value is None else self.kind(value)


class Reference(TypeDecorator[_Identifier], Generic[_Identifier]):
    """The same of an identifier that is hexadecimal digits, stored as the bytes they are."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: type[_Identifier]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: _Identifier | None, dialect: Dialect) -> bytes | None:
        """The bytes."""
        return None if value is None else bytes.fromhex(value.value)

    def process_result_value(self, value: Any, dialect: Dialect) -> _Identifier | None:
        """The identifier, checked again."""
        return None if value is None else self.kind(bytes(value).hex())
