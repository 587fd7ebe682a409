"""The state digest: every item of state changes it, a confirmation or a new sending does not."""

import dataclasses
import hashlib
import json
from datetime import date
from enum import Enum
from typing import Any

import pytest
from hypothesis import given

from identity.agency.digest import state_digest
from mappings.canonical.codes import (
    AgeBand,
    Consent,
    Gender,
    IdentifierSystem,
    Informed,
    LegalBasis,
    NoticeEvent,
    RelationKind,
    Sensitivity,
    ServiceLine,
    Strength,
)
from mappings.canonical.evidence import Evidence, IdentifierToken
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, RelatedPerson, Sequence, Worker
from tests.mappings.fhir.strategies import UNTIMED, notices


def token(n: int) -> IdentifierToken:
    return IdentifierToken(IdentifierSystem.NHS_NUMBER, Strength.STRONG, bytes([n]) * 16)


EVIDENCE = Evidence("e1", (token(1), token(2)), blocks=(bytes(16), b"b" * 16))
NOTICE = Notice(
    id=MessageId("0b8f4a52-0000-4000-8000-000000000001"),
    event=NoticeEvent.STARTED,
    sequence=Sequence("20261123T093000Z-1", 1),
    home_gateway=GatewayId("https://seaton.example/patchwork"),
    agency=AgencyId("https://seaton.example/agency/housing"),
    person_ref=PersonRef("a" * 64),
    involvement_ref=InvolvementRef("b" * 64),
    evidence=(EVIDENCE,),
    service=ServiceLine.HOUSING,
    sensitivity=Sensitivity.STANDARD,
    worker=Worker("A Worker", "Officer", "Team", Contact("01234 567890", "a@housing.example")),
    age_band=AgeBand.CHILD,
    age_band_until=date(2027, 1, 1),
    start=date(2026, 1, 1),
    end=None,
    confirmed=date(2026, 11, 1),
    legal_basis=LegalBasis.CHILDREN_ACT_2004_S11,
)
OTHER: dict[str, Any] = {
    "home_gateway": GatewayId("https://northport.example/patchwork"),
    "agency": AgencyId("https://seaton.example/agency/health"),
    "person_ref": PersonRef("c" * 64),
    "involvement_ref": InvolvementRef("c" * 64),
    "evidence": (dataclasses.replace(EVIDENCE, gender=Gender.FEMALE),),
    "service": ServiceLine.SCHOOL,
    "sensitivity": Sensitivity.SENSITIVE,
    "worker": dataclasses.replace(NOTICE.worker, contact=Contact("01234 567891")),
    "age_band": AgeBand.UNKNOWN,
    "age_band_until": None,
    "start": None,
    "end": date(2026, 10, 1),
    "legal_basis": LegalBasis.CONSENT,
    "consent": Consent.GIVEN,
    "consent_date": date(2026, 1, 1),
    "informed": Informed.BY_LETTER,
    "informed_date": date(2026, 1, 1),
    "held_back": True,
    "relations": (RelatedPerson(RelationKind.PARENT, (EVIDENCE,)),),
    "worker_tokens": ("0" * 32,),
    "status_asserted": True,
}
SENDING: dict[str, Any] = {
    "id": MessageId("0b8f4a52-0000-4000-8000-000000000009"),
    "event": NoticeEvent.CHANGED,
    "sequence": Sequence("20261123T093000Z-1", 2),
    "confirmed": date(2026, 11, 2),
    "sealed_details": "x",
}


def test_every_field_of_a_notice_is_either_state_or_sending() -> None:
    assert set(OTHER) | set(SENDING) == {field.name for field in dataclasses.fields(Notice)}


@pytest.mark.parametrize("name", OTHER)
def test_every_item_of_state_counts(name: str) -> None:
    assert state_digest(dataclasses.replace(NOTICE, **{name: OTHER[name]})) != state_digest(NOTICE)


@pytest.mark.parametrize("name", SENDING)
def test_sending_again_and_confirming_do_not(name: str) -> None:
    assert state_digest(dataclasses.replace(NOTICE, **{name: SENDING[name]})) == state_digest(NOTICE)


def test_order_does_not_count() -> None:
    turned = dataclasses.replace(EVIDENCE, identifiers=EVIDENCE.identifiers[::-1], blocks=EVIDENCE.blocks[::-1])
    assert state_digest(dataclasses.replace(NOTICE, evidence=(turned,))) == state_digest(NOTICE)


def test_the_format_does_not_drift() -> None:
    assert state_digest(NOTICE) == "bbfb8c8274c5c5b2fb4210dc7ea9c212814ea73a3bccaa3b8618bcecd09fb07c"


def plainly(value: object) -> Any:
    """What the digest is of, as simply as it can be said: lists in the order of their texts."""
    match value:
        case Enum():
            return value.value
        case bytes():
            return value.hex()
        case date():
            return value.isoformat()
        case tuple():
            items = [plainly(item) for item in value]
            texts = all(isinstance(item, str) and item.isalnum() for item in items)
            return sorted(items) if texts else sorted(items, key=in_fixed_form)
        case None | str() | int():
            return value
    members = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}  # type: ignore[arg-type]
    return {name: plainly(item) for name, item in members.items() if item or name != "superseded"}


def in_fixed_form(document: object) -> str:
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@UNTIMED
@given(notices())
def test_the_quick_way_gives_the_digest_of_the_plain_one(notice: Notice) -> None:
    state = plainly(notice) | {"sealed_details": ""}
    for name in ("id", "event", "sequence", "confirmed"):
        del state[name]
    for name in ("worker_tokens", "status_asserted"):
        if not state[name]:
            del state[name]
    assert state_digest(notice) == hashlib.sha256(in_fixed_form(state).encode()).hexdigest()


def test_what_a_notice_cannot_hold_has_no_digest() -> None:
    with pytest.raises(TypeError, match="float"):
        state_digest(dataclasses.replace(NOTICE, held_back=0.5))  # type: ignore[arg-type]
