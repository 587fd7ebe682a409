"""Which preset fits is told by what a file holds."""

import pytest

from connectors.sources.fhir_bundle import FhirBundleSource
from connectors.sources.opening import detect, open_source
from connectors.sources.port import SourceUnreadable
from connectors.sources.table_source import TableSetSource
from mappings.canonical.codes import Mode
from tests.connectors.sources.agencies import DEFAULTS, SEATON, involvements, read, written


@pytest.mark.parametrize(
    ("export", "preset"),
    [
        ("ssd", "ssd_involvements"),
        ("ssd/ssd_involvements.csv", "ssd_involvements"),
        ("housing_own.csv", "generic_agency_csv"),
        ("fhir_ukcore_bundle.json", "fhir_r4_ukcore"),
    ],
)
def test_the_preset_is_found_by_content(export, preset):
    assert detect(SEATON / export) == preset


def test_what_fits_nothing_is_answered_so(tmp_path):
    with pytest.raises(SourceUnreadable, match="no preset fits"):
        detect(written(tmp_path, "Dog,Breed\nRex,Collie"))


def test_what_nearly_fits_is_answered_with_what_is_missing(tmp_path):
    with pytest.raises(SourceUnreadable, match=r"generic_agency_csv.*missing is a column for .*team or worker"):
        detect(written(tmp_path, "Surname,First name,Date of birth\nO'Neill,Maya,09/03/2014"))


def test_each_kind_has_its_source():
    housing = open_source("generic_agency_csv", SEATON / "housing_own.csv", DEFAULTS, Mode.TRIAL)
    trust = open_source("fhir_r4_ukcore", SEATON / "fhir_ukcore_bundle.json", DEFAULTS, Mode.TRIAL)
    assert isinstance(housing, TableSetSource)
    assert isinstance(trust, FhirBundleSource)


def test_a_preset_that_cannot_be_used_makes_the_source_unreadable(tmp_path):
    with pytest.raises(SourceUnreadable, match="no preset is called"):
        read(written(tmp_path, "a,b"), "nonsense")


def test_a_bundle_read_as_csv_and_a_csv_as_bundle_are_refused():
    with pytest.raises(SourceUnreadable):
        read(SEATON / "housing_own.csv", "fhir_r4_ukcore")
    with pytest.raises(SourceUnreadable):
        read(SEATON / "fhir_ukcore_bundle.json", "ssd_involvements")


def test_a_folder_of_several_kinds_of_file_is_nobodys_export(tmp_path):
    written(tmp_path, "<Message/>", "cin.xml")
    written(tmp_path, "{}", "payload.json")

    with pytest.raises(SourceUnreadable, match=r"several kinds \(json, xml\)"):
        detect(tmp_path)


def test_a_folder_of_several_formats_is_refused_by_their_names(tmp_path):
    for name in ("cld_own.csv", "ssda903_social_worker.csv"):
        written(tmp_path, (SEATON / name).read_bytes(), name)

    with pytest.raises(SourceUnreadable, match=r"several formats \(asc_cld, ssda903\)"):
        detect(tmp_path)


def test_a_document_may_be_named_by_its_folder_with_the_directories_beside_it(tmp_path):
    written(tmp_path, (SEATON / "cin_2026_own.xml").read_bytes(), "cin.xml")
    written(tmp_path, "Person id,Surname,Forename\n1002301,O'Neill,Maya\n", "people.csv")

    (one,) = involvements(read(tmp_path))

    assert detect(tmp_path) == "cin_census"
    assert one.person.family == "O'Neill"


def test_several_documents_are_not_guessed_between(tmp_path):
    for name in ("one.json", "two.json"):
        written(tmp_path, (SEATON / "fhir_ukcore_bundle.json").read_bytes(), name)

    with pytest.raises(SourceUnreadable, match="has 2 FHIR files"):
        read(tmp_path)


def test_what_plays_no_part_is_named(tmp_path):
    for each in (SEATON / "ssd").iterdir():
        written(tmp_path, each.read_bytes(), each.name)
    written(tmp_path, "Dog\nRex\n", "dogs.csv")
    source = open_source("auto", tmp_path, DEFAULTS, Mode.TRIAL)

    assert len(involvements(source.readings())) == 4
    assert source.unread == ("dogs.csv",)


@pytest.mark.parametrize(
    ("column", "preset"),
    [
        ("TeamTypeRefToCommunityCare", "csds"),
        ("ServTeamTypeRefToComm", "csds"),
        ("ServTeamTypeRefToMH", "mhsds"),
        ("OtherColumn", "mhsds"),
    ],
)
def test_a_referral_to_a_team_is_one_of_mental_health_unless_it_says_that_it_is_not(tmp_path, column, preset):
    written(tmp_path, "ServiceRequestId,LocalPatientId,ReferralRequestReceivedDate\nR1,P1,2025-10-01\n", "101.csv")
    written(tmp_path, f"ServiceRequestId,CareProfTeamLocalId,{column},ReferClosureDate\nR1,T1,16,\n", "102.csv")

    assert detect(tmp_path) == preset


def test_every_table_of_the_looked_after_return_may_lie_in_one_folder(tmp_path):
    written(
        tmp_path, "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON\n71,15/01/2008,SW100777,02/06/2025,,MANAGE\n", "sw.csv"
    )
    written(tmp_path, "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n71,1,15/01/2008,WBRI,G999200118011,,\n", "header.csv")
    written(tmp_path, "CHILD,SEX,DOB,DUC\n71,1,15/01/2008,15/12/2026\n", "uasc.csv")
    written(tmp_path, "CHILD,DOB,REVIEW,REVIEW_CODE\n71,15/01/2008,01/10/2025,PN1\n", "reviews.csv")

    (one,) = involvements(read(tmp_path))

    assert detect(tmp_path) == "ssda903"
    assert [number.value for number in one.person.identifiers] == ["G999200118011"]


def test_what_an_export_logs_beside_its_resources_is_nobodys_and_a_payload_is(tmp_path):
    written(tmp_path, (SEATON / "fhir_ukcore_bundle.json").read_bytes(), "bundle.json")
    written(tmp_path, '{"exportId": 1}\n{"exportId": 2}\n', "log.ndjson")
    assert detect(tmp_path) == "fhir_r4_ukcore"
    assert involvements(read(tmp_path))

    written(tmp_path, (SEATON / "dfe_csc_payload.json").read_bytes(), "payload.json")
    with pytest.raises(SourceUnreadable, match=r"several kinds \(fhir, json\)"):
        detect(tmp_path)
