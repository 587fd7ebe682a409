"""XML exports: one record held at a time, nothing kept that the map does not name, and no way to attack the reader."""

import pytest

from connectors.sources import xml_file
from connectors.sources.opening import open_source
from connectors.sources.port import Coverage, SourceUnreadable
from mappings.canonical.codes import Mode
from tests.connectors.sources.agencies import DEFAULTS, involvements, problems, read, skips, written

CHILD = (
    "<Child><ChildIdentifiers><LAchildID>{id}</LAchildID><PersonBirthDate>2014-03-09</PersonBirthDate></ChildIdentifiers>"
    "<CINdetails><CINreferralDate>{start}</CINreferralDate></CINdetails></Child>"
)


def census(*children: str, before: str = "", collection: str = "CIN") -> str:
    return (
        f"{before}<Message><Header><CollectionDetails><Collection>{collection}</Collection></CollectionDetails></Header>"
        f"<Children>{''.join(children)}</Children></Message>"
    )


def child(id: str = "C1", start: str = "2025-08-28") -> str:
    return CHILD.format(id=id, start=start)


def test_every_child_is_read(tmp_path):
    found = involvements(read(written(tmp_path, census(child(), child("C2")), "cin.xml")))

    assert [one.local_id for one in found] == ["C1|2025-08-28", "C2|2025-08-28"]


def test_namespaces_stray_text_and_unknown_elements_change_nothing(tmp_path):
    text = census(child().replace("<CINdetails>", "stray<Other><Deep>x</Deep></Other><CINdetails>")).replace(
        "<Message>", '<Message xmlns="urn:example">'
    )

    assert len(involvements(read(written(tmp_path, text, "cin.xml")))) == 1


@pytest.mark.parametrize(
    "text",
    [
        census(child(), before="<!DOCTYPE Message [<!ENTITY a 'b'>]>"),
        census(child(), before="<!DOCTYPE Message SYSTEM 'http://127.0.0.1:9/x.dtd'>"),
        census(child(), before="<!DOCTYPE Message [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>").replace("C1", "&a;"),
    ],
)
def test_document_types_and_entities_are_refused(tmp_path, text):
    with pytest.raises(SourceUnreadable, match="declares a document type or entities"):
        read(written(tmp_path, text, "cin.xml"), "cin_census")


def test_a_document_broken_at_its_end_is_not_half_believed(tmp_path):
    text = census(child(), child("C2")).removesuffix("</Children></Message>")
    readings = open_source("cin_census", written(tmp_path, text, "cin.xml"), DEFAULTS, Mode.TRIAL).readings()

    with pytest.raises(SourceUnreadable, match="not well-formed"):
        next(readings)


@pytest.mark.parametrize(
    ("bound", "most", "said"), [("MAX_DEPTH", 4, "deeper"), ("MAX_NODES", 3, "elements"), ("MAX_TEXT", 5, "longer")]
)
def test_every_bound_holds(tmp_path, monkeypatch, bound, most, said):
    monkeypatch.setattr(xml_file, bound, most)

    with pytest.raises(SourceUnreadable, match=said):
        read(written(tmp_path, census(child()), "cin.xml"), "cin_census")


def test_a_tag_without_an_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(xml_file, "CHUNK", 64)
    monkeypatch.setattr(xml_file, "MAX_UNCLOSED", 1024)

    with pytest.raises(SourceUnreadable, match="without the end of a tag"):
        read(written(tmp_path, f"<Message a='{'x' * 5_000}'/>", "cin.xml"), "cin_census")


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "iso-8859-1", "windows-1252"])
def test_old_systems_write_windows_text_whatever_they_declare(tmp_path, declared):
    pupil = "<Pupil><UPN>G999200118011</UPN><Surname>Ó Néill</Surname><Forename>Maya</Forename><DOB>2014-03-09</DOB></Pupil>"
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><CTfile><Header><SourceSchool><LEA>999</LEA><Estab>2001</Estab></SourceSchool>'
        f"</Header><CTFpupilData>{pupil}</CTFpupilData></CTfile>"
    )

    (one,) = involvements(read(written(tmp_path, text.encode("cp1252"), "ctf.xml")))

    assert (one.person.family, one.team) == ("Ó Néill", "School 999/2001")


@pytest.mark.parametrize(("said", "coverage"), [("full", Coverage.FULL), ("partial", Coverage.PARTIAL)])
def test_only_a_full_transfer_file_says_who_has_left(tmp_path, said, coverage):
    text = (
        f"<CTfile><Header><DocumentQualifier>{said}</DocumentQualifier><DateTime>2025-11-03T08:00:00</DateTime><SourceSchool><LEA>1</LEA>"
        "</SourceSchool></Header><CTFpupilData><Pupil/></CTFpupilData></CTfile>"
    )

    snapshot = open_source("ctf", written(tmp_path, text, "ctf.xml"), DEFAULTS, Mode.TRIAL).snapshot()

    assert (snapshot.coverage, snapshot.as_of.isoformat()) == (coverage, "2025-11-03")


def test_another_collection_is_refused_with_what_is_missing(tmp_path):
    with pytest.raises(SourceUnreadable, match="does not say cin at header/collectiondetails/collection"):
        read(written(tmp_path, census(child(), collection="CSWW"), "csww.xml"))


def test_one_bad_child_never_fails_the_others(tmp_path):
    readings = read(written(tmp_path, census(child(start="soon"), child("C2")), "cin.xml"))

    assert [one.local_id for one in involvements(readings)] == ["C2|2025-08-28"]
    assert "CINreferralDate' is not a date" in problems(readings)[0]


def test_a_child_without_a_referral_states_no_involvement(tmp_path):
    bare = "<Child><ChildIdentifiers><LAchildID>C1</LAchildID></ChildIdentifiers></Child>"

    assert skips(read(written(tmp_path, census(bare), "cin.xml"))) == ["not-an-involvement"]


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n\r\n<?xml version='1.0' encoding='utf-8'?>" + census(child()).encode(),
        b"\xef\xbb\xbf\n" + census(child()).encode(),
        ("<?xml version='1.0' encoding='utf-8'?>" + census(child())).encode("utf-16"),
        ("<?xml version='1.0' encoding='utf-16'?>" + census(child())).encode("utf-16"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>" + census(child("Ä"))).encode("latin-1"),
        census(child())
        .replace("<", "<c:")
        .replace("<c:/", "</c:")
        .replace("<c:Message>", '<c:Message xmlns:c="urn:c">'),
        census(child(), collection="CIN Census"),
    ],
)
def test_however_a_system_writes_its_xml(tmp_path, content):
    (one,) = involvements(read(written(tmp_path, content, "cin.xml")))

    assert one.local_id.endswith("|2025-08-28")


def test_what_is_wrong_with_the_file_is_said_once_and_not_for_every_preset(tmp_path):
    with pytest.raises(SourceUnreadable, match=r"^cin\.xml is not well-formed XML; export it again$"):
        read(written(tmp_path, "<Message><Header></Message>", "cin.xml"))


def test_another_outermost_element_is_answered_with_those_that_are_read(tmp_path):
    with pytest.raises(
        SourceUnreadable, match=r"is <schema>, and what is missing is one of <message> of cin_census and"
    ):
        read(written(tmp_path, "<schema/>", "census.xsd"))


def test_a_transfer_file_may_keep_a_pupils_name_among_the_details(tmp_path):
    text = (
        "<CTfile><Header><SourceSchool><LEA>999</LEA><Estab>2001</Estab></SourceSchool></Header><CTFpupilData><Pupil>"
        "<UPN>G999200118011</UPN><BasicDetails><LegalSurname>Rowan</LegalSurname><LegalForename>Alder</LegalForename>"
        "<DOB>2014-03-09</DOB><Gender>F</Gender></BasicDetails></Pupil></CTFpupilData></CTfile>"
    )

    (one,) = involvements(read(written(tmp_path, text, "ctf.xml")))

    assert (one.person.given, one.person.family, one.person.gender.value) == (("Alder",), "Rowan", "female")
    assert one.team == "School 999/2001"
