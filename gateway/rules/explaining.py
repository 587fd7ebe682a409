"""Why two agencies learn of each other, or do not: the very decision that alerts are made by, about an involvement of each that is supposed.

Nobody's records are looked at, so that this is no way to ask about a person.
"""

from dataclasses import dataclass
from datetime import date

from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.rules.in_force import sharing_of
from gateway.sharing.agreement import between
from gateway.sharing.decision import RULES, Decision, decide
from gateway.sharing.rule_set import RuleSet
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.agency import Agency
from mappings.canonical.codes import (
    AgeBand,
    AlertLevel,
    Consent,
    Informed,
    LegalBasis,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, InvolvementRef, PersonRef
from mappings.canonical.notice import Sequence, Worker

SHOWS: dict[AlertLevel | None, str] = {
    None: "nothing",
    AlertLevel.EMPTY: "that somebody is involved, and to ask the introducer",
    AlertLevel.ID_ONLY: "the agency and the service",
    AlertLevel.FULL: "the agency and the service, with name, role and work contact",
}


@dataclass(frozen=True, slots=True)
class Supposed:
    """An involvement that is supposed. `basis` None: the first that an agreement between the two names."""

    agency: str
    service: ServiceLine = ServiceLine.OTHER
    sensitivity: Sensitivity = Sensitivity.STANDARD
    basis: LegalBasis | None = None
    consent: Consent = Consent.NOT_NEEDED
    age_band: AgeBand = AgeBand.CHILD


@dataclass(frozen=True, slots=True)
class Explanation:
    """`sides` are the two as they were supposed in the end, `sentence` says everything plainly."""

    sentence: str
    decision: Decision
    sides: tuple[Supposed, Supposed]
    on: date


def explain_rules(
    office: Office,
    actor: Actor,
    sides: tuple[Supposed, Supposed],
    relation: RelationKind | None = None,
    rule_set: RuleSet | None = None,
    on: date | None = None,
) -> Explanation:
    """What each of the two would be told of the other. `relation`: what the second's client is to the first's; `rule_set` None: the one that
    counts; `on` None: today. Raises `NotPermitted`, `Refused` for an agency that is not there."""
    check_may_observe(actor)
    day = on or office.clock.now().date()
    with office.store.read() as unit:
        agencies = (_agency(unit, sides[0].agency), _agency(unit, sides[1].agency))
        agreements, sharing = unit.agreements.current(), sharing_of(unit, rule_set)
        named = [
            basis for each in between(agreements, agencies[0].id, agencies[1].id, day) for basis in each.legal_bases
        ]
        basis = named[0] if named else LegalBasis.CHILDREN_ACT_2004_S10
        first, second = (_with_basis(side, basis) for side in sides)
        pair = supposed_involvement(first, agencies[0].id, 1), supposed_involvement(second, agencies[1].id, 2)
        decision = decide(*pair, frozenset(), agreements, day, relation, sharing)
    return Explanation(_sentence(agencies, decision), decision, (first, second), day)


def _sentence(agencies: tuple[Agency, Agency], decision: Decision) -> str:
    first, second = (agency.name for agency in agencies)
    to_first, to_second = (SHOWS[level] for level in decision.levels)
    why = "; ".join(RULES[reason] for reason in decision.reasons)
    if decision.permit:
        why += ", and the rules let this much be shown"
    if not decision.permit:
        told = f"{first} and {second} are told nothing of each other"
    elif to_first == to_second:
        told = f"{first} and {second} are each told of the other {to_first}"
    else:
        told = f"{first} is told of {second} {to_first}, and {second} is told of {first} {to_second}"
    return f"{told}, because {why} ({_named(decision)})."


def _named(decision: Decision) -> str:
    rules = (
        f"rule{'s' if len(decision.rules) > 1 else ''} {', '.join(decision.rules)} of"
        if decision.rules
        else "no rule of"
    )
    agreement = f", agreement {decision.agreement} version {decision.agreement_version}" if decision.agreement else ""
    return f"{rules} rule set {decision.rule_set_version}{agreement}"


def _agency(unit: UnitOfWork, id: str) -> Agency:
    wanted = Content("agency", {"id": id}, frozenset({"id"})).identifier("id", AgencyId)
    found = unit.trust.agency(wanted)
    if found is None:
        raise Refused(f"there is no agency {wanted}; patchwork agency list shows those there are")
    return found


def _with_basis(side: Supposed, basis: LegalBasis) -> Supposed:
    chosen = side.basis or basis
    return Supposed(side.agency, side.service, side.sensitivity, chosen, side.consent, side.age_band)


def supposed_involvement(side: Supposed, agency: AgencyId, number: int) -> RegisteredInvolvement:
    """As the register would hold it; whatever no decision looks at is empty."""
    nobody = f"{number:064x}"
    return RegisteredInvolvement(
        id=number,
        record_id=number,
        connector=ConnectorId("supposed"),
        agency=agency,
        person_ref=PersonRef(nobody),
        involvement_ref=InvolvementRef(nobody),
        service=side.service,
        sensitivity=side.sensitivity,
        worker=Worker(),
        age_band=side.age_band,
        age_band_until=None,
        start=None,
        end=None,
        # Confirmed on a later day: a private one is told nothing before.
        confirmed=date.max,
        legal_basis=side.basis or LegalBasis.CHILDREN_ACT_2004_S10,
        consent=side.consent,
        informed=Informed.NOT_INFORMED,
        held_back=False,
        standing=Standing.LIVE,
        sequence=Sequence("20000101T000000Z-00000000", number),
        digest="0" * 64,
        home_gateway=GatewayId("urn:patchwork:supposed"),
        stated_on=date.min,
    )
