"""Where the demo keeps everything: a folder a party, as they would be on machines of their own."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.demo.caseloads import Office
from deploy.demo.failure import DemoFailure

OUTPUT = "PATCHWORK_DEMO_OUTPUT"
FOLDER = "demo-output"
MARKER = ".made-by-the-demo"


@dataclass(frozen=True, slots=True)
class Places:
    """`root` and everything below it belong to the demo and are made anew by every run."""

    root: Path

    @property
    def keyholder(self) -> Path:
        """The keyholder's own folder."""
        return self.root / "keyholder"

    @property
    def gateway(self) -> Path:
        """The gateway operator's folder."""
        return self.root / "gateway"

    @property
    def operator_key(self) -> Path:
        """The registrar's key, protected by a passphrase."""
        return self.root / "registrar" / "registrar.key"

    @property
    def passphrase(self) -> Path:
        """The registrar's passphrase. In life it is in a head, not in a file."""
        return self.root / "registrar" / "passphrase"

    @property
    def second_key(self) -> Path:
        """The security officer's key: what widens trust takes two people."""
        return self.root / "security-officer" / "officer.key"

    @property
    def second_passphrase(self) -> Path:
        """The security officer's passphrase. In life it is in another head."""
        return self.root / "security-officer" / "passphrase"

    def agency(self, office: Office) -> Path:
        """One agency's own machine."""
        return self.root / "agencies" / office.value

    def alerts(self, office: Office) -> Path:
        """The folder in which that agency's staff find their alerts."""
        return self.agency(office) / "alerts"

    def log(self, party: str) -> Path:
        """What a running program wrote."""
        return self.root / "logs" / f"{party}.log"


@contextmanager
def fresh_places() -> Iterator[Places]:
    """An empty folder, ours alone until the end; what an earlier demo left in it is gone. Raises `DemoFailure`."""
    root = Path(os.environ.get(OUTPUT) or FOLDER).absolute()
    with _claimed(root):
        try:
            _empty(root)
            for folder in ("logs", "registrar", "security-officer"):
                (root / folder).mkdir()
        except OSError as problem:
            raise _failure(root, problem) from None
        yield Places(root)


@contextmanager
def _claimed(root: Path) -> Iterator[None]:
    """Held by a lock that the system lets go of with this process, however it ends."""
    try:
        marker = _marker(root)
    except OSError as problem:
        raise _failure(root, problem) from None
    with marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoFailure(
                f"another make demo works in {root}: stop it, or name another folder with {OUTPUT}"
            ) from None
        yield


def _marker(root: Path) -> IO[str]:
    if root.exists() and not (root / MARKER).exists() and (not root.is_dir() or any(root.iterdir())):
        raise DemoFailure(f"{root} was not made by the demo: move it away, or name another folder with {OUTPUT}")
    root.mkdir(parents=True, exist_ok=True)
    return (root / MARKER).open("w", encoding="utf-8")


def _empty(root: Path) -> None:
    for path in root.iterdir():
        if path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _failure(root: Path, problem: OSError) -> DemoFailure:
    if isinstance(problem, PermissionError):
        return DemoFailure(
            f"the demo may not write to {problem.filename or root}: run it in a folder that belongs to you, "
            f"or name one with {OUTPUT}"
        )
    return DemoFailure(f"the folder {root} cannot be used: {os.strerror(problem.errno or 0)}")
