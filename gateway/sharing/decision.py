"""May these two professionals know of each other, and how much? One pure decision for both directions at once.

* Nothing is shared unless an agreement in force says so (default deny).
* Under the agreement the rule set says what each discloser shows to that recipient (`sharing.policy`); it can only narrow: the agreement's
  level is the most that is shown, and none of the forbids here can be lifted by a rule.
* A forbid wins over every agreement. A forbid on either side forbids both: whoever would not be told of does not get told (reciprocity).
* What a band of age permits ends on the band's last day; an unknown band permits nothing.
* Where agencies disagree about a person's age band, every band that is claimed must be permitted: the most restrictive governs.
* Across a family somebody is told only where the agreement names the kind of relative, and covers the age bands and bases of both sides.
* A service that is sensitive, or not yet classified, connects only where a rule says so, and then names nobody (`sharing.privacy`).
* Nobody is alerted about herself: the same keyed registration number on both sides connects nothing.
* Every decision names its reasons, the ids of the rules that made it with the version of their set, and the agreement.

Sources: `RULES` carries one plain sentence a reason; the bases and protections follow the project's governance statement in TRUST.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from gateway.model.agreement import Agreement
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.sharing.agreement import GENEROSITY, between
from gateway.sharing.policy import RANK, Disclosure, TypeOf, policy_on, shown
from gateway.sharing.privacy import is_private, protected
from gateway.sharing.rule_set import RuleSet, shipped
from identity.person.family import seen_from_there
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, Consent, RelationKind
from mappings.canonical.identifiers import AgreementId

RULES = {
    "same-agency": "both involvements are of one agency, which knows of them already",
    "same-worker": "one practitioner works for both agencies, and is not alerted about herself or himself",
    "not-live": "one of the involvements is over or was withdrawn",
    "held-back": "one of the agencies holds its involvement back",
    "consent": "consent is needed for one of the involvements and has not been given",
    "sensitive-line": "one of the services must stay private, or has not been classified yet, and no rule in force lets even that be said",
    "not-confirmed": "the service that must stay private has not been confirmed by its agency since it was first stated",
    "more-than-given": "a service that must stay private is shown no more than it shows",
    "age-band": "the person's age band is unknown, out of date, or not covered by an agreement between the two agencies",
    "legal-basis": "one of the involvements was published on a legal basis that no agreement between the two agencies names",
    "relation": "no agreement between the two agencies covers this kind of relative",
    "not-related": "no agency states any more that the two people are relatives, or one says it is disputed or under no contact",
    "no-agreement": "no agreement between the two agencies is in force",
    "connector-gone": "the agency's connector was revoked or off-boarded, so nobody is there to be told",
    "no-rule": "no rule in force lets this be disclosed between these two agencies",
    "not-reciprocal": "a rule lets the one be told of the other only if the other may be told too, and nothing permits that",
    "forbidden-by-rule": "a rule of the partnership forbids it",
    "shielded": "the person is shielded: nobody is told of or about them",
    "restricted": "processing of the person's data is restricted",
    "override": "two people let this be told once in spite of a shield",
    "agreement": "an agreement in force between the two agencies covers this age band and both legal bases",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """`permit`: at least one of the two is told. `reasons` are ids of `RULES`, `rules` ids of the rule set's rules. `levels` are how much the
    first and the second is told of the other, None for nothing; a level and `agreement` are set exactly when `permit` is True."""

    permit: bool
    reasons: tuple[str, ...]
    levels: tuple[AlertLevel | None, AlertLevel | None] = (None, None)
    agreement: AgreementId | None = None
    agreement_version: int = 0
    rules: tuple[str, ...] = ()
    rule_set_version: int = 0

    @property
    def level(self) -> AlertLevel | None:
        """The most that either of them is told."""
        return max((level for level in self.levels if level), key=GENEROSITY.index, default=None)

    @property
    def terms(self) -> str:
        """What it rests on, in codes: the rule set's version, the ids of its rules, and the agreement."""
        rules = ",".join(self.rules) or "none"
        agreement = f"{self.agreement}/{self.agreement_version}" if self.agreement else "none"
        return f"rule-set/{self.rule_set_version} rules={rules} agreement={agreement}"


@dataclass(frozen=True, slots=True)
class Sharing:
    """The rule set that counts, and what type an agency is of (None where nobody knows)."""

    rule_set: RuleSet
    type_of: TypeOf


def as_agreed() -> Sharing:
    """As long as a partnership has no rules of its own."""
    return Sharing(shipped(), lambda agency: None)


def decide(
    first: RegisteredInvolvement,
    second: RegisteredInvolvement,
    bands: frozenset[AgeBand],
    agreements: Iterable[Agreement],
    on: date,
    relation: RelationKind | None = None,
    sharing: Sharing | None = None,
) -> Decision:
    """Whether either may be told of the other on that day, and how much. `bands` are the age bands claimed by any live involvement with the
    person, or with either of two relatives; `relation` is what the second's client is to the first's, None where both are one person.
    `sharing`: the partnership's rules; the set that ships where there are none."""
    sharing = sharing or as_agreed()
    forbidden = [rule for rule, forbids in FORBIDS.items() if forbids(first) or forbids(second)]
    if first.agency == second.agency:
        forbidden.append("same-agency")
    if first.worker_tokens and not set(first.worker_tokens).isdisjoint(second.worker_tokens):
        forbidden.append("same-worker")
    if forbidden:
        return Decision(False, tuple(sorted(forbidden)), rule_set_version=sharing.rule_set.version)
    reasons: set[str] = set()
    claimed = bands | {band_on(first, on), band_on(second, on)}
    for agreement in between(agreements, first.agency, second.agency, on):
        missing = _uncovered(agreement, first, second, claimed)
        if relation is not None and not {relation, seen_from_there(relation)} & set(agreement.relations):
            missing.add("relation")
        if not missing:
            return _under(agreement, (first, second), claimed, on, relation, sharing)
        reasons |= missing
    return Decision(False, tuple(sorted(reasons)) or ("no-agreement",), rule_set_version=sharing.rule_set.version)


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


def _under(
    agreement: Agreement,
    pair: tuple[RegisteredInvolvement, RegisteredInvolvement],
    bands: frozenset[AgeBand],
    on: date,
    relation: RelationKind | None,
    sharing: Sharing,
) -> Decision:
    """What the rules make of an agreement that covers the pair."""
    policy, (first, second), type_of = policy_on(sharing.rule_set, on), pair, sharing.type_of
    first_type, second_type = type_of(first.agency), type_of(second.agency)
    seen = None if relation is None else seen_from_there(relation)
    of_first = policy.judge(_disclosure((first, first_type), (second, second_type), bands, on, seen))
    of_second = policy.judge(_disclosure((second, second_type), (first, first_type), bands, on, relation))
    to_first, to_second = shown(of_second, of_first), shown(of_first, of_second)
    private = is_private(first) or is_private(second)
    if private:
        to_first, to_second = protected(first, second, (of_first, of_second), (to_first, to_second))
    rules, version = tuple(sorted({*to_first.rules, *to_second.rules})), sharing.rule_set.version
    if to_first.level is None and to_second.level is None:
        reasons = {to_first.reason, to_second.reason}
        if private and "no-rule" in reasons:
            reasons = reasons - {"no-rule", "not-reciprocal"} | {"sensitive-line"}
        return Decision(False, tuple(sorted(reasons)), rules=rules, rule_set_version=version)
    levels = (_lesser(agreement.level, to_first.level), _lesser(agreement.level, to_second.level))
    return Decision(True, ("agreement",), levels, agreement.id, agreement.version, rules, version)


def _disclosure(
    discloser: tuple[RegisteredInvolvement, AgencyType | None],
    recipient: tuple[RegisteredInvolvement, AgencyType | None],
    bands: frozenset[AgeBand],
    on: date,
    relation: RelationKind | None,
) -> Disclosure:
    side = discloser[0]
    return Disclosure(
        side.agency,
        discloser[1],
        recipient[0].agency,
        recipient[1],
        side.service,
        side.sensitivity,
        side.legal_basis,
        side.consent,
        band_on(side, on),
        bands,
        relation,
    )


def _lesser(agreed: AlertLevel, ruled: AlertLevel | None) -> AlertLevel | None:
    return agreed if ruled is not None and RANK[agreed] < RANK[ruled] else ruled


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
}
