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
SECOND_PASSPHRASE = "another horse another staple"


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
    """A gateway with two operators enrolled, each with a key and a passphrase of their own."""
    return staffed(patchwork, tmp_path)


@pytest.fixture
def live(patchwork: Patchwork, tmp_path: Path) -> Patchwork:
    """The same for a live gateway, which has a trial side."""
    return staffed(patchwork, tmp_path, "--mode", "live", "--gateway-id", "urn:patchwork:seaton")


def staffed(patchwork: Patchwork, folder: Path, *init: str) -> Patchwork:
    """Make the gateway and enrol its people."""
    for name, words in (("passphrase", PASSPHRASE), ("second-passphrase", SECOND_PASSPHRASE)):
        (folder / name).write_text(words + "\n")
        (folder / name).chmod(0o600)
    second = ("--role", "security-officer", "--role", "dpo")
    roles = ("--role", "registrar", "--role", "ig-lead", "--role", "operator")
    for command in (
        ("init", "gw", "--partnership", "seaton", *init),
        ("operator", "key", "-o", "anna.key", "--passphrase-file", "passphrase"),
        ("operator", "enrol", "anna", "--public", "anna.key.pub", *roles, *SIGN),
        ("operator", "key", "-o", "omar.key", "--passphrase-file", "second-passphrase"),
        ("operator", "enrol", "omar", "--public", "omar.key.pub", *second, *SIGN),
    ):
        assert patchwork(*command).status == 0
    return patchwork


SECOND = ("--second-key", "omar.key", "--second-passphrase-file", "second-passphrase")
APPROVE = ("--key", "omar.key", "--passphrase-file", "second-passphrase")
SIGN = ("--key", "anna.key", "--passphrase-file", "passphrase")
