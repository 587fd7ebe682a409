"""Prints as JSON how many rows a second one process reads from an agency's own CSV and maps, how many of them it tokenises and puts into its
outbox, how many it then signs, seals and hands to a channel, and each stage alone; and, as a measure of the machine, what a bare loop of
csv.reader, json and AES-GCM does with the same file in the same run. Seconds of the processor beside those on the wall.

    python -m tests.loading --clients 100000 --killed

Nothing is asserted here: figures of a machine are no test. Invented people only.
"""

import argparse
import csv
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.commands.launching import bar
from connectors.running.collecting import collect_rarely
from tests.connectors.office import Office
from tests.exports import HEADINGS
from tests.loading.clock import Taken, clock
from tests.loading.counting import Counting
from tests.loading.killing import killed_twice
from tests.loading.stages import FOR_STAGES, alone, read_and_map
from tests.loading.whole import export, load

_GIVEN = (
    "Jasmine",
    "Rowan",
    "Kaya",
    "Tobias",
    "Orla",
    "Winston",
    "Beatrix",
    "Yusuf",
    "Maeve",
    "Dmitri",
    "Francesca",
    "Hugo",
)
_FAMILY = ("Holloway", "Patel", "Osei", "Lindqvist", "Testcase", "Abernathy", "Quill", "Demir", "Byrne", "Voronin")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PER_WORKER = 40


def row(number: int) -> str:
    """One child of a household of two, whose worker has some forty."""
    day, month, year = number % 28 + 1, number // 28 % 12 + 1, 2009 + number // 336 % 14
    family = f"{_FAMILY[number % 10]}{'abcdefghij'[number // 10 % 10]}{'klmnopqrst'[number // 100 % 10]}"
    worker = f"Worker {_LETTERS[number // _PER_WORKER % 26]}{number // _PER_WORKER}"
    home = number // 2
    postcode = f"ZZ{home % 90 + 1} {home // 90 % 9 + 1}{_LETTERS[home // 810 % 26]}{_LETTERS[home // 21_060 % 26]}"
    return f"C{number},{family},{_GIVEN[number % 12]},{day:02}/{month:02}/{year},,{postcode},{worker},Early Help West,01/09/2025,"


def main() -> None:
    """Measure, and print."""
    asked = argparse.ArgumentParser(prog="python -m tests.loading")
    asked.add_argument("--clients", type=int, default=10_000)
    asked.add_argument(
        "--killed", action="store_true", help="load once more, in processes that die by kill -9, and go on"
    )
    said = asked.parse_args()
    clients = said.clients
    # As the connector's own program does.
    collect_rarely()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in (HEADINGS, *map(row, range(clients))))
        figures = measured(Path(folder), path, clients)
        if said.killed:
            (Path(folder) / "ledger.sqlite3").unlink()
            figures |= killed_twice(Path(folder))
    json.dump(figures, sys.stdout, indent=2)
    sys.stdout.write("\n")


def measured(folder: Path, path: Path, clients: int) -> dict[str, Any]:
    """Every stage and the whole, in notices a second of this process and as shares of what the bare loop does in the same run."""
    bare = bare_loop(path).rate(clients)
    rows, reading, _ = read_and_map(export(path))
    office, channel = Office(folder), Counting()
    with bar() as tell:
        report, queueing, sealing = load(office, path, tell, channel)
    # Now: the stages that are measured by themselves keep what they make.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    queued = sum(office.outbox().values())
    office.ledger.close()
    # Afterwards, so that the whole finds nothing in the caches that a stage left there.
    _, _, kept = read_and_map(export(path), FOR_STAGES)
    stages = {name: taken.rate(len(kept)) for name, taken in alone(office, kept).items()}
    figures = {
        "bare loop": bare,
        "read and map": reading.rate(rows),
        **{f"{name}, alone": rate for name, rate in stages.items()},
        "from the file into the outbox": queueing.rate(queued),
        "out of the outbox, sealed": sealing.rate(channel.sent),
        "from the file to the sealed parcel": (queueing + sealing).rate(channel.sent),
        "tokenised, in the outbox and sealed": (queueing + sealing - reading).rate(channel.sent),
    }
    for rate in figures.values():
        rate["of_bare"] = round(rate["per_cpu_second"] / bare["per_cpu_second"], 4)  # type: ignore[assignment]
    return {
        "clients": clients,
        "read": report.feeds[0].read,
        "rejected": report.feeds[0].rejected,
        "outbox": queued,
        "sealed": channel.sent,
        "bytes_per_notice": round(channel.weight / max(1, channel.sent)),
        "peak_mib": peak,
        **figures,
    }


def bare_loop(path: Path) -> Taken:
    """Every row read, written as JSON and encrypted: what the machine can do at most."""
    cipher = AESGCM(os.urandom(32))
    with path.open(encoding="utf-8", newline="") as file, clock() as taken:
        rows = csv.reader(file)
        headings = next(rows)
        for cells in rows:
            cipher.encrypt(os.urandom(12), json.dumps(dict(zip(headings, cells, strict=True))).encode(), None)
    return taken


if __name__ == "__main__":
    main()
