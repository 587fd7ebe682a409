"""`patchwork restriction`: persons the processing of whose data is restricted (UK GDPR, Article 18)."""

from typing import Annotated

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    Reason,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
    Trial,
)

app = typer.Typer(
    help="Restrictions of processing: the data stays, and nobody is told of or about the person.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Id = Annotated[int, typer.Argument(help="The restriction's number, as patchwork restriction list shows it.")]


@app.command()
def add(
    reason: Reason,
    agency: Annotated[str, typer.Option("--agency", help="The agency whose reference it is.")] = "",
    person: Annotated[str, typer.Option("--person", help="That agency's opaque reference of its client.")] = "",
    record: Annotated[int, typer.Option("--record", help="A record's number, in the place of these two.")] = 0,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Restrict from now on (data protection officer). Whoever was told hears that it is no longer shared."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import withholding_row
    from gateway.refused import Refused
    from gateway.withholding.restricting import ADD, record_content, reference_content

    if bool(record) == bool(agency or person):
        raise Refused("say who is meant by --agency with --person, or by --record")
    with opened_side(settings, trial) as (read, office):
        by_record = record_content(record, reason, read.mode) if record else None
        content = by_record or reference_content(agency, person, reason, read.mode)
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (ADD, content))
    made, alerts = handed.result
    text = f"Restriction {made.id} stands; {alerts} alerts follow from it."
    print_result(as_json, {"restricted": withholding_row(made) | {"alerts": alerts}}, text)


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that were lifted.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the restrictions that stand."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.cli.withholding import withholding_row
    from gateway.model.withholding import WithholdingKind
    from gateway.trust.actor import LOCAL_READER
    from gateway.withholding.shielding import list_withholdings

    with opened_side(settings, trial) as (_, office):
        found = list_withholdings(office, LOCAL_READER, WithholdingKind.RESTRICTION, whole)
    columns = ("id", "agency", "record", "made_at", "made_by", "reason", "ended_at")
    print_rows(as_json, "restrictions", [withholding_row(each) for each in found], columns)


@app.command()
def lift(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """End a restriction (two people, the first a data protection officer): whatever agreements and rules permit is told again."""
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import lift_at_terminal
    from gateway.model.withholding import WithholdingKind
    from gateway.withholding.restricting import LIFT

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    lift_at_terminal((settings, trial, as_json), signers, LIFT, (WithholdingKind.RESTRICTION, id))
