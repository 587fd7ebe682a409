"""`deploy/docs/governance.md`, made from the rules and from the chapters of `tests/spec`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.governance.chapters import Chapter
from deploy.governance.rules import HEADINGS, Heading, Rule

PAGE = Path(__file__).parents[1] / "docs" / "governance.md"
SPEC_LINK = "../../tests/spec"

INTRODUCTION = """# The rules of sharing, and what shows that they hold

For information-governance leads. Every rule below is held by chapters of tests, which run before anything is released; each test is told here
as what is given, what is done and what is then seen. Everybody in them is invented. This page is made from the tests by `make docs`, and a
test fails where the two differ; it says what the software does, and is no legal advice.
"""


class PlaceFault(ValueError):
    """A chapter that stands under no heading, or under two."""


def page(chapters: Mapping[int, Chapter]) -> str:
    """The whole page. Raises `PlaceFault`."""
    _check_places(chapters)
    lines = [INTRODUCTION, "## The rules", *_table(chapters)]
    for heading in HEADINGS:
        lines += _told(heading, chapters)
    return "\n".join(lines) + "\n"


def without_chapter(chapters: Mapping[int, Chapter]) -> list[Rule]:
    """The rules of which not one chapter is written yet."""
    return [rule for heading in HEADINGS for rule in heading.rules if not any(n in chapters for n in rule.chapters)]


def _check_places(chapters: Mapping[int, Chapter]) -> None:
    placed = [number for heading in HEADINGS for number in heading.told_here]
    for number, chapter in chapters.items():
        if placed.count(number) != 1:
            raise PlaceFault(
                f"chapter {number} ({chapter.file}) must stand under exactly one heading of deploy/governance/rules.py"
            )


def _table(chapters: Mapping[int, Chapter]) -> Iterator[str]:
    yield "| rule | chapters |"
    yield "|---|---|"
    for heading in HEADINGS:
        yield f"| **{heading.title}** | |"
        for rule in heading.rules:
            yield f"| {rule.words} | {_shown_by(rule, chapters)} |"
    yield ""


def _shown_by(rule: Rule, chapters: Mapping[int, Chapter]) -> str:
    if not any(number in chapters for number in rule.chapters):
        return "none yet: nothing shows it"
    return ", ".join(
        f"[{number}](#chapter-{number})" if number in chapters else f"{number} (not written yet)"
        for number in rule.chapters
    )


def _told(heading: Heading, chapters: Mapping[int, Chapter]) -> Iterator[str]:
    here = [chapters[number] for number in heading.told_here if number in chapters]
    if not here:
        return
    yield f"## {heading.title}"
    yield ""
    for chapter in here:
        yield f"### Chapter {chapter.number}"
        yield f"{chapter.title} ([the tests]({SPEC_LINK}/{chapter.file}))"
        yield ""
        for part in chapter.parts:
            if part.words:
                yield f"*{part.words}*"
                yield ""
            yield from (f"* {case.words}" for case in part.cases)
            yield ""
