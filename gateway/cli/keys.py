"""`patchwork keys`: the gateway's own signing and encryption keys."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

app = typer.Typer(help="The gateway's own keys.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _keys() -> None:
    """The gateway's own keys."""


@app.command()
def rotate(
    begin: Annotated[
        bool, typer.Option("--begin", help="First step: make the next keys, and tell connectors.")
    ] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Second step: make the next keys the current ones.")] = False,
    early: Annotated[
        bool, typer.Option("--early", help="Finish before the overlap is over: every connector has the next keys.")
    ] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Rotate the gateway's signing and encryption keys, in two steps; restart the gateway after each."""
    from gateway import own_rotation
    from gateway.app import open_register
    from gateway.cli.printing import print_result
    from gateway.clock import SystemClock
    from gateway.initialise import PUBLIC_FILE
    from gateway.refused import Refused
    from gateway.settings import load_settings

    if begin == finish or (early and not finish):
        raise Refused("give either --begin, or, after the overlap, --finish (with --early to finish before)")
    read = load_settings(settings)
    place = own_rotation.Place(read.keys_dir, settings.absolute().parent / PUBLIC_FILE)
    store = open_register(read)
    try:
        if begin:
            begun = own_rotation.begin(place, store, SystemClock())
            keys, until = begun.following, (begun.begun_at + own_rotation.OVERLAP).isoformat()
            said = (
                f"Made the next keys. Restart the gateway now, so that connectors hear of them; those without HTTPS are sent "
                f"{place.by_hand}. From {until} on: patchwork keys rotate --finish"
            )
        else:
            keys, until = own_rotation.finish(place, store, SystemClock(), early=early), None
            said = f"The next keys are current. Restart the gateway now. {place.public} holds the new public keys."
    finally:
        store.close()
    document = {
        "signing": keys.signing.id.value,
        "encryption": keys.encryption.id.value,
        "finished": finish,
        "finish_from": until,
        "succession": str(place.by_hand),
    }
    print_result(as_json, document, f"{said}\nsigning key {keys.signing.id}, encryption key {keys.encryption.id}")
