"""Chapter 40. A rehearsal. Before there is an agreement nobody may be told anything; how much there would be to tell can be counted all the
same, on keyed evidence that each agency makes at home, by a key that whoever counts never has."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app as connector
from gateway.__main__ import app as gateway
from tests.exports import child, export

RUN = CliRunner()


def ran(app, *words: object) -> Result:  # type: ignore[no-untyped-def]
    return RUN.invoke(app, [str(word) for word in words])


@pytest.fixture
def at_home(tmp_path: Path) -> Path:
    """A school and a youth project, each with its export; they have six children in common."""
    school, youth = tmp_path / "school", tmp_path / "youth"
    for folder, numbers in ((school, range(1, 9)), (youth, range(3, 10))):
        folder.mkdir()
        export(folder / "export.csv", *map(child, numbers))
    return tmp_path


def make_evidence(folder: Path) -> None:
    done = ran(connector, "rehearsal-key", folder / "rehearsal.key")
    assert done.exit_code == 0, done.output
    for name in ("school", "youth"):
        paths = (folder / name / "export.csv", "--key", folder / "rehearsal.key", "-o", folder / f"{name}.evidence")
        done = ran(connector, "rehearse", *paths)
        assert done.exit_code == 0, done.output


def test_each_agency_makes_evidence_at_home_and_the_sum_is_counted(at_home: Path):
    """Given two agencies with six children in common, when each turns its export into evidence at home and somebody else counts, then six
    people in common are found, without anybody having handed over a name."""
    make_evidence(at_home)
    (at_home / "rehearsal.key").unlink()
    said = [f"{name}=evidence:{at_home / f'{name}.evidence'}" for name in ("school", "youth")]
    done = ran(gateway, "rehearse", "--agency", said[0], "--agency", said[1], "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["connections"] == {"match": 6, "review": 0}
    assert found["pairs"] == [{"a": "school", "b": "youth", "match": 6, "review": 0}]
    assert found["agencies"]["school"] == {"rows": 8, "involvements": 8, "people": 8, "weak": 0, "skipped": 0}


def test_one_controller_may_count_its_own_exports_in_one_go(at_home: Path):
    """Given exports that one controller may read together, when they are named as they are, then each agency's own program makes the
    evidence, that is said aloud, and the same is found."""
    said = [f"{name}=generic_agency_csv:{at_home / name / 'export.csv'}" for name in ("school", "youth")]
    done = ran(gateway, "rehearse", "--agency", said[0], "--agency", said[1], "--json")
    assert json.loads(done.stdout)["connections"]["match"] == 6
    assert "exports with names in them" in done.stderr
    assert done.stderr.count("running patchwork-connector rehearse") == 2
    assert "Holloway" not in done.stderr


def test_counts_so_small_that_somebody_could_be_recognised_are_not_shown(at_home: Path):
    """Given agencies with two people in common, then "<5" is shown, and the number only to who asks for it by a word of its own."""
    export(at_home / "youth" / "export.csv", *map(child, range(7, 12)))
    said = [f"{name}=auto:{at_home / name / 'export.csv'}" for name in ("school", "youth")]
    shown = ran(gateway, "rehearse", "--agency", said[0], "--agency", said[1], "--json")
    exact = ran(gateway, "rehearse", "--agency", said[0], "--agency", said[1], "--json", "--exact")
    assert json.loads(shown.stdout)["connections"]["match"] == "<5"
    assert json.loads(exact.stdout)["connections"]["match"] == 2


def test_evidence_under_different_keys_is_refused(at_home: Path):
    """Given two agencies that did not use one key, then nothing is counted: the answer would be nought, and wrong."""
    make_evidence(at_home)
    (at_home / "rehearsal.key").unlink()
    ran(connector, "rehearsal-key", at_home / "rehearsal.key")
    ran(
        connector,
        "rehearse",
        at_home / "school" / "export.csv",
        "--key",
        at_home / "rehearsal.key",
        "-o",
        at_home / "school.evidence",
    )
    said = [f"{name}=evidence:{at_home / f'{name}.evidence'}" for name in ("school", "youth")]
    done = ran(gateway, "rehearse", "--agency", said[0], "--agency", said[1])
    assert isinstance(done.exception, Exception)
    assert "made under different keys" in str(done.exception)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (("School=evidence:a",), "needs 2 to 100 agencies"),
        (("School=evidence:a", "School=evidence:b"), "two agencies are called 'School'"),
        (("School", "Health=evidence:b"), "'School' is neither"),
        (("School=evidence:a", "Health=auto:b"), "some as exports"),
        (("School=evidence:missing", "Health=evidence:b"), "School: missing cannot be read"),
        (("School=auto:missing.csv", "Health=auto:b"), "School: missing.csv does not exist"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(said: tuple[str, ...], problem: str):
    """Given an agency that was named wrongly or brought nothing, then the refusal says which, and what would be right."""
    done = ran(gateway, "rehearse", *(word for each in said for word in ("--agency", each)))
    assert problem in str(done.exception)
