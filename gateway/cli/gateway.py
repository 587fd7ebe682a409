"""`patchwork gateway`: the program itself."""

import typer

from gateway.cli.options import DEFAULT_SETTINGS, SettingsFile

app = typer.Typer(help="The gateway itself.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The gateway itself."""


@app.command()
def run(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Take notices in, match, decide and send alerts, until SIGTERM or Ctrl-C. Logs go to standard error as JSON
    lines."""
    from gateway.logs import configure
    from gateway.running import run_gateway
    from gateway.settings import load_settings

    read = load_settings(settings)
    configure(read.log_level)
    run_gateway(read)
