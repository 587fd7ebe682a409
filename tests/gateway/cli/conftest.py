"""The command line, called in this process the way the console script calls it, in a folder of the test's own."""

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
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
    move_to(tmp_path, monkeypatch)

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        status = typed(monkeypatch, *arguments)
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def staffed_trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `ready` begins with: its folder, to be copied. Nothing in it says where it lies."""
    return staffed(tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="session")
def staffed_live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `live` begins with."""
    return staffed(tmp_path_factory.mktemp("live"), "--mode", "live", "--gateway-id", "urn:patchwork:seaton")


@pytest.fixture
def ready(patchwork: Patchwork, staffed_trial: Path, tmp_path: Path) -> Patchwork:
    """A gateway with two operators enrolled, each with a key and a passphrase of their own."""
    shutil.copytree(staffed_trial, tmp_path, dirs_exist_ok=True)
    return patchwork


@pytest.fixture
def live(patchwork: Patchwork, staffed_live: Path, tmp_path: Path) -> Patchwork:
    """The same for a live gateway, which has a trial side."""
    shutil.copytree(staffed_live, tmp_path, dirs_exist_ok=True)
    return patchwork


def move_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type from now on in this folder, at the gateway in it."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATCHWORK_SETTINGS", str(folder / "gw" / "patchwork.toml"))


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Call the command as the console script does; answers its exit status."""
    monkeypatch.setattr(sys, "argv", ["patchwork", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def staffed(folder: Path, *init: str) -> Path:
    """Make the gateway and enrol its people, with the commands that people type."""
    for name, words in (("passphrase", PASSPHRASE), ("second-passphrase", SECOND_PASSPHRASE)):
        (folder / name).write_text(words + "\n")
        (folder / name).chmod(0o600)
    second = ("--role", "security-officer", "--role", "dpo")
    roles = ("--role", "registrar", "--role", "ig-lead", "--role", "operator")
    with pytest.MonkeyPatch.context() as monkeypatch, redirect_stdout(StringIO()):
        move_to(folder, monkeypatch)
        for command in (
            ("init", "gw", "--partnership", "seaton", *init),
            ("operator", "key", "-o", "anna.key", "--passphrase-file", "passphrase"),
            ("operator", "enrol", "anna", "--public", "anna.key.pub", *roles, *SIGN),
            ("operator", "key", "-o", "omar.key", "--passphrase-file", "second-passphrase"),
            ("operator", "enrol", "omar", "--public", "omar.key.pub", *second, *SIGN),
        ):
            assert typed(monkeypatch, *command) == 0
    return folder


SECOND = ("--second-key", "omar.key", "--second-passphrase-file", "second-passphrase")
APPROVE = ("--key", "omar.key", "--passphrase-file", "second-passphrase")
SIGN = ("--key", "anna.key", "--passphrase-file", "passphrase")
