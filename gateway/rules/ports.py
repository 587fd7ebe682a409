"""What sharing rules need of the store (`gateway.ports`)."""

from typing import Protocol

from gateway.sharing.rule_set import RuleSet


class RuleSets(Protocol):
    """Every version of the partnership's own rule set; the highest counts. The set that ships is not among them.

    Reading one that is not what was signed raises `StoreDown`: then nothing is decided, and nothing lost, until somebody puts it right.
    """

    def add(self, rule_set: RuleSet) -> None: ...
    def current(self) -> RuleSet | None:
        """None until there is one."""

    def get(self, version: int) -> RuleSet | None: ...
    def versions(self, limit: int) -> list[RuleSet]:
        """The newest first."""
