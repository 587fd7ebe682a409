"""The same few people in every way that systems are known to write their tables: each is read, and means the same."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from connectors.reading.dry_run import dry_run
from connectors.sources.opening import detect
from mappings.canonical.involvement import Involvement
from tests.connectors.sources.agencies import involvements, problems, read, workbook, written

HEADINGS = "Client Ref,Surname,First Name,Date of Birth,NHS No,Postcode,Keyworker,Team,Start Date,End Date"
ROWS = (
    "C1,Rowan,Alder,09/03/2014,999 010 0012,ZZ2 4XY,Jo Field,Early Help West,01/09/2025,",
    'C2,O’Neill,Siân,30/11/2010,9990102015,ZZ5 1AB,"Field, Jo",Early Help West,03/03/2025,29/08/2025',
)
LIST = "\r\n".join((HEADINGS, *ROWS, ""))


def delimited(sign: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sign).writerows(csv.reader(io.StringIO(LIST)))
    return out.getvalue()


def stated(one: Involvement) -> tuple[str, str, str, str, date | None, date | None]:
    return one.local_id, one.person.family, one.worker, one.team, one.start, one.end


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode(),
        LIST.encode("utf-8-sig"),
        LIST.encode("utf-16"),
        LIST.encode("utf-16-le"),
        LIST.encode("utf-16-be"),
        LIST.encode("utf-32"),
        LIST.encode("cp1252"),
        LIST.replace("\r\n", "\r").encode(),
        delimited(";").encode(),
        ("sep=;\r\n" + delimited(";")).encode(),
        delimited("\t").encode("utf-16"),
        delimited("|").encode(),
        LIST.replace(HEADINGS, HEADINGS.upper().replace(" ", "_")).encode(),
        LIST.replace(HEADINGS, " , ".join(f"  {one} " for one in HEADINGS.split(","))).encode(),
        ("Client list,,\r\nExported 01/11/2025,,\r\n\r\n" + LIST).encode(),
        (LIST + "Total,2,,,,,,,,\r\n").encode(),
        LIST.replace("01/09/2025", "2025-09-01 00:00:00.000").encode(),
        LIST.replace("01/09/2025", "01-Sep-2025 00:00:00").encode(),
        LIST.replace("01/09/2025", "45901").encode(),
        workbook([["Read me"]], list(csv.reader(io.StringIO(LIST)))),
    ],
)
def test_however_a_list_is_written_it_says_the_same(tmp_path, content):
    assert [stated(one) for one in involvements(read(written(tmp_path, content, "list")))] == [
        ("C1|Early Help West", "Rowan", "Jo Field", "Early Help West", date(2025, 9, 1), None),
        ("C2|Early Help West", "O'Neill", "Jo Field", "Early Help West", date(2025, 3, 3), date(2025, 8, 29)),
    ]


CHARITYLOG = (
    "Client ID,Client Name,DOB,Gender,Postcode,Project,Referral Date,Staff Member,Referrer Organisation,Case Closed Date,Referral Outcome",
    "101,Alder Rowan,09/03/2014,F,ZZ2 4XY,Befriending,01/09/2025,Jo Field,GP,30/10/2025,Completed",
)
LAMPLIGHT = (
    "Profile ID;First name;Last name;Date of birth;Workarea;Work start;Work end;Worker;Home postcode",
    "101;Alder;Rowan;09/03/2014;Befriending;01/09/2025;30/10/2025;Jo Field;ZZ2 4XY",
)
IN_FORM = (
    "Contact: Contact ID,Contact: First Name,Contact: Last Name,Contact: Birthdate,Programme Engagement: Programme,"
    "Programme Engagement: Start Date,Programme Engagement: End Date,Owner: Full Name",
    "101,Alder,Rowan,09/03/2014,Befriending,01/09/2025,30/10/2025,Jo Field",
)
HOMELESSNESS = (
    "Case Reference,Main Applicant Forename,Main Applicant Surname,Main Applicant DOB,NI Number,Case Officer,Duty Type,Duty Start Date,"
    "Duty End Date,Reason for loss of home,TA Address",
    "101,Alder,Rowan,09/03/1984,secret,Jo Field,Befriending,01/09/2025,30/10/2025,secret,secret",
)
YOUTH_JUSTICE = (
    "ChildView ID,Last Name,First Names,Date of Birth,Gender,Allocated Officer,Team,Intervention Start Date,Intervention End Date,PNC ID",
    "101,Rowan,Alder,09/03/2010,Female,Jo Field,Befriending,01/09/2025,30/10/2025,secret",
)
PROBATION = (
    "CRN,Surname,Forenames,Date of Birth,Offender Manager,Team,Allocation Date,Allocation End Date,PNC Number,Tier",
    "101,Rowan,Alder,09/03/1984,Jo Field,Befriending,01/09/2025,30/10/2025,secret,secret",
)
MOSAIC = (
    "PERSON_ID,FIRST_NAMES,LAST_NAMES,DATE_OF_BIRTH,WORKER_NAME,TEAM,START_DATE,END_DATE",
    "101,Alder,Rowan,09-MAR-2014 00:00:00,Jo Field,Befriending,01-SEP-2025 00:00:00,30-OCT-2025 00:00:00",
)
WAREHOUSE = (
    "DIM_PERSON_ID,FORENAME,SURNAME,BIRTH_DTTM,WORKER_NAME,DEPARTMENT_NAME,START_DTTM,END_DTTM",
    "101,Alder,Rowan,2014-03-09 00:00:00.000,Jo Field,Befriending,2025-09-01 00:00:00.000,2025-10-30 00:00:00.000",
)
ALLOCATIONS = (
    "mosaic_id,first_name,last_name,date_of_birth,worker_name,team_name,allocation_start_date,allocation_end_date,case_status,marked_for_deletion",
    "101,Alder,Rowan,2014-03-09,Jo Field,Befriending,2025-09-01,2025-10-30,Open,false",
)


@pytest.mark.parametrize(
    ("lines", "preset"),
    [
        (CHARITYLOG, "vcs_spreadsheet"),
        (LAMPLIGHT, "vcs_spreadsheet"),
        (IN_FORM, "vcs_spreadsheet"),
        (HOMELESSNESS, "generic_agency_csv"),
        (YOUTH_JUSTICE, "generic_agency_csv"),
        (PROBATION, "generic_agency_csv"),
        (MOSAIC, "generic_agency_csv"),
        (WAREHOUSE, "generic_agency_csv"),
        (ALLOCATIONS, "generic_agency_csv"),
    ],
)
def test_the_headings_of_a_system_are_known_whole(tmp_path, lines, preset):
    path = written(tmp_path, "\r\n".join(lines), "list.csv")

    (one,) = involvements(read(path))

    assert detect(path) == preset
    assert dry_run(path).columns == ()
    assert (one.person.local_id, one.person.family, one.person.given) == ("101", "Rowan", ("Alder",))
    assert (one.worker, one.team, one.start, one.end) == (
        "Jo Field",
        "Befriending",
        date(2025, 9, 1),
        date(2025, 10, 30),
    )
    assert "secret" not in repr(stated(one))


def test_a_list_of_offenders_is_never_taken_for_a_charitys(tmp_path):
    lines = YOUTH_JUSTICE[0].replace("Team", "Intervention"), YOUTH_JUSTICE[1]
    done = dry_run(written(tmp_path, "\r\n".join(lines), "list.csv"), as_of=date(2025, 11, 1))

    assert (done.preset, done.withheld) == ("generic_agency_csv", {"unclassified-service": 1})


def test_a_beginning_without_a_day_is_unknown_and_an_end_without_one_is_its_last(tmp_path):
    path = written(
        tmp_path, "Name,DOB,Mentor,Started,Finished\nAlder Rowan,9/3/14,Jo Field,Sept 2025,Oct 2025\n", "list.csv"
    )

    (one,) = involvements(read(path))

    assert (one.start, one.end) == (None, date(2025, 10, 31))
    assert dry_run(path).remarks == {"'Started': no day in it, only a month or a year; it was left out": 1}


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "list.csv", "list.csv is empty: what is missing are the rows of the export"),
        (b"%PDF-1.4", "list.pdf", "list.pdf is a PDF; export the list as CSV UTF-8"),
        (b"\x1f\x8b\x08xxxx", "list.csv.gz", "list.csv.gz is compressed (gzip); unpack it"),
        (b"\x89PNG\r\n\x1a\n", "list.png", "list.png is a picture; export the list as CSV UTF-8"),
        (
            b"\x00\x01\x00\x00Standard ACE DB",
            "mhsds.accdb",
            "mhsds.accdb is an Access database; export its tables as CSV UTF-8",
        ),
    ],
)
def test_another_kind_of_file_is_named_for_what_it_is(tmp_path, content, name, sentence):
    done = dry_run(written(tmp_path, content, name))

    assert (done.involvements, done.missing) == (0, sentence)


def test_an_empty_folder_is_answered_so(tmp_path):
    assert dry_run(tmp_path).missing.endswith("holds no file: what is missing is the export")


def test_a_folder_of_folders_is_answered_so(tmp_path):
    (tmp_path / "inside").mkdir()

    assert dry_run(tmp_path).missing.endswith("holds no file, only folders: name the one with the export")


@pytest.mark.parametrize("heading", ["Social worker", "GP", "Health visitor", "Probation officer"])
def test_another_agencys_worker_on_a_charitys_list_is_not_the_charitys(tmp_path, heading):
    path = written(
        tmp_path, f"Client ref,Name,DOB,Project,{heading},Opened\n1,Alder Rowan,9/3/14,Advice,F Adeyemi,1/9/25\n"
    )

    done = dry_run(path, "vcs_spreadsheet")

    assert done.columns == (f"'{heading}'",)
    assert [each.involvement.worker for each in done.examples] == [""]


def test_headings_without_rows_are_answered_so(tmp_path):
    done = dry_run(written(tmp_path, HEADINGS + "\r\n", "list.csv"))

    assert "what is missing are rows below the headings" in done.missing


def annex(folder: Path, *lines: str) -> Path:
    return written(folder, "\r\n".join(lines), "list.csv")


@pytest.mark.parametrize(
    "heading", ["Child Unique ID", "Child unique reference number", "Child ID", "Child Unique ID number"]
)
def test_annex_a_knows_a_child_by_any_of_its_headings(tmp_path, heading):
    path = annex(
        tmp_path,
        f"{heading},Gender,Date of Birth,Age,CIN Start Date,Allocated Team,Allocated Worker ",
        "C1,b) Female,,11,01/05/2025,West,",
    )

    (one,) = involvements(read(path, "annex_a"))

    assert (one.person.local_id, one.team) == ("C1", "West")


LINE = "C1,Rowan,Alder,09/03/2014,9990100012,ZZ2 4XY,Jo Field,Early Help West,01/09/2025,"


@pytest.mark.parametrize(
    "end", ["31/12/9999", "2999-12-31", "31/12/2099 00:00", "01/01/1900", "1900-01-01 00:00:00.000"]
)
def test_what_a_database_keeps_where_there_is_no_end_is_no_end(tmp_path, end):
    (one,) = involvements(read(written(tmp_path, f"{HEADINGS}\n{LINE}{end}\n")))

    assert one.end is None


def test_an_end_far_off_that_no_database_keeps_is_a_fault_of_its_row(tmp_path):
    assert problems(read(written(tmp_path, f"{HEADINGS}\n{LINE}07/05/2250\n"))) == [
        "'End Date' lies outside every possible range"
    ]


def test_the_first_of_1900_is_nobodys_birthday(tmp_path):
    path = written(tmp_path, f"{HEADINGS}\n{LINE.replace('09/03/2014', '01/01/1900')}\n")

    (one,) = involvements(read(path))

    assert one.person.birth_date is None
    assert list(dry_run(path).remarks.values()) == [1]


@pytest.mark.parametrize(
    "content",
    [
        f",{HEADINGS}\n0,{LINE}\n",
        HEADINGS + "\n" + LINE.replace("C1", '"=""C1"""') + "\n",
        f"{HEADINGS},,\n{LINE},,\n",
        f"Client,,,,,,Worker,,Dates,\n{HEADINGS}\n{LINE}\n",
    ],
    ids=["row numbers", "guarded number", "empty columns", "a row of groups above the headings"],
)
def test_what_programs_put_around_a_table_changes_nothing(tmp_path, content):
    (one,) = involvements(read(written(tmp_path, content)))

    assert stated(one) == ("C1|Early Help West", "Rowan", "Jo Field", "Early Help West", date(2025, 9, 1), None)


def test_something_below_no_heading_is_still_a_fault_where_it_is_no_row_number(tmp_path):
    (problem,) = problems(read(written(tmp_path, f",{HEADINGS}\nmoved,{LINE}\n")))

    assert "column 1, which has no heading" in problem


@pytest.mark.parametrize(
    ("text", "worker", "team"),
    [
        (
            "NHS number,Patient name,DOB,Caseload,Responsible HCP,Date added,Date removed\n"
            '9990100012,"Rowan, Alder",09-Mar-2014,HV West,Helen Marsh,01-Sep-2025,',
            "Helen Marsh",
            "HV West",
        ),
        (
            "NHS Number,Surname,Forename,DOB,Sex,Postcode,Usual GP,Registered Date\n"
            "9990100012,Rowan,Alder,09/03/2014,F,ZZ2 4XY,Dr Rao,01/09/2025",
            "Dr Rao",
            "",
        ),
        (
            "UPN,Legal Surname,Legal Forename,DOB,Form,Form Tutor,Admission Date\n"
            "G999200118011,Rowan,Alder,09/03/2014,6A,Mrs Utor,01/09/2025",
            "Mrs Utor",
            "",
        ),
    ],
    ids=["caseload", "registered patients", "pupils"],
)
def test_lists_of_universal_services_are_known_by_their_headings(tmp_path, text, worker, team):
    path = written(tmp_path, text)

    (one,) = involvements(read(path))

    assert dry_run(path).columns == ()
    assert (one.person.family, one.worker, one.team, one.start) == ("Rowan", worker, team, date(2025, 9, 1))


def test_a_gender_that_no_table_knows_is_unknown_and_costs_no_row(tmp_path):
    path = written(tmp_path, f"{HEADINGS},Gender\n{LINE},Prefer to self-describe\n")

    assert [one.person.gender.value for one in involvements(read(path))] == ["unknown"]


@pytest.mark.parametrize(
    ("content", "name", "missing"),
    [
        (
            "LA_Person_Unique_Identifier,Event_Type,Event_Start_Date\n1,Review,12/05/2025\n",
            "cld.csv",
            "events of type Service",
        ),
        (
            "MSH|^~\\&|A|B|C|D|20251103||ADT^A28|1|P|2.4\rPID|1||X^^^B^MR||ROWAN^ALDER\r",
            "a28.hl7",
            "open, move or close a stay",
        ),
        (
            "<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header><Children><Child><ChildIdentifiers>"
            "<LAchildID>1</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2025-08-28</CINreferralDate>"
            "<ReferralNFA>1</ReferralNFA></CINdetails></Child></Children></Message>",
            "cin.xml",
            "did not end in no further action",
        ),
        (f"{HEADINGS},Status\n{LINE},rejected\n", "list.csv", "neither rejected nor over"),
    ],
)
def test_an_export_in_which_nothing_states_an_involvement_is_answered_with_what_would(tmp_path, content, name, missing):
    done = dry_run(written(tmp_path, content, name))

    assert (done.rows, done.involvements) == (1, 0)
    assert done.missing.startswith("none of 1 rows states an involvement (1 not-an-involvement): what is missing are ")
    assert missing in done.missing


@pytest.mark.parametrize(("said", "count"), [("a) Yes", 0), ("Y", 0), ("b) No", 1), ("", 1)])
def test_a_referral_that_went_no_further_is_none_however_the_list_says_so(tmp_path, said, count):
    path = annex(
        tmp_path,
        "Child Unique ID,Date of Birth,Date of Referral,Referral NFA? (Y/N),Allocated Team",
        f"C1,09/03/2014,01/05/2025,{said},MASH",
    )

    assert len(involvements(read(path, "annex_a"))) == count


@pytest.mark.parametrize(
    "heading", ["Open", "Discharged", "Household reference", "Ward", "Owner", "Joint applicant name", "Mother surname"]
)
def test_a_heading_that_may_mean_something_else_is_left_unknown(tmp_path, heading):
    path = written(tmp_path, f"{HEADINGS},{heading}\n{LINE},Yes\n")

    done = dry_run(path)

    assert (done.involvements, done.columns) == (1, (f"'{heading}'",))
    assert done.withheld == {"unknown-columns": 1}


@pytest.mark.parametrize("above", [9, 10])
def test_headings_stand_within_the_first_ten_rows(tmp_path, above):
    notes = "".join(f"Parameter {number}: any\r\n" for number in range(above))

    done = dry_run(written(tmp_path, notes + LIST, "report.csv"))

    assert done.involvements == (2 if above < 10 else 0)
    assert ("no heading row" in done.missing) == (above == 10)
