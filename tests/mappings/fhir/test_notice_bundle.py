"""A notice goes to FHIR and comes back the same; what is not in the profile is refused by the name of its element."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from mappings.canonical.codes import AgeBand, NoticeEvent
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, Worker
from mappings.fhir import notice_bundle, reference_reader
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.examples import EVIDENCE, STARTED, TEAM_ENDED
from tests.mappings.fhir.strategies import UNTIMED, notices

Json = dict[str, Any]
ENTRY = {"MessageHeader": 0, "CareTeam": 1, "Practitioner": 2, "Organization": 3, "Patient": 4}


def refused(document: Json) -> ProfileRefusal:
    """The refusal of a document."""
    with pytest.raises(ProfileRefusal) as refusal:
        notice_bundle.read(json.dumps(document).encode())
    return refusal.value


def started() -> tuple[Json, dict[str, Json]]:
    """A fresh valid Bundle, and its resources by type."""
    document = copy.deepcopy(notice_bundle.to_json(STARTED))
    return document, {name: document["entry"][index]["resource"] for name, index in ENTRY.items()}


def only(document: Json, code: str, element: str) -> None:
    """The document is refused for exactly one reason."""
    assert [(issue.code, issue.element) for issue in refused(document).issues] == [(code, element)]


@UNTIMED
@given(notices())
def test_every_notice_comes_back_as_it_was(notice: Notice) -> None:
    data = notice_bundle.write(notice)
    assert notice_bundle.read(data) == notice
    assert notice_bundle.write(notice) == data


@UNTIMED
@given(notices())
def test_every_notice_is_fhir_and_means_the_same_there(notice: Notice) -> None:
    assert reference_reader.read_notice(notice_bundle.write(notice)) == notice


def test_a_worker_acts_on_behalf_of_the_agency() -> None:
    document, by_type = started()
    participant = by_type["CareTeam"]["participant"][0]
    assert participant["member"]["reference"] == document["entry"][2]["fullUrl"]
    assert participant["onBehalfOf"]["reference"] == document["entry"][3]["fullUrl"]


def test_a_team_has_no_practitioner_and_acts_on_nobodys_behalf() -> None:
    document = notice_bundle.to_json(TEAM_ENDED)
    types = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert types == ["MessageHeader", "CareTeam", "Organization", "Patient"]
    participant = document["entry"][1]["resource"]["participant"][0]
    assert participant == {"member": {"reference": document["entry"][2]["fullUrl"]}}
    assert document["entry"][1]["resource"]["name"] == "North team"


@pytest.mark.parametrize(
    ("resource", "element", "value"),
    [
        ("Patient", "name", [{"family": "Testcase"}]),
        ("Patient", "birthDate", "2014-05-06"),
        ("Patient", "address", [{"postalCode": "ZZ1 1AA"}]),
        ("Patient", "contained", []),
        ("CareTeam", "note", [{"text": "anything"}]),
        ("CareTeam", "_status", {"id": "x"}),
        ("MessageHeader", "modifierExtension", []),
        ("Practitioner", "birthDate", "1980-01-01"),
        ("Organization", "name", "Seaton Housing"),
    ],
)
def test_an_element_outside_the_profile_is_refused_by_name(resource: str, element: str, value: object) -> None:
    document, by_type = started()
    by_type[resource][element] = value
    only(document, "unknown-element", f"Bundle.entry[{ENTRY[resource]}].resource.{element}")


def test_a_key_that_fhir_does_not_know_is_never_repeated() -> None:
    document, by_type = started()
    by_type["Patient"]["Testcase"] = True
    refusal = refused(document)
    assert [issue.element for issue in refusal.issues] == ["Bundle.entry[4].resource"]
    assert "Testcase" not in str(refusal)


def test_an_extension_that_is_not_ours_is_refused_without_its_url() -> None:
    document, by_type = started()
    by_type["Patient"]["extension"].append({"url": "https://example.org/testcase", "valueString": "x"})
    only(document, "unknown-extension", "Bundle.entry[4].resource.extension[3].url")
    assert "testcase" not in str(refused(document))


def test_a_wrong_required_code_is_refused() -> None:
    document, by_type = started()
    by_type["CareTeam"]["category"][0]["coding"][0]["code"] = "plumbing"
    only(document, "wrong-code", "Bundle.entry[1].resource.category[0].coding[0].code")


def test_a_bundle_without_a_header_is_refused() -> None:
    document, _ = started()
    del document["entry"][0]
    codes = [issue.code for issue in refused(document).issues]
    assert codes == ["header-not-first", "missing-resource"]


def test_a_header_that_is_not_first_is_refused() -> None:
    document, _ = started()
    document["entry"].reverse()
    only(document, "header-not-first", "Bundle.entry[0].resource")


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("CareTeam", "subject.reference"),
        ("CareTeam", "participant[0].member.reference"),
        ("CareTeam", "participant[0].onBehalfOf.reference"),
        ("CareTeam", "managingOrganization[0].reference"),
        ("MessageHeader", "focus[0].reference"),
    ],
)
def test_a_dangling_reference_is_refused(resource: str, path: str) -> None:
    document, by_type = started()
    holder: Any = by_type[resource]
    *steps, last = path.replace("[0]", ".0").split(".")
    for step in steps:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    holder[last] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    only(document, "dangling-reference", f"Bundle.entry[{ENTRY[resource]}].resource.{path}")


def test_a_reference_to_the_wrong_resource_is_refused() -> None:
    document, by_type = started()
    by_type["CareTeam"]["subject"]["reference"] = document["entry"][3]["fullUrl"]
    only(document, "dangling-reference", "Bundle.entry[1].resource.subject.reference")


def test_a_full_url_that_stands_twice_is_refused() -> None:
    document, _ = started()
    document["entry"][4]["fullUrl"] = document["entry"][3]["fullUrl"]
    assert "duplicate-full-url" in [issue.code for issue in refused(document).issues]


def test_a_second_patient_is_refused() -> None:
    document, by_type = started()
    document["entry"][2]["resource"] = copy.deepcopy(by_type["Patient"])
    assert "duplicate-resource" in [issue.code for issue in refused(document).issues]


def test_a_status_that_contradicts_the_event_is_refused() -> None:
    document, by_type = started()
    by_type["CareTeam"]["status"] = "inactive"
    only(document, "conflict", "Bundle.entry[1].resource.status")


def test_a_status_is_asserted_of_young_adults_only() -> None:
    notice = replace(STARTED, age_band=AgeBand.YOUNG_20_24, status_asserted=True)
    assert notice_bundle.read(notice_bundle.write(notice)).status_asserted
    with pytest.raises(ProfileRefusal):
        notice_bundle.write(replace(notice, age_band=AgeBand.ADULT))
    document, by_type = started()
    by_type["Patient"]["extension"][0]["extension"].append({"url": "status", "valueCode": "asserted"})
    only(document, "conflict", "Bundle.entry[4].resource.extension")


def test_an_end_before_the_start_is_refused() -> None:
    document, by_type = started()
    by_type["CareTeam"]["period"]["end"] = "2020-01-01"
    only(document, "conflict", "Bundle.entry[1].resource.period.end")


@pytest.mark.parametrize(
    "when", ["2026-02-30", "2026-02", "2026", "20260201", "2026-W01-1", "0", "2026-02-01T00:00:00Z", 0]
)
def test_a_date_that_is_not_a_day_is_refused(when: object) -> None:
    document, by_type = started()
    by_type["CareTeam"]["period"]["start"] = when
    assert refused(document).issues[0].element == "Bundle.entry[1].resource.period.start"


@pytest.mark.parametrize("base64", ["", "AZ", "!!!!", "AQ==\n", "AR==", "AQID"])
def test_evidence_that_is_not_evidence_is_refused(base64: str) -> None:
    document, by_type = started()
    by_type["Patient"]["extension"][1]["valueBase64Binary"] = base64
    assert refused(document).issues[0].element.startswith("Bundle.entry[4].resource.extension")


def test_evidence_twice_for_one_epoch_is_refused() -> None:
    with pytest.raises(ProfileRefusal, match="linkage epoch"):
        notice_bundle.write(replace(STARTED, evidence=(EVIDENCE, EVIDENCE)))


@pytest.mark.parametrize("name", ["Sam\nTaylor", "Sam\u202eTaylor", "\x00", "   ", "Sam\ud800"])
def test_a_display_name_that_hides_something_is_refused_before_it_is_sent(name: str) -> None:
    with pytest.raises(ProfileRefusal) as refusal:
        notice_bundle.write(replace(STARTED, worker=Worker(name, contact=Contact("01632 960001"))))
    assert "Taylor" not in str(refusal.value)


def test_a_name_of_two_megabytes_is_refused() -> None:
    document, by_type = started()
    by_type["Practitioner"]["name"][0]["text"] = "x" * 2_000_000
    only(document, "too-large", "Bundle")


def test_a_name_that_is_too_long_to_show_is_refused() -> None:
    document, by_type = started()
    by_type["Practitioner"]["name"][0]["text"] = "x" * 121
    only(document, "too-long", "Bundle.entry[2].resource.name[0].text")


def test_a_contact_of_one_kind_given_twice_is_refused() -> None:
    document, by_type = started()
    by_type["Practitioner"]["telecom"][1]["system"] = "phone"
    only(document, "repeated-element", "Bundle.entry[2].resource.telecom")


def test_several_faults_are_told_at_once() -> None:
    document, by_type = started()
    by_type["Patient"]["gender"] = "female"
    del by_type["CareTeam"]["status"]
    elements = {issue.element for issue in refused(document).issues}
    assert elements == {"Bundle.entry[4].resource.gender", "Bundle.entry[1].resource.status"}


@pytest.mark.parametrize("event", NoticeEvent)
def test_each_event_has_its_status(event: NoticeEvent) -> None:
    notice = replace(STARTED, event=event)
    assert notice_bundle.read(notice_bundle.write(notice)) == notice
