"""Agencies, connectors and agreements come in by a signature, and each refusal names the field and the way out."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.channel.topology import is_inbox_of
from gateway.refused import NotPermitted, Refused
from gateway.rules.agreements import (
    ADD_AGREEMENT,
    agreement_content,
    agreement_from,
    agreement_history,
    list_agreements,
    read_agreement_file,
)
from gateway.trust.actor import LOCAL_READER
from gateway.trust.onboarding import agency_content, connector_content, list_agencies, list_connectors
from identity.agency.fingerprint import fingerprint, is_fingerprint_of
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.codes import RelationKind
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff, audited

AGREEMENT: dict[str, Any] = {
    "id": "seaton-children",
    "title": "Seaton children's partnership",
    "parties": [SCHOOL.value, HOUSING.value],
    "purpose": "so that those who help a child know of each other",
    "legal_bases": ["children-act-2004-s10"],
    "age_bands": ["unborn", "child"],
    "level": "full",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "review_by": "2026-12-31",
    "rights_contact": "rights@seaton.example",
    "controllers": ["Seaton Council"],
    "documents": [{"name": "Data sharing agreement, signed", "sha256": "a" * 64}],
}
FILE = """
id = "seaton-children"
title = "Seaton children's partnership"
parties = ["urn:patchwork:seaton:school", "urn:patchwork:seaton:housing"]
purpose = "so that those who help a child know of each other"
legal_bases = ["children-act-2004-s10"]
age_bands = ["unborn", "child"]
level = "full"
valid_from = 2026-01-01
valid_until = 2026-12-31
review_by = 2026-12-31
rights_contact = "rights@seaton.example"
controllers = ["Seaton Council"]

[[documents]]
name = "Data sharing agreement, signed"
sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
"""


def test_an_agency_is_added_by_a_registrar(staff: Staff) -> None:
    agency = staff.agency(SCHOOL)
    assert list_agencies(staff.office, LOCAL_READER) == [agency]
    assert audited(staff.office)[-1] == ("agency-added", "anna")


def test_an_agency_is_added_once(staff: Staff) -> None:
    staff.agency(SCHOOL)
    with pytest.raises(Refused, match="in the register already"):
        staff.agency(SCHOOL)


def test_an_observer_adds_nothing(staff: Staff) -> None:
    ben = staff.colleague("ben", "observer", "ig-lead")
    with pytest.raises(NotPermitted, match="needs the role registrar"):
        ben.agency(SCHOOL)
    assert list_agencies(staff.office, LOCAL_READER) == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id", "school", "agency: id is not a valid agency id: expected a URI"),
        ("name", " ", "agency: name must be text"),
        ("type", "zoo", "agency: type must be one of local-authority-children"),
        ("organisation", "x\ny", "agency: organisation must be text"),
    ],
)
def test_a_wrong_field_of_an_agency_is_named(field: str, value: str, says: str) -> None:
    members = {"id": SCHOOL.value, "name": "School", "type": "school", "organisation": "Council", field: value}
    with pytest.raises(Refused, match=says):
        agency_content(**members)


def test_a_connector_is_added_for_its_trial_with_an_inbox_that_nobody_guesses(staff: Staff) -> None:
    staff.agency(SCHOOL)
    connector = staff.trial_connector("school-1", SCHOOL)
    assert connector.status is Status.APPROVED
    assert is_inbox_of(connector.id, connector.inbox)
    assert list_connectors(staff.office, LOCAL_READER) == [connector]


def test_a_connector_speaks_for_agencies_that_are_there_and_free(staff: Staff) -> None:
    with pytest.raises(Refused, match="add it first with patchwork agency add"):
        staff.connector("school-1", SCHOOL)
    staff.agency(SCHOOL)
    staff.connector("school-1", SCHOOL)
    with pytest.raises(Refused, match="connector school-1 speaks for agency"):
        staff.connector("school-2", SCHOOL)


def test_a_connector_id_and_its_keys_are_used_once(staff: Staff) -> None:
    keys = generate()
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    staff.connector("school-1", SCHOOL, keys=keys)
    with pytest.raises(Refused, match="school-1 is in the register already"):
        staff.connector("school-1", HOUSING)
    with pytest.raises(Refused, match="those of connector school-1"):
        staff.connector("housing-1", HOUSING, keys=keys)


@pytest.mark.parametrize("name", ["gateway", "keyholder", "enrolment"])
def test_the_names_of_the_other_parties_are_reserved(name: str) -> None:
    with pytest.raises(Refused, match="reserved name"):
        connector_content(generate().public(name), [SCHOOL.value], "https")


def test_the_carrier_and_agencies_of_a_connector_are_checked_before_anything_is_signed() -> None:
    keys = generate().public("school-1")
    with pytest.raises(Refused, match="carrier must be one of https, amqp"):
        connector_content(keys, [SCHOOL.value], "pigeon")
    with pytest.raises(Refused, match="names the same entry twice"):
        connector_content(keys, [SCHOOL.value, SCHOOL.value], "https")
    with pytest.raises(Refused, match="one signing key: invite the connector for all of them"):
        connector_content(keys, [SCHOOL.value, HOUSING.value], "https")


def test_a_fingerprint_covers_both_keys_and_the_name() -> None:
    keys, other = generate(), generate()
    text = fingerprint(keys.public("school-1"))
    assert is_fingerprint_of(text.upper().replace(" ", ":"), keys.public("school-1"))
    assert not is_fingerprint_of(text, keys.public("school-2"))
    swapped = type(keys)(keys.signing, other.decryption)
    assert not is_fingerprint_of(text, swapped.public("school-1"))


def test_a_new_version_of_an_agreement_takes_the_place_of_the_one_before(staff: Staff) -> None:
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    assert staff.agreement(AGREEMENT).version == 1
    assert staff.agreement({**AGREEMENT, "level": "id-only"}).version == 2
    (current,) = list_agreements(staff.office, LOCAL_READER)
    assert (current.version, current.level) == (2, "id-only")
    history = agreement_history(staff.office, LOCAL_READER, "seaton-children")
    assert [(each.version, each.recorded_by, each.approved_by) for each in history] == [
        (2, "anna", "omar"),
        (1, "anna", "omar"),
    ]
    with pytest.raises(Refused, match="there is no agreement seaton-adults"):
        agreement_history(staff.office, LOCAL_READER, "seaton-adults")


def test_the_organisation_of_every_party_is_among_the_controllers(staff: Staff) -> None:
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    with pytest.raises(Refused, match="controllers must name Seaton Council, the organisation that"):
        staff.agreement({**AGREEMENT, "controllers": ["Elsewhere Council"]})


def test_an_agreement_is_the_ig_leads_and_its_parties_are_in_the_register(staff: Staff) -> None:
    with pytest.raises(Refused, match="parties names urn:patchwork:seaton:school, which is not in the register"):
        staff.agreement(AGREEMENT)
    with pytest.raises(NotPermitted, match="needs the role ig-lead"):
        staff.colleague("ben", "registrar").hand_in(ADD_AGREEMENT, agreement_content(AGREEMENT))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id", "Seaton Children", "id is not a valid agreement id"),
        ("parties", [SCHOOL.value], "at least two different agencies"),
        ("parties", SCHOOL.value, "parties must be a list"),
        ("legal_bases", ["because"], "legal_bases must be one of children-act-2004-s10"),
        ("age_bands", [], "age_bands must be a list of 1 to"),
        ("age_bands", ["unknown"], "permits nothing"),
        ("level", "everything", "level must be one of empty, id-only, full"),
        ("valid_from", "1 January", "valid_from must be a day written as YYYY-MM-DD"),
        ("valid_from", 20260101, "valid_from must be a day"),
        ("valid_until", "2025-01-01", "not before its first"),
        ("review_by", "2025-01-01", "review_by must not be before valid_from"),
        ("levl", "full", "no field 'levl'; did you mean level"),
        ("controllers", [], "controllers must be a list of 1 to"),
        ("controllers", ["Seaton\nCouncil"], "controllers must be text of"),
        ("documents", [], "documents must be a list of 1 to"),
        ("documents", ["a paper"], "documents must be a list of tables"),
        ("documents", [{"name": "Signed"}], "agreement document: the field 'sha256' is missing"),
        ("documents", [{"name": "Signed", "sha256": "A" * 64}], "64 lower-case hexadecimal digits"),
    ],
)
def test_a_wrong_field_of_an_agreement_is_named(field: str, value: object, says: str) -> None:
    with pytest.raises(Refused, match=says):
        agreement_content({**AGREEMENT, field: value})


def test_an_agreement_covers_relatives_only_where_it_names_them() -> None:
    assert agreement_from(AGREEMENT, 1).relations == ()
    named = agreement_from(AGREEMENT | {"relations": ["parent", "carer"]}, 1)
    assert named.relations == (RelationKind.PARENT, RelationKind.CARER)
    with pytest.raises(Refused, match="relations must be one of parent"):
        agreement_content({**AGREEMENT, "relations": ["cousin"]})


def test_a_missing_field_of_an_agreement_is_named() -> None:
    with pytest.raises(Refused, match="the field 'review_by' is missing"):
        agreement_content({name: value for name, value in AGREEMENT.items() if name != "review_by"})


def test_an_agreement_file_reads_as_what_is_signed(tmp_path: Path) -> None:
    path = tmp_path / "agreement.toml"
    path.write_text(FILE)
    assert read_agreement_file(path) == AGREEMENT
    assert date.fromisoformat(read_agreement_file(path)["valid_from"]) == date(2026, 1, 1)


@pytest.mark.parametrize(("text", "says"), [("id = ", "is not TOML"), ("x" * 40_000, "is larger than")])
def test_a_file_that_is_no_agreement_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "agreement.toml"
    path.write_text(text)
    with pytest.raises(Refused, match=says):
        read_agreement_file(path)
    with pytest.raises(Refused, match="cannot be read"):
        read_agreement_file(tmp_path / "none.toml")
