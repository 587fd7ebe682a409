"""One real process of a partnership: started with the command a person would type, its output in a file, dead at the end."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.log_lines import Reader
from tests.system.until import until

ROOT = Path(__file__).parents[2]

STARTED: "list[Program]" = []
"""Every program of this process that was started; what they logged is looked at after each test (`tests/conftest.py`)."""


class Program:
    """`command` is started as often as wanted; everything it prints, in all its lives, stands in `log`."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.lines = Reader(self.log)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs at this moment."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str] = ()) -> None:
        """Start it (again), with another command where one is given."""
        assert not self.alive, f"{self.name} already runs"
        # Neither settings of whoever runs the suite, nor the name of the test, which is looked for in a program's environment.
        foreign = ("PATCHWORK_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        if self not in STARTED:
            STARTED.append(self)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command] or self.command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for an orderly end."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(60) == 0, f"{self.name} ended with {self._process.returncode}:\n{self.last_words()}"

    def wait_until_killed(self) -> None:
        """Until it has died of kill -9 by its own hand."""
        until(lambda: not self.alive, f"the death of {self.name}", self.last_words)
        assert self._process is not None
        assert self._process.returncode == -signal.SIGKILL, self.last_words()

    def wait_until_ended(self) -> int:
        """Until it has ended in any way; answers its exit status."""
        until(lambda: not self.alive, f"the end of {self.name}", self.last_words)
        assert self._process is not None
        return self._process.wait()

    def last_words(self) -> str:
        """The end of its log. There is nothing secret in a log; a test says so."""
        return "\n".join(self.log.read_text("utf-8").splitlines()[-15:]) if self.log.exists() else ""
