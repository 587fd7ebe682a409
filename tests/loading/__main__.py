"""Prints as JSON how many involvements a second one process reads from an agency's own CSV, tokenises and puts into its outbox, and how many it
then signs, seals and hands to a channel; and, as a measure of the machine, what a bare loop of csv.reader, json and AES-GCM does with the same file.

    python -m tests.loading --clients 100000

Nothing is asserted here: figures of a machine are no test. Invented people only.
"""

import argparse
import csv
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.channel.port import Parcel
from connectors.commands.launching import bar
from connectors.pace import Pace
from connectors.posting import post
from connectors.publish import publish
from connectors.reading import Feed
from connectors.sources.opening import open_source
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis, Mode, Sensitivity, ServiceLine
from mappings.source_map import VanishPolicy
from tests.connectors.office import MONDAY, SCHOOL, Office
from tests.exports import HEADINGS

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
_PER_WORKER = 40


@dataclass(slots=True)
class Counting:
    """A way out that only counts."""

    sent: int = 0
    bytes: int = 0
    nothing: list[Parcel] = field(default_factory=list)

    def send(self, sealed: bytes) -> None:
        """See the port."""
        self.sent += 1
        self.bytes += len(sealed)

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        return self.nothing

    def acknowledge(self, parcels: list[Parcel]) -> None:
        """See the port."""


def row(number: int) -> str:
    """One child, whose worker has some forty."""
    day, month, year = number % 28 + 1, number // 28 % 12 + 1, 2009 + number // 336 % 14
    family = f"{_FAMILY[number % 10]}{'abcdefghij'[number // 10 % 10]}{'klmnopqrst'[number // 100 % 10]}"
    worker = f"Worker {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number // _PER_WORKER % 26]}{number // _PER_WORKER}"
    postcode = f"ZZ{number % 9 + 1} {number // 9 % 9 + 1}AA"
    return f"C{number},{family},{_GIVEN[number % 12]},{day:02}/{month:02}/{year},,{postcode},{worker},Early Help West,01/09/2025,"


def main() -> None:
    """Measure, and print."""
    asked = argparse.ArgumentParser(prog="python -m tests.loading")
    asked.add_argument("--clients", type=int, default=10_000)
    clients = asked.parse_args().clients
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_text("\n".join([HEADINGS, *(row(number) for number in range(clients))]) + "\n", encoding="utf-8")
        figures = {"clients": clients, **bare(path), **loaded(Path(folder), path)}
    figures["outbox_of_bare"] = round(figures["outbox_per_second"] / figures["bare_per_second"], 4)
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump(figures, sys.stdout, indent=2)
    sys.stdout.write("\n")


def bare(path: Path) -> dict[str, Any]:
    """Every row read, written as JSON and encrypted: what the machine can do at most."""
    cipher, count = AESGCM(os.urandom(32)), 0
    with path.open(encoding="utf-8", newline="") as file, clock() as taken:
        rows = csv.reader(file)
        headings = next(rows)
        for cells in rows:
            cipher.encrypt(os.urandom(12), json.dumps(dict(zip(headings, cells, strict=True))).encode(), None)
            count += 1
    return {"bare_per_second": round(count / taken[0])}


def loaded(folder: Path, path: Path) -> dict[str, Any]:
    """The real way: the agency's own file, its map, its ledger on the disk."""
    office, channel = Office(folder), Counting()
    said = ServiceDefaults(sensitivity=Sensitivity.STANDARD, legal_basis=LegalBasis.CHILDREN_ACT_2004_S10)
    defaults = AgencyDefaults(SCHOOL, ServiceLine.SCHOOL, said)
    source = open_source("generic_agency_csv", path, defaults, Mode.TRIAL, MONDAY.date())
    feed = Feed("records", source, VanishPolicy.CLOSE, 0.2)
    with bar() as tell:
        with clock() as queueing:
            report = publish(replace(office.desk, tell=tell), office.screening, [feed], office.policy)
        with clock() as sealing:
            post(office.ledger, office.correspondence, channel, office.clock, pace=Pace(10**9))
    queued = sum(office.outbox().values())
    return {
        "read": report.feeds[0].read,
        "rejected": report.feeds[0].rejected,
        "outbox": queued,
        "outbox_per_second": round(queued / queueing[0], 1),
        "outbox_per_cpu_second": round(queued / queueing[1], 1),
        "sealed_per_second": round(channel.sent / sealing[0], 1),
        "both_per_second": round(channel.sent / (queueing[0] + sealing[0]), 1),
        "bytes_per_notice": round(channel.bytes / max(1, channel.sent)),
    }


@contextmanager
def clock() -> Iterator[list[float]]:
    """Seconds on the wall and of this process, once it is over."""
    taken = [0.0, 0.0]
    wall, cpu = time.perf_counter(), time.process_time()
    yield taken
    taken[:] = [time.perf_counter() - wall, time.process_time() - cpu]


if __name__ == "__main__":
    main()
