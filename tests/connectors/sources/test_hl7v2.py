"""HL7 v2 ADT from files: what the messages about a visit say together, whatever order they lie in."""

from datetime import date
from itertools import permutations

import pytest

from connectors.sources.port import Merged, SourceUnreadable, Withdrawn
from mappings.canonical.codes import Mode
from tests.connectors.sources.agencies import involvements, problems, read, skips, written

PV1 = "PV1|1|{patient_class}|WARD5^^^RZZ01||||C3456789^RAO^PRIYA^^^DR^^^GMC|||710|||||||||{visit}|||||||||||||||||||||||||{begun}|{over}"


def message(
    event: str,
    id: str,
    at: str = "20251103101500",
    visit: str = "V1",
    patient_class: str = "I",
    begun: str = "20251103093000",
    over: str = "",
    status: str = "P",
    record: str = "RZZ1",
    extra: str = "",
) -> str:
    pv1 = PV1.format(visit=visit, patient_class=patient_class, begun=begun, over=over)
    return (
        f"MSH|^~\\&|PAS|RZZ|G|R|{at}||ADT^{event}|{id}|{status}|2.4\r"
        f"EVN|{event}|{at}\r"
        f"PID|1||{record}^^^RZZ^MR~9990104018^^^NHS^NH||WHITLOCK^DARREN^JAMES||19850717|M|||9 SEA ROAD^^SEATON^^ZZ5 1AB\r"
        f"{extra}{pv1}\r"
    )


ADMITTED = message("A01", "1")
MOVED = message("A02", "2", "20251104080000").replace("WARD5", "WARD9")
DISCHARGED = message("A03", "3", "20251105161500", over="20251105160000")
CANCELLED = message("A13", "4", "20251105170000")


def test_the_latest_word_counts_in_whatever_order_the_messages_lie(tmp_path):
    for number, order in enumerate(permutations((ADMITTED, MOVED, DISCHARGED, CANCELLED))):
        path = written(tmp_path, "".join(order), f"{number}.hl7")
        (one,) = involvements(read(path))
        assert (one.local_id, one.start, one.end, one.team) == ("V1", date(2025, 11, 3), None, "710/WARD5")


def test_a_discharge_ends_the_visit_and_what_came_before_is_counted(tmp_path):
    readings = read(written(tmp_path, DISCHARGED + ADMITTED + MOVED, "batch.hl7"))

    (one,) = involvements(readings)
    assert one.end == date(2025, 11, 5)
    assert skips(readings) == ["earlier-event", "earlier-event"]


def test_messages_in_files_of_their_own_are_one_feed(tmp_path):
    for number, text in enumerate((ADMITTED, DISCHARGED)):
        written(tmp_path, text, f"{number}.hl7")
    written(tmp_path, "notes", "README.txt")

    (one,) = involvements(read(tmp_path))

    assert one.end == date(2025, 11, 5)


def test_a_message_that_is_there_twice_counts_once(tmp_path):
    assert skips(read(written(tmp_path, ADMITTED + ADMITTED, "batch.hl7"))) == ["duplicate"]


def test_a_cancelled_admission_is_withdrawn_unless_it_is_admitted_again(tmp_path):
    cancelled = message("A11", "5", "20251103110000")
    again = message("A01", "6", "20251103120000")

    (gone,) = [one for one in read(written(tmp_path, cancelled + ADMITTED, "a.hl7")) if isinstance(one, Withdrawn)]
    (back,) = involvements(read(written(tmp_path, again + cancelled + ADMITTED, "b.hl7")))

    assert (gone.local_id, back.local_id) == ("V1", "V1")


def test_details_alone_state_no_visit_but_correct_one(tmp_path):
    corrected = message("A08", "7", "20251104090000").replace("WHITLOCK", "WHITLOCK-HALL")

    assert skips(read(written(tmp_path, corrected, "a.hl7"))) == ["not-an-involvement"]
    (one,) = involvements(read(written(tmp_path, corrected + ADMITTED, "b.hl7")))
    assert one.person.family == "Whitlock-Hall"


@pytest.mark.parametrize("event", ["A40", "A34", "A47"])
def test_a_merge_says_which_record_became_which(tmp_path, event):
    text = message(event, "8", extra="MRG|RZZ9^^^RZZ^MR~9990000000^^^NHS^NH\r")

    (merge,) = read(written(tmp_path, text, "a.hl7"))

    assert isinstance(merge, Merged)
    assert (merge.superseded, merge.surviving) == ("RZZ9", "RZZ1")


def test_a_merge_that_names_nobody_is_rejected(tmp_path):
    assert "MRG-1" in problems(read(written(tmp_path, message("A40", "8"), "a.hl7")))[0]


def test_an_out_patient_is_not_an_involvement(tmp_path):
    assert skips(read(written(tmp_path, message("A04", "9", patient_class="O"), "a.hl7"))) == ["not-an-involvement"]


def test_test_messages_are_passed_over_in_live_mode_only(tmp_path):
    path = written(tmp_path, message("A01", "1", status="T").replace("9990104018", "9434765919"), "a.hl7")

    assert skips(read(path, mode=Mode.LIVE)) == ["test-message"]
    assert len(involvements(read(path))) == 1


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize(
    "wrap", ["{}", "\x0b{}\x1c\r", "[SOM]{}[EOM][CR]", "FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r{}BTS|1\rFTS|1\r", "\ufeff{}"]
)
def test_line_ends_framing_and_batches_change_nothing(tmp_path, ends, wrap):
    text = wrap.format(ADMITTED).replace("\r", ends)

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert one.worker == "Priya Rao (GMC C3456789)"


def test_delimiters_are_those_the_message_names(tmp_path):
    other = str.maketrans({"|": "^", "^": "~", "~": "|"})
    text = ADMITTED.replace("|^~\\&|", "\0").translate(other).replace("\0", "^~|\\&^")

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert (one.person.local_id, one.worker) == ("RZZ1", "Priya Rao (GMC C3456789)")
    assert [number.value for number in one.person.identifiers] == ["9990104018"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("^^^NHS^NH", "^^^NHS^HN"),
        ("RZZ1^^^RZZ^MR", "RZZ1^^^MRENTR^MEDREC"),
        ("RZZ1^^^RZZ^MR", "RZZ1^^^RZZ"),
        ("RZZ1^^^RZZ^MR", " RZZ1 ^^^ RZZ ^ MR "),
        ("19850717", "198507170000"),
        ("19850717", "19850717000000+0000"),
        ("19850717", "Jul 17, 1985"),
    ],
)
def test_what_real_senders_do_is_understood(tmp_path, before, after):
    (one,) = involvements(read(written(tmp_path, ADMITTED.replace(before, after), "a.hl7")))

    assert (one.person.local_id, [number.value for number in one.person.identifiers]) == ("RZZ1", ["9990104018"])
    assert one.person.birth_date is not None
    assert one.person.birth_date.exact == date(1985, 7, 17)


def test_the_consultant_is_known_by_the_number_others_know(tmp_path):
    both = "PROV1^RAO^PRIYA^^^DR^^^LOCAL~C3456789^RAO^PRIYA^^^DR^^^GMC"
    text = ADMITTED.replace("C3456789^RAO^PRIYA^^^DR^^^GMC", both)

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert one.worker_id == "C3456789"


def test_a_staff_directory_beside_the_messages_gives_the_contact(tmp_path):
    written(tmp_path, "GMC number,Name,Work phone\nC3456789,Priya Rao,01632 960222\n", "staff.csv")

    (one,) = involvements(read(written(tmp_path, ADMITTED, "a.hl7")))

    assert one.contact.phone == "01632 960222"


def test_messages_of_another_kind_are_refused_with_what_is_missing(tmp_path):
    with pytest.raises(SourceUnreadable, match=r"messages of type ORU only.*missing are ADT"):
        read(written(tmp_path, ADMITTED.replace("ADT^A01", "ORU^R01"), "a.hl7"))


def test_one_broken_message_never_fails_the_others(tmp_path):
    readings = read(written(tmp_path, "MSH\r" + ADMITTED, "a.hl7"))

    assert len(involvements(readings)) == 1
    assert "not written as an HL7 v2 message" in problems(readings)[0]


def test_a_field_that_cannot_be_decoded_is_in_nobodys_log(tmp_path, caplog, capfd):
    odd = ADMITTED.replace("WHITLOCK", "WHIT\\Xzz\\LOCK").replace("SEA ROAD", "SEA \\Qq\\ROAD")

    (one,) = involvements(read(written(tmp_path, odd, "a.hl7")))

    assert one.local_id == "V1"
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_a_visit_without_a_number_is_known_by_the_record_and_the_day_it_began(tmp_path):
    text = ADMITTED.replace("|V1|", "||")

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert one.local_id == "RZZ1|2025-11-03"


def test_a_sender_that_numbers_no_visits_tells_of_one_stay_after_another(tmp_path):
    unnumbered = [
        message(event, id, at, visit="", begun="", over="")
        for event, id, at in (
            ("A01", "1", "20250301080000"),
            ("A03", "2", "20250305080000"),
            ("A01", "3", "20251025080000"),
            ("A08", "4", "20251026080000"),
        )
    ]
    written(tmp_path, "".join(reversed(unnumbered)), "batch.hl7")

    (again,) = involvements(read(tmp_path))

    assert (again.local_id, again.start, again.end) == ("RZZ1", date(2025, 10, 25), None)

    written(tmp_path, message("A03", "5", "20251030080000", visit="", begun="", over=""), "last.hl7")
    (over,) = involvements(read(tmp_path))
    assert (over.local_id, over.start, over.end) == ("RZZ1", date(2025, 10, 25), date(2025, 10, 30))


def test_an_admission_without_a_visit_segment_is_of_the_hospital(tmp_path):
    text = message("A01", "1", visit="", begun="").partition("PV1")[0]

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert (one.local_id, one.worker, one.team, one.start) == ("RZZ1", "", "", date(2025, 11, 3))


@pytest.mark.parametrize(
    "identifier", ["9990104018^^^NHSNBR^NHSNMBR", "9990104018^^^NHS^HN", "999 010 4018^^^NHS&2.16.840&ISO^NH"]
)
def test_the_nhs_number_is_known_under_every_name_that_senders_give_it(tmp_path, identifier):
    text = ADMITTED.replace("9990104018^^^NHS^NH", identifier)

    (one,) = involvements(read(written(tmp_path, text, "a.hl7")))

    assert [number.value for number in one.person.identifiers] == ["9990104018"]
    assert one.person.local_id == "RZZ1"


@pytest.mark.parametrize("said", ["OUTPATIENT", "Outpatient", "Day Case", "PREADMIT"])
def test_a_class_in_words_is_one_too(tmp_path, said):
    assert skips(read(written(tmp_path, message("A01", "1", patient_class=said), "a.hl7"))) == ["not-an-involvement"]
    assert len(involvements(read(written(tmp_path, message("A01", "1", patient_class="INPATIENT"), "a.hl7")))) == 1
