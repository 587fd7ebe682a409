"""`patchwork broker`: what RabbitMQ really allows, compared with the trust register."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

if TYPE_CHECKING:
    from gateway.broker.drift import Drift
    from gateway.broker.keeper import BrokerKeeper

app = typer.Typer(help="What the broker really allows.", no_args_is_help=True, rich_markup_mode=None)
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what differs and change nothing; exit status 1 where something does.")
]

SHARED = (
    "broker_shared_user is set: everybody shares one broker user, so the broker proves nothing of who sends and keeps nobody apart. "
    "This is for demos with invented people only."
)


@app.command()
def reconcile(dry_run: _DryRun = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show how the broker differs from the trust register, and mend it; exit status 1 where people have to."""
    from gateway.cli.printing import print_result

    with _opened(settings) as keeper:
        report = keeper.look() if dry_run else keeper.reconcile()
    document = {
        "dry_run": dry_run,
        "mended": [_row(drift) for drift in report.mended],
        "left": [_row(drift) for drift in report.left],
        "notes": [_row(drift) for drift in report.notes],
        "clean": report.clean,
    }
    lines = [f"mended: {drift.sentence}" for drift in report.mended]
    lines += [f"{'drift' if dry_run else 'LEFT'}: {drift.sentence}" for drift in report.left]
    lines += [f"note: {drift.sentence}" for drift in report.notes]
    end = "The broker is as the trust register wants it."
    if not report.clean:
        end = "Nothing was changed: this was a dry run." if dry_run else "What is left needs people."
    print_result(as_json, document, "\n".join([*lines, end]))
    if not report.clean:
        raise typer.Exit(1)


@app.command()
def check(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Try, as a connector that does not exist, everything that a connector must not do; exit status 1 where the broker allows any."""
    from gateway.broker.self_check import Outcome
    from gateway.cli.printing import print_result

    with _opened(settings) as keeper:
        findings = keeper.try_out()
    passed = all(finding.outcome is not Outcome.ALLOWED for finding in findings)
    document = {
        "findings": [{"name": each.name, "outcome": each.outcome.value, "code": each.code} for each in findings],
        "passed": passed,
    }
    lines = [f"{each.outcome.value:8}{each.name}" for each in findings]
    lines.append(
        "The broker keeps connectors apart." if passed else "The broker would ALLOW what it must refuse: see above."
    )
    print_result(as_json, document, "\n".join(lines))
    if not passed:
        raise typer.Exit(1)


@contextmanager
def _opened(path: Path) -> Iterator["BrokerKeeper"]:
    from gateway.app import open_register
    from gateway.broker.keeper import broker_keeper
    from gateway.clock import SystemClock
    from gateway.refused import Refused
    from gateway.settings import load_settings

    read = load_settings(path)
    if not read.broker_url:
        raise Refused(
            "there is no broker in the settings: the embedded queue carries everything, so there is nothing to compare"
        )
    if read.broker_shared_user:
        raise Refused(SHARED)
    store = open_register(read)
    try:
        keeper = broker_keeper(read, store, SystemClock())
        if keeper is not None:
            yield keeper
    finally:
        store.close()


def _row(drift: "Drift") -> dict[str, object]:
    return {
        "kind": drift.kind.value,
        "what": drift.what,
        "wanted": drift.wanted,
        "found": drift.found,
        "sentence": drift.sentence,
        "mendable": drift.mendable,
    }
