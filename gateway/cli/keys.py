"""`patchwork keys`: the gateway's own signing and encryption keys, and the secrets of its register."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.model.renewal import Renewal

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
    from gateway.app import open_register
    from gateway.cli.printing import print_result
    from gateway.clock import SystemClock
    from gateway.initialise import PUBLIC_FILE
    from gateway.keys import own_rotation
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


@app.command("rotate-pepper")
def rotate_pepper(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Make a new pepper. The running gateway brings the index under it in the background; nothing is restarted."""
    from gateway.keys.secret_rotation import Secret

    _begin(Secret.PEPPER, settings, trial, as_json)


@app.command("rotate-data-key")
def rotate_data_key(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Make a new data key. The running gateway seals what it holds under it in the background; nothing is restarted."""
    from gateway.keys.secret_rotation import Secret

    _begin(Secret.DATA_KEY, settings, trial, as_json)


@app.command()
def renewal(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show how far the running gateway has brought the register under new secrets, and from evidence of retired epochs."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result

    with opened_side(settings, trial) as (_, office), office.store.read() as unit:
        state = unit.renewals.state()
    document = _document(state)
    if not state.runs:
        print_result(as_json, document, "Nothing is being renewed.")
        return
    what = " and ".join(document["rotating"]) or "evidence only"
    place = f"records up to number {state.records_after}" if state.records_after is not None else "all records"
    print_result(as_json, document, f"Being renewed: {what}. Gone through: {place}.")


def _begin(secret: Any, path: Path, trial: bool, as_json: bool) -> None:
    from gateway.app import opened_side, secret_place
    from gateway.cli.printing import print_result
    from gateway.keys import secret_rotation

    with opened_side(path, trial) as (read, office):
        place = secret_place(read)
        state = secret_rotation.begin(secret, place, office.store, office.clock)
    made = place.file(secret).next
    said = (
        f"The next {secret.value} is in {made}: back it up now, with the whole folder, and where other machines run a gateway on this register "
        "copy it to each. The running gateway does the rest; see how far it is with: patchwork keys renewal"
    )
    print_result(as_json, _document(state) | {"next": str(made)}, said)


def _document(state: "Renewal") -> dict[str, Any]:
    nexts = {"pepper": state.next_pepper, "data-key": state.next_data_key}
    return {
        "running": state.runs,
        "rotating": [name for name, following in nexts.items() if following is not None],
        "records_after": state.records_after,
        "involvements_after": state.involvements_after,
    }
