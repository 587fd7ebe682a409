"""Ends servers whose starter is gone: a small program that waits for its standard input to close.

Run as `python guardian.py FOLDER`; each line on standard input is `watch PID` or `forget PID`. When the input closes,
because the starter closed it or died, every watched process and its descendants are killed and FOLDER is removed. A
closed pipe is the one notice that no way of dying, kill -9 included, can withhold. Standard library only: it is run by
its path.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# A process is known by its id and the moment it started, because ids are used again.
Process = tuple[int, str]


def descendants(pid: int) -> list[Process]:
    """`pid` and every process below it, parents first; empty when there is no such process."""
    table = _processes()
    if pid not in table:
        return []
    found = [pid]
    for each in found:
        found.extend(child for child, (parent, _) in table.items() if parent == each)
    return [(each, table[each][1]) for each in found]


def kill_all(processes: Sequence[Process]) -> None:
    """kill -9 to each that is still the same process, then wait up to 10 s until none is left."""
    deadline = time.monotonic() + 10
    while True:
        table = _processes()
        left = [pid for pid, started in processes if pid in table and table[pid][1] == started]
        if not left or time.monotonic() > deadline:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _processes() -> dict[int, tuple[int, str]]:
    """Process id -> (parent's id, when it started) of all living processes; the ended but unburied are left out."""
    if Path("/proc/self/stat").exists():
        return dict(row for entry in os.listdir("/proc") if entry.isdigit() for row in _from_proc(entry))
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,lstart="], capture_output=True, text=True, check=True)
    rows = (line.split(None, 2) for line in listing.stdout.splitlines())
    return {int(pid): (int(parent), started) for pid, parent, started in rows}


def _from_proc(entry: str) -> list[tuple[int, tuple[int, str]]]:
    try:
        text = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # proc(5): the second field is the name in parentheses and may hold anything, so read from the last one on.
    fields = text.rpartition(")")[2].split()
    state, parent, started = fields[0], int(fields[1]), fields[19]
    return [] if state == "Z" else [(int(entry), (parent, started))]


def main(folder: str) -> None:
    """Wait for the input to close, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        verb, _, pid = line.strip().partition(" ")
        (watched.add if verb == "watch" else watched.discard)(int(pid))
    for each in watched:
        kill_all(descendants(each))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
