"""Rows for the store's tests, every field filled so that a field that is lost on the way shows."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.model.alert_reference import AlertReference, AlertStatus
from gateway.model.connection import Connection, ConnectionState
from gateway.model.connector import Carrier, Connector
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.person_record import Link, PersonRecord
from gateway.ports import UnitOfWork
from identity.agency.keys import generate
from identity.agency.trust import Status
from identity.person.kept_evidence import as_kept
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import AlertEvent, Certainty, Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import BirthDateTokens, Evidence, IdentifierToken, LocationTokens, NameTokens
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId, PersonRef, SpokenReference
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE, agency, registered

DATA_KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, 12, 34, 56, 789_012, tzinfo=UTC)
LATER = NOW + timedelta(days=1, microseconds=1)


def token(*words: object, size: int = 16) -> bytes:
    """Bytes that are always the same for the same words."""
    return hashlib.sha256(repr(words).encode()).digest()[:size]


def message(number: int) -> MessageId:
    """A message id."""
    return MessageId(str(UUID(int=number)))


def evidence(who: str, epoch: str = "2026a", **changes: Any) -> Evidence:
    """Evidence with something in every field, as a register keeps it."""
    name = NameTokens(token(who, "e"), token(who, "p"), token(who, "i"), token(who, "s", size=32), 3)
    year, full, year_month, year_day, month_day, swapped = (token(who, part) for part in range(6))
    birth = BirthDateTokens(year, full, year_month, year_day, month_day, swapped, default_day=True)
    postcode, sector, area, address, town = (token(who, "at", part) for part in range(5))
    place = LocationTokens(postcode, sector, area, address, town, token(who, "at", size=32))
    made = Evidence(
        epoch=epoch,
        identifiers=(IdentifierToken(IdentifierSystem.NHS_NUMBER, Strength.MEDIUM, token(who, "number")),),
        given=name,
        middle=name,
        family=name,
        given_aliases=(name,),
        family_aliases=(name, name),
        names_signature=token(who, size=32),
        birth_date=birth,
        locations=(place,),
        gender=Gender.FEMALE,
        blocks=(token(who, "block"),),
        bands=(token(who, "band"),),
        weak=True,
    )
    return as_kept([replace(made, **changes)])[0]


def keys(*identifiers: str, blocks: tuple[str, ...] = (), bands: tuple[str, ...] = ()) -> IndexKeys:
    """Index keys named by words."""
    named = (tuple(token("key", word) for word in words) for words in (identifiers, blocks, bands))
    return IndexKeys(*named)


def connector(name: str = "c1", *agencies: AgencyId, **changes: Any) -> Connector:
    """A live connector."""
    speaks_for = agencies or (SCHOOL,)
    public = generate().public(name)
    made = Connector(ConnectorId(name), speaks_for, public, Status.LIVE, Carrier.HTTPS, f"inbox-{name}", NOW)
    return replace(made, **changes)


def agencies(unit: UnitOfWork) -> None:
    """Three agencies, which records must belong to."""
    for each in (SCHOOL, SOCIAL_CARE, HOUSING):
        unit.trust.add_agency(agency(each))


def record(unit: UnitOfWork, who: str, agency_id: AgencyId = SCHOOL, index: IndexKeys | None = None) -> PersonRecord:
    """One agency's record of somebody."""
    reference = PersonRef(hashlib.sha256(f"{who}{agency_id}".encode()).hexdigest())
    return unit.records.add(agency_id, reference, (evidence(who),), index or keys(who))


def link(record_id: int, person_id: int, **changes: Any) -> Link:
    """A link that is to be opened."""
    made = Link(
        0,
        record_id,
        person_id,
        "probabilistic",
        0.987654321,
        Certainty.REVIEWED,
        '[["family","exact",7.25]]',
        "me",
        NOW,
    )
    return replace(made, **changes)


def linked(unit: UnitOfWork, who: str, agency_id: AgencyId, person_id: int) -> RegisteredInvolvement:
    """A record, its link and a live involvement."""
    made = record(unit, who, agency_id)
    unit.records.open_link(link(made.id, person_id))
    number = made.id
    changes = {"id": 0, "record_id": made.id, "person_ref": made.person_ref}
    return unit.involvements.save(registered(agency_id, number, **changes))


def pair(unit: UnitOfWork, number: int = 1) -> Connection:
    """Two involvements with one person, and the connection between them, saved."""
    person_id = unit.records.new_person()
    sides = [linked(unit, f"somebody {number}", each, person_id) for each in (SCHOOL, HOUSING)]
    links = [unit.records.active_link(side.record_id) for side in sides]
    assert links[0]
    assert links[1]
    made = Connection(
        id=message(1000 + number),
        first=sides[0].id,
        second=sides[1].id,
        links=(links[0].id, links[1].id),
        spoken_reference=SpokenReference("K7P-4QX"),
        certainty=Certainty.SAME_NUMBER,
        state=ConnectionState.LIVE,
        opened_at=NOW,
    )
    unit.connections.save(made)
    return made


def alert(connection: Connection, version: int = 1, **changes: Any) -> AlertReference:
    """An alert to the first side of a connection."""
    made = AlertReference(
        id=message(2000 + version),
        connection=connection.id,
        recipient=connection.first,
        discloser=connection.second,
        event=AlertEvent.MADE,
        version=version,
        status=AlertStatus.PENDING,
        shown="d" * 64,
        links=connection.links,
        made_at=NOW,
        next_attempt_at=NOW,
        attempts=2,
        not_after=LATER,
        terms="rule-set/3 rules=some-rule agreement=seaton-children/1",
    )
    return replace(made, **changes)
