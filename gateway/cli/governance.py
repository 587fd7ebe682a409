"""`patchwork governance`: what those who answer for the sharing bring to an impact assessment and to a review meeting."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

app = typer.Typer(
    help="Facts for impact assessments and reviews; who sees unseen.", no_args_is_help=True, rich_markup_mode=None
)
_Since = Annotated[str, typer.Option(help="The first month, as 2026-03. Default: twelve months in all.")]
_Until = Annotated[str, typer.Option(help="The last month, as 2026-03. Default: this one, up to today.")]


@app.command()
def report(
    since: _Since = "",
    until: _Until = "",
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say what is agreed, which rules are in force, what is held and for how long, and count what was decided, told, refused and opened."""
    from gateway.app import opened_side, retention_of
    from gateway.cli.governance_text import report_text
    from gateway.cli.printing import print_result
    from gateway.reporting.period import period
    from gateway.reporting.report import report as made
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (read, office):
        over = period(since, until, office.clock.now().date())
        document = made(office, LOCAL_READER, over, retention_of(read))
    print_result(as_json, document, "" if as_json else report_text(document))


@app.command()
def fishing(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Say what each connector declares and learns in four weeks, how much of it unseen, and under which quotas and one-way rules."""
    from gateway.app import opened_side
    from gateway.cli.governance_text import fishing_text
    from gateway.cli.printing import print_result
    from gateway.reporting.fishing import fishing as looked_at
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        document = looked_at(office, LOCAL_READER)
    print_result(as_json, document, "" if as_json else fishing_text(document))
