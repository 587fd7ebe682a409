"""May these two professionals know of each other? One pure decision for both directions at once.

* Nothing is shared unless an agreement in force says so (default deny).
* A forbid wins over every agreement. A forbid on either side forbids both: whoever would not be told of does not get told (reciprocity).
* What a band of age permits ends on the band's last day; an unknown band permits nothing.
* Where agencies disagree about a person's age band, every band that is claimed must be permitted: the most restrictive governs.
* Across a family somebody is told only where the agreement names the kind of relative, and covers the age bands and bases of both sides.
* Service lines that are sensitive, or not yet classified, connect to nothing until the introducer's way exists.
* Every decision names the ids of the rules that made it, and the agreement.

Sources: `RULES` carries one plain sentence a rule; the bases and protections follow the project's governance statement in TRUST.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from gateway.model.agreement import Agreement
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.sharing.agreement import between
from identity.person.family import seen_from_there
from mappings.canonical.codes import AgeBand, AlertLevel, Consent, RelationKind, Sensitivity
from mappings.canonical.identifiers import AgreementId

RULES = {
    "same-agency": "both involvements are of one agency, which knows of them already",
    "not-live": "one of the involvements is over or was withdrawn",
    "held-back": "one of the agencies holds its involvement back",
    "consent": "consent is needed for one of the involvements and has not been given",
    "sensitive-line": "one of the services must stay private, or has not been classified yet",
    "age-band": "the person's age band is unknown, out of date, or not covered by an agreement between the two agencies",
    "legal-basis": "one of the involvements was published on a legal basis that no agreement between the two agencies names",
    "relation": "no agreement between the two agencies covers this kind of relative",
    "not-related": "no agency states any more that the two people are relatives, or one says it is disputed or under no contact",
    "no-agreement": "no agreement between the two agencies is in force",
    "connector-gone": "the agency's connector was revoked or off-boarded, so nobody is there to be told",
    "agreement": "an agreement in force between the two agencies covers this age band and both legal bases",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """`reasons` are ids of `RULES`; `level` and `agreement` are set exactly when `permit` is True."""

    permit: bool
    reasons: tuple[str, ...]
    level: AlertLevel | None = None
    agreement: AgreementId | None = None
    agreement_version: int = 0


def decide(
    first: RegisteredInvolvement,
    second: RegisteredInvolvement,
    bands: frozenset[AgeBand],
    agreements: Iterable[Agreement],
    on: date,
    relation: RelationKind | None = None,
) -> Decision:
    """Whether either may be told of the other on that day. `bands` are the age bands claimed by any live involvement with the person, or
    with either of two relatives; `relation` is what the one is to the other, from either side, None where both are one person."""
    forbidden = [rule for rule, forbids in FORBIDS.items() if forbids(first) or forbids(second)]
    if first.agency == second.agency:
        forbidden.append("same-agency")
    if forbidden:
        return Decision(False, tuple(sorted(forbidden)))
    reasons: set[str] = set()
    for agreement in between(agreements, first.agency, second.agency, on):
        missing = _uncovered(agreement, first, second, bands | {band_on(first, on), band_on(second, on)})
        if relation is not None and not {relation, seen_from_there(relation)} & set(agreement.relations):
            missing.add("relation")
        if not missing:
            return Decision(True, ("agreement",), agreement.level, agreement.id, agreement.version)
        reasons |= missing
    return Decision(False, tuple(sorted(reasons)) or ("no-agreement",))


def explain(decision: Decision) -> str:
    """The decision in one plain sentence."""
    why = "; ".join(RULES[reason] for reason in decision.reasons)
    return f"{'Shared' if decision.permit else 'Not shared'}: {why}."


def band_on(involvement: RegisteredInvolvement, on: date) -> AgeBand:
    """The age band as of a day: past its validity it is unknown."""
    expired = involvement.age_band_until is not None and on > involvement.age_band_until
    return AgeBand.UNKNOWN if expired else involvement.age_band


def live_bands(involvements: Iterable[RegisteredInvolvement], on: date) -> frozenset[AgeBand]:
    """Every age band that a live involvement with a person claims that day."""
    return frozenset(band_on(side, on) for side in involvements if side.standing is Standing.LIVE)


def _uncovered(
    agreement: Agreement, first: RegisteredInvolvement, second: RegisteredInvolvement, bands: frozenset[AgeBand]
) -> set[str]:
    missing = set()
    if not bands <= set(agreement.age_bands):
        missing.add("age-band")
    if not {first.legal_basis, second.legal_basis} <= set(agreement.legal_bases):
        missing.add("legal-basis")
    return missing


FORBIDS: dict[str, Callable[[RegisteredInvolvement], bool]] = {
    "not-live": lambda side: side.standing is not Standing.LIVE,
    "held-back": lambda side: side.held_back,
    "consent": lambda side: side.consent not in (Consent.NOT_NEEDED, Consent.GIVEN),
    "sensitive-line": lambda side: side.sensitivity is not Sensitivity.STANDARD,
}
