"""`patchwork protected-places`: places that must link nobody, as the keyholder's list says. The gateway never learns which they are."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
)

app = typer.Typer(help="Places that must link nobody.", no_args_is_help=True, rich_markup_mode=None)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder protect made.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Put the keyholder's list in force (IG lead; a second person where a place would link people again), and go through everybody."""
    from gateway.app import build_facts, opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.places.protecting import PROTECT, offer

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        content = offer(office, file, build_facts(read).keyholder, *(side.mode for side in read.sides))
        handed, followed = carry_out(office, read, signers, (PROTECT, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    made = handed.result
    document = {"epoch": made.epoch, "digest": made.digest, "places": made.places, **followed}
    print_result(as_json, document, f"{made.places} tokens of protected places are in force for epoch {made.epoch}.")


@app.command(name="list")
def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """List the lists: for which epoch, how many tokens of places, since when in force."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.places.protecting import protections
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        rows = [
            {
                "epoch": each.epoch,
                "mode": each.mode.value,
                "places": each.places,
                "in_force_since": each.active_at.isoformat(timespec="seconds") if each.active_at else None,
                "digest": each.digest,
            }
            for each in protections(office, LOCAL_READER)
        ]
    print_rows(as_json, "lists", rows, ("epoch", "mode", "places", "in_force_since", "digest"))
