"""A table whose rows are joined to those that state involvements: people, staff, teams, referrals."""

from dataclasses import dataclass, field

from connectors.sources.bound_table import BoundTable
from connectors.sources.port import Rejected, SourceUnreadable
from mappings.source_map import Field, Row

MAX_JOINED_ROWS = 2_000_000


@dataclass(slots=True)
class JoinedTable:
    """A person, staff or team file in memory, by its key. None stands for a key that two different rows claim."""

    table: BoundTable
    by_key: dict[str, Row | None] = field(default_factory=dict)
    by_other: dict[str, Row | None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    def read(self, null_tokens: frozenset[str]) -> None:
        """Read the whole table. Raises `SourceUnreadable` where it is too long to hold."""
        key, other = self.table.file_map.join, self.table.file_map.also_by
        for number, row in self.table.rows(null_tokens):
            where = f"{self.table.name} row {number}"
            if isinstance(row, str):
                self.rejected.append(Rejected(where, row))
                continue
            if len(self.by_key) >= MAX_JOINED_ROWS:
                raise SourceUnreadable(f"{self.table.name} has more than {MAX_JOINED_ROWS} rows; split the export")
            if key is None or key not in row:
                self.rejected.append(
                    Rejected(where, f"{self.table.binding.headings.get(key or Field.PERSON_ID)} is empty")
                )
                continue
            _claim(self.by_key, row[key], row)
            if other is not None and other in row:
                _claim(self.by_other, row[other], row)

    def join(self, row: Row, headings: dict[Field, str]) -> str:
        """Adds what this file says to `row`, where the row itself is silent. Returns what is wrong, or nothing."""
        key, other = self.table.file_map.join, self.table.file_map.also_by
        if key is None or key not in row:
            return ""
        asked = row[key].casefold()
        claimed = self.by_key if asked in self.by_key or other is None else self.by_other
        if asked not in claimed:
            if self.table.file_map.must_match:
                return f"{headings.get(key, key.value)} has no row in {self.table.name}"
            if other is not None and any(letter.isalpha() for letter in row[key]):
                row.setdefault(other, row[key])
            return ""
        found = claimed[asked]
        if found is None:
            return f"{headings.get(key, key.value)} leads to two different rows in {self.table.name}"
        row[key] = found[key]
        for of, text in found.items():
            row.setdefault(of, text)
        return ""


def load(table: BoundTable, null_tokens: frozenset[str]) -> JoinedTable:
    """The table, read. Raises `SourceUnreadable`."""
    joined = JoinedTable(table)
    joined.read(null_tokens)
    return joined


def _claim(table: dict[str, Row | None], key: str, row: Row) -> None:
    folded = key.casefold()
    table[folded] = row if folded not in table or table[folded] == row else None
