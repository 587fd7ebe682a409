"""`patchwork audit`: what happened, in a chain that shows every later change of it."""

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

app = typer.Typer(help="The audit chain.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The audit chain."""


@app.command()
def verify(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Walk the whole chain; exit status 1 where an event was changed, removed, inserted, moved or cut off."""
    from gateway.app import opened_office
    from gateway.audit import verify as verify_chain
    from gateway.cli.printing import print_result

    with opened_office(settings) as (_, office):
        result = verify_chain(office.store)
    document = {
        "events": result.events,
        "head": result.head,
        "broken_at": result.broken_at,
        "problem": result.problem,
        "intact": result.broken_at is None,
    }
    if result.broken_at is None:
        print_result(as_json, document, f"The chain of {result.events} events is intact. Head: {result.head}")
        return
    text = f"The chain is broken at event {result.broken_at}: {result.problem}. Keep the database as it is."
    print_result(as_json, document, text)
    raise typer.Exit(1)
