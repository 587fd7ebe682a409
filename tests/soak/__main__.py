"""`python -m tests.soak`: reads the options, starts the private servers, soaks, says how it went.

Exit status 0 every rule held, 1 one did not (or a server is missing, or the town itself failed), 2 wrong usage. What was found stays in its
folder; a run that found nothing leaves nothing.
"""

import argparse
import json
import random
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.interruption import listen
from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.postgresql import FASTEST, PostgreSQL
from tests.soak.progress import Bar, Lines
from tests.soak.soak import Plan, Report, soak
from tests.soak.violation import RULES
from tests.system import until as waiting

MOST_MINUTES = 24 * 60.0
# A soak may share its machine with much else; what hangs for good is found all the same.
PATIENCE_SECONDS = 300.0
OUTPUT = Path("soak-output")


def main() -> int:
    """Run one soak as the command line asks."""
    options = _options()
    plan = Plan(seed=options.seed, seconds=options.minutes * 60)
    listen()
    waiting.PATIENCE_SECONDS = PATIENCE_SECONDS
    folder = (OUTPUT / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-seed-{plan.seed}").absolute()
    folder.mkdir(mode=0o700, parents=True)
    shown = Bar(plan.seconds) if sys.stderr.isatty() else Lines()
    begun = time.monotonic()
    try:
        with shown, PostgreSQL(FASTEST) as postgresql:
            report = soak(plan, folder, postgresql.fresh_database(), shown.tell)
    except (ServerMissing, ServerFailed) as fault:
        shutil.rmtree(folder)
        print(fault, file=sys.stderr)
        return 1
    except AssertionError as fault:
        print(f"After {time.monotonic() - begun:.0f} s the town failed (seed {plan.seed}): {fault}", file=sys.stderr)
        print(f"Its folder is kept: {folder}", file=sys.stderr)
        return 1
    if report.passed:
        shutil.rmtree(folder)
    _print(report, folder, options.json)
    return 0 if report.passed else 1


def _print(report: Report, folder: Path, as_json: bool) -> None:
    members = report.as_json()
    if not report.passed:
        members["folder"] = str(folder)
    if as_json:
        print(json.dumps(members, indent=2))
        return
    cycles = ", ".join(f"{count} x {kind}" for kind, count in report.cycles.items())
    print(f"Seed {report.seed}, {report.seconds} s, {report.agencies} agencies. Cycles: {cycles}.")
    print(
        f"{report.changes_stated} changes stated, {report.notices_accepted} notices accepted, {report.alerts_sealed} alerts sealed, "
        f"{report.alerts_shown} shown, {report.connections_live} connections in the end. "
        f"{report.under_way_at_suspensions} alerts were under way when a suspension was committed; "
        f"{report.refused_while_suspended} messages of suspended connectors were refused."
    )
    if report.passed:
        print(f"Looked {report.looks} times; every rule held:")
        print("\n".join(f"  {text}" for text in RULES.values()))
        return
    print("These rules did not hold:")
    print("\n".join(f"  {each.rule} ({RULES[each.rule]})\n    {each.about}" for each in report.violations))
    print(f"The folder is kept: {folder}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.soak", description="Cycles under load, and the rules that hold.")
    parser.add_argument("--minutes", type=_minutes, default=10.0, help="how long the load and the cycles go on")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="default: any")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    return parser.parse_args()


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"give more than 0 and at most {MOST_MINUTES:.0f} minutes")
    return minutes


if __name__ == "__main__":
    raise SystemExit(main())
