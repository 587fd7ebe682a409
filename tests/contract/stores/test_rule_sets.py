"""Rule sets come back as they were signed, or not at all."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from gateway.ports import StoreDown
from gateway.store.faults import StoreConflict
from gateway.store.rule_tables import rule_set as table
from gateway.store.sql_store import SqlStore
from tests.contract.stores.rows import LATER, NOW
from tests.sharing_rules import both_ways, forbid, rule_set


def test_the_highest_version_counts_and_all_are_kept(store: SqlStore) -> None:
    first = replace(rule_set(*both_ways("school", "housing")), recorded_at=NOW, recorded_by="anna", approved_by="omar")
    second = replace(rule_set(forbid("nothing", purpose="Môr £"), version=2), recorded_at=LATER, recorded_by="anna")
    with store.read() as unit:
        assert unit.rule_sets.current() is None
        assert unit.rule_sets.versions(9) == []
    with store.write() as unit:
        unit.rule_sets.add(first)
        unit.rule_sets.add(second)
    with store.read() as unit:
        assert unit.rule_sets.current() == second
        assert unit.rule_sets.get(1) == first
        assert unit.rule_sets.get(3) is None
        assert unit.rule_sets.versions(9) == [second, first]
        assert unit.rule_sets.versions(1) == [second]
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.rule_sets.add(second)


def test_a_set_that_was_changed_in_the_database_counts_for_nothing(store: SqlStore) -> None:
    made = replace(rule_set(forbid("nobody")), recorded_at=NOW)
    with store.write() as unit:
        unit.rule_sets.add(made)
    with store.transactions.register() as transaction:
        transaction.run(update(table).values(document='{"rules":[],"title":"open to all"}'))
    with store.read() as unit, pytest.raises(StoreDown, match="rule set 1 in the database is not what was signed"):
        unit.rule_sets.current()
