"""A whole partnership in a temporary folder: keyholder, gateway and agencies set up by the functions that the command lines call, then run as
the real programs. Ports are free ones; every process is dead at the end, however a test ends."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.channel.topology import Topology
from deploy.servers.ports import free_ports
from gateway.app import build_facts, opened_office
from gateway.initialise import initialise
from gateway.keys.epoch_relay import RELAY, relay_content
from gateway.rules.agreements import ADD_AGREEMENT, agreement_content
from gateway.settings import Settings, load_settings
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, move_content
from gateway.trust.onboarding import ADD_AGENCY, ADD_CONNECTOR, agency_content, connector_content
from gateway.trust.operators import ENROL, Office, enrolment_content
from gateway.trust.proposals import HandedIn, approve, hand_in
from gateway.trust.signed_change import co_sign, sign_change
from identity.agency.keys import SigningKey, load_public
from identity.custody import folder as custody
from identity.custody.epoch import LinkageEpoch, new_epoch, write_epoch
from identity.custody.sealed_epoch import seal
from identity.custody.steward_folder import make_steward
from identity.custody.steward_list import StewardList, sign_list
from mappings.canonical.codes import Mode, ServiceLine
from mappings.canonical.identifiers import PartnershipId
from tests.log_lines import label_findings
from tests.system.broker_users import BrokerUsers
from tests.system.internal_port import shown
from tests.system.program import Program
from tests.system.register import Register
from tests.system.site import BIN, LAUNCHERS, Site
from tests.system.until import until

PARTNERSHIP = PartnershipId("seaton")
HOME = "urn:patchwork:seaton:gateway"
AGREEMENT = "seaton-children"


@dataclass
class Partnership:
    """`with Partnership(folder, https=("school",), amqp=("health",), broker=...) as seaton:`. Nothing runs until it is started.

    The gateway has a trial side alone, unless `live` names agencies: then it has both sides, these agencies are live and the others on trial.
    `sealing`: there is a steward, and the agencies seal details to them. `members`: more settings of the gateway.
    """

    folder: Path
    https: tuple[str, ...] = ()
    amqp: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    broker: BrokerUsers | None = None
    database_url: str = field(default="", repr=False)
    basis: str = "children-act-2004-s10"
    bands: tuple[str, ...] = ("unborn", "child")
    lifetime_seconds: int = 600
    resend_seconds: float = 1
    presets: dict[str, str] = field(default_factory=dict)
    exports: dict[str, Path] = field(default_factory=dict)
    sealing: bool = False
    members: dict[str, Any] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.port, self.internal_port = free_ports(2)
        self.settings_file = self._make_gateway()
        self.settings: Settings = load_settings(self.settings_file, {})
        command = [BIN / "patchwork", "gateway", "run", "--settings", self.settings_file]
        self.gateway = Program("gateway", [str(word) for word in command], self.folder)
        # Of the side with the register of trust first.
        self.registers = [Register(side) for side in self.settings.sides]
        self.register = self.registers[0]
        self.signer, self.second = SigningKey.generate(), SigningKey.generate()
        self.keyholder = custody.make(self.folder / "keyholder")
        self.epochs: dict[Mode, LinkageEpoch] = {mode: new_epoch(PARTNERSHIP, mode) for mode in Mode}
        self.epoch = self.epochs[Mode.TRIAL]
        self.epoch_file = write_epoch(self.folder / "keyholder", self.epoch)
        (self.folder / "keyholder.json").write_text(json.dumps(self.keyholder.public.to_jwk()), "utf-8")
        if self.sealing:
            steward = make_steward(self.folder / "steward", "sam")
            listed = StewardList(PARTNERSHIP, Mode.TRIAL, datetime.now(UTC), (steward,))
            (self.folder / "stewards.jws").write_bytes(sign_list(listed, self.keyholder))
        with opened_office(self.settings_file) as (_, office):
            self._open_office(office)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        listed = label_findings(self.metrics()) if kind is None and self.gateway.alive else []
        for program in [*(site.program for site in self.sites.values()), self.gateway]:
            program.kill()
        for register in self.registers:
            register.close()
        if self.broker is not None:
            self.broker.remove()
        assert not listed, listed[:5]

    def metrics(self) -> str:
        """What the gateway shows of itself; nothing where it does not answer."""
        return shown(self.internal_port, "/metrics") or ""

    def start(self) -> None:
        """Gateway and connectors, and wait until the gateway is ready."""
        self.start_gateway()
        for site in self.sites.values():
            site.program.start()

    def start_gateway(self, command: Iterable[str] = ()) -> None:
        """The gateway alone, until it is ready."""
        self.gateway.start([*command])
        until(self.is_ready, "the gateway to be ready", self.gateway.last_words)

    def is_ready(self) -> bool:
        """Whether the gateway says that everything works."""
        return shown(self.internal_port, "/readyz") is not None

    def launcher(self, point: str) -> list[str]:
        """The command of a gateway that leases for a second only, and kills itself at `point`, or nowhere where that is `-`."""
        return [sys.executable, str(LAUNCHERS / "dying_gateway.py"), point, str(self.settings_file)]

    def carry_out(self, action: str, content: Callable[[Office], dict[str, Any]]) -> Any:
        """Have a change made and signed, by two people where it takes two, as at a terminal beside the running gateway."""
        # Closing any file of an SQLite database lets go of the locks of every connection of this process: there must be none.
        self.register.close()
        with opened_office(self.settings_file) as (_, office):
            self._office = office
            return self._sign(action, content(office))

    def _make_gateway(self) -> Path:
        members: dict[str, Any] = {
            "partnership": PARTNERSHIP.value,
            "gateway_id": HOME,
            "listen_port": self.port,
            "internal_port": self.internal_port,
            "tick_seconds": 0.1,
            "alert_lifetime_seconds": self.lifetime_seconds,
            **self.members,
        }
        if self.live:
            members["mode"] = "live"
        if self.database_url:
            url_file = self.folder / "database.url"
            url_file.touch(mode=0o600)
            url_file.write_text(self.database_url, "utf-8")
            members["database_url_file"] = str(url_file)
        if self.broker is not None:
            members["broker_url"] = self.broker.gateway_url
            members["broker_password_file"] = str(self.broker.add_gateway())
            # Users with passwords that `BrokerUsers` looks after; tests/system/test_broker_truth.py has the broker kept by the gateway.
            members["broker_shared_user"] = True
        return initialise(self.folder / "gateway", members).settings_file

    def _open_office(self, office: Office) -> None:
        self._office = office
        self._sign(ENROL, enrolment_content("anna", ["registrar", "ig-lead"], self.signer.public))
        self._sign(ENROL, enrolment_content("omar", ["security-officer", "dpo"], self.second.public))
        for name in (*self.https, *self.amqp):
            self._join(name)
        self._agree(AGREEMENT, [site.agency for site in self.sites.values()], [self.basis])

    def _agree(self, id: str, parties: list[str], bases: list[str]) -> None:
        today = date.today()
        terms = {
            "id": id,
            "title": "Seaton children's partnership",
            "parties": parties,
            "purpose": "so that those who help a child know of each other",
            "legal_bases": bases,
            "age_bands": list(self.bands),
            "level": "full",
            "valid_from": today - timedelta(days=30),
            "valid_until": today + timedelta(days=300),
            "review_by": today + timedelta(days=300),
            "rights_contact": "rights@seaton.example",
            "controllers": ["Seaton Council"],
            "sealed_details": self.sealing,
            "documents": [{"name": "Data sharing agreement", "sha256": "a" * 64}],
        }
        self._sign(ADD_AGREEMENT, agreement_content(terms))

    def _join(self, name: str) -> None:
        site = self.sites[name] = Site(name, self.folder / name)
        site.export = self.exports.get(name, site.export)
        public = site.settle_in(self._settings_of(site, f"inbox.{name}.{'0' * 32}"))
        self._sign(ADD_AGENCY, agency_content(site.agency, name.title(), "charity", "Seaton Council"))
        carrier = "amqp" if name in self.amqp else "https"
        added = self._sign(ADD_CONNECTOR, connector_content(public, [site.agency], carrier))
        # The exports of these stories speak of many services, whatever kind of agency a site plays.
        every = ",".join(ServiceLine)
        added = self._sign(LIMIT_CONNECTOR, limits_content(name, [f"services={every}"]))
        if name in self.live:
            added = self._sign(GO_LIVE_CONNECTOR, move_content(name, "its trial went well"))
        site.inbox = added.inbox
        site.settings_file.write_text(self._settings_of(site, added.inbox), "utf-8")
        site.install_epoch(seal(self.epochs[self._mode_of(name)], public, self.keyholder))

    def go_live(self, name: str) -> None:
        """What people do at the gateway: two of them send it live, the keyholder seals a live key to it, and that is passed on."""
        sealed = self.folder / f"{name}.live.sealed"
        public = load_public(self.folder / name / "keys" / "public.json")
        sealed.write_bytes(seal(self.epochs[Mode.LIVE], public, self.keyholder))
        with opened_office(self.settings_file) as (read, office):
            self._office = office
            self._sign(GO_LIVE_CONNECTOR, move_content(name, "its trial went well"))
            self._sign(RELAY, relay_content(office, sealed, name, build_facts(read)))

    def _mode_of(self, name: str) -> Mode:
        return Mode.LIVE if name in self.live else Mode.TRIAL

    def _sign(self, action: str, content: dict[str, Any]) -> Any:
        return self._hand_in(self._office, action, content).result

    def _hand_in(self, office: Office, action: str, content: dict[str, Any]) -> HandedIn:
        handed = hand_in(office, sign_change(action, content, office.partnership, office.clock.now(), self.signer))
        if handed.proposal is not None:
            handed = approve(office, handed.proposal.id, co_sign(handed.proposal.statement, self.second))
        return handed

    def _settings_of(self, site: Site, inbox: str) -> str:
        channel = f'kind = "https"\nurl = "http://127.0.0.1:{self.port}"'
        if site.name in self.amqp:
            assert self.broker is not None
            channel = self.broker.channel_settings(site.name, inbox, Topology(PARTNERSHIP, self._mode_of(site.name)))
        return f'''\
connector = "{site.name}"
partnership = "{PARTNERSHIP}"
mode = "{self._mode_of(site.name)}"
home_gateway = "{HOME}"

[agency]
id = "{site.agency}"
name = "{site.name.title()}"
service = "school"
sensitivity = "standard"
legal_basis = "{self.basis}"
informed = "by-privacy-notice"
phone = "01632 960111"

[agreement]
id = "{AGREEMENT}"
version = 1

[[sources]]
name = "records"
preset = "{self.presets.get(site.name, "generic_agency_csv")}"
path = "{site.export}"

[[sinks]]
kind = "folder"
digest = "never"
path = "{site.shown}"

[channel]
{channel}

[keys]
gateway = "{self.folder / "gateway" / "gateway-public.json"}"
keyholder = "{self.folder / "keyholder.json"}"
stewards = "{self.folder / "stewards.jws"}"

[publishing]
poll_seconds = 0.2
resend_after_seconds = {self.resend_seconds}
'''
