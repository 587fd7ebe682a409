"""What the family rules need of the store (`gateway.ports`)."""

from collections.abc import Sequence
from typing import Protocol

from gateway.model.relation import StatedRelation
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Certainty
from mappings.canonical.notice import RelatedPerson


class Relations(Protocol):
    """The relations that live involvements state, and the keys under which their evidence is found."""

    def of_involvement(self, involvement_id: int) -> list[StatedRelation]:
        """Those that one involvement states, in order."""

    def replace(self, involvement_id: int, stated: Sequence[tuple[RelatedPerson, IndexKeys]]) -> list[StatedRelation]:
        """Put these in the place of what the involvement stated before. Nobody is matched with them yet."""

    def resolve(self, id: int, person_id: int | None, certainty: Certainty | None) -> None:
        """Remember whom of the register one of them is."""

    def touching(self, person_id: int) -> list[StatedRelation]:
        """Those stated about the person's own involvements, and those that were matched with the person."""

    def sharing(self, keys: IndexKeys) -> list[StatedRelation]:
        """Those whose evidence shares a key with these, at most `identity.person.blocking.BUDGET`."""
