"""check PATH: an export read without settings, keys or a gateway, and nothing published."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app
from connectors.commands.dry_running import WHY, masked
from connectors.reading.dry_run import dry_run
from connectors.sources.port import SkipReason
from mappings.preset import presets
from tests.connectors.sources.agencies import SEATON, written

KEYS = ["preset", "rows", "involvements", "weak", "skipped", "withheld", "unmapped"]
HEADINGS = "Client ref,Surname,Forename,DoB,Key worker,Duty,Service line,Date opened,Date closed"
MAYA = 'C1,O\'Neill,Maya,09/03/2014,"Field, Jo",Young carers,early help,01/09/2025,'


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def counts(path: Path, *arguments: str, code: int = 0) -> dict[str, object]:
    result = check(path, "--json", *arguments)
    assert result.exit_code == code, result.output
    document: dict[str, object] = json.loads(result.stdout)
    assert list(document) == KEYS
    return document


def export(folder: Path, *rows: str, headings: str = HEADINGS) -> Path:
    return written(folder, "\n".join((headings, *rows)))


def test_it_needs_nothing_but_the_file(tmp_path: Path) -> None:
    path = export(tmp_path, MAYA)
    before = sorted(tmp_path.iterdir())
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "connectors", "check", str(path), "--json"],
        capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[3],
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["involvements"] == 1
    assert sorted(tmp_path.iterdir()) == before


def test_rows_are_what_was_read_and_what_was_skipped(tmp_path: Path) -> None:
    rows = (MAYA, MAYA, MAYA.replace("C1", "C2").replace("01/09/2025", "soon"), "C3,(unknown),,,Jo,Young carers,,,")

    found = counts(export(tmp_path, *rows))

    assert found == {
        "preset": "generic_agency_csv",
        "rows": 4,
        "involvements": 1,
        "weak": 0,
        "skipped": {"no-identity": 1, "duplicate": 1, "unreadable": 1},
        "withheld": {},
        "unmapped": {"workers": 0, "teams": 0, "columns": [], "files": []},
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (MAYA, None),
        (MAYA.replace("01/09/2025,", "01/09/2019,01/02/2020"), "over-before-it-was-seen"),
        (MAYA.replace("early help", "domestic abuse outreach"), "sensitive-service"),
        (MAYA.replace("early help", ""), "unclassified-service"),
    ],
)
def test_what_would_be_withheld_is_counted_by_why(tmp_path: Path, row: str, reason: str | None) -> None:
    assert counts(export(tmp_path, row))["withheld"] == ({reason: 1} if reason else {})


def test_consent_that_is_missing_and_what_is_held_back_are_withheld(tmp_path: Path) -> None:
    headings = f"{HEADINGS},Consent,Held back"
    rows = (f"{MAYA},refused,", f"{MAYA},,yes".replace("C1", "C2"))

    assert counts(export(tmp_path, *rows, headings=headings))["withheld"] == {"consent-missing": 1, "held-back": 1}


def test_a_column_nobody_mapped_is_named_and_withholds_everything(tmp_path: Path) -> None:
    found = counts(export(tmp_path, f"{MAYA},41", headings=f"{HEADINGS},Shoe size"))

    assert found["withheld"] == {"unknown-columns": 1}
    assert found["unmapped"] == {"workers": 0, "teams": 0, "columns": ["'Shoe size'"], "files": []}


def test_workers_and_teams_known_by_number_only_are_counted_once(tmp_path: Path) -> None:
    thin = {"workers": 1, "teams": 2, "columns": [], "files": ["MHS901StaffDetails.csv"]}
    assert counts(SEATON / "mhsds")["unmapped"] == thin
    for each in (SEATON / "mhsds").iterdir():
        shutil.copy(each, tmp_path)
    written(tmp_path, "Staff id,Name\nCP-19,Ivy Moss\n", "staff.csv")
    assert counts(tmp_path)["unmapped"] == thin | {"workers": 0}


def test_an_identity_too_thin_is_counted_and_says_what_to_do(tmp_path: Path) -> None:
    path = SEATON / "ssda903_social_worker.csv"
    found = counts(path)

    assert (found["weak"], found["withheld"]) == (2, {"not-enough-identity": 2})
    assert "put a file with the people beside the export" in check(path).stdout


def test_the_preset_may_be_named(tmp_path: Path) -> None:
    path = SEATON / "charity_export_cp1252.csv"

    assert counts(path)["preset"] == "vcs_spreadsheet"
    assert counts(path, "--preset", "generic_agency_csv")["preset"] == "generic_agency_csv"


def test_so_may_one_of_the_agencys_own(tmp_path: Path) -> None:
    path = export(tmp_path, "C1,O'Neill,West,01/09/2025", headings="Client ref,Surname,Patch,Date opened")
    own = written(
        tmp_path,
        "extends: generic_agency_csv\nmap: {files: {involvements: {columns: {team: [Patch]}}}}\n",
        "our_patches.yaml",
    )

    found = counts(path, "--preset", str(own))

    assert (found["preset"], found["involvements"]) == ("our_patches", 1)


def test_where_nothing_comes_out_the_missing_thing_is_named(tmp_path: Path) -> None:
    path = export(tmp_path, "O'Neill,09/03/2014", headings="Surname,DoB")

    found = counts(path, code=1)
    result = check(path)

    assert found["preset"] is None
    assert "what is missing is a column for" in found["unmapped"]["missing"]  # type: ignore[index]
    assert "what is missing is a column for" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "what is missing are rows"),
        ((MAYA.replace("01/09/2025", "soon"),), "'Date opened' is not a date"),
        (("C3,(unknown),,,Jo,Young carers,,,",), "1 no-identity"),
    ],
)
def test_so_it_is_where_no_row_could_be_used(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    found = counts(export(tmp_path, *rows), code=1)

    assert said in found["unmapped"]["missing"]  # type: ignore[index]


@pytest.mark.parametrize(
    "arguments", [["none.csv"], ["x.csv", "--preset", "liquidlogic"], ["--preset", "ssda903"]], ids=" ".join
)
def test_wrong_use_is_told_in_one_sentence(
    tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export(tmp_path, MAYA).rename("x.csv")

    result = check(*arguments)

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_five_examples_are_shown_and_nobody_is_named(tmp_path: Path) -> None:
    rows = [MAYA.replace("C1", f"C{number}").replace("Maya", f"Maya{number}") + "" for number in range(1, 8)]
    text = check(export(tmp_path, *rows)).stdout

    assert text.count("M*** O***, born 2014") == 5
    assert "7 would be published" in text
    for secret in ("Maya", "O'Neill", "09/03", "2014-03-09", "Field"):
        assert secret not in text


@pytest.mark.parametrize(
    "export_of", ["ssd", "charity_export_cp1252.csv", "fhir_ukcore_bundle.json", "dfe_csc_payload.json"]
)
def test_no_name_number_or_postcode_of_a_client_is_shown(export_of: str) -> None:
    people = json.loads((SEATON / "people.json").read_text(encoding="utf-8"))
    text = check(SEATON / export_of).stdout + json.dumps(counts(SEATON / export_of))

    for person in people.values():
        for secret in (person["fn"], person["dob"], person["pc"], person.get("nhs"), person.get("upn")):
            assert not secret or secret not in text


def test_masking_keeps_first_letters_only() -> None:
    assert masked("Siobhán O'Neill (GMC 12)") == "S*** O*** G*** 1***"


def test_every_reason_is_said_in_words() -> None:
    never_here = {SkipReason.NOT_ELIGIBLE, SkipReason.NOT_ENOUGH_IDENTITY, SkipReason.TEST_MESSAGE, SkipReason.OUTDATED}
    assert {reason.value for reason in SkipReason} - {reason.value for reason in never_here} <= set(WHY)


def test_every_shipped_preset_can_be_asked_for_by_name(tmp_path: Path) -> None:
    path = export(tmp_path, "Rex", headings="Dog")
    for name in presets():
        assert dry_run(path, name).missing
