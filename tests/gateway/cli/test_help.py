"""Help answers at once: nothing heavy is imported to print it."""

import subprocess
import sys

import pytest

# pydantic is not among them: typer itself reads arguments with it.
HEAVY = {"fastapi", "sqlalchemy", "fhir", "cryptography", "joserfc", "alembic", "uvicorn", "pika", "starlette"}
PROBE = """
import sys
sys.argv = ["patchwork", *{arguments!r}]
from gateway.__main__ import main
try:
    main()
except SystemExit as ended:
    print(ended.code, sorted({heavy!r} & {{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""
NOUNS = (
    "gateway",
    "agency",
    "connector",
    "agreement",
    "rules",
    "rollout",
    "operator",
    "proposal",
    "dead-letter",
    "review",
    "link",
    "db",
    "audit",
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["connector", "add", "--help"],
        ["connector", "test", "--help"],
        ["review", "show", "--help"],
        ["rules", "explain", "--help"],
        ["gateway", "run", "--help"],
        ["version"],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    probe = PROBE.format(arguments=arguments, heavy=HEAVY)
    ended = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr.strip() == "0 []"
    assert ended.stdout


def test_help_names_every_command() -> None:
    command = [sys.executable, "-m", "gateway", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    for noun in (*NOUNS, "init", "check", "bench", "version"):
        assert f"\n  {noun} " in text
