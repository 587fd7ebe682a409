"""Loading that dies by kill -9 in the middle, twice, and goes on: while notices are queued, and while they are sealed and sent.

    python -m tests.loading.killing FOLDER STAGE

is the process that dies: it loads the export in FOLDER and kills itself half way through STAGE (`queueing`, `sealing`; `nowhere`: it does not).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from connectors.ledger.ledger import Ledger
from connectors.reading.progress import QUEUEING
from tests.connectors.office import MONDAY, Office
from tests.loading.counting import Counting
from tests.loading.whole import load

SEALING, NOWHERE = "sealing", "nowhere"
_LATER = 10
"""Minutes until the next process begins: the pause after which what has no receipt is sent again is over by then."""


def killed_twice(folder: Path) -> dict[str, Any]:
    """What is in the ledger after each death, and after the process that was let live."""
    said: dict[str, Any] = {}
    for number, stage in enumerate((QUEUEING, SEALING, NOWHERE)):
        command = [sys.executable, "-m", "tests.loading.killing", str(folder), stage, str(number * _LATER)]
        ended = subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode
        if ended != (0 if stage == NOWHERE else -signal.SIGKILL):
            raise SystemExit(f"the process that was to die while {stage} ended with {ended}")
        said["after the last" if stage == NOWHERE else f"killed while {stage}"] = _found(folder)
    return said


def _found(folder: Path) -> dict[str, Any]:
    ledger = Ledger.open(folder / "ledger.sqlite3", b"k" * 32, MONDAY)
    with ledger.read() as unit:
        found = {"outbox": unit.outbox.counts(), "involvements": unit.involvements.counts()}
    ledger.close()
    return found


def _main() -> None:
    folder, stage, minutes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    office = Office(folder)
    office.clock.wait(minutes=minutes)
    clients = sum(1 for _ in (folder / "export.csv").open(encoding="utf-8")) - 1

    def tell(told: str, done: int, of: int) -> None:
        if told == stage and done * 2 >= of:
            os.kill(os.getpid(), signal.SIGKILL)

    class Fatal(Counting):
        """Dies half way."""

        def send(self, sealed: bytes) -> None:
            super().send(sealed)
            if stage == SEALING and self.sent * 2 >= clients:
                os.kill(os.getpid(), signal.SIGKILL)

    load(office, folder / "export.csv", tell, Fatal())


if __name__ == "__main__":
    _main()
