"""The gateway's list of our own records to check, in our own words, inside our own walls."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.reading.check_records import as_json, as_text, check_records
from mappings.canonical.check_list import CheckField, CheckItem, CheckList
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.check_list_json import write_check_list
from tests.connectors.office import SCHOOL, Office, involvement

DAY = date(2026, 3, 2)


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """The school has published its involvement with clients 1 and 2."""
    school = Office(tmp_path)
    school.publish(involvement(1), involvement(2))
    school.exchange()
    return school


def send(school: Office, listed: CheckList) -> dict[str, int]:
    about = MessageId("00000000-0000-4000-8000-000000000001")
    school.gateway.send(MessageKind.CHECK_LIST, about, write_check_list(listed))
    return dict(school.deliver().parcels)


def listed(school: Office, number: int, day: date = DAY) -> CheckList:
    item = CheckItem(school.references.person(f"C{number}"), (CheckField.BIRTH_DATE, CheckField.POSTCODE))
    return CheckList(SCHOOL, day, (item,))


def shown(school: Office) -> list[str]:
    with school.ledger.read() as unit:
        return [row["client"] for row in as_json(check_records(unit, SCHOOL))["records"]]


def test_it_names_our_own_client_and_the_fields_in_words(school: Office) -> None:
    with school.ledger.read() as unit:
        assert "sent no list yet" in as_text(check_records(unit, SCHOOL))
    assert send(school, listed(school, 1)) == {"check list": 1}
    with school.ledger.read() as unit:
        records = check_records(unit, SCHOOL)
    assert "  Client 1 (C1): date of birth, postcode\n" in as_text(records)
    assert json.loads(json.dumps(as_json(records))) == {
        "as_of": "2026-03-02",
        "records": [{"client": "Client 1", "client_id": "C1", "fields": ["birth-date", "postcode"]}],
        "of_unknown_clients": 0,
    }


def test_a_newer_list_takes_its_place_and_an_older_one_does_not(school: Office) -> None:
    send(school, listed(school, 1))
    send(school, listed(school, 2, DAY + timedelta(days=1)))
    assert shown(school) == ["Client 2"]
    assert send(school, listed(school, 1)) == {"check list, older": 1}
    assert shown(school) == ["Client 2"]


def test_clients_that_are_not_ours_any_more_are_only_counted(school: Office) -> None:
    school.publish(involvement(2))
    item = CheckItem(PersonRef("f" * 64), (CheckField.GENDER,))
    send(school, CheckList(SCHOOL, DAY, (item, *listed(school, 1).items)))
    with school.ledger.read() as unit:
        records = check_records(unit, SCHOOL)
    assert (records.entries, records.unknown) == ((), 2)


def test_a_list_for_another_agency_or_of_another_shape_is_kept_aside(school: Office) -> None:
    other = CheckList(AgencyId("urn:patchwork:seaton:housing"), DAY)
    assert send(school, other) == {"dead letter": 1}
    school.gateway.send(MessageKind.CHECK_LIST, MessageId("00000000-0000-4000-8000-000000000002"), b"{}")
    assert school.deliver().parcels["dead letter"] == 1
    with school.ledger.read() as unit:
        assert {letter.code for letter in unit.dead_letters.list(10)} == {"misdirected", "profile-refused"}
