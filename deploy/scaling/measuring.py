"""Links further notices into a filled register, one at a time by the very path a notice takes, and notes what each took."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from deploy.scaling.notices import SampleNotice, Sort
from gateway.linkage.evaluation import PEPPER
from gateway.linkage.linking import enter
from gateway.ports import Clock
from gateway.store.sizes import table_sizes
from gateway.store.sql_store import SqlStore
from identity.person.linkage import LinkContext, Outcome
from mappings.canonical.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Measured:
    """One store at one size. Times in milliseconds: linking alone, what of that this process computed (a server's work is not
    in it), and the whole write unit with its commit. `outcomes`: how many notices of
    each sort came out how. `bytes`: by table, for `records` records."""

    people: int
    linking: tuple[float, ...]
    computing: tuple[float, ...]
    unit: tuple[float, ...]
    candidates: tuple[int, ...]
    outcomes: Counter[tuple[Sort, Outcome]]
    records: int
    bytes: dict[str, int]


def measure(
    store: SqlStore,
    clock: Clock,
    people: int,
    extra: int,
    stated: Iterable[tuple[SampleNotice, tuple[Evidence, ...]]],
    progress: Callable[[int], None],
) -> Measured:
    """Link all notices. `people` were filled in, and `extra` records came by measurements before."""
    linking: list[float] = []
    computing: list[float] = []
    unit: list[float] = []
    candidates: list[int] = []
    outcomes: Counter[tuple[Sort, Outcome]] = Counter()
    for notice, evidence in stated:
        began = time.perf_counter()
        with store.write() as uow:
            started, computed = time.perf_counter(), time.process_time()
            _, decision = enter(uow, PEPPER, LinkContext(notice.agency, 0), notice.person_ref, evidence, clock.now())
            linking.append((time.perf_counter() - started) * 1000)
            computing.append((time.process_time() - computed) * 1000)
        unit.append((time.perf_counter() - began) * 1000)
        candidates.append(len(decision.compared))
        outcomes[notice.sort, decision.outcome] += 1
        progress(len(linking))
    records = people + extra + len(linking)
    return Measured(
        people, tuple(linking), tuple(computing), tuple(unit), tuple(candidates), outcomes, records, table_sizes(store)
    )
