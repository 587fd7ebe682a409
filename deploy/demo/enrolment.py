"""Bringing the partnership together, with the same commands that people would type: each party on a machine of its own.

The keyholder makes the linkage key; the gateway is made; a registrar and a security officer sign agencies, connectors and
agreements in, both of them wherever that widens trust; each agency makes its own keys, and gets the linkage key sealed to
them by the keyholder, who never meets the gateway's register.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from deploy.demo import connector_settings
from deploy.demo.agencies import AGREEMENTS, HOME, REGISTRATIONS, Terms, agency_id
from deploy.demo.caseloads import Office
from deploy.demo.places import Places
from deploy.demo.ports import Ports
from deploy.demo.programs import Programs
from deploy.demo.servers import Servers
from deploy.demo.story import Story, export

PASSPHRASE = "four herring gulls over seaton"  # noqa: S105 - the demo's own, printed in the README
SECOND_PASSPHRASE = "three ferries leave at dawn"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One run's set-up. Every method raises `DemoFailure` with the sentence of the program that refused."""

    programs: Programs
    places: Places
    servers: Servers
    ports: Ports
    story: Story

    def parties(self) -> tuple[str, dict[Office, str]]:
        """Everybody makes what is theirs, at the same time. Returns the first epoch's id and the agencies' fingerprints."""
        jobs: list[Callable[[], str]] = [self._gateway, self._keyholder]
        jobs += [partial(self._make_connector, office) for office in Office]
        _, epoch, *fingerprints = self.programs.side_by_side(jobs)
        return epoch, dict(zip(Office, fingerprints, strict=True))

    def registrations(self, fingerprints: dict[Office, str]) -> dict[Office, str]:
        """The registrar signs the agencies in, and what widens trust the security officer too. Returns the names of their inboxes."""
        jobs = [partial(self._register, office, fingerprints[office]) for office in Office]
        inboxes = dict(zip(Office, self.programs.side_by_side(jobs), strict=True))
        self.servers.inboxes.extend(inboxes.values())
        return inboxes

    def keys_and_agreements(
        self, epoch: str, fingerprints: dict[Office, str], inboxes: dict[Office, str], today: date
    ) -> None:
        """The keyholder hands the linkage key to every agency, while the information governance lead signs agreements."""
        agreements = [partial(self._agree, id, terms, today) for id, terms in AGREEMENTS.items()]
        keys = [partial(self._hand_over_key, office, epoch, fingerprints[office], inboxes[office]) for office in Office]
        self.programs.side_by_side([*agreements, *keys])

    def settings(self, office: Office) -> Path:
        """The agency's settings file."""
        return self.places.agency(office) / "connector.toml"

    def _keyholder(self) -> str:
        run, at = self.programs.command, ("--dir", self.places.keyholder)
        run("patchwork-keyholder", "init", *at)
        run("patchwork-keyholder", "public", *at, "-o", self.places.root / "keyholder.public.json")
        which = ("--partnership", self.servers.partnership, "--mode", "trial")
        return str(run("patchwork-keyholder", "epoch", "new", *at, *which)["epoch"])

    def _gateway(self) -> str:
        """The gateway, its registrar and its security officer. Returns the gateway's settings file."""
        where = self.servers
        options: list[str | Path] = ["--partnership", where.partnership, "--mode", "trial", "--gateway-id", HOME]
        options += ["--name", "Seaton Patchwork"]
        options += ["--port", str(self.ports.public), "--internal-port", str(self.ports.internal)]
        if where.database_url_file:
            options += ["--database-url-file", where.database_url_file]
        if where.broker and where.broker_password_file:
            options += ["--broker-url", where.broker_url, "--broker-password-file", where.broker_password_file]
            options += ["--broker-shared-user"]
        places = self.places
        self.programs.command("patchwork", "init", places.gateway, *options)
        self._enrol("registrar", (places.operator_key, places.passphrase), PASSPHRASE, ("registrar", "ig-lead"))
        second = (places.second_key, places.second_passphrase)
        self._enrol("officer", second, SECOND_PASSPHRASE, ("security-officer", "dpo"))
        return str(places.gateway / "patchwork.toml")

    def _agree(self, id: str, terms: Terms, today: date) -> None:
        path = self.places.root / "registrar" / f"{id}.toml"
        path.write_text(agreement_text(id, terms, today), encoding="utf-8")
        self._signed_by_two("agreement", "add", path)

    def _make_connector(self, office: Office) -> str:
        folder = self.places.agency(office)
        folder.mkdir(parents=True)
        source = export(self.story, office, folder / "records")
        self._write_settings(office, source, inbox="")
        made = self.programs.command("patchwork-connector", "keys", "new", "--settings", self.settings(office))
        return str(made["fingerprint"])

    def _register(self, office: Office, fingerprint: str) -> str:
        said = REGISTRATIONS[office]
        names = ("--name", said.name, "--type", said.type, "--organisation", said.organisation)
        self._signed("agency", "add", agency_id(office), *names)
        public = self.places.agency(office) / "keys" / "public.json"
        carrier = "amqp" if self.servers.broker else "https"
        options = ("--agency", agency_id(office), "--carrier", carrier, "--fingerprint", fingerprint)
        added = self._signed_by_two("connector", "add", public, *options)
        if said.more_services:
            services = ",".join(sorted({said.service, *said.more_services}))
            self._signed_by_two("connector", "limits", added["added"]["id"], "--set", f"services={services}")
        return str(added["added"]["inbox"])

    def _hand_over_key(self, office: Office, epoch: str, fingerprint: str, inbox: str) -> None:
        folder = self.places.agency(office)
        source = next(iter((folder / "records").iterdir()))
        if self.servers.broker:
            self._write_settings(office, source, inbox)
        sealed = folder / "epoch.sealed"
        to = ("--to", folder / "keys" / "public.json", "--fingerprint", fingerprint, "-o", sealed)
        run = self.programs.command
        run("patchwork-keyholder", "epoch", "seal", epoch, "--dir", self.places.keyholder, *to)
        run("patchwork-connector", "epoch", "install", sealed, "--settings", self.settings(office))

    def _write_settings(self, office: Office, source: Path, inbox: str) -> None:
        text = connector_settings.text(office, self.places, self.servers, self.ports.public, source, inbox)
        self.settings(office).write_text(text, encoding="utf-8")

    def _enrol(self, name: str, files: tuple[Path, Path], passphrase: str, roles: tuple[str, ...]) -> None:
        key, secret = files
        secret.touch(mode=0o600)
        secret.write_text(passphrase, encoding="utf-8")
        self.programs.command("patchwork", "operator", "key", "-o", key, "--passphrase-file", secret)
        given = [word for role in roles for word in ("--role", role)]
        self._signed("operator", "enrol", name, "--public", f"{key}.pub", *given)

    def _signed_by_two(self, *arguments: str | Path) -> dict[str, Any]:
        second = ("--second-key", self.places.second_key, "--second-passphrase-file", self.places.second_passphrase)
        return self._signed(*arguments, *second)

    def _signed(self, *arguments: str | Path) -> dict[str, Any]:
        signer = ("--key", self.places.operator_key, "--passphrase-file", self.places.passphrase)
        settings = ("--settings", self.places.gateway / "patchwork.toml")
        return self.programs.command("patchwork", *arguments, *signer, *settings)


def agreement_text(id: str, terms: Terms, today: date) -> str:
    """An agreement as the TOML file that the registrar signs."""
    parties = ", ".join(f'"{agency_id(office)}"' for office in terms.parties)
    organisations = sorted({REGISTRATIONS[office].organisation for office in terms.parties})
    controllers = ", ".join(f'"{organisation}"' for organisation in organisations)
    bands = ", ".join(f'"{band}"' for band in terms.age_bands)
    return "\n".join(
        [
            f'id = "{id}"',
            f'title = "{terms.title}"',
            f"parties = [{parties}]",
            f'purpose = "{terms.purpose}"',
            f'legal_bases = ["{terms.legal_basis}"]',
            f"age_bands = [{bands}]",
            'level = "full"',
            f"valid_from = {today - timedelta(days=1)}",
            f"valid_until = {today + timedelta(days=364)}",
            f"review_by = {today + timedelta(days=180)}",
            'rights_contact = "rights@seaton.example"',
            f"controllers = [{controllers}]",
            "[[documents]]",
            'name = "Data sharing agreement (invented)"',
            f'sha256 = "{hashlib.sha256(id.encode()).hexdigest()}"',
            "",
        ]
    )
