"""The names of everything at the broker, in one place. Who may do what with them is in `deploy` and the gateway's
broker register.

P stands for `patchwork.<partnership>.<mode>`:

    connector --(routing key <connector>.notice)--> exchange P.notices --> queue P.intake
    gateway ----(routing key = inbox name)--------> exchange P.inbox ----> queue inbox.<connector>.<32 hex digits>
    P.intake, after too many deliveries ----------> exchange P.dead -----> queue P.dead

Inbox names end in 128 random bits because, before RabbitMQ 4.3.1, a passive declare tells the length of any queue whose
name is known.
Live and trial share nothing.
"""

import re
import secrets
from dataclasses import dataclass

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, PartnershipId

DELIVERY_LIMIT = 50
"""How often a parcel is handed out before it counts as poisoned. A `release` does not count, a lost connection does."""

_INBOX = re.compile(r"inbox\.([a-z0-9][a-z0-9-]{0,39})\.[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Topology:
    """The names for one partnership in one mode."""

    partnership: PartnershipId
    mode: Mode

    @property
    def notices_exchange(self) -> str:
        """Topic exchange that connectors publish to."""
        return f"{self._prefix}.notices"

    @property
    def intake_queue(self) -> str:
        """Where the gateway takes what connectors sent."""
        return f"{self._prefix}.intake"

    @property
    def inbox_exchange(self) -> str:
        """Direct exchange from which each inbox gets what bears its name."""
        return f"{self._prefix}.inbox"

    @property
    def dead_letters(self) -> str:
        """Exchange and queue of parcels that were handed out `DELIVERY_LIMIT` times."""
        return f"{self._prefix}.dead"

    @property
    def _prefix(self) -> str:
        return f"patchwork.{self.partnership}.{self.mode}"


def routing_key(connector: ConnectorId) -> str:
    """What a connector publishes under; its topic permission is `^<connector>\\.`."""
    return f"{connector}.notice"


def new_inbox_name(connector: ConnectorId) -> str:
    """A new name that nobody can guess."""
    return f"inbox.{connector}.{secrets.token_hex(16)}"


def is_inbox_of(connector: ConnectorId, inbox: str) -> bool:
    """Whether `inbox` is the name of an inbox of this connector: what is meant for one must never be put before
    another."""
    match = _INBOX.fullmatch(inbox)
    return match is not None and match.group(1) == connector.value


def inbox_owner(queue: str) -> str | None:
    """The id of the connector whose inbox has this name; None where it is not the name of an inbox."""
    match = _INBOX.fullmatch(queue)
    return None if match is None else match.group(1)
