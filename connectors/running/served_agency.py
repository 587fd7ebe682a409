"""One agency that a connector speaks for, assembled: its own keys, ledger, sources, exclusion list, criterion and sinks, and nobody else's.

Nothing here leads from one agency to another: what is published, told or kept for one is made from these parts alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property

from connectors.alerts.digest_policy import DigestPolicy, folded
from connectors.channel.port import ConnectorEnd
from connectors.configuration.live_sources import ListenerSource
from connectors.configuration.sinks import Digested
from connectors.deliver import Reception
from connectors.eligibility import Criterion
from connectors.exchange.pace import Pace
from connectors.exchange.pauses import UNRECEIPTED, Pauses
from connectors.exchange.posting import Posted, post
from connectors.exchange.sealing import Correspondence
from connectors.keys import keys_folder
from connectors.keys.keys_folder import AgencyKeys
from connectors.ledger.ledger import Ledger
from connectors.publishing.display import Display
from connectors.publishing.notice_builder import Publisher
from connectors.publishing.policy import Policy
from connectors.publishing.queueing import Desk
from connectors.reading.exclusion import ExclusionList
from connectors.reading.feeds import Opened, open_feeds
from connectors.reading.staging import Screening
from connectors.running.shared_parts import SharedParts
from connectors.settings import AgencySettings, LineDefaults
from connectors.sinks.opening import opened_sink
from connectors.sinks.port import Sink
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker


@dataclass(frozen=True)
class ServedAgency:
    """Raises `KeyFault`, `LedgerFault`, `ExclusionListUnreadable`, `InvalidCriterion` or `SettingsFault` where a part cannot be made; each
    message names the file or setting."""

    shared: SharedParts
    settings: AgencySettings

    @property
    def id(self) -> AgencyId:
        """The agency's global id."""
        return self.settings.id

    @cached_property
    def keys(self) -> AgencyKeys:
        """The agency's own keys."""
        return keys_folder.load(self.shared.settings.keys.folder, self.id)

    @cached_property
    def ledger(self) -> Ledger:
        """The open ledger."""
        self.settings.ledger.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Ledger.open(self.settings.ledger.path, self.keys.ledger, self.shared.now(), self.shared.settings.mode)

    @property
    def desk(self) -> Desk:
        """Where notices are made, under the linkage epochs that are held now."""
        return Desk(self.ledger, self.publisher, self.keys.references, self.shared.tokenisers, self.shared.now)

    @property
    def publisher(self) -> Publisher:
        """What every notice says about where it comes from."""
        said = self.settings
        return Publisher(
            agency=said.id,
            home_gateway=self.shared.settings.home_gateway,
            service=said.service,
            legal_basis=said.legal_basis or LegalBasis.UK_GDPR_6_1_E,
            display=self.display,
            stewards=self.shared.stewards,
        )

    @property
    def display(self) -> Display:
        """What others are shown of who is involved. A team that the settings themselves name is shown as it stands there."""
        said = self.settings
        default_teams = (each.team for each in (said, *said.lines.values()) if each.team)
        return Display(
            general=Worker(team=said.team or said.name[:120], contact=Contact(said.phone, said.email)),
            teams={team: team for team in default_teams} | said.teams,
            private_teams=frozenset(said.private_teams),
        )

    @property
    def defaults(self) -> AgencyDefaults:
        """What the agency says once for everything its rows leave unsaid."""
        return defaults_of(self.settings)

    @property
    def screening(self) -> Screening:
        """Who is never published, and who need be. The exclusion list is read anew every time."""
        path = self.settings.exclusions
        return Screening(
            agency=self.id,
            references=self.keys.references,
            exclusion=ExclusionList.load(path) if path else ExclusionList(),
            eligibility=Criterion.from_settings(self.settings.eligibility),
            display=self.display,
            feeds=frozenset(source.name for source in self.settings.sources),
        )

    @property
    def stated_eligibility(self) -> StatedEligibility:
        """Whom it publishes, as the gateway is told. Raises `InvalidCriterion`, as `screening` does before it."""
        return Criterion.from_settings(self.settings.eligibility).stated()

    @property
    def policy(self) -> Policy:
        """Days of publishing."""
        said = self.shared.settings.publishing
        return Policy(said.linger_days_children, said.linger_days_adults, said.refresh_days, said.patience_days)

    @property
    def unreceipted(self) -> Pauses:
        """How long to wait for a receipt before sending again."""
        first = self.shared.settings.publishing.resend_after_seconds
        return Pauses(first, max(first, UNRECEIPTED.longest))

    @cached_property
    def correspondence(self) -> Correspondence:
        """Who writes to whom, signed with this agency's key."""
        agreement, common = self.settings.agreement, self.shared.settings
        return Correspondence(
            connector=common.connector,
            partnership=common.partnership,
            mode=common.mode,
            agreement=agreement.id if agreement else None,
            agreement_version=agreement.version if agreement else 0,
            signer=self.keys.signing,
            decryption=self.shared.decryption,
            gateway=self.shared.gateway_keys,
            pins=self.shared.gateway_pins,
        )

    @cached_property
    def sinks(self) -> tuple[Sink, ...]:
        """Where alerts go."""
        return tuple(opened_sink(each, self.id) for each in self.settings.sinks)

    @cached_property
    def reception(self) -> Reception:
        """What delivering needs."""
        return Reception(
            self.ledger,
            self.id,
            self.keys.references,
            self.correspondence,
            self.sinks,
            self.shared.now,
            self.unreceipted,
            desk=lambda: self.desk,
            digests=self.digests,
        )

    @property
    def has_listeners(self) -> bool:
        """Whether any of its sources is a door of this connector."""
        return any(isinstance(each, ListenerSource) for each in self.settings.sources)

    @property
    def digests(self) -> dict[str, DigestPolicy]:
        """When first alerts are collected, by sink."""
        until = self.shared.settings.publishing.launch_until
        return {each.name: _policy(each, until) for each in self.settings.sinks if isinstance(each, Digested)}

    def open_feeds(self, names: Sequence[str] | None = None) -> Opened:
        """All of the agency's sources, or those named."""
        common = self.shared.settings
        share = common.publishing.mass_vanish_share
        said, now = self.settings, self.shared.now
        return open_feeds(said.sources, common.mode, share, self.defaults, self.ledger, now, names, said.presets)

    def post(self, channel: ConnectorEnd) -> Posted:
        """Send what is due in the outbox."""
        pace = Pace(self.shared.settings.publishing.per_minute)
        return post(self.ledger, self.correspondence, channel, self.shared.now, self.unreceipted, pace=pace)


def _policy(said: Digested, launch_until: date | None) -> DigestPolicy:
    wishes = {folded(name): wish for name, wish in said.digest_for.items()}
    return DigestPolicy(said.digest, said.digest_above, time.fromisoformat(said.digest_at), wishes, launch_until)


def defaults_of(said: AgencySettings) -> AgencyDefaults:
    """What an agency's settings say once for everything its rows leave unsaid."""
    lines = {line: _service_defaults(each) for line, each in said.lines.items()}
    return AgencyDefaults(said.id, said.service, _service_defaults(said), lines)


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
        young_adult_status=said.young_adult_status,
    )
