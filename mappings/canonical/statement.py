"""A standing statement: the connector's list of what it believes it has published, so that a restored ledger or gateway catches up.

One statement covers the involvement references that begin with `prefix` and is complete for them. Digests are keyed by nothing but the
random references they stand beside and reveal no more than the notices themselves did; they are SHA-256 over the notice's own state.
"""

from dataclasses import dataclass

from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId

MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One live involvement and the hex SHA-256 digest of its published state (`identity.agency.digest.state_digest`)."""

    involvement_ref: InvolvementRef
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What the ledger holds as live and published under `prefix` (lower-case hex, possibly empty)."""

    id: MessageId
    agency: AgencyId
    incarnation: str
    prefix: str
    entries: tuple[StatementEntry, ...]


@dataclass(frozen=True, slots=True)
class StatementReply:
    """The gateway's answer: which references differ or are missing there (send again), and which live ones it holds that the statement
    does not list (adopt, and let the next full snapshot confirm or end them)."""

    about: MessageId
    agency: AgencyId
    prefix: str
    send_again: tuple[InvolvementRef, ...]
    adopt: tuple[InvolvementRef, ...]
    gateway_incarnation: str
