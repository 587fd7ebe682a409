"""Running Patchwork's own programs as separate processes: one-off commands, and those that stay up."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.demo.failure import DemoFailure

BIN = Path(sys.executable).parent
COMMAND_SECONDS = 120
STOP_SECONDS = 15


def environment() -> dict[str, str]:
    """What every program gets: nothing of the demo's own, and no settings from whoever runs it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}


def command(program: str, *arguments: str | Path) -> dict[str, Any]:
    """Run one command to its end. Returns its JSON answer. Raises `DemoFailure` with the program's own sentence."""
    line = [str(BIN / program), *map(str, arguments), "--json"]
    try:
        done = subprocess.run(
            line, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=environment(), check=False
        )
    except subprocess.TimeoutExpired:
        raise DemoFailure(
            f"{program} {arguments[0]} did not finish within {COMMAND_SECONDS} seconds; is this machine overloaded?"
        ) from None
    if done.returncode != 0:
        raise DemoFailure(f"{program} {' '.join(map(str, arguments[:2]))}: {_sentence(done.stderr or done.stdout)}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@dataclass(slots=True)
class Running:
    """The programs that stay up, by party. Always ended by `stop`."""

    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: dict[str, Path] = field(default_factory=dict)

    def start(self, party: str, log: Path, program: str, *arguments: str | Path) -> None:
        """Start a program whose output goes to `log`."""
        with log.open("wb") as stream:
            line = [str(BIN / program), *map(str, arguments)]
            # A process group of its own: Ctrl-C reaches the demo alone, which then stops everybody in order.
            self.processes[party] = subprocess.Popen(
                line,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
        self.logs[party] = log

    def check(self) -> None:
        """Raises `DemoFailure` where a program has ended by itself, with the last thing it said."""
        for party, process in self.processes.items():
            if process.poll() is not None:
                said = self.logs[party].read_text(encoding="utf-8", errors="replace")
                raise DemoFailure(f"{party} has stopped: {_sentence(said)} (its log: {self.logs[party]})")

    def stop(self) -> None:
        """End them all: asked first, made to where they do not."""
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _sentence(text: str) -> str:
    """The error a program gave, out of its JSON or its last line."""
    last = next((line for line in reversed(text.strip().splitlines()) if line.strip()), "it said nothing")
    with contextlib.suppress(ValueError):
        document = json.loads(last)
        if isinstance(document, dict):
            return str(document.get("error") or document.get("problem") or document.get("event") or last)
    return last
