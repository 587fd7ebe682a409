"""`python -m deploy.scaling`: fill, measure at every size, write the page (see `deploy.scaling.page`)."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy.scaling.machine import machine
from deploy.scaling.measuring import Measured, measure
from deploy.scaling.notices import notices
from deploy.scaling.page import PAGE, page
from deploy.scaling.population import Population
from deploy.scaling.register import Filling, file_url, opened
from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.postgresql import PostgreSQL
from gateway.cli.progress_bar import progress_bar
from gateway.clock import SystemClock

SERVER: Final = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
"""Beside these the server is as it comes, durable. What it keeps in memory is what a small production server would have."""
STRANGERS_FROM, _APART = 900_000, 20_000
"""Serials of NHS numbers that a million people do not come to, and how far one size's strangers are from the next one's."""


def main() -> int:
    """Exit status 1 where there is no PostgreSQL to be had."""
    parser = argparse.ArgumentParser(prog="python -m deploy.scaling", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--sample", type=int, default=2_000, help="notices measured at each size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=PAGE)
    given = parser.parse_args()
    if min(*given.sizes, given.sample) < 1:
        parser.error("sizes and sample are 1 or more")
    try:
        with PostgreSQL(SERVER) as server, TemporaryDirectory(prefix="patchwork-scaling-") as folder:
            urls = {"SQLite": file_url(Path(folder)), "PostgreSQL": server.fresh_database()}
            run(urls, sorted(given.sizes), given.sample, given.seed, given.output)
    except (ServerMissing, ServerFailed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def run(urls: dict[str, str], sizes: list[int], sample: int, seed: int, output: Path) -> dict[str, list[Measured]]:
    """Measure registers at these URLs; the page is written anew after every size, so that what was measured is kept."""
    clock, results = SystemClock(), {name: list[Measured]() for name in urls}
    with ExitStack() as stack:
        stores = {name: stack.enter_context(opened(url)) for name, url in urls.items()}
        filling = Filling(list(stores.values()), clock, Population(seed).people(), seed)
        for number, size in enumerate(sizes):
            with progress_bar(size, "people") as progress:
                filling.up_to(size, sample, progress)
            for name, store in stores.items():
                # The same notices for each store: strangers of a population of their own, in the same country.
                strangers = Population(seed + 1 + number, STRANGERS_FROM + number * _APART).people()
                stated = notices(filling.sampled, strangers, sample, f"{size}", seed + number)
                with progress_bar(sample, f"notices, {name}, {size:,} people") as progress:
                    measured = measure(
                        store,
                        clock,
                        size,
                        number * sample,
                        ((each, filling.evidence(each.person)) for each in stated),
                        progress,
                    )
                results[name].append(measured)
            output.write_text(page(machine(stores), results), "utf-8")
            print(f"wrote {output} with {size:,} people", file=sys.stderr)
    return results


if __name__ == "__main__":
    raise SystemExit(main())
