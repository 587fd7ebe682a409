"""The index in the database answers as the plain rules of `identity.person.blocking` over all records would."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store.sql_store import SqlStore
from identity.person.blocking import BUDGET, choose
from identity.person.pepper import IndexKeys
from mappings.canonical.identifiers import PersonRef
from tests.builders import SCHOOL
from tests.contract.stores.rows import agencies, evidence, token

WORDS = st.lists(st.integers(0, 5).map(lambda number: token("word", number)), max_size=4).map(tuple)
KEYS = st.builds(IndexKeys, WORDS, WORDS, WORDS)


CROWD = 700
"""Of one key: more than stand on the first pages that are read of it."""


class Undo(Exception):
    """Rolls the unit back, so that the next example finds the register empty again."""


def _having(records: dict[int, IndexKeys], kind: str, key: bytes) -> list[int]:
    return [number for number, keys in records.items() if key in getattr(keys, kind)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(given_keys=st.lists(KEYS, max_size=12), asked=KEYS, exclude=st.integers(0, 12))
def test_the_index_finds_what_the_rules_choose(
    store: SqlStore, given_keys: list[IndexKeys], asked: IndexKeys, exclude: int
) -> None:
    try:
        with store.write() as unit:
            agencies(unit)
            records: dict[int, IndexKeys] = {}
            for number, keys in enumerate(given_keys):
                made = unit.records.add(SCHOOL, PersonRef(f"{number:064x}"), (evidence("somebody"),), keys)
                records[made.id] = keys
            left_out = min(records, default=0) + exclude
            numbers = [_having(records, "identifiers", key) for key in dict.fromkeys(asked.identifiers)]
            blocks = [_having(records, "blocks", key) for key in dict.fromkeys(asked.blocks)]
            bands = [_having(records, "bands", key) for key in dict.fromkeys(asked.bands)]
            found = [each.record_id for each in unit.records.candidates(asked, left_out)]
            assert found == choose(numbers, blocks, left_out)
            found = [each.record_id for each in unit.records.band_candidates(asked, left_out)]
            assert found == choose((), bands, left_out)
            raise Undo
    except Undo:
        pass


def test_a_key_of_very_many_is_passed_over_and_found_again_when_few_are_left(store: SqlStore) -> None:
    shared, plain = IndexKeys((), (token("shared"),), ()), evidence("somebody")
    with store.write() as unit:
        agencies(unit)
        made = []
        for number in range(CROWD):
            own = IndexKeys((), (token("shared"), token("own", number)), ())
            made.append(unit.records.add(SCHOOL, PersonRef(f"{number:064x}"), (plain,), own).id)
    with store.write() as unit:
        assert unit.records.candidates(shared, None) == []
        # Taken out all over, so that every page of the key becomes thin.
        left = made[:: CROWD // (BUDGET - 4)]
        for each in made:
            if each not in left:
                unit.records.replace_evidence(each, (plain,), IndexKeys())
    with store.read() as unit:
        assert len(left) < BUDGET
        assert [each.record_id for each in unit.records.candidates(shared, None)] == left
    with store.write() as unit:
        unit.records.replace_evidence(made[1], (plain,), shared)
        assert [each.record_id for each in unit.records.candidates(shared, None)] == sorted([made[1], *left])
