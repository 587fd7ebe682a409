"""A gateway's folder for the bench, and agencies that take part: each with keys, a broker user and a counterpart."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from connectors.channel.amqp import AmqpConnectorEnd, AmqpGatewayEnd
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.topology import Topology, new_inbox_name
from gateway.app import open_register
from gateway.bench.counterpart import Counterpart, Place
from gateway.bench.rig import Rig
from gateway.clock import SystemClock
from gateway.initialise import Initialised, initialise
from gateway.model.agreement import Agreement
from gateway.model.capabilities import MOST_PER_DAY, MOST_PER_MINUTE, Capabilities
from gateway.model.connector import Carrier, Connector
from gateway.ports import UnitOfWork
from identity.agency.keys import generate
from identity.agency.private_file import write_private
from identity.agency.references import References
from identity.agency.trust import Status
from identity.custody.epoch import LinkageEpoch, new_epoch
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, LegalBasis, Mode
from mappings.canonical.identifiers import AgencyId, AgreementId, ConnectorId, GatewayId, PartnershipId

PARTNERSHIP = PartnershipId("bench")
HOME = GatewayId("urn:patchwork:bench:gateway")
AGREEMENT = AgreementId("bench-children")
TOPOLOGY = Topology(PARTNERSHIP, Mode.TRIAL)
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Party:
    """A counterpart, and how it reaches the broker."""

    counterpart: Counterpart
    broker: AmqpSettings
    inbox: str

    def end(self) -> AmqpConnectorEnd:
        """A new end of the channel."""
        return AmqpConnectorEnd(self.broker, TOPOLOGY, self.counterpart.id, self.inbox)


def make_gateway(rig: Rig, batch: int, tick: float) -> Initialised:
    """A gateway's folder, and its register in the database, with every setting not named here at its default."""
    url_file = rig.folder / "database.url"
    write_private(url_file, rig.database.encode())
    members: dict[str, str | int | float] = {
        "partnership": PARTNERSHIP.value,
        "gateway_id": HOME.value,
        "database_url_file": str(url_file),
        "broker_url": rig.broker_url(),
        "broker_password_file": str(rig.rabbitmq.password_file),
        "batch_size": batch,
        "tick_seconds": tick,
        "log_level": "warning",
    }
    return initialise(rig.folder / "gateway", members)


UNHINDERED = Capabilities(per_minute=MOST_PER_MINUTE, per_day=MOST_PER_DAY)
"""What is measured is the pipeline, not a limit."""


def join(rig: Rig, gateway: Initialised, count: int) -> list[Party]:
    """So many agencies with live connectors, their inboxes open, all party to one agreement in force."""
    epoch = new_epoch(PARTNERSHIP, Mode.TRIAL)
    store, end = open_register(gateway.settings), AmqpGatewayEnd(rig.broker(), TOPOLOGY)
    try:
        with store.write() as uow:
            parties = [_add(rig, gateway, uow, epoch, number) for number in range(count)]
            uow.agreements.add(_agreement([party.counterpart.agency for party in parties]))
        for party in parties:
            end.open_inbox(party.counterpart.id, party.inbox)
    finally:
        end.close()
        store.close()
    return parties


def _add(rig: Rig, gateway: Initialised, uow: UnitOfWork, epoch: LinkageEpoch, number: int) -> Party:
    agency, connector = AgencyId(f"urn:patchwork:bench:agency-{number}"), ConnectorId(f"bench-{number}")
    keys, inbox = generate(), new_inbox_name(connector)
    uow.trust.add_agency(Agency(agency, f"Agency {number}", AgencyType.CHARITY, "Seaton Council"))
    public = keys.public(connector.value)
    live = Connector(connector, (agency,), public, Status.LIVE, Carrier.AMQP, inbox, CLOCK.now(), UNHINDERED)
    uow.trust.add_connector(live)
    broker = rig.add_user(connector, TOPOLOGY)
    counterpart = Counterpart(
        id=connector,
        agency=agency,
        keys=keys,
        references=References(secrets.token_bytes(32), agency),
        tokeniser=KeyedTokeniser(epoch),
        place=Place(PARTNERSHIP, Mode.TRIAL, HOME, gateway.public, AGREEMENT),
        end=AmqpConnectorEnd(broker, TOPOLOGY, connector, inbox),
        clock=CLOCK,
    )
    return Party(counterpart, broker, inbox)


def _agreement(parties: list[AgencyId]) -> Agreement:
    today = CLOCK.now().date()
    year_on = today + timedelta(days=365)
    return Agreement(
        id=AGREEMENT,
        version=1,
        title="The bench",
        parties=tuple(parties),
        purpose="to measure",
        legal_bases=(LegalBasis.CHILDREN_ACT_2004_S10,),
        age_bands=(AgeBand.UNBORN, AgeBand.CHILD),
        level=AlertLevel.FULL,
        valid_from=today - timedelta(days=1),
        valid_until=year_on,
        review_by=year_on,
        rights_contact="rights@bench.example",
        controllers=("Seaton Council",),
    )
