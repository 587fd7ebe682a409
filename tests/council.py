"""A council's one connector for two of its teams, assembled from a settings file as the program does it, at a real gateway in one process.

Children's services and adult services have a signing key, a ledger, an export and a folder for alerts each; connector id, inbox and
certificate are the council's. Only the network is missing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.channel.topology import new_inbox_name
from connectors.deliver import Delivered, deliver
from connectors.keys import epochs, keys_folder
from connectors.publish import publish
from connectors.publishing.policy import Report
from connectors.running.assembly import Connector, post_due
from connectors.running.served_agency import ServedAgency
from connectors.settings import load
from gateway.bench.world import AGREEMENT, HOME, PARTNERSHIP, World
from gateway.model.connector import AgencyKey, Carrier
from gateway.model.connector import Connector as RegisteredConnector
from identity.agency.keys import SigningKey, save_public
from identity.agency.trust import Status
from identity.custody.sealed_epoch import seal
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType, Mode
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import AgencyId, ConnectorId
from tests.counterparts import ScriptedGateway
from tests.system.children import Row, write_export

COUNCIL = ConnectorId("seaton-council")
CHILDREN = AgencyId("urn:patchwork:seaton:childrens-services")
ADULTS = AgencyId("urn:patchwork:seaton:adult-services")
NAMES = {CHILDREN: "Seaton Children's Services", ADULTS: "Seaton Adult Services"}
TYPES = {CHILDREN: AgencyType.LOCAL_AUTHORITY_CHILDREN, ADULTS: AgencyType.LOCAL_AUTHORITY_ADULTS}
SERVICES = {CHILDREN: "childrens-social-care", ADULTS: "adult-social-care"}


@dataclass
class Team:
    """One of the two, as its own staff see it: what it exports, and what it is told."""

    served: ServedAgency

    @property
    def id(self) -> AgencyId:
        """The agency's global id."""
        return self.served.id

    @property
    def folder(self) -> Path:
        """Where its alerts appear."""
        return self.served.settings.ledger.path.parent / f"{_short(self.id)}-alerts"

    def state(self, *stated: Sequence[Row]) -> None:
        """From now on its records state exactly these."""
        write_export(self.served.settings.sources[0].path, [row for some in stated for row in some])

    def exclude(self, *clients: str) -> None:
        """From now on nothing about these clients may leave."""
        assert self.served.settings.exclusions
        self.served.settings.exclusions.write_text("\n".join(clients) + "\n", "utf-8")

    def publish(self) -> Report:
        """Read the export and queue what differs."""
        desk, feeds = self.served.desk, self.served.open_feeds().feeds
        return publish(desk, self.served.screening, feeds, self.served.policy)

    def texts(self) -> list[str]:
        """The alerts that its practitioners can read."""
        return [path.read_text("utf-8") for path in sorted(self.folder.glob("*-*.txt"))]

    def seen(self) -> str:
        """Everything in its folder, the worklist too."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*")))

    def outbox(self) -> dict[str, int]:
        """Messages by status."""
        with self.served.ledger.read() as unit:
            return unit.outbox.counts()

    def current(self) -> int:
        """Connections that its ledger holds as current."""
        with self.served.ledger.read() as unit:
            return unit.connections.counts().get("current", 0)


class Council:
    """`children` and `adults`, their connector, and the gateway that it joined."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.keys = keys_folder.make_enrolling(folder / "keys", COUNCIL, (CHILDREN, ADULTS))
        save_public(folder / "gateway.public.json", world.keys.public(GATEWAY))
        self.settings_file = folder / "connector.toml"
        self.settings_file.write_text(_COMMON + _team(CHILDREN) + _team(ADULTS), "utf-8")
        self.inbox = new_inbox_name(COUNCIL)
        self._register()
        self.end = world.broker.connector_end(COUNCIL, self.inbox)
        self.start()
        self._install_epoch()
        for team in self.teams:
            team.exclude()
            team.state()

    @property
    def teams(self) -> "tuple[Team, Team]":
        """Both."""
        return self.children, self.adults

    def start(self) -> None:
        """As a new process assembles it."""
        self.connector = Connector(load(self.settings_file), self.world.clock.now)
        # The memory channel stands in the place of the network.
        vars(self.connector)["channel"] = self.end
        self.children, self.adults = (Team(served) for served in self.connector.agencies)

    def start_again(self) -> None:
        """The process is gone: its ledgers are closed, what it had taken and not acknowledged comes again."""
        for team in self.teams:
            team.served.ledger.close()
        self.end.close()
        self.start()

    def publish(self) -> None:
        """Both teams' exports are read, and what differs is sent."""
        for team in self.teams:
            team.publish()
        post_due(self.connector)

    def deliver(self) -> Delivered:
        """Take what waits in the one inbox."""
        return deliver(self.connector.receptions, self.end)

    def exchange(self) -> None:
        """Everything is said, answered, told and receipted."""
        for _ in range(3):
            post_due(self.connector)
            self.gateway_works()
            self.deliver()
        self.world.receive()

    def gateway_works(self) -> None:
        """The gateway takes everything in, and lets out what it owes."""
        self.world.receive()
        relay = self.world.relay()
        relay.send_replies()
        while relay.send_alerts():
            pass

    def voice(self) -> ScriptedGateway:
        """The gateway's keys in the hands of a test, which lets it say anything to the council."""
        voice = ScriptedGateway(self.world.broker, COUNCIL, self.inbox, self.world.clock.now, keys=self.world.keys)
        voice.trust(self.keys.first)
        return voice

    def _register(self) -> None:
        keys, now = self.keys, self.world.clock.now()
        signing = tuple(AgencyKey(agency, key, now) for agency, key in keys.signing)
        with self.world.store.write() as unit:
            for agency in keys.agencies:
                unit.trust.add_agency(Agency(agency, NAMES[agency], TYPES[agency], "Seaton Council"))
            unit.trust.add_connector(
                RegisteredConnector(
                    COUNCIL, keys.agencies, keys.first, Status.LIVE, Carrier.HTTPS, self.inbox, now, signing=signing
                )
            )
        self.world.broker.gateway_end().open_inbox(COUNCIL, self.inbox)

    def _install_epoch(self) -> None:
        keyholder, place = SigningKey.generate(), self.connector.settings.keys
        place.keyholder.write_text(json.dumps(keyholder.public.to_jwk()), "utf-8")
        sealed = self.folder / "epoch.sealed"
        sealed.write_bytes(seal(self.world.epoch, self.keys.first, keyholder))
        decryption = self.connector.decryption
        epochs.install(sealed, place.epochs, decryption, keyholder.public, PARTNERSHIP, Mode.TRIAL)


_COMMON = f'''\
connector = "{COUNCIL}"
partnership = "{PARTNERSHIP}"
mode = "trial"
home_gateway = "{HOME}"

[channel]
kind = "https"
url = "https://gateway.seaton.example"
'''


def _short(agency: AgencyId) -> str:
    return agency.value.rpartition(":")[2]


def _team(agency: AgencyId) -> str:
    short = _short(agency)
    files = {"source": f"{short}.csv", "sink": f"{short}-alerts", "ledger": f"{short}.sqlite3"}
    table = agency_table(agency.value, NAMES[agency], SERVICES[agency], AGREEMENT.value, files)
    return table.replace("[agencies.agreement]", f'exclusions = "{short}-exclusions.txt"\n\n[agencies.agreement]')


def agency_table(id: str, name: str, service: str, agreement: str, files: Mapping[str, object]) -> str:
    """One of several agencies in a settings file; `files` are its `source`, `sink` and `ledger`."""
    return f'''
[[agencies]]
id = "{id}"
name = "{name}"
service = "{service}"
sensitivity = "standard"
legal_basis = "children-act-2004-s10"
informed = "by-privacy-notice"
phone = "01632 960111"

[agencies.agreement]
id = "{agreement}"
version = 1

[[agencies.sources]]
name = "records"
preset = "generic_agency_csv"
path = "{files["source"]}"

[[agencies.sinks]]
kind = "folder"
path = "{files["sink"]}"

[agencies.ledger]
path = "{files["ledger"]}"
'''
