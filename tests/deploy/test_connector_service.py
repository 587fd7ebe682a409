"""The connector as a service: a systemd unit and a container file. Neither can be run where the suite runs: what they name is looked at instead."""

import configparser
import re
import tomllib
from pathlib import Path, PureWindowsPath

from connectors.setup.own_preset import name_for
from deploy.bootstrap import PROJECT

UNIT = PROJECT / "deploy" / "systemd" / "patchwork-connector.service"
CONTAINER = PROJECT / "deploy" / "connector" / "Containerfile"


def lines(word: str) -> list[str]:
    """What stands behind one instruction of the container file."""
    joined = CONTAINER.read_text().replace("\\\n", " ")
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_the_unit_runs_the_program_that_the_wheel_installs() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT.read_text())
    program, command = unit["Service"]["ExecStart"].split()
    scripts = tomllib.loads((CONTAINER.parent / "pyproject.toml").read_text())["project"]["scripts"]
    assert (Path(program).name in scripts, command) == (True, "run")
    assert unit["Service"]["RestartPreventExitStatus"] == "2", "the exit code of wrong settings"
    for hardening in ("NoNewPrivileges", "ProtectHome", "MemoryDenyWriteExecute"):
        assert unit["Service"][hardening] == "yes"
    assert unit["Service"]["UMask"] == "0077"


def test_the_container_is_made_of_what_is_there_and_runs_as_nobody_special() -> None:
    for image in lines("FROM"):
        assert re.fullmatch(r"python:[\w.-]+( AS \w+)?", image), "a plain image name, of no registry in particular"
    for source in lines("COPY"):
        if not source.startswith("--from"):
            assert (PROJECT / source.split()[0]).exists(), source
    assert lines("USER") == ["10001"]
    assert lines("ENTRYPOINT") == ['["patchwork-connector"]']
    assert not (PROJECT / ".dockerignore").exists() or "connectors" not in (PROJECT / ".dockerignore").read_text()
    assert "gateway" not in " ".join(lines("COPY"))


def test_a_preset_is_never_called_what_windows_takes_for_a_device() -> None:
    assert name_for("CON") == "con_own"
    for stem in ("Clients: April?", "who we see", "aux", "", "mhsds"):
        name = name_for(stem)
        assert not PureWindowsPath(f"{name}.yaml").is_reserved()
        assert re.fullmatch(r"[a-z0-9_]+", name)
