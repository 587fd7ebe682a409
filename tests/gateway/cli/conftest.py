"""The command line, called in this process the way the console script calls it, in a folder of the test's own."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main

PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Patchwork = Callable[..., Answer]


@pytest.fixture
def patchwork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Patchwork:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATCHWORK_SETTINGS", str(tmp_path / "gw" / "patchwork.toml"))

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["patchwork", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Answer(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def ready(patchwork: Patchwork, tmp_path: Path) -> Patchwork:
    """A gateway with one operator enrolled whose key the settings name."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    roles = ("--role", "registrar", "--role", "ig-lead", "--role", "operator")
    for command in (
        ("init", "gw", "--partnership", "seaton"),
        ("operator", "key", "-o", "anna.key", "--passphrase-file", "passphrase"),
        ("operator", "enrol", "anna", "--public", "anna.key.pub", *roles, *SIGN),
    ):
        assert patchwork(*command).status == 0
    return patchwork


SIGN = ("--key", "anna.key", "--passphrase-file", "passphrase")
