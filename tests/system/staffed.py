"""A gateway that runs, its two people and the keyholder, every one at work with the programs and commands that people type."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.servers.ports import free_ports
from identity.agency.invitation_token import read
from tests.system.program import Program
from tests.system.site import BIN
from tests.system.typed import typed
from tests.system.until import until

SCHOOL = "urn:patchwork:seaton:school"
PASSPHRASE = "four herring gulls over seaton"


@dataclass
class Staffed:
    """`with Staffed(folder) as town:`. `settings` are lines more for the gateway; `public_url` is where connectors reach it, by default its
    own port. `init` are further options of `patchwork init`. `meanwhile` is done once there is an authority and before the gateway starts;
    it answers lines more."""

    folder: Path
    settings: str = ""
    public_url: str = ""
    init: tuple[str, ...] = ()
    meanwhile: Callable[["Staffed"], str] = lambda _: ""
    port: int = 0
    internal_port: int = 0
    gateway: Program = field(init=False)

    def __enter__(self) -> Self:
        command = [BIN / "patchwork", "gateway", "run", "--settings", self.folder / "gw" / "patchwork.toml"]
        self.gateway = Program("gateway", [str(word) for word in command], self.folder)
        (self.folder / "passphrase").touch(0o600)
        (self.folder / "passphrase").write_text(PASSPHRASE)
        ports = ("--port", 0, "--internal-port", 0, *self.init)
        self.do("patchwork", "init", "gw", "--partnership", "seaton", "--gateway-id", "urn:patchwork:seaton:gw", *ports)
        for name, roles in (("anna", ("registrar", "ig-lead")), ("boris", ("security-officer", "dpo"))):
            self.do("patchwork", "operator", "key", "-o", f"{name}.key", "--passphrase-file", "passphrase")
            given = [word for role in roles for word in ("--role", role)]
            self.signed("operator", "enrol", name, "--public", f"{name}.key.pub", *given)
        self.do("patchwork-keyholder", "init", "--dir", "keyholder")
        self.do("patchwork-keyholder", "public", "--dir", "keyholder", "-o", "keyholder.public.json")
        self.patchwork("authority", "init")
        self.add_agency(SCHOOL)
        self._complete_settings(self.meanwhile(self))
        self.gateway.start()
        try:
            until(self.is_listening, "the gateway to listen", self.gateway.last_words)
        except BaseException:
            self.gateway.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gateway.kill()

    def _complete_settings(self, lines: str) -> None:
        """Ports are chosen last of all, so that nothing else takes them in the meantime."""
        self.port, self.internal_port = free_ports(2)
        path = self.folder / "gw" / "patchwork.toml"
        text = path.read_text().replace("listen_port = 0", f"listen_port = {self.port}")
        text = text.replace("internal_port = 0", f"internal_port = {self.internal_port}")
        public_url = self.public_url or f"http://127.0.0.1:{self.port}"
        text += (
            f'public_url = "{public_url}"\nkeyholder_public_file = "../keyholder.public.json"\n{self.settings}{lines}'
        )
        path.write_text(text)

    def is_listening(self) -> bool:
        """Whether it says so."""
        return '"listening"' in self.gateway.log.read_text()

    def run(self, program: str, *arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        """A command as typed, whatever comes of it."""
        return typed(program, arguments, self.folder, given)

    def do(self, program: str, *arguments: object, given: str = "") -> Any:
        """A command that goes well; answers what it says with --json."""
        ran = self.run(program, *arguments, "--json", given=given)
        assert ran.returncode == 0, f"{program} {arguments[:3]}: {ran.stdout}{ran.stderr}"
        return json.loads(ran.stdout)

    def patchwork(self, *arguments: object) -> Any:
        """At the gateway."""
        return self.do("patchwork", *arguments, "--settings", "gw/patchwork.toml")

    def signed(self, *arguments: object) -> Any:
        """At the gateway, signed by the registrar."""
        return self.patchwork(*arguments, "--key", "anna.key", "--passphrase-file", "passphrase")

    def both(self, *arguments: object) -> Any:
        """At the gateway, signed by the registrar and the security officer."""
        return self.signed(*arguments, "--second-key", "boris.key", "--second-passphrase-file", "passphrase")

    def add_agency(self, agency: str) -> None:
        """To the register; as a charity, because a school's alerts would wait for the day's digest."""
        name = f"Seaton {agency.rpartition(':')[2].title()}"
        self.signed("agency", "add", agency, "--name", name, "--type", "charity", "--organisation", "Council")

    def invite(self, connector: str, *options: object, agency: str = SCHOOL) -> tuple[Path, str]:
        """The file that holds the invitation, and its secret."""
        path = self.folder / f"{connector}.invitation"
        self.signed("connector", "invite", agency, "--connector", connector, "--out", path, *options)
        return path, read(path.read_text()).secret

    def enrol(self, connector: str, invitation: Path, *options: object) -> str:
        """At the agency, in a folder of the connector's name; approved by both. Answers the fingerprint."""
        about = ("--agency-name", "Seaton School", "--service", "school", "--folder", connector)
        enrolled = self.do("patchwork-connector", "enrol", invitation, *about, *options)
        self.both("connector", "approve", connector, "--fingerprint", enrolled["fingerprint"])
        return str(enrolled["fingerprint"])

    def new_epoch(self) -> str:
        """The keyholder makes a linkage key; answers its name."""
        new = ("epoch", "new", "--partnership", "seaton", "--mode", "trial", "--dir", "keyholder")
        return str(self.do("patchwork-keyholder", *new)["epoch"])

    def seal_epoch(self, epoch: str, connector: str, fingerprint: str) -> None:
        """The keyholder seals it to the connector, and the gateway passes it on."""
        to = ("--to", f"{connector}/keys/enrolment.public.json", "--fingerprint", fingerprint)
        sealing = ("epoch", "seal", epoch, *to, "--relay", "-o", f"{connector}.relay", "--dir", "keyholder")
        self.do("patchwork-keyholder", *sealing)
        assert self.signed("epoch", "relay", f"{connector}.relay", "--connector", connector)["epoch"] == epoch

    def resume(self, connector: str) -> Any:
        """At the agency: fetch everything, after the keyholder's fingerprint was read out."""
        read_out = self.do("patchwork-keyholder", "public", "--dir", "keyholder")["fingerprint"]
        words = ("enrol", "--resume", "--folder", connector, "--keyholder-fingerprint", read_out)
        return self.do("patchwork-connector", *words)
