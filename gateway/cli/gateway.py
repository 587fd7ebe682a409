"""`patchwork gateway`: the program itself."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

app = typer.Typer(help="The gateway itself.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The gateway itself."""


@app.command()
def run(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Take notices in, match, decide and send alerts, until SIGTERM or Ctrl-C. Logs go to standard error as JSON
    lines."""
    from gateway.logs import configure
    from gateway.running.service import run_gateway
    from gateway.settings import load_settings

    read = load_settings(settings)
    configure(read.log_level)
    run_gateway(read)


@app.command("add-trial-side")
def add_trial_side(
    database_url_file: Annotated[
        Path | None,
        typer.Option(help="A file (0600) with the trial side's database URL. Default: SQLite beside the settings."),
    ] = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Give a live gateway that has none a trial side: secrets, a database and the settings that name them. Restart the gateway then."""
    from gateway.cli.printing import print_result
    from gateway.initialise import add_trial_side as add

    members = {"trial_database_url_file": str(database_url_file.absolute())} if database_url_file else None
    made = add(settings, members)
    trial = made.sides[1]
    document = {"settings": str(settings), "data_key": str(trial.data_key_file), "pepper": str(trial.pepper_file)}
    text = (
        f"{settings} names a trial side now, with a database, a data key and a pepper of its own. Back the two secrets up apart from the "
        "database; then: patchwork check, and restart the gateway."
    )
    print_result(as_json, document, text)
