"""The page that `make scale` writes: what was measured, on what, and how it grew."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.scaling.measuring import Measured
from deploy.scaling.notices import Sort
from gateway.linkage.evaluation_report import at
from gateway.store.sizes import EVIDENCE
from identity.person.blocking import BUDGET
from identity.person.linkage import Outcome

PAGE: Final = Path(__file__).parent.parent / "docs" / "scaling.md"
AIMS: Final = {"SQLite": 1_000, "PostgreSQL": 2_000}
"""Bytes a record and epoch that each store is to stay within."""
RATIO_AIM: Final = 2.5

_HEAD: Final = """# How matching behaves as the register grows

Made by `make scale` (SIZES="10000 100000 1000000" chooses the sizes, SAMPLE how many notices are measured at each). Registers on both stores
are filled side by side with invented people: households, names as skewed as names are, twelve agencies, in a country that does not grow, so
that more and more people share a street, a birthday or a name. The fill writes the rows that linking would make of people of whom each is new,
many at once ([`gateway/store/filling.py`](../../gateway/store/filling.py); a test compares the rows). Then further notices are linked one at a
time by the path every notice takes, each in a write unit of its own: a third new people, a third people whom another agency stated before, a
third those with something misspelt and no number. Milliseconds of linking are without what a unit takes to begin and commit, which hangs on
the disk. Where the machine does other work too, what this process computed is steadier than the clock; what PostgreSQL computes is not in it.
"""

_FOOT: Final = """
## Where the bytes are
* **The index.** Every record has some 29 keys. A posting (key and record) takes five or six bytes, packed in order on pages of at most 96
  ([`gateway/store/posting_page.py`](../../gateway/store/posting_page.py)), each a row of the database. PostgreSQL writes a changed page anew and
  uses the room of its former version again once that is vacuumed: the more is written at once, as in this fill, the more such room there is.
* **The evidence.** Four signatures of 32 bytes, of the 28 tokens of block keys and bands the four bytes each that a new pepper makes index keys of,
  and 37 bytes of the seal are two thirds of it; a number is kept whole, of other tokens four or eight bytes.
* **Beside each record** stands how each number begins under which it is found, coded in less than two bytes each
  ([`gateway/store/key_heads.py`](../../gateway/store/key_heads.py)), so that it can be taken out of the index without a second one and without a
  pepper; its reference as 32 bytes and its agency as a number, twice, because the pair has an index; the epochs of its evidence as one number.
* **Pages of the database.** SQLite puts as many whole rows on a page of 4,096 bytes as fit: six or seven records. Larger pages would leave less of
  them empty, but a write unit changes some thirty pages of the index, each written whole twice (into the log and into the file).
"""
_WHOLE: Final = 1_000_000
_NOT_YET: Final = """
## What is not measured yet
More than {most:,} people; the aim for time is about {whole:,}. `make scale` measures it.
"""


def page(machine: Mapping[str, str], results: Mapping[str, Sequence[Measured]]) -> str:
    """The page for what was measured on each store, smallest first."""
    told = "".join(f"* {name}: {value}\n" for name, value in machine.items())
    parts = (_HEAD, "\n## Measured on\n", told, _times(results), _growth(results), _bytes(results), _outcomes(results))
    most = max(each.people for measured in results.values() for each in measured)
    return "".join(parts) + _FOOT + ("" if most >= _WHOLE else _NOT_YET.format(most=most, whole=_WHOLE))


def _times(results: Mapping[str, Sequence[Measured]]) -> str:
    rows = [
        (
            store,
            f"{each.people:,}",
            _ms(each.linking),
            _ms(each.computing),
            _ms(each.unit),
            f"{sum(each.candidates) / len(each.candidates):.1f} / {max(each.candidates)}",
        )
        for store, measured in results.items()
        for each in measured
    ]
    head = (
        "store",
        "people",
        "linking, ms p50 / p99",
        "of which computed here",
        "write unit, ms p50 / p99",
        "candidates mean / most",
    )
    return f"\n## Time and candidates a notice\nThe budget is {BUDGET} candidates.\n\n" + _table(head, rows)


def _growth(results: Mapping[str, Sequence[Measured]]) -> str:
    lines = []
    for store, measured in results.items():
        first, last = measured[0], measured[-1]
        grown, computed = (
            at(one, 0.5) / at(other, 0.5)
            for one, other in ((last.linking, first.linking), (last.computing, first.computing))
        )
        lines.append(
            f"* {store}: p50 of linking at {last.people:,} people is {grown:.2f} times that at {first.people:,},"
            f" of what is computed here {computed:.2f} times.\n"
        )
    said = (
        f"\nFrom 10,000 to 1,000,000 people the median should grow no more than {RATIO_AIM} times. The more people share a\n"
        "key, the more candidates a notice has, up to the budget, and the fewer of their records and of the index's pages are in memory.\n"
    )
    return said + "".join(lines)


def _bytes(results: Mapping[str, Sequence[Measured]]) -> str:
    tables = ("person_record", EVIDENCE, "posting_page", "link", "person")
    rows = []
    for store, measured in results.items():
        for each in measured:
            whole = sum(size for name, size in each.bytes.items() if name != EVIDENCE) / each.records
            aim = AIMS[store]
            parts = [f"{each.bytes[name] / each.records:,.0f}" for name in tables]
            rows.append((store, f"{each.people:,}", f"{whole:,.0f}", f"{aim:,}", f"{whole - aim:+,.0f}", *parts))
    head = ("store", "people", "bytes", "aim", "over the aim", *tables)
    said = (
        "Of one record under one linkage epoch, each table with its indexes, whole pages, sealed evidence included.\n\n"
    )
    return "\n## Bytes a record\n" + said + _table(head, rows)


def _outcomes(results: Mapping[str, Sequence[Measured]]) -> str:
    rows = [
        (store, f"{each.people:,}", sort.value, *(f"{each.outcomes[sort, outcome]:,}" for outcome in Outcome))
        for store, measured in results.items()
        for each in measured
        for sort in Sort
    ]
    head = ("store", "people", "notices", *(outcome.value for outcome in Outcome))
    return "\n## What became of the notices\n" + _table(head, rows)


def _ms(values: Sequence[float]) -> str:
    return f"{at(values, 0.5):.2f} / {at(values, 0.99):.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
