"""JSON exports: one document, a list of them or one a line, also inside the wrappings of a queue."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import json_file
from connectors.sources.opening import detect, open_source
from connectors.sources.port import Coverage, SourceUnreadable, Withdrawn
from mappings.canonical.codes import Mode
from tests.connectors.sources.agencies import DEFAULTS, SEATON, involvements, problems, read, skips, written


def child(id: str = "C1", **members: Any) -> dict[str, Any]:
    details = {"first_name": "Maya", "surname": "O'Neill", "date_of_birth": "2014-03-09"}
    episode = {"social_care_episode_id": f"R-{id}", "referral_date": "2025-08-28"}
    return {"la_child_id": id, "child_details": details, "social_care_episodes": [episode], **members}


def event(crn: str = "X1", kind: str = "person.community.manager.allocated") -> dict[str, Any]:
    reference = {"identifiers": [{"type": "NOMS", "value": "A1"}, {"type": "CRN", "value": crn}]}
    return {
        "eventType": kind,
        "occurredAt": "2025-10-02T09:30:00.123456789+01:00",
        "personReference": reference,
        "additionalInformation": {"allocationId": "a1"},
    }


def dumped(folder: Path, document: Any) -> Path:
    return written(folder, json.dumps(document), "export.json")


@pytest.mark.parametrize(
    "document",
    [
        {"la_code": 999, "Children": [child()]},
        [{"la_code": 999, "Children": [child()]}],
        [child()],
        child(),
        {"laCode": "999", "children": [child()]},
    ],
)
def test_a_payload_is_read_however_it_is_packed(tmp_path, document):
    path = dumped(tmp_path, document)

    (one,) = involvements(read(path))

    assert detect(path) == "dfe_csc_api"
    assert one.local_id == "R-C1"


def test_a_child_to_be_purged_is_withdrawn_with_all_that_was_said(tmp_path):
    (reading,) = read(dumped(tmp_path, {"Children": [child(purge=True)]}))

    assert isinstance(reading, Withdrawn)
    assert reading.local_id == "C1"


def test_a_delta_says_nothing_about_what_it_does_not_name(tmp_path):
    source = open_source("dfe_csc_api", dumped(tmp_path, {"Children": [child()]}), DEFAULTS, Mode.TRIAL)

    assert source.snapshot().coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    "wrapped",
    [
        event(),
        [event()],
        {"Type": "Notification", "Message": json.dumps(event())},
        {"Messages": [{"Body": json.dumps({"Message": json.dumps(event())})}]},
        {"Records": [{"body": json.dumps(event())}]},
    ],
)
def test_an_event_is_read_out_of_its_wrappings(tmp_path, wrapped):
    path = dumped(tmp_path, wrapped)

    (one,) = involvements(read(path))

    assert detect(path) == "hmpps_event"
    assert (one.local_id, one.person.local_id) == ("X1|a1", "X1")


def test_one_document_a_line(tmp_path):
    text = "\r\n".join(json.dumps(each) for each in (event(), event("X2"), event("X3", "prisoner.received")))
    readings = read(written(tmp_path, text, "events.ndjson"))

    assert [one.person.local_id for one in involvements(readings)] == ["X1", "X2"]
    assert skips(readings) == ["not-an-involvement"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_that_systems_write(tmp_path, encoding):
    one_child = child()
    one_child["child_details"]["surname"] = "Ó Néill"
    text = json.dumps({"Children": [one_child]}, ensure_ascii=False)

    (one,) = involvements(read(written(tmp_path, text.encode(encoding), "payload.json")))

    assert one.person.family == "Ó Néill"


def test_one_bad_child_never_fails_the_others(tmp_path):
    bad = child("C2")
    bad["child_details"]["date_of_birth"] = "soon"

    readings = read(dumped(tmp_path, {"Children": [bad, child()]}))

    assert len(involvements(readings)) == 1
    assert "child_details/date_of_birth' is not a date" in problems(readings)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"la_code": 1, "la_code": 2}', "same key twice"),
        ("[" * 5_000, "nests deeper"),
        ('{"Children": [{"la_child_id": "C1"', "is not JSON"),
        ('{"some": "thing"}', "no record with"),
        ("[]", "no record with"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, text, said):
    with pytest.raises(SourceUnreadable, match=said):
        read(written(tmp_path, text, "export.json"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_file, "LIMITS", json_file.Limits(size=20))

    with pytest.raises(SourceUnreadable, match="larger than"):
        read(dumped(tmp_path, {"Children": [child()]}))


def test_every_event_of_a_folder_is_read_and_what_is_none_is_passed_over(tmp_path):
    event = json.loads((SEATON / "hmpps_community_manager_allocated.json").read_bytes())
    other = {**event, "personReference": {"identifiers": [{"type": "CRN", "value": "X000002"}]}}
    written(tmp_path, "{}", "0.json")
    written(tmp_path, json.dumps(event), "1.json")
    written(tmp_path, json.dumps(other), "2.json")
    written(tmp_path, json.dumps({**event, "eventType": "prison-offender-events.prisoner.released"}), "3.json")
    written(tmp_path, "CRN,Surname,Forename,Officer\nX000002,Rowan,Alder,Sam Ortiz\n", "officers.csv")

    readings = read(tmp_path)

    found = involvements(readings)
    assert sorted((one.person.local_id, one.person.family, one.worker) for one in found) == [
        ("X000001", "", ""),
        ("X000002", "Rowan", "Sam Ortiz"),
    ]
    assert skips(readings) == ["not-an-involvement", "not-an-involvement"]


def test_several_payloads_are_still_not_guessed_between(tmp_path):
    payload = (SEATON / "dfe_csc_payload.json").read_bytes()
    for name in ("1.json", "2.json"):
        written(tmp_path, payload, name)

    with pytest.raises(SourceUnreadable, match="name the one that is meant"):
        read(tmp_path)
