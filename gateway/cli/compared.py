"""`patchwork connector compared`: what the daily comparing of both sides has found."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

_COLUMNS = ("at", "connector", "agency", "compared", "differing", "send_again", "adopt")


def add_to(app: typer.Typer) -> None:
    """Register this command among those of `patchwork connector`."""
    app.command()(compared)


def compared(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many statements at most.")] = 50,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the latest statements of what agencies hold, the newest first: which service lines differed, and how many involvements were missing here
    (sent again) or there (handed back)."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.notices.agreeing import list_compared
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        found = list_compared(office, LOCAL_READER, limit)
    rows = [
        {
            "at": each.at.isoformat(timespec="seconds"),
            "connector": each.connector,
            "agency": each.agency,
            "compared": each.line or "everything",
            "differing": " ".join(each.differing) or "-",
            "send_again": each.send_again,
            "adopt": each.adopt,
        }
        for each in found
    ]
    print_rows(as_json, "statements", rows, _COLUMNS)
