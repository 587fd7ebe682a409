"""A list of an agency's own records that it should look at again: which of its own references, and which fields. Nothing of anybody else, and
no reason: some are thin, some are drawn by lot, some were asked for, and the list does not say which. Beside them stand its own involvements that
nobody has confirmed for long: is the agency still involved?
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef

MAX_ITEMS = 500
MAX_FIELDS = 3


class CheckField(StrEnum):
    """What to compare with what the person, or their papers, say."""

    GIVEN_NAME = "given-name"
    FAMILY_NAME = "family-name"
    BIRTH_DATE = "birth-date"
    ADDRESS = "address"
    POSTCODE = "postcode"
    GENDER = "gender"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One client of the agency, by its own opaque reference, and 1 to `MAX_FIELDS` fields."""

    person_ref: PersonRef
    fields: tuple[CheckField, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.fields) <= MAX_FIELDS or len(set(self.fields)) != len(self.fields):
            raise ValueError(f"a record to be checked names 1 to {MAX_FIELDS} different fields")


@dataclass(frozen=True, slots=True)
class CheckList:
    """Everything to be checked as of that day; it takes the place of the list before. May be empty. `still_involved` are involvements that expire
    soon unless the agency confirms them."""

    agency: AgencyId
    as_of: date
    items: tuple[CheckItem, ...] = ()
    still_involved: tuple[InvolvementRef, ...] = ()

    def __post_init__(self) -> None:
        if len(self.items) > MAX_ITEMS or len({item.person_ref for item in self.items}) != len(self.items):
            raise ValueError(f"a check list names at most {MAX_ITEMS} different records")
        if len(self.still_involved) > MAX_ITEMS or len(set(self.still_involved)) != len(self.still_involved):
            raise ValueError(f"a check list asks about at most {MAX_ITEMS} different involvements")
