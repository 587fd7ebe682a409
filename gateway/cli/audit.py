"""`patchwork audit`: what happened, in a chain that shows every later change of it."""

from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

if TYPE_CHECKING:
    from gateway.audit_verification import Verification

app = typer.Typer(help="The audit chain.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The audit chain."""


@app.command()
def verify(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Walk the whole chain of every side; exit status 1 where an event was changed, removed, inserted, moved or cut off."""
    from gateway.app import opened_sides
    from gateway.audit_verification import verify as verify_chain
    from gateway.cli.printing import print_result

    with opened_sides(settings) as sides:
        rows = [_row(read.mode.value, verify_chain(office.store)) for read, office in sides]
    document = {**rows[0], "intact": all(row["intact"] for row in rows), "sides": rows}
    print_result(as_json, document, "\n".join(map(_line, rows)))
    if not document["intact"]:
        raise typer.Exit(1)


def _row(side: str, result: "Verification") -> dict[str, Any]:
    return {
        "side": side,
        "events": result.events,
        "head": result.head,
        "broken_at": result.broken_at,
        "problem": result.problem,
        "intact": result.broken_at is None,
    }


def _line(row: dict[str, Any]) -> str:
    chain = f"The {row['side']} side's chain"
    if row["intact"]:
        return f"{chain} of {row['events']} events is intact. Head: {row['head']}"
    return f"{chain} is broken at event {row['broken_at']}: {row['problem']}. Keep the database as it is."
