"""A connector: software approved to speak for one or more agencies, and the keys that prove it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.model.capabilities import Capabilities
from identity.agency.keys import PublicKeys, VerifyKey
from identity.agency.trust import Status
from mappings.canonical.identifiers import AgencyId, ConnectorId, KeyId


class Carrier(StrEnum):
    """Which channel a connector's inbox is on."""

    HTTPS = "https"
    AMQP = "amqp"


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """One signing key, for one agency, for a time. `valid_until` is None until another takes its place."""

    agency: AgencyId
    key: VerifyKey
    valid_from: datetime
    valid_until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it may be signed with at that instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class Connector:
    """`inbox` is the queue its alerts go to; it ends in 128 random bits so that nobody guesses it. `agencies` are those it may speak for.
    `since` is when it came to stand where it stands.

    `keys` are those by which it is addressed. `signing` are all that it signs with, or did; where it is empty, the one in `keys` speaks for
    every agency.
    """

    id: ConnectorId
    agencies: tuple[AgencyId, ...]
    keys: PublicKeys
    status: Status
    carrier: Carrier
    inbox: str
    since: datetime
    capabilities: Capabilities = field(default_factory=Capabilities)
    signing: tuple[AgencyKey, ...] = ()

    def agencies_of(self, key: KeyId, at: datetime) -> tuple[AgencyId, ...]:
        """Those that this key speaks for at that instant. Empty where it is not this connector's, or not then."""
        if not self.signing:
            return self.agencies if key == self.keys.signing.id else ()
        return tuple(
            each.agency
            for each in self.signing
            if each.key.id == key and each.holds(at) and each.agency in self.agencies
        )

    def verify_keys(self, at: datetime) -> tuple[VerifyKey, ...]:
        """Every key that it may sign with at that instant."""
        if not self.signing:
            return (self.keys.signing,)
        return tuple(each.key for each in self.signing if each.holds(at))

    def verify_key(self, key: KeyId, at: datetime) -> VerifyKey | None:
        """The key of that id, if it may sign with it at that instant."""
        return next((each for each in self.verify_keys(at) if each.id == key), None)
