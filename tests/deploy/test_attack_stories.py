"""The table of attack stories names tests that exist, and every story there is one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "docs" / "attack-stories.md"
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_\w+)`")
ROWS = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "---" not in line]
STORIES = [row for row in ROWS if not row.startswith("| story |")]


@pytest.mark.parametrize("row", STORIES, ids=[row.split("|")[1].strip() for row in STORIES])
def test_every_story_has_a_test(row: str) -> None:
    named = NAMED.findall(row.split("|")[2])
    assert named
    for path, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), f"{path}::{name}"


@pytest.mark.parametrize(
    "word",
    [
        "publishing as another", "reading another's", "purging another's", "counting another's", "binding to", "missing `user_id`",
        "forged `user_id`", "default exchange", "replayed", "re-encrypted", "truncated", "swapped", "`alg` none", "HMAC", "`jwk`, `jku`",
        "`x5c`", "`zip`", "expired, or from the future", "revoked connector that is still connected", "regex characters",
        "another authority", "more connections", "forged proxy header", "guess",
    ],
)  # fmt: skip
def test_no_story_of_the_list_is_missing(word: str) -> None:
    assert any(word in row.split("|")[1] for row in STORIES)
