"""The composition root: from settings to the parts that `publish` and `deliver` work with. Everything is made when it is first needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from connectors import epochs, keys_folder
from connectors.channel.port import ConnectorEnd
from connectors.deliver import Reception
from connectors.eligibility import Criterion
from connectors.exclusion import ExclusionList
from connectors.gateway_pins import GatewayPins
from connectors.keys_folder import OwnKeys
from connectors.ledger.ledger import Ledger
from connectors.notice_builder import Publisher
from connectors.pauses import UNRECEIPTED, Pauses
from connectors.policy import Policy
from connectors.posting import Posted, post
from connectors.queueing import Desk
from connectors.reading import Screening
from connectors.sealing import Correspondence
from connectors.settings import (
    FhirSinkSettings,
    FolderSinkSettings,
    HttpsChannel,
    LineDefaults,
    Settings,
    SettingsFault,
)
from connectors.sinks.port import Sink
from connectors.steward_keys import stewards_in
from identity.agency.keys import EncryptKey, PublicKeys
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker

if TYPE_CHECKING:
    from connectors.channel.amqp_settings import AmqpSettings


def utc_now() -> datetime:
    """The clock of every program run."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Connector:
    """One connector. Raises `KeyFault`, `LedgerFault`, `ExclusionListUnreadable`, `InvalidCriterion` or `ValueError` where a part cannot be
    made; each message names the file or setting."""

    settings: Settings
    now: Callable[[], datetime] = utc_now

    @cached_property
    def keys(self) -> OwnKeys:
        """This connector's own keys."""
        return keys_folder.load(self.settings.keys.folder, self.settings.agency.id)

    @property
    def gateway_keys(self) -> PublicKeys:
        """The pinned public keys of the gateway."""
        return self.gateway_pins.pinned().current

    @cached_property
    def gateway_pins(self) -> GatewayPins:
        """The same through the gateway's rotations."""
        return GatewayPins(self.settings.keys.gateway)

    @cached_property
    def ledger(self) -> Ledger:
        """The open ledger."""
        self.settings.ledger.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Ledger.open(self.settings.ledger.path, self.keys.ledger, self.now())

    @cached_property
    def desk(self) -> Desk:
        """Where notices are made."""
        held = epochs.load(
            self.settings.keys.epochs,
            self.keys.decryption,
            epochs.keyholder_key(self.settings.keys.keyholder),
            self.settings.partnership,
            self.settings.mode,
        )
        return Desk(self.ledger, self.publisher, self.keys.references, epochs.tokenisers(held), self.now)

    @property
    def publisher(self) -> Publisher:
        """What every notice says about where it comes from."""
        agency = self.settings.agency
        return Publisher(
            agency=agency.id,
            home_gateway=self.settings.home_gateway,
            service=agency.service,
            legal_basis=agency.legal_basis or LegalBasis.UK_GDPR_6_1_E,
            worker=Worker(team=agency.team or agency.name[:120], contact=Contact(agency.phone, agency.email)),
            stewards=self.stewards,
        )

    @property
    def stewards(self) -> tuple[EncryptKey, ...]:
        """To whom details are sealed for review."""
        keys, settings = self.settings.keys, self.settings
        if not settings.publishing.seal_details:
            return ()
        return stewards_in(keys.stewards, keys.keyholder, settings.partnership, settings.mode)

    @property
    def defaults(self) -> AgencyDefaults:
        """What the agency says once for everything its rows leave unsaid."""
        agency = self.settings.agency
        lines = {line: _service_defaults(said) for line, said in agency.lines.items()}
        return AgencyDefaults(agency.id, agency.service, _service_defaults(agency), lines)

    @property
    def screening(self) -> Screening:
        """Who is never published, and who need be. The exclusion list is read anew every time."""
        path = self.settings.exclusions
        return Screening(
            agency=self.settings.agency.id,
            references=self.keys.references,
            exclusion=ExclusionList.load(path) if path else ExclusionList(),
            eligibility=Criterion.from_settings(self.settings.eligibility),
            feeds=frozenset(source.name for source in self.settings.sources),
        )

    @property
    def policy(self) -> Policy:
        """Days of publishing."""
        said = self.settings.publishing
        return Policy(said.linger_days_children, said.linger_days_adults, said.refresh_days, said.patience_days)

    @property
    def unreceipted(self) -> Pauses:
        """How long to wait for a receipt before sending again."""
        first = self.settings.publishing.resend_after_seconds
        return Pauses(first, max(first, UNRECEIPTED.longest))

    @cached_property
    def correspondence(self) -> Correspondence:
        """Who writes to whom."""
        agreement = self.settings.agreement
        return Correspondence(
            connector=self.settings.connector,
            partnership=self.settings.partnership,
            mode=self.settings.mode,
            agreement=agreement.id if agreement else None,
            agreement_version=agreement.version if agreement else 0,
            signer=self.keys.signing,
            decryption=self.keys.decryption,
            gateway=self.gateway_keys,
            pins=self.gateway_pins,
        )

    @cached_property
    def sinks(self) -> tuple[Sink, ...]:
        """Where alerts go."""
        return tuple(_sink(settings) for settings in self.settings.sinks)

    @cached_property
    def reception(self) -> Reception:
        """What delivering needs."""
        return Reception(
            self.ledger,
            self.settings.agency.id,
            self.keys.references,
            self.correspondence,
            self.sinks,
            self.now,
            self.unreceipted,
        )

    @cached_property
    def channel(self) -> ConnectorEnd:
        """The way to the gateway."""
        said = self.settings.channel
        if isinstance(said, HttpsChannel):
            from connectors.channel.https import HttpsConnectorEnd
            from connectors.channel.https_settings import HttpsSettings

            with _naming("channel"):
                https = HttpsSettings(**said.model_dump(exclude={"kind"}))
            return HttpsConnectorEnd(https, self.keys.signing)
        from connectors.channel.amqp import AmqpConnectorEnd
        from connectors.channel.topology import Topology

        topology = Topology(self.settings.partnership, self.settings.mode)
        return AmqpConnectorEnd(self._amqp(), topology, self.settings.connector, said.inbox)

    def _amqp(self) -> "AmqpSettings":
        from connectors.channel.amqp_settings import AmqpSettings

        parts = self.settings.channel.model_dump(exclude={"kind", "inbox"})
        parts["user"] = parts["user"] or self.settings.connector.value
        with _naming("channel"):
            return AmqpSettings(**parts)


def post_due(connector: Connector) -> Posted:
    """Send what is due in the outbox."""
    return post(connector.ledger, connector.correspondence, connector.channel, connector.now, connector.unreceipted)


@contextmanager
def _naming(table: str) -> Iterator[None]:
    """What an adapter says about its settings, as a fault of the settings."""
    try:
        yield
    except ValueError as problem:
        raise SettingsFault(f"{table}: {problem}") from None


def _service_defaults(said: LineDefaults) -> ServiceDefaults:
    return ServiceDefaults(
        sensitivity=said.sensitivity,
        contact=Contact(said.phone, said.email),
        team=said.team,
        role=said.role,
        legal_basis=said.legal_basis,
        consent=said.consent,
        informed=said.informed,
        held_back=said.held_back,
    )


def _sink(said: FolderSinkSettings | FhirSinkSettings) -> Sink:
    if isinstance(said, FolderSinkSettings):
        from connectors.sinks.folder import FolderSink

        return FolderSink(said.path, said.name, said.patient_system)
    from connectors.sinks.fhir_server import FhirServerSettings, FhirServerSink, Storing

    with _naming("sinks"):
        settings = FhirServerSettings(
            said.url, said.token_file, said.ca_file, said.patient_system, Storing(said.storing)
        )
    return FhirServerSink(settings, said.name)
