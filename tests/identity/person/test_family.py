"""Relations read from either side."""

import pytest

from identity.person.family import connects, seen_from_there
from mappings.canonical.codes import RelationKind, RelationStanding


@pytest.mark.parametrize("kind", RelationKind)
def test_seen_from_there_and_back_it_is_the_same(kind):
    assert seen_from_there(seen_from_there(kind)) is kind


def test_a_parents_child_and_a_carers_charge():
    assert seen_from_there(RelationKind.PARENT) is RelationKind.CHILD
    assert seen_from_there(RelationKind.CARER) is RelationKind.CARED_FOR
    assert seen_from_there(RelationKind.SIBLING) is RelationKind.SIBLING


def test_only_a_current_relation_connects():
    assert [standing for standing in RelationStanding if connects(standing)] == [RelationStanding.CURRENT]
