"""`patchwork proposal`: changes that wait for a second person."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, Reason, SettingsFile, Trial

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.model.proposal import Proposal

app = typer.Typer(help="Changes that wait for a second person.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[str, typer.Argument(help="The proposal's id.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")] = 100,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show what was proposed, and what became of it."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.proposals import list_proposals

    with opened_side(settings, trial) as (_, office):
        now = office.clock.now()
        rows = [_row(each, now) for each in list_proposals(office, LOCAL_READER, limit)]
    print_rows(as_json, "proposals", rows, ("id", "state", "action", "proposer", "expires_at", "closed_by"))


@app.command()
def show(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: exactly what was signed, and by whom."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.proposals import show_proposal

    with opened_side(settings, trial) as (_, office):
        row = _row(show_proposal(office, LOCAL_READER, id), office.clock.now())
    print_result(as_json, {"proposal": row}, _text(row))


@app.command()
def approve(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Sign the same change as a second person, and so carry it out."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import approve_at_terminal
    from gateway.cli.printing import print_result
    from gateway.cli.signing import own_key_file
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.proposals import show_proposal

    with opened_side(settings, trial) as (read, office):
        proposal = show_proposal(office, LOCAL_READER, id)
        if not as_json:
            typer.echo(_text(_row(proposal, office.clock.now())), err=True)
        path = own_key_file(read, key)
        handed, followed = approve_at_terminal(office, read, proposal, path, passphrase_file)
    text = f"Approved proposal {id}: {handed.action} is carried out."
    print_result(as_json, {"approved": {"id": id, "action": handed.action}, **followed}, text)


@app.command()
def reject(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Close a proposal without carrying it out."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.trust.proposals import REJECT, rejection_content
    from gateway.trust.proposals import reject as reject_proposal

    content = rejection_content(id, reason)
    with opened_side(settings, trial) as (read, office):
        signed = sign_at_terminal(office, read, key, passphrase_file, (REJECT, content))
        rejected = reject_proposal(office, signed)
        row = _row(rejected, office.clock.now())
    print_result(as_json, {"rejected": row}, f"Rejected proposal {id}; nothing was changed by it.")


def _row(proposal: "Proposal", now: "datetime") -> dict[str, Any]:
    from gateway.model.proposal import ProposalState
    from gateway.trust.signed_change import read_statement

    lapsed = proposal.state is ProposalState.OPEN and not proposal.is_open(now)
    return {
        "id": proposal.id,
        "state": "expired" if lapsed else proposal.state.value,
        "action": proposal.action,
        "content": dict(read_statement(proposal.statement).content),
        "proposer": proposal.proposer,
        "made_at": proposal.made_at.isoformat(timespec="seconds"),
        "expires_at": proposal.expires_at.isoformat(timespec="seconds"),
        "closed_by": proposal.closed_by,
        "closed_at": proposal.closed_at.isoformat(timespec="seconds") if proposal.closed_at else None,
        "reason": proposal.reason,
    }


def _text(row: dict[str, Any]) -> str:
    import json

    facts = ("id", "state", "action", "proposer", "made_at", "expires_at", "closed_by", "closed_at", "reason")
    lines = [f"{name.replace('_', ' ')}: {row[name]}" for name in facts if row[name]]
    return "\n".join([*lines, "what is signed:", json.dumps(row["content"], ensure_ascii=False, indent=2)])
