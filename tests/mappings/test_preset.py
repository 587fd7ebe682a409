"""Presets: everything in them is understood, or refused by name."""

from pathlib import Path

import pytest

from connectors.sources.port import SkipReason
from mappings.preset import SHIPPED, StatesMode, load_preset, presets
from mappings.preset_section import PresetError
from mappings.source_map import Field, RowAction, SameKey, VanishPolicy

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
        "csds",
        "ctf",
        "dfe_csc_api",
        "fhir_r4_ukcore",
        "generic_agency_csv",
        "hl7v2_adt_uk",
        "hmpps_event",
        "mhsds",
        "school_census",
        "ssd_involvements",
        "ssda903",
        "ssda903_xml",
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
        ("        middle: [Middle name, Middle names]", "        middel: [Middle name]", "middel"),
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


def test_an_agencys_own_says_only_what_differs(tmp_path):
    path = own(
        tmp_path,
        "extends: generic_agency_csv\nversion: 3\nmap: {files: {involvements: {columns: {team: [Patch]}}}, same_key: reject}\n",
    )
    shipped, mine = load_preset("generic_agency_csv"), load_preset(path)

    assert (mine.name, mine.version, mine.title) == ("own", 3, shipped.title)
    assert mine.rows is not None
    assert shipped.rows is not None
    assert [header.name for header in mine.rows.mains[0].columns[Field.TEAM]] == ["patch"]
    assert mine.rows.mains[0].columns[Field.FAMILY] == shipped.rows.mains[0].columns[Field.FAMILY]
    assert mine.rows.same_key is SameKey.REJECT


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("extends: nonsense\n", "nonsense"),
        ("extends: [a, b]\n", "extends"),
        ("extends: generic_agency_csv\nmap: {files: {involvements: {colums: {team: [Patch]}}}}\n", "colums"),
        ("extends: cin_census\nmap: {tree: {records: [Children//Child]}}\n", "Children//Child"),
        ("extends: cin_census\nmap: {tree: {rot: [Message]}}\n", "rot"),
        ("extends: hl7v2_adt_uk\nmap: {messages: {triggers: {opened: [A01]}}}\n", "opened"),
        ("extends: hl7v2_adt_uk\nmap: {files: {visits: {columns: {start: [PV1]}}}}\n", "PV1"),
        ("extends: mhsds\nmap: {directories: [phone_book]}\n", "phone_book"),
        ("extends: mhsds\nmap: {derive: {worker: ['{wroker_id}']}}\n", "wroker_id"),
        ("extends: mhsds\nmap: {files: {people: {main: true}}}\n", "main"),
    ],
)
def test_and_is_refused_by_name_for_what_is_not_understood(tmp_path, text, named):
    with pytest.raises(PresetError) as refused:
        load_preset(own(tmp_path, text))
    assert named in str(refused.value)


def test_a_folder_of_presets_goes_before_the_shipped_ones(tmp_path):
    (tmp_path / "ssda903.yaml").write_text("extends: ssda903\nversion: 7\n", encoding="utf-8")

    assert load_preset("ssda903", tmp_path).version == 7
    assert load_preset("ssda903").version == 1
    with pytest.raises(PresetError, match="cannot be read"):
        load_preset("ssda903", tmp_path / "none")


def test_every_shipped_preset_says_where_its_facts_come_from_and_what_it_never_keeps():
    for name in presets():
        preset = load_preset(name)
        assert preset.sensitivity
        assert preset.coverage
        assert preset.rows is None or any(file.deny for file in preset.rows.files)


@pytest.mark.parametrize("name", presets())
def test_no_heading_is_known_for_two_things(name):
    rows = load_preset(name).rows
    tables = [] if rows is None else [one for one in rows.files if not one.main or not (rows.tree or rows.messages)]
    for file_map in tables:
        for heading in {h.name for h in (*file_map.ignore, *file_map.deny) if h.pattern is None}:
            assert not any(known.matches(heading) for headers in file_map.columns.values() for known in headers)
        for field, headers in file_map.columns.items():
            for heading in (one.name for one in headers if one.pattern is None):
                others = [h for other, known in file_map.columns.items() if other is not field for h in known]
                assert not any(one.matches(heading) for one in (*others, *file_map.deny))
