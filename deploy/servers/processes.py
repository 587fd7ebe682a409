"""Starting a server as a child process, waiting for it, and ending it together with everything it started.

A guardian (see `deploy.servers.guardian`) stands by: when this process dies in any way, it ends the server and
removes its folder, so that an interrupted test run leaves nothing behind.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.servers import guardian
from deploy.servers.missing import ServerFailed


class ServerProcess:
    """One server program and its children. `folder` is its own and goes with it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def alive(self) -> bool:
        """Whether the program runs at this moment."""
        return self._running is not None and self._running.poll() is None

    @property
    def log(self) -> Path:
        """Where everything the program prints is kept."""
        return self.folder / "server.log"

    def cpu_seconds(self) -> float | None:
        """How long the program and everything it started have worked so far, those that have ended included. None where this system does not
        say (it has no /proc)."""
        if self._running is None or not Path("/proc/self/stat").exists():
            return None
        ticks = 0
        for pid, _ in guardian.descendants(self._running.pid):
            try:
                # proc(5): from the last parenthesis on; its own time in user and in kernel mode, then that of the children it waited for.
                fields = Path("/proc", str(pid), "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                # It ended between the two looks; whoever started it has its time from now on.
                continue
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run `command` in a session of its own. Raises ServerFailed when it already runs."""
        if self.alive:
            raise ServerFailed(f"{self.name} already runs")
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                command, env=dict(environment), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._tell_guardian(f"watch {self._running.pid}")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready()` is true. Raises ServerFailed, with the log's end, when it exits or takes longer."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise ServerFailed(f"{self.name} stopped while starting:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} was not ready after {seconds:.0f} s:\n{self.last_words()}")
            time.sleep(0.05)

    def stop(self, signal_number: signal.Signals = signal.SIGTERM, seconds: float = 30) -> None:
        """Ask the program to end and wait; after `seconds` it is killed. No error when it is not running."""
        if self._running is None:
            return
        tree = guardian.descendants(self._running.pid)
        if self.alive:
            self._running.send_signal(signal_number)
            try:
                self._running.wait(seconds)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()
        self._bury(tree)

    def kill(self) -> None:
        """kill -9 to the program and everything it started, all at once, and wait until they are gone."""
        if self._running is None:
            return
        tree = guardian.descendants(self._running.pid)
        self._running.kill()
        self._running.wait()
        self._bury(tree)

    def discard(self) -> None:
        """End the program, remove its folder, release the guardian. The object is of no use afterwards."""
        self.kill()
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of the log."""
        if not self.log.exists():
            return "(it printed nothing)"
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _bury(self, tree: Sequence[tuple[int, str]]) -> None:
        guardian.kill_all(tree)
        if self._running is not None:
            self._tell_guardian(f"forget {self._running.pid}")
        self._running = None

    def _tell_guardian(self, line: str) -> None:
        if self._guardian.stdin is not None:
            self._guardian.stdin.write(line.encode() + b"\n")
            self._guardian.stdin.flush()


def plain_environment(**extra: str) -> dict[str, str]:
    """The few variables a server needs, plus `extra`: nothing of the caller's own configuration reaches it."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **kept, **extra}
