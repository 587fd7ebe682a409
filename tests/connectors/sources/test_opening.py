"""Which preset fits is told by what a file holds."""

import pytest

from connectors.sources.fhir_bundle import FhirBundleSource
from connectors.sources.opening import detect, open_source
from connectors.sources.port import SourceUnreadable
from connectors.sources.table_source import TableSetSource
from mappings.canonical.codes import Mode
from tests.connectors.sources.agencies import DEFAULTS, SEATON, read, written


@pytest.mark.parametrize(
    ("export", "preset"),
    [
        ("ssd", "ssd_involvements"),
        ("ssd/ssd_involvements.csv", "ssd_involvements"),
        ("housing_own.csv", "generic_agency_csv"),
        ("fhir_ukcore_bundle.json", "fhir_r4_ukcore"),
    ],
)
def test_the_preset_is_found_by_content(export, preset):
    assert detect(SEATON / export) == preset


def test_what_fits_nothing_is_answered_so(tmp_path):
    with pytest.raises(SourceUnreadable, match="no preset fits"):
        detect(written(tmp_path, "Dog,Breed\nRex,Collie"))


def test_what_nearly_fits_is_answered_with_what_is_missing(tmp_path):
    with pytest.raises(SourceUnreadable, match=r"generic_agency_csv.*missing is a column for .*team or worker"):
        detect(written(tmp_path, "Surname,First name,Date of birth\nO'Neill,Maya,09/03/2014"))


def test_each_kind_has_its_source():
    housing = open_source("generic_agency_csv", SEATON / "housing_own.csv", DEFAULTS, Mode.TRIAL)
    trust = open_source("fhir_r4_ukcore", SEATON / "fhir_ukcore_bundle.json", DEFAULTS, Mode.TRIAL)
    assert isinstance(housing, TableSetSource)
    assert isinstance(trust, FhirBundleSource)


def test_a_preset_that_cannot_be_used_makes_the_source_unreadable(tmp_path):
    with pytest.raises(SourceUnreadable, match="no preset is called"):
        read(written(tmp_path, "a,b"), "nonsense")


def test_a_bundle_read_as_csv_and_a_csv_as_bundle_are_refused():
    with pytest.raises(SourceUnreadable):
        read(SEATON / "housing_own.csv", "fhir_r4_ukcore")
    with pytest.raises(SourceUnreadable):
        read(SEATON / "fhir_ukcore_bundle.json", "ssd_involvements")
