"""The time of this machine."""

from datetime import UTC, datetime


class SystemClock:
    """The operating system's clock, in UTC."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)
