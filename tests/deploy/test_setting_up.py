"""Setting up on a fresh machine: one clear sentence when it cannot be done, nothing at all when it is done already."""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import bootstrap, pip_wheel
from deploy.pip_wheel import SetupFailed


@pytest.fixture
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A person's home without any pip settings."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(pip_wheel, "SYSTEM_FILES", ())
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none.conf"))


def simple_index(folder: Path, wheel: bytes) -> str:
    """A package index on disk that holds `wheel` under the pinned name; returns its address."""
    (folder / "pip").mkdir(parents=True)
    (folder / "pip" / "index.html").write_text(f'<a href="../files/{pip_wheel.NAME}#sha256=x">{pip_wheel.NAME}</a>')
    (folder / "files").mkdir()
    (folder / "files" / pip_wheel.NAME).write_bytes(wheel)
    return folder.as_uri()


def test_an_old_python_gets_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    assert bootstrap.main() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Patchwork needs Python 3.11 or newer")
    assert said.err.count("\n") == 1


def test_the_bootstrap_is_readable_for_pythons_that_it_refuses() -> None:
    # It has to get as far as its own sentence: nothing newer than 3.8 in the files read first.
    for path in (bootstrap.__file__, pip_wheel.__file__):
        ast.parse(Path(path).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_a_second_run_does_nothing_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    installed: list[str] = []

    def record() -> None:
        installed.append("once")
        bootstrap.STAMP.write_text(bootstrap.fingerprint(), encoding="utf-8")

    monkeypatch.setattr(bootstrap, "set_up", record)
    assert (bootstrap.main(), bootstrap.main()) == (0, 0)
    assert installed == ["once"]
    assert capsys.readouterr() == ("", "")


def test_something_else_called_venv_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "thesis.txt").write_text("years of work")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    with pytest.raises(SetupFailed, match="no Python environment"):
        bootstrap.discard_old()
    assert (tmp_path / ".venv" / "thesis.txt").exists()


def test_a_failed_installation_is_told_in_the_installers_own_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    script = "print('much'); print('ERROR: no such version'); raise SystemExit(1)"
    with pytest.raises(SetupFailed, match="It failed") as failure:
        bootstrap.run([sys.executable, "-c", script], "It failed")
    assert "ERROR: no such version" in str(failure.value)
    assert "much" in (tmp_path / "log").read_text()


@pytest.mark.usefixtures("no_configuration")
def test_no_index_is_known_unless_somebody_configured_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert pip_wheel.configured_indexes() == []
    settings = tmp_path / "mine.conf"
    settings.write_text(
        "[global]\nindex-url = https://packages.example/simple\nextra-index-url =\n  file:///a\n  file:///b\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_INDEX_URL", "https://first.example/simple")
    assert pip_wheel.configured_indexes() == [
        "https://first.example/simple",
        "https://packages.example/simple",
        "file:///a",
        "file:///b",
    ]


def test_the_pip_wheel_is_taken_only_with_the_known_hash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    index = simple_index(tmp_path / "an index", b"not pip")
    with pytest.raises(SetupFailed, match="not the published one"):
        pip_wheel.fetch_pip(index)
    monkeypatch.setattr(pip_wheel, "SHA256", hashlib.sha256(b"not pip").hexdigest())
    assert pip_wheel.fetch_pip(index) == b"not pip"
    assert pip_wheel.fetch_pip((tmp_path / "elsewhere").as_uri()) is None
    assert pip_wheel.fetch_pip("gopher://127.0.0.1/") is None


def test_make_lists_what_it_can_do() -> None:
    # The suite may itself be run by make, which hands its own flags down.
    unled = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    ran = subprocess.run(["make", "help"], cwd=bootstrap.PROJECT, env=unled, capture_output=True, text=True, check=True)
    said = ran.stdout
    assert [line.split()[1] for line in said.splitlines()] == [
        "help", "setup", "demo", "test", "check", "bench", "bulk", "decisions", "audit", "loading", "chaos", "soak", "evaluate", "scale",
        "docs", "openapi", "clean",
    ]  # fmt: skip
