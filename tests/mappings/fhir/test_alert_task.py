"""An alert as a Task, and what is read from one: FHIR whatever the alert, and nothing raised whatever the Task."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.alert import Alert
from mappings.fhir import alert_task, notification, reference_reader, task_answer
from mappings.fhir import extensions as url
from tests.mappings.fhir.examples import MADE, RETRACTED
from tests.mappings.fhir.strategies import UNTIMED, alerts, lines

KEY = "11111111-1111-4111-8111-111111111111"


@UNTIMED
@given(
    alerts(),
    lines(60),
    lines(400),
    st.one_of(
        st.none(), st.builds(alert_task.Owner, st.sampled_from(("Practitioner", "Organization")), lines(40), lines(40))
    ),
)
def test_every_alert_can_be_a_task(alert: Alert, local_id: str, text: str, owner: alert_task.Owner | None) -> None:
    task = alert_task.for_agency(alert, local_id, text, key=KEY, owner=owner)
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [alert_task.as_entry(task)]}
    understood = reference_reader.as_r4b(bundle)["entry"][0]["resource"]
    assert understood == {name: part for name, part in task.items() if name != "id"}
    reference_reader.as_r4b(notification.for_agency(alert, f"https://ehr.example/fhir/Task/{KEY}"))
    assert task_answer.read(task, str(alert.recipient_agency)) is None, "nobody has answered yet"
    for id in (alert.connection, alert.recipient_person, alert.recipient_involvement):
        assert str(id) not in json.dumps(task)


def test_alerts_of_one_connection_are_found_together_and_passed_on_apart() -> None:
    assert alert_task.told_of(MADE) == alert_task.told_of(RETRACTED)
    keys = {alert_task.key_of(MADE), alert_task.key_of(MADE, "Robin"), alert_task.key_of(MADE, "")}
    assert len(keys) == 3
    assert alert_task.key_of(MADE, "Robin") == alert_task.key_of(MADE, "Robin")


@pytest.mark.parametrize(("local_id", "text"), [("", "text"), ("P-17", " ")])
def test_a_task_about_nobody_or_without_words_is_an_error(local_id: str, text: str) -> None:
    with pytest.raises(ValueError, match="needs the agency's id"):
        alert_task.for_agency(MADE, local_id, text, key=KEY)


def test_an_id_only_notification_says_where_something_stands_and_nothing_of_whom() -> None:
    told = notification.for_agency(MADE, "https://ehr.example/fhir/Task/17")
    text = json.dumps(told)
    assert '"reference": "https://ehr.example/fhir/Task/17"' in text
    assert (told["type"], told["entry"][0]["resource"]["resourceType"]) == ("history", "Parameters")
    for said in (
        MADE.recipient_person,
        MADE.recipient_involvement,
        MADE.spoken_reference,
        "Seaton Housing",
        MADE.event.value,
    ):
        assert str(said) not in text


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=8),
        st.sampled_from((url.ANSWERS, "seen", "completed")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(("coding", "system", "code", "value", "type", "url", "display", "valueCodeableConcept")),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@UNTIMED
@given(
    st.dictionaries(
        st.sampled_from(("businessStatus", "output", "status", "owner", "extension", "code", "id")), ANYTHING
    )
)
def test_whatever_stands_in_a_task_reading_it_raises_nothing(parts: dict[str, Any]) -> None:
    group = {"system": url.AGENCIES, "value": "urn:a"}
    task = {"id": "17", "identifier": [{"system": url.TASKS, "value": KEY}], "groupIdentifier": group} | parts
    found = task_answer.read(task, "urn:a")
    if found is not None:
        assert task_answer.read(task_answer.with_receipt(task, found.said), "urn:a") is None, (
            "answered for, it is not read again"
        )
    assert task_answer.read(parts, "urn:a") is None, "not one of ours"
