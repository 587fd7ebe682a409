"""`patchwork epoch`: passing linkage epochs, sealed by the keyholder, on to connectors. The gateway cannot open them."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

app = typer.Typer(help="Linkage epochs on their way to connectors.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Linkage epochs on their way to connectors."""


@app.command()
def relay(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder epoch seal --relay made.")],
    connector: Annotated[str, typer.Option(help="The connector it is for.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Keep a sealed linkage epoch for its connector, which fetches it (registrar). Where keyholder_public_file is set, only one that
    the keyholder addressed and signed is taken."""
    from gateway.app import build_facts, opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.epoch_relay import RELAY, relay_content

    with opened_office(settings) as (read, office):
        content = relay_content(office, file, connector, build_facts(read))
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (RELAY, content))
    kept = handed.result
    document = {"connector": kept.connector.value, "epoch": kept.epoch, "mode": kept.mode.value}
    text = f"Kept linkage epoch {kept.epoch} ({kept.mode.value}) for connector {kept.connector}, unopened."
    print_result(as_json, document, text)
