"""`patchwork-connector init`: from an export to settings that work, by options, by questions, and refused where something stands already."""

import json
import stat
from pathlib import Path, PureWindowsPath

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app
from connectors.settings import load
from connectors.setup.guessing import guess, missing
from connectors.setup.sample import sample
from connectors.setup.settings_file import slashed
from connectors.setup.value_kinds import Kind, date_forms, look
from connectors.sources.port import SourceUnreadable
from mappings.canonical.codes import LegalBasis, Sensitivity, ServiceLine
from mappings.preset import load_preset
from mappings.source_map import Field
from tests.exports import child, export

ABOUT = (
    "--agency-name", "Seaton Harbour Project", "--service", "voluntary-sector", "--phone", "01632 960010",
    "--legal-basis", "uk-gdpr-6-1-e", "--sensitivity", "standard",
)  # fmt: skip
REGISTRAR = (
    "--connector", "harbour-1", "--agency", "urn:patchwork:seaton:harbour", "--partnership", "seaton",
    "--gateway", "urn:patchwork:seaton:gw", "--url", "https://gateway.seaton.example",
)  # fmt: skip
ODD = "Whom we see;Sprog day;Blue book;Lives;Chat line;Ours since;Till;Who goes;Remarks"
NHS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069")


def odd_list(path: Path) -> Path:
    """A list that no preset knows, under headings that say next to nothing."""
    given = ("Orla", "Kaya", "Maeve", "Hugo", "Yusuf", "Beatrix")
    rows = [
        f"{name} Testcase;{day:02}/05/2014;{nhs};ZZ1 {day}AA;07700 90000{day};0{day}/09/2025;;{('Alex Worker', 'Sam New')[day % 2]};likes boats"
        for day, (name, nhs) in enumerate(zip(given, NHS, strict=True), 1)
    ]
    path.write_text("\n".join([ODD, *rows]) + "\n", encoding="cp1252")
    return path


def run(folder: Path, *arguments: object, typed: str = "") -> Result:
    words = ["init", *map(str, arguments), "--folder", str(folder / "harbour")]
    return CliRunner().invoke(app, words, input=typed)


def test_an_export_that_a_preset_fits_ends_in_settings_that_work(tmp_path: Path) -> None:
    given = export(tmp_path / "records.csv", *(child(number) for number in range(4)))
    made = run(tmp_path, given, *ABOUT, *REGISTRAR, "--yes", "--json")
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert (document["dry_run"]["involvements"], document["columns"]) == (4, {})
    settings = Path(document["settings"])
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    [agency] = load(settings).agencies
    assert (agency.name, agency.service) == ("Seaton Harbour Project", ServiceLine.VOLUNTARY)
    assert (agency.sensitivity, agency.legal_basis) == (Sensitivity.STANDARD, LegalBasis.UK_GDPR_6_1_E)
    assert (agency.sources[0].path, agency.sinks[0].name) == (given, "folder")


def test_a_list_that_no_preset_knows_gets_a_preset_of_its_own(tmp_path: Path) -> None:
    made = run(tmp_path, odd_list(tmp_path / "who we see.csv"), *ABOUT, *REGISTRAR, "--yes", "--json")
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert document["columns"] == {
        "full_name": "Whom we see",
        "birth_date": "Sprog day",
        "nhs_number": "Blue book",
        "postcode": "Lives",
        "start": "Ours since",
        "worker": "Who goes",
    }
    assert document["left_out"] == ["Chat line", "Till", "Remarks"]
    assert document["dry_run"] | {"preset": "", "unmapped": {}} == {
        "preset": "", "rows": 6, "involvements": 6, "weak": 0, "skipped": {}, "withheld": {}, "unmapped": {},
    }  # fmt: skip
    own = tmp_path / "harbour" / "who_we_see.yaml"
    assert load_preset(own).service is ServiceLine.VOLUNTARY
    [agency] = load(Path(document["settings"])).agencies
    assert agency.sources[0].preset == str(own), "found from wherever the program is started"
    again = CliRunner().invoke(app, ["check", str(tmp_path / "who we see.csv"), "--preset", str(own), "--json"])
    assert json.loads(again.stdout)["involvements"] == 6
    assert "boats" not in made.output + own.read_text()


def test_a_wrong_guess_is_put_right_by_an_option(tmp_path: Path) -> None:
    right = ("--column", "team=Remarks", "--leave-out", "Who goes")
    made = run(tmp_path, odd_list(tmp_path / "list.csv"), *ABOUT, *REGISTRAR, *right, "--yes", "--json")
    assert made.exit_code == 0, made.output
    columns = json.loads(made.stdout)["columns"]
    assert columns["team"] == "Remarks"
    assert "worker" not in columns


def test_it_asks_for_every_column_and_for_what_it_was_not_told(tmp_path: Path) -> None:
    columns = ["", "", "", "", "", "", "end", "", "-"]
    answers = ["01632 960010", "", "", "", "", ""]
    typed = "\n".join([*columns, *answers, *[""] * 12]) + "\n"
    about = [word for pair in zip(ABOUT[::2], ABOUT[1::2], strict=True) if pair[0] != "--phone" for word in pair]
    made = run(tmp_path, odd_list(tmp_path / "list.csv"), *about, *REGISTRAR, typed=typed)
    assert made.exit_code == 0, made.output
    assert "'Blue book': nhs_number (values: 6 of 6 are NHS numbers by their check digit)" in made.output
    [agency] = load(tmp_path / "harbour" / "connector.toml").agencies
    preset = load_preset(agency.sources[0].preset)
    assert preset.rows is not None
    assert Field.END in preset.rows.mains[0].columns
    assert not any(each.split()[0] in made.output for each in NHS), "no value of the list is shown"


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    given = odd_list(tmp_path / "list.csv")
    assert run(tmp_path, given, *ABOUT, *REGISTRAR, "--yes").exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "harbour").iterdir()}
    again = run(tmp_path, given, *ABOUT, *REGISTRAR, "--yes")
    assert (again.exit_code, "nothing is overwritten" in again.output) == (2, True)
    assert {path: path.read_bytes() for path in (tmp_path / "harbour").iterdir()} == before
    (tmp_path / "harbour" / "connector.toml").unlink()
    (tmp_path / "harbour" / "list.yaml").write_text("preset: mine\n")
    other = run(tmp_path, given, *ABOUT, *REGISTRAR, "--yes")
    assert (other.exit_code, "is not overwritten" in " ".join(other.output.split())) == (2, True)
    assert not (tmp_path / "harbour" / "connector.toml").exists()


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("--agency-name", "--agency-name"),
        ("--legal-basis", "legal basis with --legal-basis: one of children-act-2004-s10"),
        ("--connector", "--invitation"),
        ("--url", "--url"),
    ],
)
def test_what_is_missing_is_named_with_the_way_out(tmp_path: Path, left_out: str, said: str) -> None:
    given = export(tmp_path / "records.csv", child(1))
    words = [*ABOUT, *REGISTRAR]
    place = words.index(left_out)
    made = run(tmp_path, given, *words[:place], *words[place + 2 :], "--yes")
    assert (made.exit_code, said in " ".join(made.output.split())) == (2, True), made.output
    assert not (tmp_path / "harbour" / "connector.toml").exists()


def test_settings_that_could_not_be_read_back_are_not_written(tmp_path: Path) -> None:
    given = export(tmp_path / "records.csv", child(1))
    words = [word if word != "harbour-1" else "no such id!" for word in REGISTRAR]
    made = run(tmp_path, given, *ABOUT, *words, "--yes")
    assert (made.exit_code, "connector" in made.output) == (2, True)
    assert list((tmp_path / "harbour").iterdir()) == []


def test_a_list_without_anybody_on_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("Shelf,Boxes\nA,12\nB,4\n")
    made = run(tmp_path, path, *ABOUT, *REGISTRAR, "--yes")
    assert (made.exit_code, "needs a column with the client's name or NHS number" in " ".join(made.output.split())) == (
        2,
        True,
    )
    path.write_text("1,2\n3,4\n")
    with pytest.raises(SourceUnreadable, match="no heading row"):
        sample(path)


class TestWhatAColumnLooksLike:
    """From its values alone."""

    def test_ten_digits_are_an_nhs_number_only_where_the_check_digits_agree(self) -> None:
        assert look(NHS).kind is Kind.NHS_NUMBER
        assert look([f"{int(number) + 1}" for number in NHS]).kind is Kind.CODE

    def test_the_client_s_own_telephone_and_mail_never_become_the_worker_s(self, tmp_path: Path) -> None:
        path = tmp_path / "list.csv"
        path.write_text(
            "Name,D.O.B.,Phone,Email,Worker phone\nOrla Testcase,01/02/2014,07700 900001,orla@mail.example,01632 960001\n"
        )
        found = {each.heading: each.field for each in guess(sample(path))}
        assert found == {
            "Name": Field.FULL_NAME, "D.O.B.": Field.BIRTH_DATE, "Phone": None, "Email": None, "Worker phone": Field.PHONE,
        }  # fmt: skip

    def test_a_month_before_the_day_is_believed_only_where_nothing_else_can_be(self) -> None:
        assert date_forms([["04/05/2014", "06/07/2014"]]) == ("%d/%m/%Y",)
        assert date_forms([["04/25/2014", "06/07/2014"]])[0] == "%m/%d/%Y"
        assert date_forms([["41764"]]) == ("excel-serial",)

    def test_first_and_family_names_are_told_apart_by_how_common_they_are(self, tmp_path: Path) -> None:
        path = tmp_path / "list.csv"
        rows = [f"{family},{given},0{day}/02/2014,0{day}/09/2025" for day, (family, given) in enumerate(
            (("Smith", "Olivia"), ("Jones", "George"), ("Taylor", "Amelia")), 1)]  # fmt: skip
        path.write_text("\n".join(["One,Two,Three,Four", *rows]) + "\n")
        found = {each.heading: each.field for each in guess(sample(path))}
        assert (found["One"], found["Two"], found["Three"]) == (Field.FAMILY, Field.GIVEN, Field.BIRTH_DATE)

    def test_a_name_alone_is_not_enough_to_tell_clients_apart(self) -> None:
        assert "own number of them" in missing([Field.FULL_NAME, Field.WORKER])
        assert missing([Field.FULL_NAME, Field.POSTCODE]) == ""


def test_a_path_of_windows_stands_in_the_settings_with_slashes() -> None:
    assert slashed(PureWindowsPath(r"C:\Exports\clients.csv")) == "C:/Exports/clients.csv"
