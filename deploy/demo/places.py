"""Where the demo keeps everything: a folder a party, as they would be on machines of their own."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.caseloads import Office
from deploy.demo.failure import DemoFailure

OUTPUT = Path("demo-output")


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


def fresh(root: Path = OUTPUT) -> Places:
    """An empty folder. Raises `DemoFailure` where it cannot be made, or holds something that is not the demo's."""
    marker = root / ".made-by-the-demo"
    try:
        if root.exists():
            if not marker.exists():
                raise DemoFailure(f"the folder {root} was not made by the demo: move it away, then run make demo again")
            shutil.rmtree(root)
        root.mkdir(parents=True)
        marker.touch()
        for folder in ("logs", "registrar", "security-officer"):
            (root / folder).mkdir()
    except PermissionError:
        where = root.absolute().parent
        raise DemoFailure(f"the demo may not write to {where}: run it in a folder that belongs to you") from None
    except OSError as problem:
        raise DemoFailure(f"the folder {root} cannot be made: {os.strerror(problem.errno or 0)}") from None
    return Places(root.absolute())
