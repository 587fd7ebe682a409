"""deploy/docs/onboarding.md is followed to the letter: every command on the page, in its order, against a real gateway, until the agency is live.

What the page writes in capitals is what the command before printed. The agreement that it takes for granted is made first.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.bootstrap import PROJECT
from tests.exports import child, export
from tests.gateway.trust.test_onboarding import FILE
from tests.system.staffed import Staffed

PAGE = PROJECT / "deploy" / "docs" / "onboarding.md"
HOUSING = "urn:patchwork:seaton:housing"
AGREEMENT = FILE.replace("Seaton Council", "Council").replace("2026-12-31", "2030-12-31")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Staffed]:
    """A live gateway with a trial side, its people, and the agreement."""
    with Staffed(tmp_path, init=("--mode", "live")) as town:
        town.add_agency(HOUSING)
        (tmp_path / "agreement.toml").write_text(AGREEMENT)
        town.both("agreement", "add", "agreement.toml")
        yield town


def commands() -> list[str]:
    """Every line of every block of commands."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_an_agency_comes_on_board_by_the_page(town: Staffed) -> None:
    export(town.folder / "export.csv", *(child(number) for number in range(6)))
    known: dict[str, str] = {}
    answers: list[tuple[str, dict[str, Any]]] = []
    for line in commands():
        program, *words = (known.get(word, word) for word in shlex.split(line))
        answer = town.do(program, *words)
        answers.append((line, answer))
        if words[0] == "init":
            known["FINGERPRINT"] = answer["fingerprint"]
        elif words[:2] == ["epoch", "new"]:
            known["EPOCH"] = answer["epoch"]
        elif program == "patchwork-keyholder" and words[0] == "public":
            known["KEYHOLDER"] = answer["fingerprint"]

    loads = [answer["loaded"] for line, answer in answers if "--launch" in line]
    assert loads == [{"settled": 6, "waiting": 0, "problem": None}] * 2, "once in the trial, once live"
    (row,) = town.patchwork("connector", "list")["connectors"]
    assert (row["id"], row["status"]) == ("school-1", "live")
    outbox = town.do("patchwork-connector", "outbox", "list", "--settings", "school/connector.toml")
    assert outbox["counts"] == {"settled": 6}


def test_the_page_names_every_word_that_it_leaves_open() -> None:
    said = " ".join(commands())
    assert set(re.findall(r"\b[A-Z]{4,}\b", said)) == {"FINGERPRINT", "EPOCH", "KEYHOLDER"}
