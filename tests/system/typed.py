"""A command as somebody types it, in a process of its own, and what came of it.

The process is forked from one that has imported the programs. That the console scripts start and do the same is shown where the demo types
them (`tests/deploy/demo`).
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from tests.system.program import ROOT
from tests.system.site import LAUNCHERS

_ONE_AT_A_TIME = Lock()


@cache
def _ready() -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}
    process = subprocess.Popen(
        [sys.executable, str(LAUNCHERS / "ready_programs.py")],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


def typed(
    program: str, arguments: Sequence[object], folder: Path, given: str = "", settings: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `program` with these arguments in `folder`; `given` stands on its standard input, `settings` in its environment. No setting of
    this process's own reaches it."""
    words = [str(each) for each in arguments]
    with _ONE_AT_A_TIME, TemporaryDirectory() as place:
        files = {name: Path(place) / name for name in ("input", "output", "errors")}
        for name, path in files.items():
            path.write_text(given if name == "input" else "", "utf-8")
        process = _ready()
        assert process.stdin is not None
        assert process.stdout is not None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}
        asked = {
            "program": program,
            "arguments": words,
            "folder": str(folder),
            "environment": {**environment, **(settings or {})},
        }
        print(
            json.dumps({**asked, **{name: str(path) for name, path in files.items()}}), file=process.stdin, flush=True
        )
        answer = process.stdout.readline()
        assert answer, "the process that runs commands is gone"
        said, complained = (files[name].read_text("utf-8") for name in ("output", "errors"))
    return subprocess.CompletedProcess([program, *words], int(answer), said, complained)
