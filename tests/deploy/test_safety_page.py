"""The hazard log names tests that exist, leaves no field of a hazard out, and rates by its own table."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "deploy" / "docs" / "safety.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_\w+)`")
HAZARDS = {text.partition("\n")[0]: text for text in PAGE.split("\n## ") if re.match(r"H\d+ ", text)}
OWNERS = {"steward", "operator", "agency", "keyholder", "security officer", "champion", "IG lead", "registrar"}
SEVERITIES = ("minor", "significant", "considerable", "major", "catastrophic")


def field(hazard: str, name: str) -> str:
    """What the hazard says under that name."""
    found = re.search(rf"\*\*{name}\*\*: (.+?)(?= · |\n\* \*\*|\n*$)", hazard, re.DOTALL)
    assert found is not None, name
    return " ".join(found[1].split())


def matrix() -> dict[tuple[str, str], int]:
    """(likelihood, severity) -> risk, as the page's table has it."""
    rows = [
        line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| (very )?(high|medium|low) ", line)
    ]
    return {(row[0], kind): int(risk) for row in rows for kind, risk in zip(SEVERITIES, row[1:], strict=True)}


def test_hazards_are_numbered_in_one_row() -> None:
    assert [title.split()[0] for title in HAZARDS] == [f"H{number}" for number in range(1, len(HAZARDS) + 1)]
    assert len(matrix()) == 25


@pytest.mark.parametrize(
    "word",
    [
        "Missed link", "Wrong link", "Late alert", "Misrouted alert", "Stale contact", "False reassurance",
        "Disclosure of a refuge",
    ],
)  # fmt: skip
def test_no_hazard_of_the_list_is_missing(word: str) -> None:
    assert any(title.endswith(word) for title in HAZARDS)


@pytest.mark.parametrize("title", list(HAZARDS))
def test_every_hazard_has_all_its_fields_and_follows_the_table(title: str) -> None:
    hazard = HAZARDS[title]
    for name in ("Cause", "Effect", "Control"):
        assert len(field(hazard, name).split()) > 4, name
    severity, likelihood = field(hazard, "Severity"), field(hazard, "Likelihood")
    risk = int(field(hazard, "Residual risk"))
    assert risk == matrix()[likelihood, severity]
    assert risk < 4, "4 and 5 stop a release"
    assert field(hazard, "Owner") in OWNERS


@pytest.mark.parametrize("title", list(HAZARDS))
def test_every_test_that_is_named_exists(title: str) -> None:
    named = NAMED.findall(field(HAZARDS[title], "Shown by"))
    assert named
    assert len(named) == HAZARDS[title].count("::")
    for path, name in named:
        assert (ROOT / path).is_file(), path
        source = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^( {{4}})?def {name}\(", source, re.MULTILINE), f"{path}::{name}"


def test_it_claims_no_compliance() -> None:
    assert "claims no compliance" in PAGE
    assert not re.search(r"\b(complies|compliant|certified|conforms)\b", PAGE)
