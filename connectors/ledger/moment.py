"""Instants and days as the ledger writes them: text that sorts as time does."""

from datetime import UTC, date, datetime


def write(when: datetime) -> str:
    """UTC, to the microsecond, always the same length."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read(text: str) -> datetime:
    """The reverse of `write`."""
    return datetime.fromisoformat(text)


def day(text: str | None) -> date | None:
    """An ISO date, or None."""
    return date.fromisoformat(text) if text else None


def text_of(when: date | None) -> str | None:
    """The reverse of `day`."""
    return when.isoformat() if when else None
