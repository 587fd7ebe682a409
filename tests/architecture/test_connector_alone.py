"""The connector installs and runs without gateway/, FastAPI, SQLAlchemy, uvicorn: its wheel in its own environment."""

import json
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.architecture.distributions import CONNECTOR, closure, declared

ABSENT = ["gateway", "fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "deploy", "tests"]

IMPORT_EVERYTHING = """
import importlib, importlib.util, json, pkgutil, sys
found = [name for name in json.loads(sys.argv[1]) if importlib.util.find_spec(name)]
for top in ("mappings", "identity", "connectors"):
    for each in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        if each.name.endswith("__main__") or each.name == "connectors.sources.sql_query":
            continue
        importlib.import_module(each.name)
print(json.dumps({"found": found, "imported": sorted(m for m in sys.modules if m.startswith("connectors."))}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The connector's wheel, built from this tree."""
    out = tmp_path_factory.mktemp("connector wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], CONNECTOR.parent)
    return next(out.glob("patchwork_connector-*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel and exactly what it requires, linked from where tests run."""
    place = tmp_path_factory.mktemp("connector alone") / "venv"
    run([sys.executable, "-m", "venv", "--without-pip", str(place)], place.parent)
    python = place / "bin" / "python"
    run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index", "--no-deps", str(wheel)],
        place,
    )
    packages = Path(run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], place).strip())
    for name in closure(declared(str(CONNECTOR))):
        library = distribution(name)
        for top in {file.parts[0] for file in library.files or () if file.parts[0] not in {"..", "__pycache__"}}:
            if not (packages / top).exists():
                (packages / top).symlink_to(Path(str(library.locate_file(top))).resolve())
    return place / "bin"


def run(command: list[str], folder: Path) -> str:
    """What the command prints; fails the test, with all it said, when it exits with anything but 0."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_three_packages_and_their_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "mappings",
        "identity",
        "connectors",
    }
    assert any(name.startswith("mappings/presets/") and name.endswith(".yaml") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_every_module_imports_where_the_gateway_is_not(programs: Path) -> None:
    said = json.loads(run([str(programs / "python"), "-c", IMPORT_EVERYTHING, json.dumps(ABSENT)], programs))
    assert said["found"] == []
    assert "connectors.channel.port" in said["imported"]


@pytest.mark.parametrize("words", [["--help"], ["version"]], ids=" ".join)
def test_the_connector_runs_where_the_gateway_is_not(programs: Path, words: list[str]) -> None:
    assert run([str(programs / "patchwork-connector"), *words], programs).strip()


def test_the_keyholder_runs_where_the_gateway_is_not(programs: Path) -> None:
    assert run([str(programs / "patchwork-keyholder"), "--help"], programs).strip()
