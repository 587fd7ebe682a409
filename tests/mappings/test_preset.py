"""Presets: everything in them is understood, or refused by name."""

from pathlib import Path

import pytest

from connectors.sources.port import SkipReason
from mappings.preset import SHIPPED, StatesMode, load_preset, presets
from mappings.preset_section import PresetError
from mappings.source_map import RowAction, VanishPolicy

GENERIC = (SHIPPED / "generic_agency_csv.yaml").read_text(encoding="utf-8")
UKCORE = (SHIPPED / "fhir_r4_ukcore.yaml").read_text(encoding="utf-8")


def own(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_preset_loads_under_its_own_name():
    assert presets() == [
        "annex_a",
        "asc_cld",
        "cin_census",
        "ctf",
        "dfe_csc_api",
        "fhir_r4_ukcore",
        "generic_agency_csv",
        "hl7v2_adt_uk",
        "hmpps_event",
        "mhsds",
        "ssd_involvements",
        "ssda903",
        "vcs_spreadsheet",
    ]
    for name in presets():
        preset = load_preset(name)
        assert preset.name == name
        assert preset.provenance
        assert (preset.rows is None) != (preset.fhir is None)
        # What is missing from an event or a delta has not vanished.
        assert (preset.vanish is VanishPolicy.IGNORE) == (preset.mode is not StatesMode.SNAPSHOT)
        assert 0 < preset.mass_vanish_share < 1


def test_an_agency_may_bring_its_own(tmp_path):
    path = own(tmp_path, GENERIC.replace("preset: generic_agency_csv", "preset: our_housing"))
    assert load_preset(path).name == "our_housing"


def test_an_unknown_name_is_answered_with_the_names_there_are():
    with pytest.raises(PresetError, match="generic_agency_csv"):
        load_preset("liquidlogic")


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("version: 1\n", "version: 1\ncolour: blue\n", "colour"),
        ("kind: table", "kind: xlsx", "xlsx"),
        ("mode: snapshot", "mode: hourly", "hourly"),
        ("vanish: close", "vanish: perhaps", "perhaps"),
        ("mass_vanish_percent: 20", "mass_vanish_percent: 200", "mass_vanish_percent"),
        ("  housing: standard", "  hovsing: standard", "hovsing"),
        ("same_key: merge", "same_key: shrug", "shrug"),
        ('key: ["{involvement_id}"', 'key: ["{involvment_id}"', "involvment_id"),
        ('key: ["{involvement_id}"', 'key: ["same for all", "{involvement_id}"', "same for all"),
        ("encodings: [utf-8-sig", "encodings: [utf-7", "utf-7"),
        ("worker: [surname_first]", "worker: [rot13]", "rot13"),
        ('    - "%d/%m/%Y"', '    - "%d/%Q/%Y"', "%Q"),
        ("do: excluded", "do: delete", "delete"),
        ("female: [F,", "femail: [F,", "femail"),
        (
            "        family: [Last Name, Family name, Surname, Client surname, Child surname, Applicant surname]",
            "        familie: [Last Name]",
            "familie",
        ),
        ("        - Presenting condition", "        - Last Name\n        - Presenting condition", "lastname"),
        ("delimiters: [comma,", "delimiters: [slash,", "slash"),
        ("version: 1", "version: 1\nversion: 2", "twice"),
        ("join: person_id", "join: nhs_status", "nhs_status"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path, before, after, named):
    assert before in GENERIC
    with pytest.raises(PresetError) as refused:
        load_preset(own(tmp_path, GENERIC.replace(before, after, 1)))
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('key: "{identifier}"', 'key: "{system}"', "key"),
        ("active: open", "active: running", "running"),
        ("ods_system:", "ods_sistem:", "ods_system"),
        ('depth: "40"', 'depth: "4000"', "depth"),
        ("organisation_as: code", "organisation_as: logo", "logo"),
    ],
)
def test_so_is_what_a_fhir_map_does_not_know(tmp_path, before, after, named):
    assert before in UKCORE
    with pytest.raises(PresetError) as refused:
        load_preset(own(tmp_path, UKCORE.replace(before, after, 1)))
    assert named in str(refused.value)


@pytest.mark.parametrize("text", ["", "- a list", "a: &x [1]\nb: *x", "!!python/object:os.system {}", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    with pytest.raises(PresetError, match=r"own\.yaml"):
        load_preset(own(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PresetError, match="cannot be read"):
        load_preset(tmp_path / "none.yaml")


def test_every_reason_of_a_rule_is_a_reason_of_the_port():
    assert {action.value for action in RowAction} - {"withdraw", "withdraw-person", "hold-back"} <= {
        reason.value for reason in SkipReason
    }
