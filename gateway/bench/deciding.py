"""How long one sharing decision takes on this machine: `make decisions`. JSON; nothing is asserted."""

import json
import platform
import time
from datetime import date
from itertools import product

from gateway.model.agreement import Agreement
from gateway.model.involvement import RegisteredInvolvement
from gateway.rules.explaining import Supposed, supposed_involvement
from gateway.sharing.decision import Sharing, decide
from gateway.sharing.rule import Effect, Rule
from gateway.sharing.rule_set import MAX_RULES, RuleSet
from gateway.sharing.rule_set import shipped as as_shipped
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, LegalBasis, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, AgreementId

DAY = date(2026, 3, 2)
ROUNDS = 20


def largest() -> RuleSet:
    """As many rules as a set may hold, all of them about every type, so that none is passed over by the table."""
    (template,) = as_shipped().rules
    rules = []
    for number in range(MAX_RULES):
        effect = Effect.FORBID if number % 4 == 0 else Effect.PERMIT
        services = frozenset({list(ServiceLine)[number % len(ServiceLine)]})
        rules.append(_rule(template, f"rule-{number}", effect, services))
    return RuleSet(1, "the largest", tuple(rules), {"rules": []}, "largest")


def _rule(template: Rule, id: str, effect: Effect, services: frozenset[ServiceLine]) -> Rule:
    level = None if effect is Effect.FORBID else AlertLevel.FULL
    bands = frozenset({AgeBand.ADULT}) if effect is Effect.FORBID else template.age_bands
    kinds, relations = frozenset(AgencyType), frozenset({None, *RelationKind})
    return Rule(
        id, effect, kinds, kinds, None, None, services, bands, template.sensitivities, relations, template.purpose,
        level, None, "", template.valid_from, template.valid_until, template.review_by, template.owner,
    )  # fmt: skip


def pairs() -> list[tuple[RegisteredInvolvement, RegisteredInvolvement, RelationKind | None]]:
    """One for every service and relation."""
    here, there = AgencyId("urn:patchwork:bench:here"), AgencyId("urn:patchwork:bench:there")
    return [
        (
            supposed_involvement(Supposed(here.value, service), here, 1),
            supposed_involvement(Supposed(there.value, service), there, 2),
            relation,
        )
        for service, relation in product(ServiceLine, (None, *RelationKind))
    ]


def microseconds(rule_set: RuleSet) -> float:
    """For one pair, under an agreement that covers it: the whole decision in both directions. The quickest of some
    rounds: what else the machine does is not measured."""
    asked, rounds = pairs(), []
    agreements = [_agreement({side.agency for first, second, _ in asked for side in (first, second)})]
    types = dict.fromkeys(agreements[0].parties, AgencyType.SCHOOL)
    sharing = Sharing(rule_set, types.get)
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for first, second, relation in asked:
            decide(first, second, frozenset(), agreements, DAY, relation, sharing)
        rounds.append((time.perf_counter() - begun) / len(asked) * 1e6)
    return min(rounds)


def _agreement(parties: set[AgencyId]) -> Agreement:
    days = (date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))
    basis, band = (LegalBasis.CHILDREN_ACT_2004_S10,), (AgeBand.CHILD,)
    return Agreement(
        AgreementId("bench"), 1, "bench", tuple(sorted(parties)), "to be measured", basis, band, AlertLevel.FULL, *days,
        "bench@example", relations=tuple(RelationKind),
    )  # fmt: skip


def main() -> None:
    """Print one JSON document."""
    measured = {
        name: round(microseconds(made), 2) for name, made in (("as shipped", as_shipped()), ("200 rules", largest()))
    }
    print(json.dumps({"python": platform.python_version(), "microseconds_a_pair": measured}, indent=2))


if __name__ == "__main__":
    main()
