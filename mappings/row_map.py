"""One source row -> one involvement, by a declarative map.

The outcome is an `Involvement`, or one of two exceptions: the map sets the row aside (`RowSetAside`), or the row cannot
be read (`RowRefused`). Both carry the involvement's local id where the row still told it, so that what is unreadable is
not taken for vanished.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from mappings.agency_defaults import AgencyDefaults, LineDefaults
from mappings.canonical.codes import Mode, Sensitivity, ServiceLine
from mappings.canonical.involvement import AssertedStatus, Contact, Involvement
from mappings.canonical.person import Person
from mappings.concept_map import fold
from mappings.key_template import filled, in_words, names
from mappings.person_map import PersonMap
from mappings.professional_numbers import ProfessionalRegister, registration
from mappings.row_cells import Cells, RowRefused, RowSetAside
from mappings.source_map import DATES, Condition, Field, Row, RowAction, Rule, SourceMap, Test
from mappings.transforms import TEXT_TRANSFORMS
from mappings.transforms_dates import NotADate

MAX_LOCAL_ID = 200
NAMES = {Field.FAMILY, Field.GIVEN, Field.FULL_NAME, Field.KNOWN_AS}
WORKER_COLUMNS = {Field.WORKER, Field.WORKER_FAMILY, Field.WORKER_ID}
REGISTERS = {
    Field.WORKER_GMC: ProfessionalRegister.GMC,
    Field.WORKER_NMC: ProfessionalRegister.NMC,
    Field.WORKER_SWE: ProfessionalRegister.SWE,
}


@dataclass(slots=True)
class RowMap:
    """A map with what the connector adds to it. `mode` None is a dry run, for which numbers of either side count.
    `shipped` is the preset's sensitivity by service line, `team` its word for a team that nobody names; `remarks`
    counts, by sentence, what was left out of a row that could otherwise be used."""

    map: SourceMap
    defaults: AgencyDefaults
    mode: Mode | None
    as_of: date
    shipped: Mapping[ServiceLine, Sensitivity] = field(default_factory=dict)
    team: str = ""
    remarks: Counter[str] = field(default_factory=Counter)
    _lines: dict[ServiceLine, LineDefaults] = field(default_factory=dict, repr=False)
    _people: PersonMap = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._people = PersonMap(self.map, self.mode, self.remarks)

    def involvement(self, row: Row, headings: Mapping[Field, str]) -> Involvement:
        """Raises `RowRefused` and `RowSetAside`. `headings` names the columns in problems."""
        row = self._transformed(row)
        local_id = ""
        try:
            person_key, local_id = self._keys(row)
            self._rules(row, person_key)
            return self._build(Cells(row, headings, self.as_of, self.map.dates), person_key, local_id)
        except (RowRefused, RowSetAside) as outcome:
            outcome.local_id = local_id
            raise

    def local_id(self, row: Row) -> str:
        """The local id of a row, without looking at the rest of it; empty where it has none."""
        return self._keys(self._transformed(row))[1]

    def person_id(self, row: Row) -> str:
        """The reference of a row's person; empty where it has none."""
        return self._keys(self._transformed(row))[0]

    def key_fields(self) -> frozenset[Field]:
        """The fields that the keys are made of."""
        wanted = {name for template in (*self.map.person_key, *self.map.key) for name in names(template)}
        for of, templates in self.map.derive.items():
            if of in wanted:
                wanted |= {name for template in templates for name in names(template)}
        return frozenset(of for of in Field if of in wanted)

    def _keys(self, row: Row) -> tuple[str, str]:
        """The references of the person and of the involvement, each empty where the row does not tell it."""
        person_key = self._key(self.map.person_key, row, "")
        return person_key, self._key(self.map.key, row, person_key) if person_key else ""

    def _transformed(self, row: Row) -> Row:
        changed = dict(row)
        for of, applied in self.map.transforms.items():
            if of in changed:
                for name in applied:
                    changed[of] = TEXT_TRANSFORMS[name](changed[of])
                if not changed[of]:
                    del changed[of]
        for of, templates in self.map.derive.items():
            if of not in changed and (derived := self._key(templates, changed, "")):
                changed[of] = derived
        return changed

    def _key(self, templates: tuple[str, ...], row: Row, person_key: str) -> str:
        # A field is its own name, so a row answers to the names in a template.
        return filled(templates, cast("dict[str, str]", row), person_key, DATES, self._in_key)

    def _in_key(self, name: str, text: str) -> str:
        """A date in a key: the day, however the file writes it."""
        try:
            parsed = self.map.dates.parse(text, self.as_of, name == Field.BIRTH_DATE)
        except NotADate:
            return text
        return parsed.exact.isoformat() if parsed.exact else text

    def _rules(self, row: Row, person_key: str) -> None:
        for rule in self.map.rules:
            for condition in rule.when:
                if not holds(condition, row):
                    break
            else:
                self._apply(rule, row, person_key)

    def _apply(self, rule: Rule, row: Row, person_key: str) -> None:
        if rule.action is not RowAction.HOLD_BACK:
            raise RowSetAside(rule.action, person_key)
        row[Field.HELD_BACK] = "yes"

    def _build(self, cells: Cells, person_key: str, local_id: str) -> Involvement:
        if not person_key and not (NAMES & set(cells.row)):
            raise RowSetAside(RowAction.NO_IDENTITY)
        if not person_key or not local_id:
            raise RowRefused(f"gives no stable reference: what is missing is {in_words(self.map.person_key)}")
        if max(len(person_key), len(local_id)) > MAX_LOCAL_ID:
            raise RowRefused(f"gives a reference longer than {MAX_LOCAL_ID} characters")
        label = self._key(self.map.label, cells.row, person_key)
        person = self._people.person(cells, person_key, label)
        return self._involvement(cells, person, local_id)

    def _involvement(self, cells: Cells, person: Person, local_id: str) -> Involvement:
        concepts = self.map.concepts
        service = self._service(cells) or self.defaults.service
        default = self._line(service)
        start, end = self._start(cells), cells.last_day(Field.END)
        if start and end and end < start:
            raise RowRefused(f"{cells.heading(Field.END)} is before {cells.heading(Field.START)}")
        worker, team = _worker(cells), cells.display(Field.TEAM) or default.team or self.team
        contact = self._contact(cells, default.contact)
        if not worker and not team and contact == Contact():
            raise RowRefused(
                "names no worker, team or contact, and the agency's defaults give none; set a default team or contact"
            )
        held_back = cells.yes_or_no(Field.HELD_BACK)
        return Involvement(
            local_id=local_id,
            agency=self.defaults.agency,
            person=person,
            service=service,
            sensitivity=cells.concept(Field.SENSITIVITY, concepts.sensitivity) or default.sensitivity,
            role=self._role(cells) or default.role,
            worker=worker,
            worker_id=cells.text(Field.WORKER_ID),
            registration=_registration(cells) if worker else "",
            team=team,
            team_id=cells.text(Field.TEAM_ID),
            contact=contact,
            start=start,
            end=end,
            confirmed=self.as_of,
            legal_basis=cells.concept(Field.LEGAL_BASIS, concepts.legal_basis) or default.legal_basis,
            consent=cells.concept(Field.CONSENT, concepts.consent) or default.consent,
            consent_date=cells.day(Field.CONSENT_DATE),
            informed=cells.concept(Field.INFORMED, concepts.informed) or default.informed,
            informed_date=cells.day(Field.INFORMED_DATE),
            held_back=default.held_back if held_back is None else held_back,
            asserted=self._asserted(cells, default),
        )

    def _start(self, cells: Cells) -> date | None:
        """Where a row says no day, it is not known when the involvement began, only that it has."""
        start = cells.when(Field.START)
        if start is not None and start.exact is None:
            self.remarks[f"{cells.heading(Field.START)}: no day in it, only a month or a year; it was left out"] += 1
        return start.exact if start else None

    def _asserted(self, cells: Cells, default: LineDefaults) -> AssertedStatus:
        said = cells.concept(Field.YOUNG_ADULT_STATUS, self.map.concepts.young_adult_status)
        return AssertedStatus(said or default.young_adult_status, cells.day(Field.YOUNG_ADULT_STATUS_UNTIL))

    def _line(self, service: ServiceLine) -> LineDefaults:
        found = self._lines.get(service)
        if found is None:
            found = self._lines[service] = self.defaults.for_line(service, self.shipped.get(service))
        return found

    def _contact(self, cells: Cells, default: Contact) -> Contact:
        if Field.PHONE not in cells.row and Field.EMAIL not in cells.row:
            return default
        said = {of: cells.display(of) for of in (Field.PHONE, Field.EMAIL)}
        if not WORKER_COLUMNS & set(cells.headings):
            # A client list without workers: the number may well be the client's own.
            for of in [of for of, text in said.items() if text]:
                self.remarks[
                    f"{cells.heading(of)}: no column names a worker, so whose it is is not known; left out"
                ] += 1
                said[of] = ""
        return Contact(said[Field.PHONE] or default.phone, said[Field.EMAIL] or default.email)

    def _service(self, cells: Cells) -> ServiceLine | None:
        for of in self.map.service_from:
            found = cells.concept(of, self.map.concepts.service)
            if found is not None:
                return found
        return None

    def _role(self, cells: Cells) -> str:
        code = cells.text(Field.ROLE_CODE)
        return cells.display(Field.ROLE) or (self.map.concepts.role_labels.get(fold(code), "") if code else "")


def holds(condition: Condition, row: Row) -> bool:
    """Whether one condition of a rule holds for a row. An empty field is in no list and not in any."""
    text = row.get(condition.field, "")
    if not text:
        return condition.test in (Test.EMPTY, Test.NOT_IN)
    if condition.test in (Test.GIVEN, Test.EMPTY):
        return condition.test is Test.GIVEN
    return (fold(text) in condition.values) == (condition.test is Test.IN)


def _registration(cells: Cells) -> str:
    """The first number that is one of its register's."""
    return next(filter(None, (registration(register, cells.text(of)) for of, register in REGISTERS.items())), "")


def _worker(cells: Cells) -> str:
    if worker := cells.display(Field.WORKER):
        return worker
    parts = (cells.text(Field.WORKER_GIVEN), cells.text(Field.WORKER_FAMILY))
    return cells.shown(" ".join(part for part in parts if part), Field.WORKER_FAMILY)
