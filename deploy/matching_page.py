"""`make evaluate`: every labelled file through `patchwork identity evaluate`, and the table of what came out."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from identity.person.why_apart import BIRTH_DATES, NAMESAKES, NOT_COMPARED, TWINS, UNCLEAR, WEAK

PAGE = Path(__file__).parent / "docs" / "matching.md"
RUNS = (
    ("ons_dev", "--one-to-one", 0.993),
    ("ons_dev", "--pairs", 0.970),
    ("febrl1", "--pairs", 0.987),
    ("febrl2", "--pairs", 0.980),
    ("febrl3", "--pairs", 0.978),
    ("clkhash_dirty1000", "--one-to-one", 0.998),
    ("opencr_uganda", "--pairs", 0.979),
    ("jempi_kenya", "--pairs", 0.957),
    ("rldata10000_germany", "--pairs", 0.900),
    ("splink_fake_1000", "--pairs", 0.600),
)
"""File, how it is counted, and the F1 to reach at the shipped threshold."""

REFEREES = Path(".venv-referees") / "bin" / "python"
"""Where `make evaluate` installs what is in `referees.txt`."""

HEAD = """# How well matching does

Made by `make evaluate` from files of labelled, fictional people that are not kept with the project (DATA=folder names where they are). Each
record takes the path of a notice: standardised and tokenised as a connector does it, then linked in a write unit of a real register (a
temporary SQLite file), in file order, with the parameters and thresholds that ship. Labels are read after the last decision, to count.
Milliseconds are of the machine it was made on and of whatever else ran there.

*Ceiling* is the F1 of whoever links every true pair that no rule forbids, and nothing else: what twins look like, birth dates that do not agree
at all and identities that are too thin are never linked automatically, also where a file holds them for one person. Splink 5 and recordlinkage
(ECM) saw the same columns in plain text, in the same run ([how](../referees.py)); they keep none of those rules.

"""

COLUMNS = (
    "file",
    "counted",
    "F1",
    "to reach",
    "ceiling",
    "Splink fixed / best",
    "ECM",
    "precision",
    "recall",
    "false",
    "missed",
    "reviews (right)",
    "reach",
    "candidates mean/p99/most",
    "ms p50/p99",
)

APART = """
## Why true pairs stayed apart
| file | twins | birth dates | too thin | namesakes | never compared | not clear |
|---|---|---|---|---|---|---|
"""

FOOT = """
* **Twins.** The FEBRL generator replaces a given name outright by another, with the same birth date, place and surname; in the
  ONS file they are given names misread beyond recognition. Nothing left in those records tells them from twins. They go to review.
* **Birth dates.** FEBRL and splink_fake replace whole dates. Names and place that agree are then what a father and a son of one name show.
* **Too thin, namesakes.** Uganda's file has no place at all and a tenth of its pairs no birth date; names alone never link.

Where a figure to reach lies above the ceiling it was measured without those rules, and a figure at the mark would link twins. How time and bytes
grow with the register is on [a page of its own](scaling.md).
"""


def main() -> int:
    """Run all and write the page. Exit status 1 where a file is not there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.matching_page", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the labelled files")
    data = parser.parse_args().data
    missing = [f"{name}.csv" for name, _, _ in RUNS if not (data / f"{name}.csv").is_file()]
    if missing:
        print(
            f"{data} lacks {', '.join(missing)}; name the folder of the labelled files: make evaluate DATA=folder",
            file=sys.stderr,
        )
        return 1
    PAGE.write_text(page([_evaluated(data / f"{name}.csv", counted) for name, counted, _ in RUNS]), "utf-8")
    print(f"wrote {PAGE}")
    return 0


def page(results: list[dict[str, Any]]) -> str:
    """The page for the results of `RUNS`, in that order."""
    rows = [_row(run, result) for run, result in zip(RUNS, results, strict=True)]
    apart = [_apart(run, result) for run, result in zip(RUNS, results, strict=True)]
    titles = (" | ".join(COLUMNS), "|".join("---" for _ in COLUMNS))
    head = "".join(f"| {title} |\n" for title in titles)
    return "".join((HEAD, head, *rows, APART, *apart, FOOT))


def _row(run: tuple[str, str, float], found: dict[str, Any]) -> str:
    name, counted, aim = run
    candidates, ms = found["candidates"], found["ms"]
    cells = (
        name,
        counted.removeprefix("--"),
        f"{found['f1']:.4f}",
        f"{aim:.3f}" + (" reached" if found["f1"] >= aim else ""),
        f"{found['ceiling']:.4f}",
        f"{found['splink']['fixed']:.4f} / {found['splink']['best']:.4f}",
        f"{found['ecm']['fixed']:.4f}",
        f"{found['precision']:.5f}",
        f"{found['recall']:.4f}",
        found["false_links"],
        found["missed_links"],
        f"{found['reviews']} ({found['true_reviews']})",
        f"{found['reach']:.4f}",
        f"{candidates['mean']} / {candidates['p99']} / {candidates['max']}",
        f"{ms['p50']} / {ms['p99']}",
    )
    return "| " + " | ".join(map(str, cells)) + " |\n"


def _apart(run: tuple[str, str, float], found: dict[str, Any]) -> str:
    reasons = (TWINS, BIRTH_DATES, WEAK, NAMESAKES, NOT_COMPARED, UNCLEAR)
    cells = (f"{run[0]} ({run[1].removeprefix('--')})", *(found["apart"].get(reason, 0) for reason in reasons))
    return "| " + " | ".join(map(str, cells)) + " |\n"


def _evaluated(file: Path, counted: str) -> dict[str, Any]:
    """What `patchwork identity evaluate` says of a file, and what the referees say."""
    print(f"{file.name} {counted} ...", file=sys.stderr)
    ours = _json(sys.executable, "-m", "gateway", "identity", "evaluate", str(file), counted, "--why", "--json")
    across = ("--one-to-one",) if counted == "--one-to-one" else ()
    return ours | _json(str(REFEREES), str(Path(__file__).with_name("referees.py")), str(file), *across)


def _json(*command: str) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
