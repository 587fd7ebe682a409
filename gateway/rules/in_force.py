"""Which sharing rules count in a unit of work: the partnership's newest rule set, or the one that ships while there is none."""

from gateway.ports import UnitOfWork
from gateway.sharing.decision import Sharing
from gateway.sharing.policy import TypeOf
from gateway.sharing.rule_set import RuleSet, shipped
from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId


def rules_in_force(unit: UnitOfWork) -> RuleSet:
    """The set that counts."""
    return unit.rule_sets.current() or shipped()


def sharing_of(unit: UnitOfWork, rule_set: RuleSet | None = None) -> Sharing:
    """What a decision needs of the unit; under another set than the one that counts, where one is given."""
    return Sharing(rule_set or rules_in_force(unit), types_in(unit))


def types_in(unit: UnitOfWork) -> TypeOf:
    """What type an agency of the register is of. Each is looked up once a unit."""
    known: dict[AgencyId, AgencyType | None] = {}

    def type_of(id: AgencyId) -> AgencyType | None:
        if id not in known:
            agency = unit.trust.agency(id)
            known[id] = agency.type if agency else None
        return known[id]

    return type_of
