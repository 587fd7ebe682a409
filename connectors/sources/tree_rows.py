"""Records of nested elements into rows: one for each combination of the elements that may stand there several times."""

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.concept_map import fold
from mappings.source_map import Field, FileMap, Row
from mappings.transforms import UNPRINTABLE, one_line
from mappings.tree_map import Branch, Path, TreeMap, below, first, path

MAX_ROWS = 5_000


class TooManyRows(ValueError):
    """One record states more involvements than anybody has."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column is found: in the document, in the record, or in the element of a level."""

    level: int
    steps: Path


DOCUMENT, RECORD = -2, -1


@dataclass(frozen=True, slots=True)
class TreeBinding:
    """A map's columns as places, found once."""

    tree: TreeMap
    columns: tuple[tuple[Field, tuple[Place, ...]], ...]
    headings: dict[Field, str]

    @classmethod
    def of(cls, tree: TreeMap, file_map: FileMap) -> "TreeBinding":
        """The binding of the main file of a map."""
        columns = tuple(
            (of, tuple(_place(tree, header.name) for header in headers)) for of, headers in file_map.columns.items()
        )
        headings = {of: f"'{headers[0].name}'" for of, headers in file_map.columns.items()}
        return cls(tree, columns, headings)

    def rows(self, record: Branch, document: Branch, null_tokens: frozenset[str]) -> Iterator[Row]:
        """Every row of a record. Raises `TooManyRows`."""
        for number, chosen in enumerate(self._choices(record, document, 0, ())):
            if number >= MAX_ROWS:
                raise TooManyRows(f"states more than {MAX_ROWS} involvements")
            yield self._row(record, document, chosen, null_tokens)

    def _choices(
        self, record: Branch, document: Branch, depth: int, chosen: tuple[Branch, ...]
    ) -> Iterator[tuple[Branch, ...]]:
        if depth == len(self.tree.levels):
            yield chosen
            return
        level = self.tree.levels[depth]
        place = _place_of(self.tree, level.path, depth)
        start = record if place.level == RECORD else chosen[place.level]
        found = [
            each
            for each in below(start, place.steps)
            if isinstance(each, dict) and all(_same(each, own, document, outer) for own, outer in level.where)
        ]
        for each in found or [{}]:
            yield from self._choices(record, document, depth + 1, (*chosen, each))

    def _row(self, record: Branch, document: Branch, chosen: tuple[Branch, ...], null_tokens: frozenset[str]) -> Row:
        row: Row = {}
        for of, places in self.columns:
            for place in places:
                start = (
                    document if place.level == DOCUMENT else record if place.level == RECORD else chosen[place.level]
                )
                said = self._said(of, start, place.steps)
                if said and said.casefold() not in null_tokens:
                    row[of] = said
                    break
        return row

    def _said(self, of: Field, start: Branch, steps: Path) -> str:
        if of is not Field.ADDRESS:
            return one_line(first(start, steps))
        # An address is written in several elements, line by line.
        parts = [UNPRINTABLE.sub("", each).strip() for each in below(start, steps) if isinstance(each, str)]
        return "\n".join(part for part in parts if part)


def _place(tree: TreeMap, name: str) -> Place:
    if name.startswith("/"):
        return Place(DOCUMENT, path(name))
    return _place_of(tree, path(name), len(tree.levels))


def _place_of(tree: TreeMap, steps: Path, depth: int) -> Place:
    for number in range(depth - 1, -1, -1):
        above = tree.levels[number].path
        if steps[: len(above)] == above and len(steps) > len(above):
            return Place(number, steps[len(above) :])
    return Place(RECORD, steps)


def _same(branch: Branch, own: Path, document: Branch, outer: Path) -> bool:
    return fold(first(branch, own)) == fold(first(document, outer))
