"""Bank holidays in England and Wales, as the government publishes them (`bank_holidays.toml`, with version and source)."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

WARN_AHEAD = timedelta(days=60)
"""So long before the table ends somebody is told: clocks of a few weeks reach beyond it by then."""


@dataclass(frozen=True, slots=True)
class BankHolidays:
    """`days` are all of the years from `first_year` to `last_year`. Of other years nothing is known."""

    version: int
    source: str
    first_year: int
    last_year: int
    days: frozenset[date]

    @property
    def known_until(self) -> date:
        """The last day of which it is known whether it is one."""
        return date(self.last_year, 12, 31)

    def warning(self, today: date) -> str:
        """What somebody is to do about it soon; empty where nothing is."""
        if today + WARN_AHEAD <= self.known_until:
            return ""
        return (
            f"bank holidays are known until {self.known_until} (version {self.version}); after that clocks in working days count weekdays only: "
            f"install a newer version of Patchwork ({self.source})"
        )


@cache
def bank_holidays() -> BankHolidays:
    """The table that ships."""
    return read(resources.files("gateway").joinpath("bank_holidays.toml").read_text("utf-8"))


def read(text: str) -> BankHolidays:
    """A table. Raises `ValueError` where a day stands twice, at a weekend, or outside the years that it says it holds."""
    said = tomllib.loads(text)
    days, first, last = said["days"], int(said["first_year"]), int(said["last_year"])
    if len(set(days)) != len(days):
        raise ValueError("a day stands in the table of bank holidays twice")
    for day in days:
        if day.weekday() >= 5 or not first <= day.year <= last:
            raise ValueError(f"{day} is at a weekend or outside the years of the table of bank holidays")
    if {day.year for day in days} != set(range(first, last + 1)):
        raise ValueError("a year of the table of bank holidays has no day")
    return BankHolidays(int(said["version"]), str(said["source"]), first, last, frozenset(days))
