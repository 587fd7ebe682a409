"""A person as one agency knows them. Lives only inside an agency's connector; never crosses to the gateway."""

from dataclasses import dataclass
from datetime import date

from mappings.canonical.codes import Gender, IdentifierSystem, Strength

_LEAP_YEAR = 2000  # every day of any calendar is one of it


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which parts may be missing. FHIR's `date` knows YYYY, YYYY-MM and YYYY-MM-DD; a form misread may leave a day without its
    month too, or a day and month without their year. Raises `ValueError` where the parts there are can be no day, or tell nothing."""

    year: int | None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.year is None and (self.month is None or self.day is None):
            raise ValueError("a date without a year needs its month and day")
        date(_LEAP_YEAR if self.year is None else self.year, self.month or 1, self.day or 1)

    @classmethod
    def of(cls, when: date) -> "PartialDate":
        """The same day with all three parts known."""
        return cls(when.year, when.month, when.day)

    @property
    def exact(self) -> date | None:
        """The day, where all three parts are known."""
        return date(self.year, self.month, self.day) if self.year and self.month and self.day else None

    def __repr__(self) -> str:
        return "PartialDate(hidden)"


@dataclass(frozen=True, slots=True, repr=False)
class PersonIdentifier:
    """A person number from a national authority, checked by the connector, with how far it is to be believed."""

    system: IdentifierSystem
    value: str
    strength: Strength


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where a person lives, as far as the source says. `withheld` keeps every part of it out of the evidence."""

    lines: tuple[str, ...] = ()
    town: str = ""
    postcode: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """The details an agency holds about its client, before standardising.

    `given` holds each given name, in order, as written; `known_as` nicknames. Empty text or None means the source does not say.
    `expected` is the expected date of delivery of an unborn child. `label` is what the agency's own staff would call the client:
    it stays in the ledger and is shown only to that agency. `superseded` are numbers that the client bore before a merge of records.
    """

    local_id: str
    given: tuple[str, ...] = ()
    family: str = ""
    known_as: tuple[str, ...] = ()
    former_family: tuple[str, ...] = ()
    birth_date: PartialDate | None = None
    expected: date | None = None
    death_date: date | None = None
    gender: Gender = Gender.UNKNOWN
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[PersonIdentifier, ...] = ()
    label: str = ""
    superseded: tuple[PersonIdentifier, ...] = ()
