"""FHIR R4 bundles: care teams and episodes of care, read with patience and bounds."""

import copy
import json
from datetime import date
from typing import Any

import pytest

from connectors.sources.opening import open_source
from connectors.sources.port import Coverage, Merged, Parted, Rejected, SourceUnreadable, Withdrawn
from mappings.canonical.codes import Gender, Mode, ServiceLine, Strength
from mappings.canonical.involvement import Contact
from mappings.canonical.person import PartialDate
from tests.connectors.sources.agencies import (
    DEFAULTS,
    EXTRACTED,
    SEATON,
    bundle,
    involvements,
    problems,
    read,
    skips,
    written,
)

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:x:mrn", "value": "CH-1"}, {"system": NHS, "value": "9990100012"}],
    "name": [{"use": "official", "family": "O'Neill", "given": ["Maya", "Grace"]}],
    "gender": "female",
    "birthDate": "2014-03-09",
}
VISITOR: dict[str, Any] = {
    "resourceType": "Practitioner",
    "id": "hv",
    "name": [{"family": "Marsh", "given": ["Helen"]}],
}
TRUST: dict[str, Any] = {"resourceType": "Organization", "id": "o1", "identifier": [{"system": ODS, "value": "RZZ"}]}


def team(**changes: Any) -> dict[str, Any]:
    made = {
        "resourceType": "CareTeam",
        "id": "t1",
        "status": "active",
        "name": "Health Visiting West",
        "subject": {"reference": "Patient/p1"},
        "participant": [{"member": {"reference": "Practitioner/hv"}}],
    }
    return {**made, **changes}


def episode(**changes: Any) -> dict[str, Any]:
    made = {
        "resourceType": "EpisodeOfCare",
        "id": "e1",
        "status": "active",
        "patient": {"reference": "Patient/p1"},
        "managingOrganization": {"reference": "Organization/o1"},
    }
    return {**made, **changes}


def patient(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PATIENT), **changes}


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"system": "https://fhir.hl7.org.uk/Id/nmc-number", "value": "98I1234E"}, "nmc|98I1234E"),
        ({"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "1234567"}, "gmc|1234567"),
        ({"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "1234567", "use": "old"}, ""),
        ({"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "not known"}, ""),
        ({"system": "urn:x:sds", "value": "1234567"}, ""),
    ],
)
def test_the_number_at_a_professional_register_is_read(tmp_path, identifier, expected):
    (one,) = involvements(read(bundle(tmp_path, PATIENT, {**VISITOR, "identifier": [identifier]}, team())))

    assert one.registration == expected


@pytest.mark.parametrize(
    ("reference", "practitioner"),
    [
        ({"reference": "Practitioner/hv"}, VISITOR),
        ({"reference": "Practitioner/hv/_history/3"}, VISITOR),
        (
            {"reference": "urn:uuid:00000000-0000-4000-8000-000000000003"},
            {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000003", "resource": VISITOR},
        ),
        (
            {"reference": "https://trust.example/fhir/Practitioner/hv"},
            {"fullUrl": "https://trust.example/fhir/Practitioner/hv", "resource": VISITOR},
        ),
        (
            {"reference": "Practitioner?identifier=urn:x:sds%7C555"},
            {**VISITOR, "identifier": [{"system": "urn:x:sds", "value": "555"}]},
        ),
        (
            {"identifier": {"system": "urn:x:sds", "value": "555"}, "type": "Practitioner"},
            {**VISITOR, "identifier": [{"system": "urn:x:sds", "value": "555"}]},
        ),
        (
            {"identifier": {"system": "urn:x:sds", "value": "555"}, "type": "Practitioner", "display": "Marsh, Helen"},
            TRUST,
        ),
    ],
    ids=["relative", "versioned", "urn", "fullUrl", "conditional", "logical", "logical with display only"],
)
def test_every_kind_of_reference_is_followed(tmp_path, reference, practitioner):
    (one,) = involvements(read(bundle(tmp_path, PATIENT, practitioner, team(participant=[{"member": reference}]))))

    assert one.worker in ("Helen Marsh", "Marsh, Helen")
    assert one.local_id == "CareTeam/t1"


def test_a_contained_worker_is_found(tmp_path):
    contained = team(contained=[{**VISITOR, "id": "w"}], participant=[{"member": {"reference": "#w"}}])

    assert [one.worker for one in involvements(read(bundle(tmp_path, PATIENT, contained)))] == ["Helen Marsh"]


def test_a_patient_may_be_known_by_number_alone(tmp_path):
    subject = {"identifier": {"system": NHS, "value": "9990100012"}, "display": "Maya O'Neill"}

    (one,) = involvements(read(bundle(tmp_path, VISITOR, team(subject=subject))))

    assert one.person.identifiers[0].value == "9990100012"
    assert (one.person.given, one.person.family) == (("Maya",), "O'Neill")


def test_a_reference_that_leads_nowhere_rejects_its_resource_only(tmp_path):
    lost = team(id="t2", subject={"reference": "Patient/p9"})
    readings = read(bundle(tmp_path, PATIENT, VISITOR, lost, team()))

    assert len(involvements(readings)) == 1
    assert "put the Patient into it" in problems(readings)[0]


def test_the_role_says_who_how_and_what(tmp_path):
    role = {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": "Practitioner/hv"},
        "code": [{"coding": [{"code": "R0690", "display": "Community Practitioner"}]}],
        "telecom": [
            {"system": "phone", "use": "home", "value": "01632 960999"},
            {"system": "phone", "use": "work", "value": "01632 960555"},
        ],
    }
    member = [{"member": {"reference": "PractitionerRole/r1"}}]

    (one,) = involvements(read(bundle(tmp_path, PATIENT, VISITOR, role, team(name="West", participant=member))))

    assert (one.worker, one.role, one.service) == (
        "Helen Marsh",
        "Community Practitioner",
        ServiceLine.PUBLIC_HEALTH_NURSING,
    )
    assert one.contact == Contact("01632 960555")


def test_each_worker_of_a_team_is_involved_and_the_earliest_keeps_the_teams_reference(tmp_path):
    second = {**VISITOR, "id": "sn", "name": [{"text": "Ade, Bola"}]}
    participants = [
        {"member": {"reference": "Practitioner/sn"}, "period": {"start": "2025-06-01"}},
        {"member": {"reference": "Practitioner/hv"}, "period": {"start": "2025-01-10", "end": "2025-09-30"}},
        {"member": {"reference": "Patient/p1"}},
    ]
    found = involvements(read(bundle(tmp_path, PATIENT, VISITOR, second, team(participant=participants))))

    assert [(one.local_id, one.worker, one.start, one.end) for one in found] == [
        ("CareTeam/t1", "Helen Marsh", date(2025, 1, 10), date(2025, 9, 30)),
        ("CareTeam/t1|sn", "Bola Ade", date(2025, 6, 1), None),
    ]


def test_a_team_without_workers_stands_for_itself(tmp_path):
    (one,) = involvements(read(bundle(tmp_path, PATIENT, team(participant=[]))))

    assert (one.worker, one.team) == ("", "Health Visiting West")


def test_a_named_team_stands_for_a_worker_of_whom_nobody_says_who_it_is(tmp_path):
    lost = {"reference": "Practitioner/none"}
    path = bundle(tmp_path, PATIENT, TRUST, team(participant=[{"member": lost}]), episode(careManager=lost))
    source = open_source("auto", path, DEFAULTS, Mode.TRIAL, EXTRACTED)

    assert [(one.worker, one.team) for one in involvements(source.readings())] == [
        ("", "Health Visiting West"),
        ("", "RZZ"),
    ]
    assert list(source.remarks.values()) == [2]


LISTED = (PATIENT, VISITOR, TRUST, team())
AS_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><resource><Patient><id value="p1"/>
<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p id="x">Maya</p></div></text>
<identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990100012"/></identifier>
<name><use value="official"/><family value="O'Neill"/><given value="Maya"/><given value="Grace"/></name>
<birthDate value="2014-03-09"><extension url="urn:x"><valueCode value="y"/></extension></birthDate></Patient></resource></entry>
<entry><resource><CareTeam><id value="t1"/>
<contained><Practitioner><id value="hv"/><name><family value="Marsh"/><given value="Helen"/></name></Practitioner></contained>
<status value="active"/><name value="Health Visiting West"/><subject><reference value="Patient/p1"/></subject>
<participant><member><reference value="#hv"/></member></participant></CareTeam></resource></entry></Bundle>"""


@pytest.mark.parametrize(
    "files",
    [
        {"all.ndjson": "\n".join(json.dumps(one) for one in LISTED)},
        {"all.json": json.dumps(LISTED)},
        {"all.json": json.dumps([{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": one} for one in LISTED]}])},
        {"all.json": json.dumps({"data": {"resources": LISTED}})},
        {"all.json": json.dumps({"resourceType": "Parameters", "parameter": [{"name": "x", "resource": one} for one in LISTED]})},
        {"all.json": json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": [
            {"resource": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one}]}} for one in LISTED
        ]})},
        {f"{one['resourceType']}.json": json.dumps(one) for one in LISTED},
        {f"{one['resourceType']}.000.ndjson": json.dumps(one) for one in LISTED},
        {"all.json": json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in LISTED]}).encode("utf-16")},
        {"all.xml": AS_XML},
        {"all.xml": AS_XML.replace("UTF-8", "UTF-16").encode("utf-16")},
        {"all.xml": AS_XML.replace("<", "<f:").replace("<f:/", "</f:").replace("<f:?", "<?").replace("xmlns=", "xmlns:f=")},
    ],
)  # fmt: skip
def test_however_a_system_puts_its_resources_into_files(tmp_path, files):
    for name, content in files.items():
        written(tmp_path, content, name)

    (one,) = involvements(read(tmp_path))

    assert (one.local_id, one.worker, one.team) == ("CareTeam/t1", "Helen Marsh", "Health Visiting West")
    assert (one.person.given, one.person.family) == (("Maya", "Grace"), "O'Neill")


def test_only_a_bundle_can_say_that_it_holds_everything(tmp_path):
    loose = written(tmp_path, "\n".join(json.dumps(one) for one in LISTED), "all.ndjson")
    assert open_source("auto", loose, DEFAULTS, Mode.TRIAL).snapshot().coverage is Coverage.PARTIAL

    whole = written(tmp_path, AS_XML, "all.xml")
    assert open_source("auto", whole, DEFAULTS, Mode.TRIAL).snapshot().coverage is Coverage.FULL


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<!DOCTYPE Bundle [<!ENTITY a 'b'>]>" + AS_XML.partition("?>")[2], "document type or entities"),
        (AS_XML[:-9], "not well-formed"),
        (
            "<Bundle xmlns='http://hl7.org/fhir'>" + "<entry>" * 60 + "</entry>" * 60 + "</Bundle>",
            "nests deeper than 40",
        ),
    ],
)
def test_xml_that_cannot_be_trusted_is_refused(tmp_path, text, sentence):
    with pytest.raises(SourceUnreadable, match=sentence):
        read(written(tmp_path, text, "bundle.xml"))


@pytest.mark.parametrize("elements", [{"careTeam": [{"reference": "CareTeam/t1"}]}, {"reason": [{"value": []}]}])
def test_what_only_r5_has_is_refused_by_the_version(tmp_path, elements):
    with pytest.raises(SourceUnreadable, match="another FHIR version than R4"):
        read(bundle(tmp_path, PATIENT, VISITOR, episode(**elements)))


def test_resources_without_addresses_are_of_one_server_and_others_are_not(tmp_path):
    subject = {"reference": "https://trust.example/fhir/Patient/p1"}
    assert len(involvements(read(bundle(tmp_path, PATIENT, VISITOR, team(subject=subject))))) == 1

    elsewhere = {"fullUrl": "https://other.example/fhir/Patient/p1", "resource": PATIENT}
    assert involvements(read(bundle(tmp_path, elsewhere, VISITOR, team(subject=subject)))) == []


def test_a_worker_of_another_organisation_is_not_the_trusts_own(tmp_path):
    council = {"resourceType": "Organization", "id": "c", "identifier": [{"system": ODS, "value": "999"}]}
    site = {"resourceType": "Organization", "id": "s", "identifier": [{"system": ODS, "value": "RZZ01"}]}
    participants = [
        {"member": {"reference": "Practitioner/hv"}, "onBehalfOf": {"reference": "Organization/s"}},
        {
            "member": {"display": "Folake Adeyemi", "type": "Practitioner"},
            "onBehalfOf": {"reference": "Organization/c"},
        },
    ]
    managed = team(participant=participants, managingOrganization=[{"reference": "Organization/o1"}])

    found = involvements(read(bundle(tmp_path, PATIENT, VISITOR, TRUST, council, site, managed)))

    assert [one.worker for one in found] == ["Helen Marsh"]


@pytest.mark.parametrize("status", ["planned", "waitlist", "cancelled"])
def test_an_episode_that_is_not_under_way_is_skipped(tmp_path, status):
    assert skips(read(bundle(tmp_path, PATIENT, TRUST, episode(status=status)))) == ["not-an-involvement"]


def test_what_was_entered_in_error_is_withdrawn_whoever_it_was_about(tmp_path):
    readings = read(bundle(tmp_path, episode(status="entered-in-error"), team(status="entered-in-error")))

    assert [one.local_id for one in readings if isinstance(one, Withdrawn)] == ["EpisodeOfCare/e1", "CareTeam/t1"]


def test_a_finished_episode_ends_when_it_says_or_when_it_was_last_changed(tmp_path):
    said = episode(id="a", status="finished", period={"start": "2024-01-05", "end": "2024-07-30"})
    changed = episode(id="b", status="finished", meta={"lastUpdated": "2024-08-01T10:00:00Z"})
    silent = episode(id="c", status="finished")

    readings = read(bundle(tmp_path, PATIENT, TRUST, said, changed, silent))

    assert [one.end for one in involvements(readings)] == [date(2024, 7, 30), date(2024, 8, 1)]
    assert skips(readings) == ["not-an-involvement"]


def test_an_episode_is_known_by_its_manager_its_team_or_its_organisation(tmp_path):
    managed = episode(id="a", careManager={"reference": "Practitioner/hv"}, team=[{"reference": "CareTeam/t1"}])
    bare = episode(id="b")

    found = involvements(read(bundle(tmp_path, PATIENT, VISITOR, TRUST, managed, bare, team())))

    assert [(one.worker, one.team) for one in found[:2]] == [("Helen Marsh", "Health Visiting West"), ("", "RZZ")]


def test_a_restricted_patient_is_never_read(tmp_path):
    secret = patient(meta={"security": [{"code": "R"}]}, birthDate="not a date")

    assert skips(read(bundle(tmp_path, secret, VISITOR, team()))) == ["excluded"]


def test_a_replaced_patient_leads_to_the_one_who_replaced_them(tmp_path):
    old = patient(id="old", link=[{"type": "replaced-by", "other": {"reference": "Patient/p1"}}], identifier=[])

    (one,) = involvements(read(bundle(tmp_path, old, PATIENT, VISITOR, team(subject={"reference": "Patient/old"}))))

    assert one.person.local_id == "CH-1"


def test_patients_that_replace_each_other_are_refused(tmp_path):
    loop = patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/p1"}}])

    assert "Patient.link" in problems(read(bundle(tmp_path, loop, VISITOR, team())))[0]


def test_names_and_addresses_by_their_use(tmp_path):
    named = patient(
        name=[
            {"use": "maiden", "family": "Byrne"},
            {"use": "nickname", "given": ["May"]},
            {"use": "usual", "family": "O'Neill", "given": ["Maya"]},
        ],
        address=[
            {"use": "old", "postalCode": "ZZ1 1AA"},
            {"use": "home", "line": ["4 Cliff Way"], "city": "Seaton", "postalCode": "zz24xy"},
        ],
        birthDate="2014-03",
        gender="other",
    )
    (one,) = involvements(read(bundle(tmp_path, named, VISITOR, team())))

    assert (one.person.given, one.person.known_as, one.person.former_family) == (("Maya",), ("May",), ("Byrne",))
    assert [(address.town, address.postcode) for address in one.person.addresses] == [("Seaton", "ZZ2 4XY")]
    assert one.person.birth_date == PartialDate(2014, 3)
    assert one.person.gender is Gender.OTHER


@pytest.mark.parametrize(
    ("code", "strength"),
    [("01", "strong"), ("02", "medium"), ("06", "medium"), ("04", "weak"), ("77", "weak"), (None, "medium")],
)
def test_the_verification_status_says_how_far_a_number_is_believed(tmp_path, code, strength):
    extension = [{"url": STATUS, "valueCodeableConcept": {"coding": [{"code": code}]}}] if code else []
    known = patient(identifier=[{"system": NHS, "value": "9990100012", "extension": extension}])

    (one,) = involvements(read(bundle(tmp_path, known, VISITOR, team())))

    assert one.person.identifiers[0].strength is Strength(strength)


def test_live_mode_rejects_invented_people(tmp_path):
    (problem,) = problems(read(bundle(tmp_path, PATIENT, VISITOR, team()), mode=Mode.LIVE))

    assert "999 test range" in problem


def test_two_resources_of_one_identifier_are_not_merged(tmp_path):
    same = [{"value": "7"}]
    readings = read(bundle(tmp_path, PATIENT, VISITOR, TRUST, team(identifier=same), episode(identifier=same)))

    assert len(involvements(readings)) == 1
    assert "reference of an earlier row" in problems(readings)[0]


@pytest.mark.parametrize(
    ("broken", "element"),
    [
        (team(status="running"), "status"),
        (team(subject="Patient/p1"), "subject"),
        (team(name=7), "name"),
        (team(period={"start": "last week"}), "start"),
        (team(period={"start": "2025-02-30"}), "start"),
        (team(period={"start": "2025-02-03", "end": "2025-02-01"}), "period"),
        (team(name="x" * 121), "name"),
        (team(id="x" * 201), "identifier"),
        (team(participant=[{"member": {"reference": f"Practitioner/{id}"}} for id in ("none", "hv")]), "worker"),
        (team(name="", participant=[{"member": {"reference": "Practitioner/none"}}]), "worker"),
        (team(participant=[{"member": {"reference": "Practitioner/hv"}}] * 201), "participants"),
    ],
)
def test_a_fault_names_the_element_and_rejects_that_resource_only(tmp_path, broken, element):
    readings = read(bundle(tmp_path, PATIENT, VISITOR, TRUST, broken, episode()))

    (rejected,) = [one for one in readings if isinstance(one, Rejected)]
    assert element in rejected.problem
    assert rejected.where == "bundle.json entry 4"
    assert len(involvements(readings)) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b"\x81{}", "UTF-8"),
        (b'{"resourceType": "Patient"}', "no CareTeam and no EpisodeOfCare"),
        (b"{}", "no FHIR resource"),
        (b"[1, 2]", "no FHIR resource"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": 7}', "entry"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "no CareTeam and no EpisodeOfCare"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b"[" * 100_000, "levels"),
        (b'{"resourceType": "Bundle", "entry": [' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"]}", "levels"),
    ],
)
def test_a_file_that_is_no_bundle_says_why(tmp_path, content, sentence):
    with pytest.raises(SourceUnreadable, match=sentence):
        read(written(tmp_path, content, "bundle.json"), "fhir_r4_ukcore")


@pytest.mark.parametrize("profile", ["https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Patient-1"])
def test_another_fhir_version_is_refused_by_name(tmp_path, profile):
    with pytest.raises(SourceUnreadable, match="another FHIR version"):
        read(bundle(tmp_path, patient(meta={"profile": [profile]}), VISITOR, team()))


def test_a_page_is_partial_and_a_collection_is_full(tmp_path):
    whole = bundle(tmp_path, PATIENT, VISITOR, team(), timestamp="2025-10-31T23:00:00Z")
    assert open_source("auto", whole, DEFAULTS, Mode.TRIAL).snapshot().as_of == date(2025, 10, 31)
    assert open_source("auto", whole, DEFAULTS, Mode.TRIAL, EXTRACTED).snapshot().coverage is Coverage.FULL

    page = bundle(tmp_path, PATIENT, VISITOR, team(), type="searchset", link=[{"relation": "next", "url": "https://x"}])
    assert open_source("auto", page, DEFAULTS, Mode.TRIAL, EXTRACTED).snapshot().coverage is Coverage.PARTIAL


def test_our_sample_is_valid_r4():
    bundles = pytest.importorskip("fhir.resources.R4B.bundle")

    assert bundles.Bundle.model_validate(json.loads((SEATON / "fhir_ukcore_bundle.json").read_bytes())).entry


def test_a_national_number_of_before_is_an_alias_and_never_the_number(tmp_path):
    numbers = [
        {"use": "old", "system": NHS, "value": "9990101019"},
        {"use": "old", "system": "urn:x:mrn", "value": "CH-0"},
        *PATIENT["identifier"],
    ]
    (one,) = involvements(read(bundle(tmp_path, patient(identifier=numbers), VISITOR, team())))

    assert [each.value for each in one.person.identifiers] == ["9990100012"]
    assert [each.value for each in one.person.superseded] == ["9990101019"]
    assert one.person.local_id == "CH-1"


OLD = {"id": "old", "identifier": [{"system": "urn:x:mrn", "value": "CH-2"}]}
BY = {"type": "replaced-by", "other": {"reference": "Patient/p1"}}


def standing(readings: list[Any]) -> list[Merged | Parted]:
    return [one for one in readings if isinstance(one, Merged | Parted)]


def test_a_replaced_patient_is_told_as_merged_and_every_other_as_one_of_its_own(tmp_path):
    readings = read(bundle(tmp_path, patient(**OLD, link=[BY]), PATIENT, VISITOR, team()))

    merged, own = standing(readings)
    assert isinstance(merged, Merged)
    assert (merged.superseded, merged.surviving) == ("CH-2", "CH-1")
    assert own == Parted(own.where, "CH-1")


def test_the_patient_that_stays_may_be_the_one_that_says_so(tmp_path):
    stays = patient(link=[{"type": "replaces", "other": {"reference": "Patient/old"}}])
    readings = read(bundle(tmp_path, patient(**OLD), stays, VISITOR, team(subject={"reference": "Patient/old"})))

    assert [(one.superseded, one.surviving) for one in standing(readings) if isinstance(one, Merged)] == [
        ("CH-2", "CH-1")
    ]
    assert [one.person.local_id for one in involvements(readings)] == ["CH-1"]


def test_other_links_between_patients_merge_nothing(tmp_path):
    links = [{"type": type, "other": {"reference": "Patient/p1"}} for type in ("refer", "seealso")]
    readings = read(bundle(tmp_path, patient(**OLD, link=links), PATIENT, VISITOR, team()))

    assert [type(one) for one in standing(readings)] == [Parted, Parted]


def test_a_chain_of_replacements_is_told_as_the_last(tmp_path):
    oldest = patient(id="oldest", identifier=[{"system": "urn:x:mrn", "value": "CH-3"}])
    oldest["link"] = [{"type": "replaced-by", "other": {"reference": "Patient/old"}}]
    readings = read(bundle(tmp_path, oldest, patient(**OLD, link=[BY]), PATIENT, VISITOR, team()))

    merged = [(one.superseded, one.surviving) for one in standing(readings) if isinstance(one, Merged)]
    assert merged == [("CH-3", "CH-1"), ("CH-2", "CH-1")]


def test_a_replacement_that_is_not_in_the_bundle_is_remarked_on_and_takes_nothing_back(tmp_path):
    gone = {"type": "replaced-by", "other": {"reference": "Patient/elsewhere"}}
    path = bundle(tmp_path, patient(**OLD, link=[gone]), PATIENT, VISITOR, team())
    source = open_source("fhir_r4_ukcore", path, DEFAULTS, Mode.TRIAL, EXTRACTED)

    assert [one.local_id for one in standing(list(source.readings())) if isinstance(one, Parted)] == ["CH-1"]
    assert [sentence for sentence in source.remarks if "not in this bundle" in sentence]


def test_nothing_is_said_of_a_restricted_patients_merges(tmp_path):
    secret = patient(**OLD, link=[BY], meta={"security": [{"code": "R"}]})

    assert [type(one) for one in standing(read(bundle(tmp_path, secret, PATIENT, VISITOR, team())))] == [Parted]


def test_a_message_may_hold_nothing_but_a_merge(tmp_path):
    readings = read(bundle(tmp_path, patient(**OLD, link=[BY]), PATIENT, type="message"))

    assert [type(one) for one in readings] == [Merged, Parted]
