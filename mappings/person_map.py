"""The person of one row. What is unusable in an otherwise usable row is left out and remarked, never guessed."""

from collections import Counter
from dataclasses import dataclass

from mappings.canonical.codes import Gender, IdentifierSystem, Mode, Strength
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier
from mappings.national_numbers import WrongMode, pupil_number, ten_digits
from mappings.row_cells import NULL_DAY, Cells, RowRefused, RowSetAside
from mappings.source_map import Field, RowAction, SourceMap
from mappings.transforms import is_name, lines, nicknames, postcode, split_name

MAX_NAME = 200
MAX_ADDRESS = 500
PLACES = {Field.ADDRESS, Field.POSTCODE, Field.TOWN, Field.ADDRESS_WITHHELD}
NUMBERS = {
    Field.NHS_NUMBER: IdentifierSystem.NHS_NUMBER,
    Field.CHI_NUMBER: IdentifierSystem.CHI_NUMBER,
    Field.HSC_NUMBER: IdentifierSystem.HSC_NUMBER,
}


@dataclass(slots=True)
class PersonMap:
    """How a map reads a person. `remarks` counts what was left out, by sentence."""

    map: SourceMap
    mode: Mode | None
    remarks: Counter[str]

    def person(self, cells: Cells, person_key: str, label: str) -> Person:
        """Raises `RowRefused`, and `RowSetAside` where nothing says who it is or the child is not born."""
        given, family, known_as = self._names(cells)
        identifiers = self._identifiers(cells)
        if not given and not family and not known_as and not identifiers and not self.map.nameless:
            raise RowSetAside(RowAction.NO_IDENTITY)
        born = self._born(cells)
        expected = None if born else cells.day(Field.EXPECTED)
        if expected and not self.map.publish_unborn:
            raise RowSetAside(RowAction.UNBORN)
        return Person(
            local_id=person_key,
            given=given,
            family=family,
            known_as=known_as,
            former_family=self._former(cells),
            birth_date=born,
            expected=expected,
            death_date=cells.day(Field.DEATH_DATE),
            gender=cells.concept(Field.GENDER, self.map.concepts.gender) or Gender.UNKNOWN,
            addresses=self._addresses(cells),
            identifiers=identifiers,
            label=label or person_key,
        )

    def _names(self, cells: Cells) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        family, inside = _name(cells, Field.FAMILY)
        first, more = _name(cells, Field.GIVEN)
        given = (*first.split(), *cells.bounded(Field.MIDDLE, MAX_NAME).split())
        if not given and not family:
            whole, inside = _name(cells, Field.FULL_NAME)
            given, family = split_name(whole) if is_name(whole) else ((), "")
        known_as = (*inside, *more, *(part.strip() for part in cells.bounded(Field.KNOWN_AS, MAX_NAME).split("/")))
        return (
            tuple(name for name in given if is_name(name)),
            family if is_name(family) else "",
            tuple(name for name in dict.fromkeys(known_as) if is_name(name)),
        )

    def _born(self, cells: Cells) -> PartialDate | None:
        born = cells.when(Field.BIRTH_DATE, past_only=True)
        if born is None or born.exact != NULL_DAY:
            return born
        self.remarks[
            f"{cells.heading(Field.BIRTH_DATE)}: 1 January 1900 stands for no birth date; it was left out"
        ] += 1
        return None

    def _former(self, cells: Cells) -> tuple[str, ...]:
        former = cells.bounded(Field.FORMER_FAMILY, MAX_NAME)
        return (former,) if former and is_name(former) else ()

    def _identifiers(self, cells: Cells) -> tuple[PersonIdentifier, ...]:
        found = []
        for of, system in NUMBERS.items():
            if of not in cells.row:
                continue
            text = cells.text(of)
            strength = cells.concept(Field.NHS_STATUS, self.map.concepts.nhs_status) or Strength.MEDIUM
            try:
                number = ten_digits(system, text, strength, self.mode)
            except WrongMode as problem:
                raise RowRefused(f"{cells.heading(of)} {problem}") from None
            found.append(
                self._remarked(
                    number, cells, of, "the check digit does not agree, or it is outside the test range of a trial"
                )
            )
        if cells.text(Field.UPN):
            found.append(
                self._remarked(pupil_number(cells.text(Field.UPN)), cells, Field.UPN, "not a permanent pupil number")
            )
        return tuple(number for number in found if number is not None)

    def _remarked(self, number: PersonIdentifier | None, cells: Cells, of: Field, why: str) -> PersonIdentifier | None:
        if number is None:
            self.remarks[f"{cells.heading(of)}: {why}; the number was left out"] += 1
        return number

    def _addresses(self, cells: Cells) -> tuple[Address, ...]:
        if not (PLACES & cells.row.keys()):
            return ()
        whole = cells.bounded(Field.ADDRESS, MAX_ADDRESS)
        code = postcode(cells.text(Field.POSTCODE)) or (postcode(whole) if whole else "")
        if cells.text(Field.POSTCODE) and not code:
            self.remarks[f"{cells.heading(Field.POSTCODE)}: no usable postcode; it was left out"] += 1
        parts = tuple(part for part in (_without(line, code) for line in (lines(whole) if whole else ())) if part)
        town = cells.bounded(Field.TOWN, MAX_NAME)
        withheld = bool(cells.yes_or_no(Field.ADDRESS_WITHHELD))
        return (Address(parts, town, code, withheld),) if parts or town or code or withheld else ()


def _name(cells: Cells, of: Field) -> tuple[str, tuple[str, ...]]:
    text = cells.bounded(of, MAX_NAME)
    return nicknames(text) if text else ("", ())


def _without(line: str, code: str) -> str:
    """An address line without the postcode, which has a place of its own."""
    return "" if code and postcode(line) == code and len(line) <= len(code) + 1 else line
