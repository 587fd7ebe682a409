"""`patchwork housekeeping`: let go of what is too old. Meant for a timer; running it twice does no harm."""

import sys
from typing import TYPE_CHECKING

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

if TYPE_CHECKING:
    from gateway.housekeeping.daily_run import Housekeeping
    from gateway.model.housekeeping import Counts

_STEPS = 1_000
_WORDS = {
    "expired": "expired because nobody confirmed them",
    "alerts": "alerts queued for those who were told",
    "erased": "involvements erased",
    "records_erased": "records erased with their evidence",
    "dead_letters": "dead letters emptied",
    "answers": "answers to old notices forgotten",
    "parcels": "parcels dropped whose life was over",
    "audit_erased": "audit events emptied of whom they were about",
    "disclosures": "disclosure records let go of",
    "champions": "champions of agencies that have left removed from the roll-out plan",
}


def housekeeping(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Expire what nobody confirms, erase what is over, and drop old messages, on every side. Killed, it goes on where it was; exit status 1
    where another run is going on."""
    from gateway.app import build_housekeeping, opened_sides
    from gateway.cli.printing import print_result

    done: dict[str, Counts] = {}
    with opened_sides(settings) as sides:
        for side, office in sides:
            done[side.mode.value] = _run(build_housekeeping(side, office.store, office.clock), side.mode.value)
    lines = [f"{mode}: {_sentence(counts)}" for mode, counts in done.items()]
    print_result(as_json, {"sides": [{"mode": mode, **counts} for mode, counts in done.items()]}, "\n".join(lines))


def _run(keeping: "Housekeeping", mode: str) -> "Counts":
    if not sys.stderr.isatty():
        return keeping.run()
    with typer.progressbar(length=_STEPS, label=f"housekeeping ({mode})", file=sys.stderr) as bar:
        return keeping.run(lambda share: bar.update(int(share * _STEPS) - bar.pos))


def _sentence(counts: "Counts") -> str:
    said = [f"{counts[name]} {words}" for name, words in _WORDS.items() if counts[name]]
    return f"{', '.join(said)}." if said else "nothing was too old."
