"""An alert in an agency's own FHIR server: about the agency's own client, stored once however often it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.alert import Alert
from mappings.fhir import reference_reader
from mappings.fhir.standalone_alert import as_transaction, for_agency
from tests.mappings.fhir.examples import MADE, RETRACTED
from tests.mappings.fhir.strategies import UNTIMED, alerts, lines

URI = "https://school.example/pupil"


@UNTIMED
@given(alerts(), lines(60), st.sampled_from(("", URI)), lines(400))
def test_every_alert_can_be_stored_as_fhir(alert: Alert, local_id: str, system: str, text: str) -> None:
    communication = for_agency(alert, local_id, text, system=system)
    understood = reference_reader.as_r4b(as_transaction(communication))["entry"][0]["resource"]
    assert understood["subject"]["identifier"]["value"] == local_id
    assert understood["payload"] == [{"contentString": text}]


def test_it_names_the_client_by_the_agencys_own_id_and_not_by_the_reference() -> None:
    communication = for_agency(MADE, "P-17", "Sam Taylor of Seaton Housing is involved.", system=URI)
    assert communication["subject"]["identifier"] == {"system": URI, "value": "P-17"}
    assert str(MADE.recipient_person) not in str(communication)


def test_a_retraction_is_marked_as_an_error() -> None:
    assert for_agency(MADE, "P-17", "text")["status"] == "completed"
    assert for_agency(RETRACTED, "P-17", "text")["status"] == "entered-in-error"


def test_the_transaction_finds_what_was_stored_before_by_the_alerts_id() -> None:
    first, second = (as_transaction(for_agency(MADE, "P-17", "text")) for _ in range(2))
    assert first == second
    assert first["entry"][0]["request"]["method"] == "PUT"
    assert first["entry"][0]["request"]["url"].endswith(f"|{MADE.id}")


@pytest.mark.parametrize(("local_id", "text"), [("", "text"), (" ", "text"), ("P-17", "")])
def test_an_alert_about_nobody_or_without_words_is_an_error(local_id: str, text: str) -> None:
    with pytest.raises(ValueError, match="needs the agency's id"):
        for_agency(MADE, local_id, text)
