"""`patchwork agreement`: who may learn of whom, on which basis, until when."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from gateway.model.agreement import Agreement

app = typer.Typer(help="Sharing agreements between agencies.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A TOML file that describes the agreement.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record an agreement, or the next version of one (information governance lead, and a second person). Everybody is looked at again
    under it."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.rules.agreements import ADD_AGREEMENT, read_agreement_file

    content = read_agreement_file(file)
    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        handed, followed = carry_out(office, read, signers, (ADD_AGREEMENT, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    agreement, alerts = handed.result, followed["alerts"]
    text = f"Recorded agreement {agreement.id}, version {agreement.version}; {alerts} alerts follow from it."
    print_result(as_json, {"added": _row(agreement), "alerts": alerts}, text)


@app.command("list")
def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show the version that counts of every agreement."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.rules.agreements import list_agreements
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        rows = [_row(agreement) for agreement in list_agreements(office, LOCAL_READER)]
    print_rows(as_json, "agreements", rows, ("id", "version", "level", "valid_until", "review_by", "title", "parties"))


@app.command()
def history(
    id: Annotated[str, typer.Argument(help="The agreement's id.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show every version of one agreement, who recorded it and who approved it."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.rules.agreements import agreement_history
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        rows = [_row(version) for version in agreement_history(office, LOCAL_READER, id)]
    columns = (
        "version",
        "recorded_at",
        "recorded_by",
        "approved_by",
        "level",
        "valid_from",
        "valid_until",
        "review_by",
    )
    print_rows(as_json, "versions", rows, columns)


def _row(agreement: "Agreement") -> dict[str, Any]:
    return {
        "id": agreement.id.value,
        "version": agreement.version,
        "title": agreement.title,
        "parties": [party.value for party in agreement.parties],
        "purpose": agreement.purpose,
        "legal_bases": [basis.value for basis in agreement.legal_bases],
        "age_bands": [band.value for band in agreement.age_bands],
        "level": agreement.level.value,
        "valid_from": agreement.valid_from.isoformat(),
        "valid_until": agreement.valid_until.isoformat(),
        "review_by": agreement.review_by.isoformat(),
        "rights_contact": agreement.rights_contact,
        "relations": [kind.value for kind in agreement.relations],
        "controllers": list(agreement.controllers),
        "documents": [{"name": each.name, "sha256": each.sha256} for each in agreement.documents],
        "sealed_details": agreement.sealed_details,
        "recorded_at": agreement.recorded_at.isoformat(timespec="seconds") if agreement.recorded_at else None,
        "recorded_by": agreement.recorded_by,
        "approved_by": agreement.approved_by,
    }
