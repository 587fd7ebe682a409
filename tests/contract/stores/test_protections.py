"""Lists of protected places: offered, put in force one an epoch, sealed."""

from dataclasses import replace

import pytest

from gateway.model.protection import Protection
from gateway.store.sql_store import SqlStore
from identity.person.protected_place import ProtectedTokens
from mappings.canonical.codes import Mode
from tests.contract.stores.rows import LATER, NOW, token

FIRST = Protection("trial-1", Mode.TRIAL, "a" * 64, 2, NOW)
TOKENS = ProtectedTokens(frozenset({token("p1"), token("p2")}), frozenset({token("b", n) for n in range(40)}))
NONE = ProtectedTokens()


def test_a_list_is_offered_and_put_in_force(store: SqlStore) -> None:
    with store.write() as unit:
        unit.protections.offer(FIRST, TOKENS)
        assert unit.protections.all() == [FIRST]
        unit.protections.activate("trial-1", FIRST.digest, LATER)
    with store.read() as unit:
        assert unit.protections.all() == [replace(FIRST, active_at=LATER)]
        assert unit.protections.tokens("trial-1", FIRST.digest) == TOKENS


def test_the_next_list_takes_its_place_and_only_the_last_offer_is_kept(store: SqlStore) -> None:
    second, third = replace(FIRST, digest="b" * 64), replace(FIRST, digest="c" * 64, offered_at=LATER)
    other = replace(FIRST, epoch="trial-2")
    with store.write() as unit:
        unit.protections.offer(FIRST, TOKENS)
        unit.protections.activate("trial-1", FIRST.digest, NOW)
        unit.protections.offer(other, NONE)
        unit.protections.offer(second, NONE)
        unit.protections.offer(third, TOKENS)
        assert unit.protections.all() == [replace(FIRST, active_at=NOW), third, other]
        unit.protections.activate("trial-1", third.digest, LATER)
        assert unit.protections.all() == [replace(third, active_at=LATER), other]


def test_the_list_in_force_offered_again_stays_in_force(store: SqlStore) -> None:
    with store.write() as unit:
        unit.protections.offer(FIRST, TOKENS)
        unit.protections.activate("trial-1", FIRST.digest, NOW)
        unit.protections.offer(replace(FIRST, offered_at=LATER), TOKENS)
        assert unit.protections.all() == [replace(FIRST, active_at=NOW)]


def test_what_was_not_offered_cannot_be_put_in_force_or_read(store: SqlStore) -> None:
    with store.write() as unit:
        with pytest.raises(KeyError):
            unit.protections.activate("trial-1", "d" * 64, NOW)
        with pytest.raises(KeyError):
            unit.protections.tokens("trial-1", "d" * 64)
