"""CSV exports: every row accounted for, one bad row never fails the file."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.sources.opening import open_source
from connectors.sources.port import Coverage, Rejected, SourceUnreadable
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import (
    Consent,
    Gender,
    IdentifierSystem,
    Informed,
    LegalBasis,
    Mode,
    Sensitivity,
    ServiceLine,
    Strength,
    YoungAdultStatus,
)
from mappings.canonical.involvement import Contact
from mappings.canonical.person import PersonIdentifier
from tests.connectors.sources.agencies import DEFAULTS, EXTRACTED, SEATON, involvements, problems, read, skips, written

HEADINGS = "Client ref,Surname,Forename,DoB,NHS No,Key worker,Project,Date opened,Date closed"
MAYA = 'C1,O\'Neill,Maya,09/03/2014,999 010 0012,"Field, Jo",Young carers,01/09/2025,'


def export(folder: Path, *rows: str, headings: str = HEADINGS) -> Path:
    return written(folder, "\r\n".join((headings, *rows)))


def test_a_row_becomes_an_involvement(tmp_path):
    (one,) = involvements(read(export(tmp_path, MAYA)))

    assert (one.local_id, one.worker, one.team) == ("C1|Young carers", "Jo Field", "Young carers")
    assert (one.start, one.end, one.confirmed) == (date(2025, 9, 1), None, EXTRACTED)
    assert (one.person.local_id, one.person.given, one.person.family) == ("C1", ("Maya",), "O'Neill")
    assert one.person.identifiers == (PersonIdentifier(IdentifierSystem.NHS_NUMBER, "9990100012", Strength.MEDIUM),)
    assert one.person.label == "Maya O'Neill (C1)"
    assert one.contact == Contact("01632 960000")
    assert one.legal_basis is LegalBasis.CHILDREN_ACT_2004_S11


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (MAYA.replace("09/03/2014", "30/02/2014"), "'DoB' is not a date"),
        (MAYA.replace("09/03/2014", "09/03/2031"), "'DoB' lies after"),
        (MAYA.replace("01/09/2025", "soon"), "'Date opened' is not a date"),
        (MAYA + "01/08/2025", "'Date closed' is before 'Date opened'"),
        ("C1,O'Neill,Maya", "has 3 of 9 cells: 'DoB'"),
        (MAYA + ",,left over", "something stands behind 'Date closed'"),
        (MAYA.replace("Young carers", "x" * 121), "'Project' is longer than 120"),
        (MAYA.replace("O'Neill", "x" * 201), "'Surname' is longer than 200"),
        (MAYA.replace("C1", "C" * 201), "reference longer than 200"),
        (MAYA.replace("C1", "y" * 70_000), "longer than 65536"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_rest_is_read(tmp_path, row, column):
    other = MAYA.replace("C1", "C2")
    readings = read(export(tmp_path, row, other))

    assert [one.local_id for one in involvements(readings)] == ["C2|Young carers"]
    (problem,) = problems(readings)
    assert column in problem
    assert not any(value in problem for value in ("2014", "soon", "xxx", "yyy", "Maya"))


def test_a_rejected_row_still_says_which_involvement_it_was(tmp_path):
    (rejected,) = [
        one for one in read(export(tmp_path, MAYA.replace("01/09/2025", "soon"))) if isinstance(one, Rejected)
    ]

    assert rejected.local_id == "C1|Young carers"
    assert rejected.where == "export.csv row 2"
    assert "C1" not in repr(rejected)


def test_live_mode_rejects_invented_people_and_a_trial_leaves_real_numbers_out(tmp_path):
    path = export(tmp_path, MAYA, MAYA.replace("C1", "C2").replace("999 010 0012", "1000000001"))

    live, trial = read(path, mode=Mode.LIVE), read(path, mode=Mode.TRIAL)

    assert [one.person.local_id for one in involvements(live)] == ["C2"]
    assert "999 test range" in problems(live)[0]
    assert [(one.person.local_id, len(one.person.identifiers)) for one in involvements(trial)] == [("C1", 1), ("C2", 0)]


def test_a_number_with_a_wrong_check_digit_is_left_out_and_remarked(tmp_path):
    source = open_source("auto", export(tmp_path, MAYA.replace("0012", "0013")), DEFAULTS, Mode.TRIAL, EXTRACTED)

    (one,) = involvements(source.readings())

    assert one.person.identifiers == ()
    assert list(source.remarks.values()) == [1]
    assert "'NHS No'" in next(iter(source.remarks))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_export_may_be_in_any_of_the_encodings(tmp_path, encoding):
    text = "\n".join((HEADINGS, MAYA.replace("O'Neill", "Ó’Néill")))

    (one,) = involvements(read(written(tmp_path, text.encode(encoding))))

    assert one.person.family == "Ó'Néill"


def test_a_title_above_the_headings_is_passed_over(tmp_path):
    path = written(tmp_path, f"Seaton Families Project - active clients,,\n\n{HEADINGS}\n{MAYA}\n,,,,,,,,\n")

    assert len(read(path)) == 1


def test_unnamed_columns_may_be_there_but_not_hold_anything(tmp_path):
    readings = read(export(tmp_path, MAYA + ",", MAYA.replace("C1", "C2") + ",x", headings=HEADINGS + ","))

    assert len(involvements(readings)) == 1
    assert "column 10, which has no heading" in problems(readings)[0]


def test_a_row_without_anybody_is_skipped(tmp_path):
    readings = read(
        export(tmp_path, ",(unknown),,,,Jo Field,Drop in,20/10/2025,", "C9,(unknown),,,,Jo Field,Drop in,20/10/2025,")
    )

    assert skips(readings) == ["no-identity", "no-identity"]


def test_an_unborn_child_is_skipped(tmp_path):
    headings = "Client ref,Surname,DoB,EDD,Project"

    assert skips(read(export(tmp_path, "C1,O'Neill,,01/02/2026,Midwifery", headings=headings))) == ["unborn"]


def test_restricted_records_are_skipped_before_anything_else_is_read(tmp_path):
    readings = read(
        export(tmp_path, "C1,O'Neill,not a date,Yes,Project", headings="Client ref,Surname,DoB,Restricted,Project")
    )

    assert skips(readings) == ["excluded"]


def test_the_status_of_the_service_decides_what_is_an_involvement(tmp_path):
    rows = ("C1,A,current,P,", "C2,B,Historic,P,", "C3,C,None found,P,", "C4,D,historic,P,01/02/2024")
    readings = read(export(tmp_path, *rows, headings="Client ref,Surname,Service involvement,Project,End date"))

    assert [one.person.local_id for one in involvements(readings)] == ["C1", "C4"]
    assert skips(readings) == ["not-an-involvement"] * 2


def test_the_row_goes_before_the_defaults(tmp_path):
    headings = (
        "Client ref,Surname,Service line,Keyworker,Email,Consent,Consent date,Informed,Legal basis,Held back,Gender"
    )
    row = "C1,A,Domestic abuse outreach,Jo Field,jo@seaton.example,Yes,01/09/2025,letter,consent,no,F"

    (one,) = involvements(read(export(tmp_path, row, headings=headings)))

    assert (one.service, one.sensitivity) == (ServiceLine.DOMESTIC_ABUSE, Sensitivity.SENSITIVE)
    assert one.contact == Contact("01632 960000", "jo@seaton.example")
    assert (one.consent, one.consent_date) == (Consent.GIVEN, date(2025, 9, 1))
    assert (one.informed, one.legal_basis, one.held_back) == (Informed.BY_LETTER, LegalBasis.CONSENT, False)
    assert one.person.gender is Gender.FEMALE


def test_a_young_adults_status_is_a_column_with_an_end_or_a_default(tmp_path):
    headings = "Client ref,Surname,Project,Care leaver,Leaving care until"
    rows = ("C1,A,P,Yes,01/09/2026", "C2,B,P,EHCP,", "C3,C,P,to be looked at,", "C4,D,P,,")

    stated = involvements(read(export(tmp_path, *rows, headings=headings)))

    leaving_care, plan, nothing = YoungAdultStatus.LEAVING_CARE, YoungAdultStatus.EHC_PLAN, YoungAdultStatus.NONE
    assert [one.asserted.code for one in stated] == [leaving_care, plan, nothing, nothing]
    assert [one.asserted.until for one in stated] == [date(2026, 9, 1), None, None, None]
    everywhere = replace(DEFAULTS.everywhere, young_adult_status=leaving_care)
    source = open_source(
        "auto",
        export(tmp_path, *rows, headings=headings),
        replace(DEFAULTS, everywhere=everywhere),
        Mode.TRIAL,
        EXTRACTED,
    )
    assert [one.asserted.code for one in involvements(source.readings())][-1] is leaving_care


def test_an_address_in_a_list_without_workers_may_be_the_clients_and_stays(tmp_path):
    path = export(tmp_path, "C1,A,P,home@client.example", headings="Client ref,Surname,Project,Email")
    source = open_source("auto", path, DEFAULTS, Mode.TRIAL, EXTRACTED)

    (one,) = involvements(source.readings())

    assert one.contact == Contact("01632 960000")
    assert "'Email'" in next(iter(source.remarks))


def test_a_code_nobody_mapped_rejects_the_row_by_column(tmp_path):
    (problem,) = problems(read(export(tmp_path, "C1,A,P,perhaps", headings="Client ref,Surname,Project,Consent")))

    assert "'Consent' holds a code" in problem
    assert "perhaps" not in problem


def test_a_row_that_names_nobody_to_ring_is_rejected(tmp_path):
    silent = AgencyDefaults(DEFAULTS.agency, DEFAULTS.service)
    path = export(tmp_path, "C1,A,01/09/2025", headings="Client ref,Surname,Date opened")

    assert "set a default team or contact" in problems(read(path, defaults=silent))[0]
    with_team = replace(silent, everywhere=ServiceDefaults(team="Duty team"))
    assert [one.team for one in involvements(read(path, defaults=with_team))] == ["Duty team"]


def test_spells_of_one_service_are_one_involvement(tmp_path):
    earlier = MAYA.replace("01/09/2025,", "01/02/2023,05/06/2023")

    readings = read(export(tmp_path, earlier, MAYA, MAYA))

    (one,) = involvements(readings)
    assert (one.start, one.end) == (date(2023, 2, 1), None)
    assert skips(readings) == ["duplicate"] * 2


def test_two_workers_at_the_same_time_are_two_involvements(tmp_path):
    second = MAYA.replace("Field, Jo", "Ortiz, Sam").replace("01/09/2025", "05/09/2025")

    found = involvements(read(export(tmp_path, second, MAYA)))

    assert [(one.local_id, one.worker) for one in found] == [
        ("C1|Young carers", "Jo Field"),
        ("C1|Young carers|Sam Ortiz", "Sam Ortiz"),
    ]


def test_one_client_reference_for_two_people_is_refused(tmp_path):
    sibling = MAYA.replace("09/03/2014", "30/11/2010").replace("Young carers", "Football")

    readings = read(export(tmp_path, MAYA, sibling))

    assert len(involvements(readings)) == 1
    assert "another birth date" in problems(readings)[0]


def test_without_a_client_reference_the_next_best_tells_clients_apart(tmp_path):
    headings = "Last Name,First Name,Date of Birth,NHS No,Service/Event Desc,Service/Event Start"
    rows = (
        "O'Neill,Maya,09/03/2014,9990100012,School nursing,01/09/2025",
        "O'Neill,Mya,09/03/2014,,School nursing,01/09/2025",
        "O'Neill,,,,School nursing,01/09/2025",
    )

    readings = read(export(tmp_path, *rows, headings=headings))

    assert [one.person.local_id for one in involvements(readings)] == ["9990100012", "O'Neill|Mya|2014-03-09"]
    assert (
        "no stable reference: what is missing is person id, or nhs number, or family with given with birth date"
        in problems(readings)[0]
    )


def test_people_in_a_file_of_their_own_are_joined(tmp_path):
    written(
        tmp_path,
        "id, firstName, lastName, dateOfBirth, gender, address\r\n2,Una,Bryant,07/10/2000,female,",
        "person.csv",
    )
    path = written(
        tmp_path, "personId,serviceInvolvement,contactName\r\n2,current,A S Worker\r\n3,current,B Worker", "asc.csv"
    )

    readings = read(path)

    assert [(one.person.family, one.worker) for one in involvements(readings)] == [("Bryant", "A S Worker")]
    assert problems(readings) == ["'personId' has no row in person.csv"]


def test_a_set_needs_its_files(tmp_path):
    for name in ("ssd_involvements.csv", "ssd_person.csv"):
        written(tmp_path, (SEATON / "ssd" / name).read_bytes(), name)

    with pytest.raises(SourceUnreadable, match=r"no professionals file beside ssd_involvements\.csv"):
        read(tmp_path, "ssd_involvements")


def test_a_team_may_stand_by_its_name_where_its_id_is_expected(tmp_path):
    for part in (SEATON / "ssd").iterdir():
        written(tmp_path, part.read_text().replace(",CW,77,", ",CW,csc assessment west,"), part.name)

    first = involvements(read(tmp_path, "ssd_involvements"))[0]

    assert (first.team, first.team_id) == ("CSC Assessment West", "77")


def test_a_reference_that_says_two_things_is_rejected_where_keys_must_be_unique(tmp_path):
    for part in (SEATON / "ssd").iterdir():
        text = part.read_text()
        written(tmp_path, text.replace("90002,501", "90001,501"), part.name)

    readings = read(tmp_path, "ssd_involvements")

    assert "has the reference of an earlier row but says something else" in problems(readings)[0]


def test_the_snapshot_is_full_and_as_of_the_day_given_or_the_day_of_the_file(tmp_path):
    path = export(tmp_path, MAYA)

    assert open_source("auto", path, DEFAULTS, Mode.TRIAL, EXTRACTED).snapshot().as_of == EXTRACTED
    undated = open_source("auto", path, DEFAULTS, Mode.TRIAL).snapshot()
    assert undated.as_of >= date(2025, 1, 1)
    assert undated.coverage is Coverage.FULL


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no heading row"),
        (b"PK\x03\x04rest", "no workbook that can be read"),
        (b"%PDF-1.7", "is a PDF"),
        (b"Surname,Project\nx\x00,y", "NUL"),
        (b"Surname,Project\n\x81\x8d,y", "is not text in"),
        (b"Surname,Project,Shoe size\nA,B,9", "'Shoe size'"),
        (b"name of a dog\nRex", "no heading row"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(tmp_path, content, sentence):
    with pytest.raises(SourceUnreadable, match=sentence):
        read(written(tmp_path, content), "generic_agency_csv")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(SourceUnreadable, match="does not exist"):
        read(tmp_path / "none.csv")
