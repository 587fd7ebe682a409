"""The gateway's pepper: nothing of the connector's tokens stands in the index."""

import pytest

from identity.person.pepper import Pepper
from mappings.canonical.identifiers import PartnershipId
from tests.identity.person.people import SEATON, evidence, nhs, person

PEPPER = Pepper(bytes(range(32)), SEATON)
FULL = evidence(person(identifiers=nhs()))


def test_index_keys_are_not_the_tokens() -> None:
    keys = PEPPER.index_keys(FULL)
    assert (len(keys.identifiers), len(keys.blocks), len(keys.bands)) == (1, len(FULL.blocks), 12)
    all_keys = {*keys.identifiers, *keys.blocks, *keys.bands}
    assert not all_keys & {*(item.token for item in FULL.identifiers), *FULL.blocks, *FULL.bands}
    assert all(len(key) == 16 for key in all_keys)


def test_another_pepper_partnership_or_kind_gives_other_keys() -> None:
    mine = PEPPER.index_keys(FULL)
    for other in (Pepper(bytes(32), SEATON), Pepper(bytes(range(32)), PartnershipId("easton"))):
        theirs = other.index_keys(FULL)
        assert not {*mine.identifiers, *mine.blocks, *mine.bands} & {*theirs.identifiers, *theirs.blocks, *theirs.bands}


def test_one_person_is_found_by_one_key_from_two_agencies() -> None:
    assert PEPPER.index_keys(FULL) == PEPPER.index_keys(evidence(person(identifiers=nhs())))


def test_the_keys_of_several_epochs_stand_together() -> None:
    assert PEPPER.index_keys_of((FULL,)) == PEPPER.index_keys(FULL)
    assert len(PEPPER.index_keys_of((FULL, FULL)).blocks) == 2 * len(FULL.blocks)


def test_a_short_key_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pepper(bytes(31), SEATON)
    assert "hidden" in repr(PEPPER)
