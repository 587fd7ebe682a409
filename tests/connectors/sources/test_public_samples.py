"""Exports of other projects, where the folder that holds them is there: read, or refused with what is missing."""

import os
from pathlib import Path

import pytest

from connectors.sources.port import SourceUnreadable
from tests.connectors.sources.agencies import involvements, problems, read, skips

SAMPLES = Path(os.environ.get("PATCHWORK_SAMPLES", Path(__file__).parents[4] / "shared/samples")) / "dev"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample files are not on this machine")


@pytest.mark.parametrize(
    ("name", "worker", "team"),
    [
        ("familycontext_beta_adult_social_care.csv", "A S Worker", "Area Social Service"),
        ("familycontext_beta_housing.csv", "Mr A Aaaaa", "Local Housing"),
        ("familycontext_beta_school.csv", "A Teacher", "A+ School"),
        ("familycontext_beta_police.csv", "Police Hub", "Area A"),
    ],
)
def test_family_context_services_are_joined_to_its_people(name, worker, team):
    readings = read(SAMPLES / "csv" / name, "generic_agency_csv")

    assert problems(readings) == []
    assert skips(readings) == []
    (one,) = involvements(readings)
    assert (one.worker, one.team) == (worker, team)
    assert one.person.birth_date is not None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("csv/familycontext_beta_person.csv", "what is missing is"),
        ("csv/sui_single_match.csv", "what is missing is"),
        ("csv/sui_reconciliation_test_data.csv", "what is missing is"),
        ("xlsx/familycontext_common_data_model.xlsx", "what is missing is a column for"),
        ("fhir/bars_booking_message.json", "no CareTeam and no EpisodeOfCare"),
        ("fhir/hl7spec_careteam_example.json", "another FHIR version than R4"),
        ("fhir/hl7spec_episodeofcare_example_R5.json", "another FHIR version than R4"),
    ],
)
def test_what_states_no_involvement_is_refused_in_words(name, sentence):
    with pytest.raises(SourceUnreadable, match=sentence):
        read(SAMPLES / name, "fhir_r4_ukcore" if name.endswith(".json") else "generic_agency_csv")


@pytest.mark.parametrize(
    "path", sorted(path for path in SAMPLES.rglob("*") if path.is_file()), ids=lambda path: path.name
)
def test_every_public_file_is_read_or_refused_by_name(path):
    try:
        accounted = bool(read(path))
    except SourceUnreadable as problem:
        accounted = path.name in str(problem)
    assert accounted
