"""One client's care team as FHIR: who else is known to be involved, how to reach them, and no id of anybody else's system."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent, RelationKind
from mappings.canonical.notice import Worker
from mappings.fhir import client_care_team, reference_reader
from tests.mappings.fhir.examples import ASK, HOUSING, ID_ONLY, MADE, WORKER
from tests.mappings.fhir.strategies import UNTIMED, alerts, lines

AGENCY = "urn:patchwork:seaton:school"
URI = "https://school.example/pupil"
DIRECT = replace(MADE, relation=None)


def team(*told: Alert) -> dict[str, object]:
    return client_care_team.for_client(told, "P-17", "As of today.", key="f" * 64, agency=AGENCY, system=URI)


@UNTIMED
@given(st.lists(alerts(), max_size=4), lines(60), lines(200))
def test_whatever_is_told_it_is_fhir_and_names_nothing_of_another_system(
    told: list[Alert], local_id: str, note: str
) -> None:
    # What is over names nobody, and is in no picture of what holds now.
    current = [each for each in told if each.event in (AlertEvent.MADE, AlertEvent.CHANGED)]
    made = client_care_team.for_client(current, local_id, note, key="f" * 64, agency=AGENCY)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": made}]}
    understood = reference_reader.as_r4b(bundle)["entry"][0]["resource"]
    assert understood == made
    assert all("identifier" not in each for each in made.get("contained", []))
    for alert in current:
        for id in (alert.connection, alert.recipient_person, alert.recipient_involvement):
            assert str(id) not in str(made)


def test_a_worker_stands_inside_with_work_contact_on_behalf_of_their_agency() -> None:
    made = team(DIRECT)
    assert (made["status"], made["subject"]) == (
        "active",
        {"type": "Patient", "identifier": {"system": URI, "value": "P-17"}},
    )
    person, agency = made["contained"]  # type: ignore[misc]
    assert (person["name"], person["telecom"][0]["value"]) == ([{"text": WORKER.name}], WORKER.contact.phone)
    (participant,) = made["participant"]  # type: ignore[misc]
    assert (participant["member"]["reference"], participant["onBehalfOf"]["reference"]) == (
        f"#{person['id']}", f"#{agency['id']}"
    )  # fmt: skip
    assert participant["role"][0] == {"text": WORKER.role}
    assert str(HOUSING) not in str(made)


@pytest.mark.parametrize(
    "alert", [replace(ID_ONLY, relation=None), replace(ASK, relation=None)], ids=["agency only", "introducer"]
)
def test_where_nobody_is_named_the_agency_or_the_introducer_is(alert: Alert) -> None:
    made = team(alert)
    (participant,) = made["participant"]  # type: ignore[misc]
    (contained,) = made["contained"]  # type: ignore[misc]
    assert contained["resourceType"] == "Organization"
    assert participant["member"]["reference"] == f"#{contained['id']}"
    assert "onBehalfOf" not in participant


def test_where_nobody_may_be_named_it_says_that_there_is_somebody() -> None:
    made = team(replace(ASK, relation=None, introducer=None))
    assert made["participant"][0]["member"] == {"display": client_care_team.UNNAMED}  # type: ignore[index]
    assert "contained" not in made


def test_a_team_is_its_agency_under_the_teams_name() -> None:
    assert DIRECT.other is not None
    named = replace(DIRECT, other=replace(DIRECT.other, worker=replace(WORKER, name="")))
    (participant,) = team(named)["participant"]  # type: ignore[misc]
    assert participant["member"]["display"] == f"{WORKER.team}, {DIRECT.other.agency_name}"
    assert Worker() != WORKER


def test_who_is_involved_with_a_relative_is_not_of_the_care_team() -> None:
    made = team(replace(MADE, relation=RelationKind.SIBLING))
    assert made["status"] == "inactive"
    assert "participant" not in made


def test_where_nobody_is_left_it_is_inactive_and_still_the_clients() -> None:
    made = team()
    assert (made["status"], made["subject"]["identifier"]["value"]) == ("inactive", "P-17")  # type: ignore[index]
    assert not {"participant", "contained"} & made.keys()
    assert client_care_team.address(made).endswith(f"|{'f' * 64}")


def test_a_care_team_is_known_again_as_this_agencys_and_no_others() -> None:
    assert client_care_team.kept_for(team(DIRECT), AGENCY) == ("f" * 64, "P-17")
    for other in (team(), {}, {"identifier": [None, {}], "status": "active"}, {"identifier": 7, "subject": "x"}):
        assert client_care_team.kept_for(other, AGENCY) is None
    assert client_care_team.kept_for(team(DIRECT), "urn:patchwork:seaton:health") is None


def test_a_team_of_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs the agency's id"):
        client_care_team.for_client([], " ", "-", key="f" * 64, agency=AGENCY)
