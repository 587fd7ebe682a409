"""`python -m deploy.demo` as a process of its own: in a folder and on ports of its own, with or without a terminal."""

import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

from deploy.servers.ports import free_ports

PROJECT = Path(__file__).parents[3]
PATIENCE_SECONDS = 240.0
IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', 'deploy.demo'])"
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Demo:
    """One run in `folder`; its output stands in `said`, what it prints on standard error in `complained`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.root = folder / "demo-output"
        self.port = two_free_ports()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PATCHWORK_")}
        self.environment = {**kept, "PYTHONPATH": str(PROJECT), "PATCHWORK_DEMO_PORT": str(self.port), **environment}
        self.status: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._screen: int | None = None
        self._drawn = b""

    @property
    def said(self) -> str:
        """Standard output so far."""
        if self._screen is not None:
            return self._drawn.decode("utf-8", "replace").replace("\r\n", "\n")
        return (self.folder / "said").read_text("utf-8")

    @property
    def complained(self) -> str:
        """Standard error so far."""
        return (self.folder / "complained").read_text("utf-8")

    def start(self, prefix: tuple[str, ...] = ()) -> "Demo":
        """Begin, with standard output in a file."""
        with (self.folder / "said").open("wb") as out, (self.folder / "complained").open("wb") as err:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "deploy.demo"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_heed_hanging_up,
            )
        return self

    def start_in_terminal(self, columns: int, lines: int) -> "Demo":
        """Begin in a terminal of that size, of which it is the foreground process."""
        self._screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL],
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        os.set_blocking(self._screen, False)
        return self

    def until(self, words: str) -> None:
        """Wait for these words on standard output."""
        self._wait(lambda: words in self.said or self._ended(), f"the words {words!r}")
        assert words in self.said, f"it ended without the words {words!r}: {self._last_words()}"

    def press_ctrl_c(self, wish: signal.Signals = signal.SIGINT) -> None:
        """As a terminal does it: to everybody in the foreground. It wishes for another end when it is closed."""
        assert self._process is not None
        if self._screen is not None:
            os.write(self._screen, b"\x03")
        else:
            os.killpg(self._process.pid, wish)

    def finish(self) -> "Demo":
        """Wait for its end."""
        self._wait(self._ended, "its end")
        return self

    def kill(self) -> None:
        """Make sure that it is gone; no harm where it ended. It ends its programs itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)
        if self._screen is not None:
            self._read_screen()
            os.close(self._screen)
            self._screen = None

    def left_over(self) -> list[str]:
        """Command lines of processes that still work in its folder."""
        return working_in(self.root)

    def _ended(self) -> bool:
        assert self._process is not None
        self.status = self._process.poll()
        self._read_screen()
        return self.status is not None

    def _wait(self, reached: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < deadline, f"waited in vain for {what}: {self._last_words()}"
            time.sleep(0.05)

    def _read_screen(self) -> None:
        while self._screen is not None:
            try:
                more = os.read(self._screen, 65536)
            except OSError:  # nothing there now, or nobody on the other side any more
                return
            if not more:
                return
            self._drawn += more

    def _last_words(self) -> str:
        return self.said[-500:] + ("" if self._screen is not None else self.complained[-500:])


def _heed_hanging_up() -> None:
    # The suite may itself be run under nohup, which the demo would respect.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def working_in(folder: Path) -> list[str]:
    """Command lines of all processes that name the folder."""
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if str(folder) in line]


def without_escapes(text: str) -> str:
    """What stands on a screen, without the codes that colour and move it."""
    return ESCAPES.sub("", text)


def two_free_ports() -> int:
    """A port that is free, and the next one too."""
    while True:
        port: int = free_ports(1)[0]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
