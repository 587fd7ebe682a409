"""The keyholder's program as somebody at a terminal meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from identity.agency.fingerprint import fingerprint
from identity.agency.keys import VerifyKey, generate, save_public
from identity.custody import epoch_word, protected_list
from identity.custody.__main__ import app
from identity.custody.sealed_epoch import open_sealed

CONNECTOR = generate()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("init", "--dir", tmp_path / "keys").exit_code == 0
    return tmp_path / "keys"


@pytest.fixture
def public_file(tmp_path: Path) -> Path:
    save_public(tmp_path / "housing.json", CONNECTOR.public("housing"))
    return tmp_path / "housing.json"


def _new(folder: Path) -> str:
    made = run("epoch", "new", "--dir", folder, "--partnership", "seaton", "--mode", "trial", "--json")
    assert made.exit_code == 0
    return str(json.loads(made.stdout)["epoch"])


def test_from_a_new_keyholder_to_an_epoch_that_a_connector_opens(
    folder: Path, public_file: Path, tmp_path: Path
) -> None:
    keyholder = VerifyKey.from_jwk(json.loads(run("public", "--dir", folder, "--json").stdout)["public_key"])
    epoch, out = _new(folder), tmp_path / "housing.epoch"
    sealed = run(
        "epoch",
        "seal",
        epoch,
        "--dir",
        folder,
        "--to",
        public_file,
        "--fingerprint",
        fingerprint(CONNECTOR.public("housing")),
        "-o",
        out,
    )
    assert sealed.exit_code == 0, sealed.output
    opened = open_sealed(out.read_bytes(), [CONNECTOR.decryption], keyholder)
    assert (opened.id, opened.partnership.value) == (epoch, "seaton")
    assert [row["epoch"] for row in json.loads(run("epoch", "list", "--dir", folder, "--json").stdout)["epochs"]] == [
        epoch
    ]


def test_every_private_file_is_the_owners_alone_and_no_answer_holds_a_key(folder: Path) -> None:
    _new(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert len(files) == 2
    said = "".join(run(*words, "--dir", folder).output for words in (["public"], ["epoch", "list"]))
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        document = json.loads(file.read_text())
        assert document.get("d", document.get("key")) not in said


def test_another_fingerprint_than_the_connectors_people_read_out_is_refused(
    folder: Path, public_file: Path, tmp_path: Path
) -> None:
    wrong = fingerprint(generate().public("housing"))
    refused = run(
        "epoch",
        "seal",
        _new(folder),
        "--dir",
        folder,
        "--to",
        public_file,
        "--fingerprint",
        wrong,
        "-o",
        tmp_path / "x",
    )
    assert refused.exit_code == 1
    assert "do not seal" in refused.output
    assert not (tmp_path / "x").exists()


def test_an_unknown_epoch_names_those_there_are(folder: Path, public_file: Path, tmp_path: Path) -> None:
    epoch, right = _new(folder), fingerprint(CONNECTOR.public("housing"))
    refused = run(
        "epoch",
        "seal",
        "other",
        "--dir",
        folder,
        "--to",
        public_file,
        "--fingerprint",
        right,
        "-o",
        tmp_path / "x",
        "--json",
    )
    assert refused.exit_code == 1
    assert epoch in json.loads(refused.stderr)["error"]


def test_a_keyholders_key_is_never_overwritten(folder: Path) -> None:
    again = run("init", "--dir", folder)
    assert again.exit_code == 1
    assert "never overwritten" in again.output


@pytest.mark.parametrize(
    "words", [["epoch", "list"], ["public"], ["epoch", "new", "--partnership", "seaton", "--mode", "live"]]
)
def test_without_a_folder_the_way_out_is_named(words: list[str], tmp_path: Path) -> None:
    refused = run(*words, "--dir", tmp_path / "nowhere")
    assert refused.exit_code == 1
    assert "patchwork-keyholder init" in refused.output


def test_a_folder_that_others_can_write_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    refused = run("epoch", "list", "--dir", folder)
    assert refused.exit_code == 1
    assert "chmod 700" in refused.output


@pytest.mark.parametrize(
    "words",
    [
        ["epoch", "new", "--partnership", "seaton", "--mode", "test"],
        ["epoch", "new", "--partnership", "A B", "--mode", "live"],
        ["epoch", "new"],
        ["nonsense"],
    ],
)
def test_wrong_use_is_exit_code_two(words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_the_version_is_told() -> None:
    assert json.loads(run("version", "--json").stdout)["version"]


def test_help_does_not_load_cryptography() -> None:
    script = (
        "import sys, identity.custody.__main__; sys.exit('cryptography' in sys.modules or 'joserfc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_epoch_is_retired_with_a_word_that_anybody_can_check(
    folder: Path, public_file: Path, tmp_path: Path
) -> None:
    first, out = _new(folder), tmp_path / "epochs.jws"
    alone = run("epoch", "retire", first, "--dir", folder, "-o", out)
    assert (alone.exit_code, "make and seal the next one first" in alone.output, out.exists()) == (1, True, False)
    second = _new(folder)
    done = run("epoch", "retire", first, "--dir", folder, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    said = {"retired": [first], "active": [second], "serial": 1}
    assert json.loads(done.stdout) == {**said, "file": str(out)}
    keyholder = VerifyKey.from_jwk(json.loads(run("public", "--dir", folder, "--json").stdout)["public_key"])
    word = epoch_word.read(out.read_bytes(), keyholder)
    assert (word.retired, word.active, word.serial) == ((first,), (second,), 1)
    states = {
        row["epoch"]: row["state"]
        for row in json.loads(run("epoch", "list", "--dir", folder, "--json").stdout)["epochs"]
    }
    assert states == {first: "retired", second: "active"}
    right = fingerprint(CONNECTOR.public("housing"))
    sealed = run(
        "epoch", "seal", first, "--dir", folder, "--to", public_file, "--fingerprint", right, "-o", tmp_path / "x"
    )
    assert (sealed.exit_code, "is retired" in sealed.output) == (1, True)


def test_the_list_of_protected_places_is_made_for_an_epoch_and_holds_no_address(folder: Path, tmp_path: Path) -> None:
    places, out = tmp_path / "places.csv", tmp_path / "places.list"
    places.write_text('address,town,postcode\n"9 Quiet Lane",Seaton,ZZ7 4QP\n')
    epoch = _new(folder)
    made = run("protect", places, "--epoch", epoch, "-o", out, "--dir", folder, "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout) == {"epoch": epoch, "places": 1, "file": str(out)}
    key = VerifyKey.from_jwk(json.loads(run("public", "--dir", folder, "--json").stdout)["public_key"])
    assert len(protected_list.read(out.read_bytes(), key).tokens.places) == 2

    places.write_text("address\n9 Quiet Lane\n")
    refused = run("protect", places, "--epoch", epoch, "-o", out, "--dir", folder)
    assert refused.exit_code == 1
    assert "headings" in refused.output
