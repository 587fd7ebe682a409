"""The page for IG leads is what the chapters say today, and claims nothing that no chapter shows."""

from pathlib import Path

import pytest

from deploy.governance import __main__ as command
from deploy.governance.chapters import Chapter, ChapterFault, chapters
from deploy.governance.page import PAGE, PlaceFault, page, without_chapter
from deploy.governance.rules import HEADINGS

CHAPTER = '''"""Chapter 1. A title that runs
over two lines."""


def test_one():
    """{words}"""


class TestTogether:
    """What they have in common."""

    def test_two(self):
        """Given something, when something is done, then something is seen."""
'''
GOOD = "Given two agencies, when both speak, then each hears of the other."


def written(folder: Path, words: str = GOOD, name: str = "test_a.py") -> Path:
    """A folder of one more chapter."""
    (folder / name).write_text(CHAPTER.format(words=words), "utf-8")
    return folder


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == page(chapters()), "run make docs"


def test_every_test_of_every_chapter_stands_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    cases = [case for chapter in chapters().values() for part in chapter.parts for case in part.cases]
    assert len(cases) > 300
    assert all(f"* {case.words}\n" in text for case in cases)


def test_a_chapter_is_read_with_its_title_its_parts_and_its_words(tmp_path: Path) -> None:
    chapter = chapters(written(tmp_path))[1]
    assert (chapter.number, chapter.title) == (1, "A title that runs over two lines.")
    assert [(part.words, [case.name for case in part.cases]) for part in chapter.parts] == [
        ("", ["test_one"]),
        ("What they have in common.", ["test_two"]),
    ]


@pytest.mark.parametrize("words", ["", "It works."])
def test_a_test_that_says_nothing_readable_is_refused_by_name(tmp_path: Path, words: str) -> None:
    with pytest.raises(ChapterFault, match=r"test_a\.py::test_one does not say in plain English"):
        chapters(written(tmp_path, words))


def test_two_chapters_of_one_number_and_one_without_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ChapterFault, match="are both chapter 1"):
        chapters(written(written(tmp_path), name="test_b.py"))
    (tmp_path / "test_b.py").write_text('"""No number."""\n')
    with pytest.raises(ChapterFault, match=r"test_b\.py does not begin with"):
        chapters(tmp_path)


def test_a_chapter_under_no_heading_is_refused() -> None:
    with pytest.raises(PlaceFault, match=r"chapter 99 \(test_new\.py\) must stand under exactly one heading"):
        page(chapters() | {99: Chapter(99, "New.", "test_new.py", ())})


def test_a_rule_that_no_chapter_shows_is_said_to_have_none() -> None:
    one = HEADINGS[0].rules[0]
    assert one in without_chapter({})
    assert f"| {one.words} | none yet: nothing shows it |" in page({})
    held = chapters()
    assert f"| {one.words} | [1](#chapter-1) |" in page(held)
    assert page(held).count("none yet") == len(without_chapter(held))


def test_nothing_is_written_over_the_page_where_a_chapter_cannot_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "page.md"
    monkeypatch.setattr(command, "PAGE", target)
    monkeypatch.setattr(command, "chapters", lambda: chapters(written(tmp_path, "Short.")))
    assert command.main() == 1
    assert "nothing was written" in capsys.readouterr().err
    assert not target.exists()
    monkeypatch.setattr(command, "chapters", chapters)
    assert command.main() == 0
    assert target.read_text("utf-8") == PAGE.read_text("utf-8")
