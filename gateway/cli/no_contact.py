"""`patchwork no-contact`: people who must not meet, because an agency said that they are under no contact."""

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
    Trial,
)

app = typer.Typer(help="People who must not meet through a family.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that ended.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the pairs of records that agencies said are under no contact."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER
    from gateway.withholding.no_contact import list_no_contacts

    with opened_side(settings, trial) as (_, office):
        found = list_no_contacts(office, LOCAL_READER, whole)
    rows = [
        {
            "id": each.id,
            "agency": each.agency.value,
            "record": each.record_id,
            "other": each.other_id,
            "made_at": each.made_at.isoformat(timespec="seconds"),
            "ended_at": each.ended_at.isoformat(timespec="seconds") if each.ended_at else None,
        }
        for each in found
    ]
    print_rows(as_json, "no_contacts", rows, ("id", "agency", "record", "other", "made_at", "ended_at"))


@app.command()
def lift(
    id: Annotated[int, typer.Argument(help="The pair's number, as patchwork no-contact list shows it.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Let two people meet again, because the order is over (two people: information governance lead or data protection officer)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.withholding.no_contact import LIFT, lift_content

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_side(settings, trial) as (read, office):
        handed, _ = carry_out(office, read, signers, (LIFT, lift_content(id, read.mode)))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    done = handed.result
    text = f"{done.pairs} pairs of records may meet again; {done.alerts} alerts follow from it."
    print_result(as_json, {"lifted": {"pairs": done.pairs, "alerts": done.alerts}}, text)
