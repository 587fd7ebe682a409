"""How one agency wrote a person down: with all that agencies leave out, misplace or shout."""

from dataclasses import dataclass

from deploy.demo.caseloads import Allocation


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """The person's details as they stand in one agency's records. `given` holds the middle name too, where it was asked."""

    given: str
    family: str
    nhs_number: str
    street: str
    postcode: str


def as_written(row: Allocation) -> Written:
    """The person of a row, with the row's quirk."""
    person = row.person
    given = f"{person.given} {person.middle}".strip()
    street, postcode = person.street, person.postcode
    if row.quirk == "moved-house":
        street, postcode = f"{row.number % 80 + 1} Station Road", f"ZZ{row.number % 8 + 1} 2AA"
    return Written(
        given=person.given if row.quirk == "no-middle-name" else given,
        family=person.family.upper() if row.quirk == "capitals" else person.family,
        nhs_number="" if row.quirk == "no-number" else person.nhs_number,
        street=street,
        postcode=postcode,
    )
