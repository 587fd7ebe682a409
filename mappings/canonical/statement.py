"""A standing statement: the connector's list of what it believes it has published, so that a restored ledger or gateway catches up.

One statement covers the involvement references that begin with `prefix` (of one service line, where it names one) and is complete for them. The
daily one has no entries: it says how many involvements of each service line there are and the digest of them all, and only lines that differ are
then stated by entries. Digests are keyed by nothing but the
random references they stand beside and reveal no more than the notices themselves did; they are SHA-256 over the notice's own state.
"""

from dataclasses import dataclass

from mappings.canonical.codes import ServiceLine
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId

MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One live involvement and the hex SHA-256 digest of its published state (`identity.agency.digest.state_digest`)."""

    involvement_ref: InvolvementRef
    digest: str


@dataclass(frozen=True, slots=True)
class LineTotal:
    """How many live involvements of one service line there are, and the hex SHA-256 digest of them all (`identity.agency.digest.line_totals`)."""

    service: ServiceLine
    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What the ledger holds as live and published under `prefix` (lower-case hex, possibly empty), of service `line` where that is given. With
    `totals` it has no entries and covers everything; it may then say whom the agency publishes (`eligibility`; None: not said)."""

    id: MessageId
    agency: AgencyId
    incarnation: str
    prefix: str
    entries: tuple[StatementEntry, ...]
    line: ServiceLine | None = None
    totals: tuple[LineTotal, ...] | None = None
    eligibility: StatedEligibility | None = None


@dataclass(frozen=True, slots=True)
class StatementReply:
    """The gateway's answer: which references differ or are missing there (send again), and which live ones it holds that the statement
    does not list (adopt, and let the next full snapshot confirm or end them). `differing`: of totals, the lines of which the gateway holds others
    (the connector states those by entries), as the gateway holds them."""

    about: MessageId
    agency: AgencyId
    prefix: str
    send_again: tuple[InvolvementRef, ...]
    adopt: tuple[InvolvementRef, ...]
    gateway_incarnation: str
    differing: tuple[LineTotal, ...] = ()
