"""What ends the programs that stay up when the demo itself dies without a chance to, by kill -9 for one.

The guardian of the test servers does the work: it notices that a pipe closes, which no way of dying can withhold.
"""

import contextlib
import subprocess
import sys
import tempfile

from deploy.servers import guardian


class SafetyNet:
    """One helper process, waiting. `release` lets it go; what it still watches then is killed."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="patchwork-demo-")  # its own; it removes it
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, folder], stdin=subprocess.PIPE, start_new_session=True
        )

    def watch(self, pid: int) -> None:
        """End this process and all below it when the demo is gone."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"watch {pid}\n".encode())
            self._process.stdin.flush()

    def release(self) -> None:
        """Nobody is to be watched any more."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()
