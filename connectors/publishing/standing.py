"""How one involvement stands: what the ledger keeps of it (encrypted) so that it can be published again without its source.

The published part and the local part are told apart here: only a change in the published part makes a notice; a new client label does not, nor
does another worker or team that others are shown alike.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from identity.person.standard_person import StandardPerson
from identity.person.standard_person import from_json as person_from_json
from identity.person.standard_person import to_json as person_to_json
from identity.person.standardise import standardise
from mappings import compact_json
from mappings.canonical.codes import (
    Consent,
    Informed,
    LegalBasis,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
    YoungAdultStatus,
)
from mappings.canonical.involvement import AssertedStatus, Contact, Involvement
from mappings.canonical.notice import MAX_DISPLAY, MAX_RELATIONS, Worker
from mappings.canonical.person import PartialDate


class Unpublishable(Exception):
    """A row was read but no notice can be made of it. The message names the item and the way out, never its value."""


@dataclass(frozen=True, slots=True, repr=False)
class OwnSide:
    """What only this agency knows: its own ids, what its staff call the client, and who of its own is involved."""

    client_local_id: str
    client_label: str
    involvement_local_id: str
    worker: str
    worker_id: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Who:
    """Whose an involvement is, in the source's own words, and how sensitive it states it to be."""

    worker_id: str
    name: str
    team: str
    sensitivity: Sensitivity


@dataclass(frozen=True, slots=True, repr=False)
class StandingRelation:
    """Somebody related to the client, standardised."""

    kind: RelationKind
    standing: RelationStanding
    person: StandardPerson


@dataclass(frozen=True, slots=True, repr=False)
class Standing:
    """One involvement, its person standardised. `birth_date` and `expected` are kept as the source states them, for the age band; so is `worker`:
    what others are shown of it, `connectors.publishing.display` says."""

    own: OwnSide
    person: StandardPerson
    birth_date: PartialDate | None
    expected: date | None
    service: ServiceLine
    sensitivity: Sensitivity
    worker: Worker
    start: date | None
    end: date | None
    legal_basis: LegalBasis
    consent: Consent
    consent_date: date | None
    informed: Informed
    informed_date: date | None
    held_back: bool
    relations: tuple[StandingRelation, ...] = ()
    registration: str = ""
    asserted: AssertedStatus = field(default_factory=AssertedStatus)

    @property
    def who(self) -> Who:
        """Whose it is."""
        return Who(self.own.worker_id, self.worker.name, self.worker.team, self.sensitivity)

    def published(self) -> bytes:
        """The part that notices are made from, in one fixed form: two standings that publish alike give equal bytes."""
        return compact_json.write({name: value for name, value in _document(self).items() if name != "own"})


def of_involvement(involvement: Involvement) -> Standing:
    """What there is to remember and publish of a row. Raises `Unpublishable`."""
    _check(involvement)
    person = involvement.person
    return Standing(
        own=OwnSide(
            person.local_id,
            person.label,
            involvement.local_id,
            involvement.worker or involvement.team,
            involvement.worker_id,
        ),
        person=standardise(person),
        birth_date=person.birth_date,
        expected=person.expected,
        service=involvement.service,
        sensitivity=involvement.sensitivity,
        worker=Worker(involvement.worker, involvement.role, involvement.team, involvement.contact),
        start=involvement.start,
        end=involvement.end,
        legal_basis=_legal_basis(involvement),
        consent=involvement.consent,
        consent_date=involvement.consent_date,
        informed=involvement.informed,
        informed_date=involvement.informed_date,
        held_back=involvement.held_back,
        relations=tuple(
            StandingRelation(each.kind, each.standing, standardise(each.person)) for each in involvement.relations
        ),
        registration=involvement.registration,
        asserted=involvement.asserted,
    )


def write(standing: Standing) -> bytes:
    """The whole as one line of JSON, for the ledger only."""
    return compact_json.write(_document(standing))


def written_and_published(standing: Standing, shown: tuple[Sensitivity, Worker]) -> tuple[bytes, bytes]:
    """What `write` gives, and what `published` would give if how sensitive it is, and whose, were as `shown`."""
    document = _document(standing)
    written = compact_json.write(document)
    del document["own"]
    sensitivity, worker = shown
    document |= {"sensitivity": sensitivity, "worker": _worker(worker)}
    return written, compact_json.write(document)


def read(data: bytes) -> Standing:
    """The reverse of `write`."""
    d = compact_json.read(data)
    born = d["birth_date"]
    name, role, team, phone, email = d["worker"]
    return Standing(
        own=OwnSide(*d["own"]),
        person=person_from_json(d["person"]),
        birth_date=PartialDate(*born) if born else None,
        expected=_day(d["expected"]),
        service=ServiceLine(d["service"]),
        sensitivity=Sensitivity(d["sensitivity"]),
        worker=Worker(name, role, team, Contact(phone, email)),
        start=_day(d["start"]),
        end=_day(d["end"]),
        legal_basis=LegalBasis(d["legal_basis"]),
        consent=Consent(d["consent"]),
        consent_date=_day(d["consent_date"]),
        informed=Informed(d["informed"]),
        informed_date=_day(d["informed_date"]),
        held_back=d["held_back"],
        relations=tuple(_relation(*parts) for parts in d["relations"]),
        # Left out where there is none, so that what was remembered before there were any still reads, and is the same.
        registration=d.get("registration", ""),
        asserted=_asserted(*d.get("asserted", ())),
    )


def service_of(data: bytes) -> ServiceLine:
    """The service line alone, of what `write` wrote."""
    return ServiceLine(compact_json.read(data)["service"])


def who_of(data: bytes) -> Who:
    """The `who` of a standing that was written, without the rest of it."""
    d = compact_json.read(data)
    # Ledgers of before workers had ids hold no fifth part.
    worker_id = d["own"][4] if len(d["own"]) > 4 else ""
    name, _, team, _, _ = d["worker"]
    return Who(worker_id, name, team, Sensitivity(d["sensitivity"]))


def _relation(kind: str, person: str, standing: str = RelationStanding.CURRENT) -> StandingRelation:
    """Ledgers of before relations had a standing hold two parts."""
    return StandingRelation(RelationKind(kind), RelationStanding(standing), person_from_json(person))


def _asserted(code: str = YoungAdultStatus.NONE, until: str | None = None) -> AssertedStatus:
    return AssertedStatus(YoungAdultStatus(code), _day(until))


def _document(s: Standing) -> dict[str, Any]:
    """Codes and days are written as their texts (`mappings.compact_json`)."""
    born, own = s.birth_date, s.own
    stated: dict[str, Any] = {"registration": s.registration} if s.registration else {}
    if s.asserted.code is not YoungAdultStatus.NONE:
        stated["asserted"] = [s.asserted.code, s.asserted.until]
    return stated | {
        "own": [own.client_local_id, own.client_label, own.involvement_local_id, own.worker, own.worker_id],
        "person": person_to_json(s.person),
        "birth_date": [born.year, born.month, born.day] if born else None,
        "expected": s.expected,
        "service": s.service,
        "sensitivity": s.sensitivity,
        "worker": _worker(s.worker),
        "start": s.start,
        "end": s.end,
        "legal_basis": s.legal_basis,
        "consent": s.consent,
        "consent_date": s.consent_date,
        "informed": s.informed,
        "informed_date": s.informed_date,
        "held_back": s.held_back,
        "relations": sorted([each.kind, person_to_json(each.person), each.standing] for each in s.relations),
    }


def _worker(worker: Worker) -> list[str]:
    return [worker.name, worker.role, worker.team, worker.contact.phone, worker.contact.email]


def _check(involvement: Involvement) -> None:
    shown = {
        "worker": involvement.worker,
        "role": involvement.role,
        "team": involvement.team,
        "phone": involvement.contact.phone,
        "email": involvement.contact.email,
    }
    for item, text in shown.items():
        if len(text) > MAX_DISPLAY:
            raise Unpublishable(f"the {item} is longer than {MAX_DISPLAY} characters; shorten it in the source")
    if len(involvement.relations) > MAX_RELATIONS:
        raise Unpublishable(f"there are more than {MAX_RELATIONS} relations; a notice carries at most that many")
    if involvement.start and involvement.end and involvement.end < involvement.start:
        raise Unpublishable("the involvement ends before it starts; correct the dates in the source")


def _legal_basis(involvement: Involvement) -> LegalBasis:
    if involvement.legal_basis is None:
        raise Unpublishable("no legal basis is stated; set legal_basis in the row, or under [agency] in the settings")
    return involvement.legal_basis


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
