"""RelatedPerson resources become the relations of the patient: the current ones, in the preset's words, and nothing that must not join."""

from pathlib import Path
from typing import Any

import pytest

from connectors.sources.opening import open_source
from mappings.canonical.codes import Mode, RelationKind, RelationStanding
from mappings.canonical.notice import MAX_RELATIONS
from tests.connectors.sources.agencies import DEFAULTS, EXTRACTED, bundle, involvements
from tests.connectors.sources.test_fhir_bundle import PATIENT, TRUST, VISITOR, team

ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
STANDING = "https://patchwork.example/fhir/StructureDefinition/relation-standing"


def relative(code: str = "FTH", **changes: Any) -> dict[str, Any]:
    made = {
        "resourceType": "RelatedPerson",
        "id": "r1",
        "patient": {"reference": "Patient/p1"},
        "relationship": [{"coding": [{"system": ROLE, "code": code}]}],
        "name": [{"family": "Whitlock", "given": ["Darren", "James"]}],
        "gender": "male",
        "birthDate": "1985-07-17",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990104018"}],
    }
    return {**made, **changes}


@pytest.fixture
def relations(tmp_path: Path):
    """The relations that a bundle with these relatives comes to."""

    def read_all(*relatives: dict[str, Any]):
        path = bundle(tmp_path, PATIENT, VISITOR, TRUST, team(), *relatives)
        source = open_source("fhir_r4_ukcore", path, DEFAULTS, Mode.TRIAL, EXTRACTED)
        [involvement] = involvements(source.readings())
        return involvement.relations, source.remarks

    return read_all


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MTH", RelationKind.PARENT),
        ("STPFTH", RelationKind.PARENT),
        ("GUARD", RelationKind.CARER),
        ("SON", RelationKind.CHILD),
        ("SIS", RelationKind.SIBLING),
        ("HUSB", RelationKind.PARTNER),
    ],
)
def test_a_relative_is_read_like_a_patient(relations, code, kind):
    [found], _ = relations(relative(code))
    assert (found.kind, found.standing) == (kind, RelationStanding.CURRENT)
    assert (found.person.given, found.person.family) == (("Darren", "James"), "Whitlock")
    assert found.person.identifiers[0].value == "9990104018"


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"period": {"end": "2020-01-01"}},
        {"meta": {"security": [{"code": "R"}]}},
        {"patient": {"reference": "Patient/somebody-else"}},
        {"relationship": []},
        {"relationship": [{"coding": [{"system": ROLE, "code": "NMTH"}]}]},
        {"relationship": [{"coding": [{"system": ROLE, "code": "NBOR"}]}]},
        {"name": "not an object"},
    ],
)
def test_what_is_over_restricted_natural_unknown_or_damaged_joins_nobody(relations, changes):
    found, _ = relations(relative(**changes))
    assert found == ()


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ("no-contact", RelationStanding.NO_CONTACT),
        ("disputed", RelationStanding.DISPUTED),
        ("something new", RelationStanding.DISPUTED),
    ],
)
def test_a_relation_that_must_not_join_says_so(relations, said, standing):
    [found], _ = relations(relative(extension=[{"url": STANDING, "valueCode": said}]))
    assert found.standing is standing


def test_no_more_relatives_than_a_notice_carries_and_never_without_those_that_must_not_join(relations):
    many = [relative(id=f"r{number}", identifier=[]) for number in range(MAX_RELATIONS)]
    apart = relative(id="last", extension=[{"url": STANDING, "valueCode": "no-contact"}])
    found, remarks = relations(*many, apart)
    assert len(found) == MAX_RELATIONS
    assert found[0].standing is RelationStanding.NO_CONTACT
    assert sum(remarks.values()) == 1
