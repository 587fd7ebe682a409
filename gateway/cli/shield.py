"""`patchwork shield`: persons of and about whom nobody is told anything, because it could put them in danger."""

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
    help="Shielded persons: nobody is told of or about them.", no_args_is_help=True, rich_markup_mode=None
)
_Id = Annotated[int, typer.Argument(help="The shield's number, as patchwork shield list shows it.")]


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that ended.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the shields that stand, and when each lapses that nobody has confirmed."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.cli.withholding import WITHHOLDING_COLUMNS, withholding_row
    from gateway.model.withholding import WithholdingKind
    from gateway.trust.actor import LOCAL_READER
    from gateway.withholding.shielding import list_withholdings

    with opened_side(settings, trial) as (_, office):
        found = list_withholdings(office, LOCAL_READER, WithholdingKind.SHIELD, whole)
    print_rows(as_json, "shields", [withholding_row(each) for each in found], WITHHOLDING_COLUMNS)


@app.command()
def show(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one shield, the records that bear it, and the live involvements with the person."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.cli.withholding import withholding_row
    from gateway.model.withholding import WithholdingKind
    from gateway.trust.actor import LOCAL_READER
    from gateway.withholding.shielding import show_withholding

    with opened_side(settings, trial) as (_, office):
        view = show_withholding(office, LOCAL_READER, WithholdingKind.SHIELD, id)
    involved = [{"involvement": each.id, "agency": each.agency.value} for each in view.involvements]
    row = withholding_row(view.withholding) | {"records": list(view.records), "involvements": involved}
    facts = "\n".join(f"{name.replace('_', ' ')}: {row[name]}" for name in row if name != "involvements")
    text = f"{facts}\n\n{table('involvements', involved, ('involvement', 'agency'))}"
    print_result(as_json, {"shield": row}, text)


@app.command()
def confirm(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Have a shield stand until it is lifted (two people: information governance lead or data protection officer)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import withholding_row
    from gateway.model.withholding import WithholdingKind
    from gateway.withholding.shielding import CONFIRM, signed_content

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_side(settings, trial) as (read, office):
        content = signed_content(office, WithholdingKind.SHIELD, id, read.mode)
        handed, _ = carry_out(office, read, signers, (CONFIRM, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    row = withholding_row(handed.result)
    print_result(as_json, {"confirmed": row}, f"Shield {id} is confirmed. It stands until two people lift it.")


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
    """End a shield (two people): whatever agreements and rules permit is told again."""
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import lift_at_terminal
    from gateway.model.withholding import WithholdingKind
    from gateway.withholding.shielding import LIFT

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    lift_at_terminal((settings, trial, as_json), signers, LIFT, (WithholdingKind.SHIELD, id))


@app.command()
def override(
    id: _Id,
    recipient: Annotated[int, typer.Argument(help="The involvement that is told, as patchwork shield show lists it.")],
    discloser: Annotated[int, typer.Argument(help="The involvement that it is told of.")],
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Let one side be told of one other, once, in spite of a shield (two people). Somebody else then looks into it: patchwork investigation."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import override_row
    from gateway.withholding.overriding import OVERRIDE, override_content

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_side(settings, trial) as (read, office):
        content = override_content(id, recipient, discloser, reason, read.mode)
        handed, _ = carry_out(office, read, signers, (OVERRIDE, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    made = handed.result.override
    text = f"Shield {id} is overridden for one alert. Investigation {made.id} is open until somebody else closes it."
    print_result(as_json, {"overridden": override_row(made) | {"alerts": handed.result.alerts}}, text)
