"""Running Patchwork's own programs as separate processes: one-off commands, and those that stay up."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deploy.demo.failure import DemoFailure
from deploy.demo.safety_net import SafetyNet

BIN = Path(sys.executable).parent
COMMAND_SECONDS = 120
STOP_SECONDS = 15
AT_ONCE = max(2, min(8, os.cpu_count() or 2))
T = TypeVar("T")


def environment() -> dict[str, str]:
    """What every program gets: nothing of the demo's own, and no settings from whoever runs it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}


@dataclass(slots=True)
class Programs:
    """Every process of the demo. Each has a session of its own: Ctrl-C reaches the demo alone, which ends them in order."""

    _commands: set[subprocess.Popen[str]] = field(default_factory=set)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _logs: dict[str, Path] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _net: SafetyNet | None = None
    _stopped: bool = False

    def command(self, program: str, *arguments: str | Path) -> dict[str, Any]:
        """Run one command to its end. Returns its JSON answer. Raises `DemoFailure` with the program's own sentence."""
        process = self._begin([str(BIN / program), *map(str, arguments), "--json"])
        try:
            said, complaint = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise DemoFailure(
                f"{program} {arguments[0]} did not finish within {COMMAND_SECONDS} seconds; is this machine overloaded?"
            ) from None
        finally:
            with self._lock:
                self._commands.discard(process)
        if process.returncode != 0:
            raise DemoFailure(f"{program} {' '.join(map(str, arguments[:2]))}: {_sentence(complaint or said)}")
        answer: dict[str, Any] = json.loads(said)
        return answer

    def side_by_side(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """What the jobs return, in their order. The first that fails, or Ctrl-C, ends all processes and the rest."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [pool.submit(job) for job in jobs]
            try:
                return [each.result() for each in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.stop()
                raise

    def start(self, party: str, log: Path, program: str, *arguments: str | Path) -> None:
        """Start a program that stays up; its output goes to `log`. Raises `DemoFailure` once all were stopped."""
        with self._lock, log.open("wb") as stream:
            self._refuse_once_stopped()
            line = [str(BIN / program), *map(str, arguments)]
            self._running[party] = subprocess.Popen(
                line,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
            self._logs[party] = log
            self._net = self._net or SafetyNet()
            self._net.watch(self._running[party].pid)

    def check(self) -> None:
        """Raises `DemoFailure` where a program has ended by itself, with the last thing it said."""
        for party, process in self._running.items():
            if process.poll() is not None:
                said = self._logs[party].read_text(encoding="utf-8", errors="replace")
                raise DemoFailure(f"{party} has stopped: {_sentence(said)} (its log: {self._logs[party]})")

    def stop(self) -> None:
        """End them all, the last started first, so that nobody is left talking to somebody who has gone."""
        with self._lock:
            self._stopped = True
            commands, running = list(self._commands), list(self._running.items())
        for process in commands:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        gateway = [process for party, process in running if party == "gateway"]
        _end([process for party, process in running if party != "gateway"])
        _end(gateway)
        if self._net is not None:
            self._net.release()
            self._net = None

    def _begin(self, line: list[str]) -> subprocess.Popen[str]:
        with self._lock:
            self._refuse_once_stopped()
            process = subprocess.Popen(
                line,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                text=True,
                env=environment(),
                start_new_session=True,
            )
            self._commands.add(process)
            return process

    def _refuse_once_stopped(self) -> None:
        if self._stopped:
            raise DemoFailure("everything was stopped")


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Asked first, made to where they do not."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    for process in processes:
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
