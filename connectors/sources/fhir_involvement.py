"""CareTeam and EpisodeOfCare resources as readings: one for each worker of a team, or one for the team where it names
nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors.sources.fhir_nodes import Misfit, Node, child, children, codes, day, text, words
from connectors.sources.fhir_person import PatientMap, restricted, surviving
from connectors.sources.fhir_references import BundleIndex, Entry, Target
from connectors.sources.fhir_relatives import Relatives
from connectors.sources.fhir_team_workers import TeamWorkers, member_key
from connectors.sources.fhir_worker import (
    Complete,
    FoundWorker,
    contact,
    display,
    ods_code,
    organisation_name,
    own_key,
)
from connectors.sources.port import Read, Reading, Rejected, Skipped, SkipReason, Withdrawn
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Sensitivity, ServiceLine
from mappings.canonical.involvement import AssertedStatus, Contact, Involvement, Relation
from mappings.canonical.person import Person
from mappings.concept_map import UnmappedCode
from mappings.fhir_map import FhirMap, OrganisationAs, State
from mappings.source_map import Field, Row

MAX_LOCAL_ID = 200


@dataclass(frozen=True, slots=True, repr=False)
class _Stated:
    """What a resource says apart from its workers."""

    entry: Entry
    where: str
    key: str
    state: State
    person: Person
    relations: tuple[Relation, ...]
    team: str
    team_id: str
    team_contact: Contact
    hints: tuple[str, ...]
    codes: tuple[str, ...]
    period: Node


@dataclass(slots=True)
class InvolvementMap:
    """How a preset reads involvements out of an indexed bundle. `complete` adds what directories say of a worker or team."""

    map: FhirMap
    defaults: AgencyDefaults
    shipped: dict[ServiceLine, Sensitivity]
    patients: PatientMap
    relatives: Relatives
    index: BundleIndex
    as_of: date
    complete: Complete | None = None

    def readings(self, entry: Entry, where: str) -> Iterator[Reading]:
        """Every reading of one CareTeam or EpisodeOfCare. A fault rejects this resource only."""
        key = ""
        try:
            key = self._key(entry)
            yield from list(self._read(entry, where, key))
        except Misfit as problem:
            yield Rejected(where, f"{entry.type}: {problem}", key)
        except UnmappedCode as problem:
            yield Rejected(where, f"{entry.type}: {problem}", key)

    def _key(self, entry: Entry) -> str:
        value = own_key(entry)
        if not value:
            raise Misfit("neither an identifier nor an id, so it cannot be told apart next time")
        identified = any(text(one, "value", 200) == value for one in children(entry.resource, "identifier"))
        system = next(
            (text(one, "system") for one in children(entry.resource, "identifier") if text(one, "value", 200) == value),
            "",
        )
        key = (
            self.map.key.format(identifier=value, system=system, type=entry.type)
            if identified
            else f"{entry.type}/{value}"
        )
        if len(key) > MAX_LOCAL_ID:
            raise Misfit(f"the identifier is longer than {MAX_LOCAL_ID} characters")
        return key

    def _read(self, entry: Entry, where: str, key: str) -> Iterator[Reading]:
        is_team = entry.type == "CareTeam"
        states = self.map.care_team_status if is_team else self.map.episode_status
        # R4 makes the status of a CareTeam optional, and one that is kept without is in use.
        state = states.get(text(entry.resource, "status") or ("active" if is_team else ""))
        if state is None:
            raise Misfit("status is none of the R4 codes of this resource")
        if state is State.WITHDRAW:
            for number in range(max(1, len(children(entry.resource, "participant")))):
                yield Withdrawn(where, key if number == 0 else self._later_key(entry, key, number))
            return
        if state is State.SKIP:
            yield Skipped(where, SkipReason.NOT_AN_INVOLVEMENT, key)
            return
        patient = self.index.follow(child(entry.resource, "subject" if is_team else "patient"), entry)
        outcome = self._set_aside(entry, patient, where, key)
        if outcome is not None:
            yield outcome
            return
        person, relations = self._person(patient)
        yield from self._workers(self._stated(entry, where, key, state, person, relations))

    def _later_key(self, entry: Entry, key: str, number: int) -> str:
        participant = children(entry.resource, "participant")[number]
        target = self.index.follow(child(participant, "member"), entry)
        return f"{key}|{member_key(target)}"

    def _set_aside(self, entry: Entry, patient: Target, where: str, key: str) -> Reading | None:
        resources = [entry.resource]
        if patient.entry is not None:
            resources += [patient.entry.resource, surviving(patient.entry, self.index).resource]
        if any(restricted(resource, self.map) for resource in resources):
            return Skipped(where, SkipReason.EXCLUDED, key)
        return None

    def _person(self, patient: Target) -> tuple[Person, tuple[Relation, ...]]:
        """Who it is about, and the relatives the bundle names."""
        if patient.entry is not None and patient.entry.type == "Patient":
            found = surviving(patient.entry, self.index)
            return self.patients.person(found), self.relatives.of(found)
        if patient.entry is not None:
            raise Misfit("the subject is not a Patient; a Group has no involvement of its own")
        known = self.patients.known_by_number(patient.system, patient.identifier, patient.display)
        if known is None:
            raise Misfit("the reference to the patient leads to nothing in this bundle; put the Patient into it")
        return known, ()

    def _stated(
        self, entry: Entry, where: str, key: str, state: State, person: Person, relations: tuple[Relation, ...]
    ) -> _Stated:
        resource = entry.resource
        organisations = [self.index.follow(one, entry) for one in children(resource, "managingOrganization")]
        team, team_id, team_contact = display(text(resource, "name"), "name"), key, contact(resource)
        if entry.type == "EpisodeOfCare":
            team, team_id, team_contact = self._episode_team(entry)
        return _Stated(
            entry, where, key, state, person, relations,
            team=team or self._organisation(organisations),
            team_id=team_id,
            team_contact=team_contact,
            hints=(*codes(resource, "category"), *codes(resource, "type"), *([team] if team else [])),
            codes=tuple(code for code in (ods_code(one, self.map.ods_system) for one in organisations) if code),
            period=child(resource, "period"),
        )  # fmt: skip

    def _episode_team(self, entry: Entry) -> tuple[str, str, Contact]:
        for reference in children(entry.resource, "team"):
            target = self.index.follow(reference, entry)
            if target.entry is not None:
                team = target.entry
                return display(text(team.resource, "name"), "name"), own_key(team), contact(team.resource)
            if target.display:
                return display(target.display, "display"), target.identifier, Contact()
        return "", "", Contact()

    def _organisation(self, organisations: list[Target]) -> str:
        for target in organisations:
            code, name = ods_code(target, self.map.ods_system), organisation_name(target)
            said = (code or name) if self.map.organisation_as is OrganisationAs.CODE else (name or code)
            if said:
                return said
        return ""

    def _workers(self, stated: _Stated) -> Iterator[Reading]:
        """A reading for each worker; the earliest keeps the team's own key, so that it stays when others join."""
        workers = TeamWorkers(self.index, self.map.ods_system, self.patients.remarks)
        members = workers.of(stated.entry, stated.team, stated.codes)
        if not members:
            yield self._reading(stated, stated.key, None, {})
        for number, (found, participant) in enumerate(members):
            key = stated.key if number == 0 else f"{stated.key}|{found.id}"
            yield self._reading(stated, key, found, participant)

    def _reading(self, stated: _Stated, key: str, found: FoundWorker | None, participant: Node) -> Reading:
        own = child(participant, "period")
        start = day(own, "start") or day(stated.period, "start")
        end = _earlier(day(own, "end"), day(stated.period, "end"))
        if stated.state is State.CLOSED and end is None:
            end = day(child(stated.entry.resource, "meta"), "lastUpdated")
            if end is None:
                return Skipped(stated.where, SkipReason.NOT_AN_INVOLVEMENT, key)
        if start and end and end < start:
            return Rejected(stated.where, f"{stated.entry.type}: period ends before it starts", key)
        if not (stated.person.family or stated.person.given or stated.person.known_as or stated.person.identifiers):
            return Skipped(stated.where, SkipReason.NO_IDENTITY, key)
        return Read(stated.where, self._involvement(stated, key, found, words(participant, "role"), (start, end)))

    def _involvement(
        self, stated: _Stated, key: str, found: FoundWorker | None, role: str, days: tuple[date | None, date | None]
    ) -> Involvement:
        service = self._service((*(found.hints if found else ()), *stated.hints))
        default = self.defaults.for_line(service, self.shipped.get(service))
        said = self._said(stated, found, role)
        team, contact = said.get(Field.TEAM) or default.team, default.contact
        made = Involvement(
            local_id=key,
            agency=self.defaults.agency,
            person=stated.person,
            service=service,
            sensitivity=default.sensitivity,
            role=said.get(Field.ROLE) or default.role,
            worker=said.get(Field.WORKER, ""),
            worker_id=found.id if found else "",
            registration=found.registration if found and found.name else "",
            team=team,
            team_id=stated.team_id,
            contact=Contact(said.get(Field.PHONE) or contact.phone, said.get(Field.EMAIL) or contact.email),
            start=days[0],
            end=days[1],
            confirmed=self.as_of,
            legal_basis=default.legal_basis,
            consent=default.consent,
            informed=default.informed,
            held_back=default.held_back,
            asserted=AssertedStatus(default.young_adult_status),
            relations=stated.relations,
        )
        if not made.worker and not made.team and made.contact == Contact():
            raise Misfit(
                "names no worker, team or contact, and the agency's defaults give none; set a default team or contact"
            )
        return made

    def _said(self, stated: _Stated, found: FoundWorker | None, role: str) -> Row:
        """Who it is and how they are reached: what the resources say of the worker, what directories add, what the resources say of the team."""
        row: Row = {Field.TEAM: stated.team, Field.TEAM_ID: stated.team_id}
        if found is not None:
            row |= {
                Field.WORKER_ID: found.id,
                Field.WORKER: found.name,
                Field.ROLE: display(role, "role") or found.role,
            }
            row |= {Field.PHONE: found.contact.phone, Field.EMAIL: found.contact.email}
        row = {of: text for of, text in row.items() if text}
        team = {Field.PHONE: stated.team_contact.phone, Field.EMAIL: stated.team_contact.email}
        of_team = {of: text for of, text in team.items() if text}
        if self.complete is not None:
            self.complete(row, of_team)
        return of_team | row

    def _service(self, hints: tuple[str, ...]) -> ServiceLine:
        for hint in hints:
            line = self.map.service.target(hint)
            if line is not None:
                return line
        return self.defaults.service


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((when for when in (one, other) if when is not None), default=None)
