"""`patchwork dead-letter`: messages that were refused, still sealed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

if TYPE_CHECKING:
    from gateway.model.dead_letter import DeadLetter

app = typer.Typer(help="Messages that were refused, still sealed.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[int, typer.Argument(help="The dead letter's number.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show what was refused, and why."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.dead_letters import list_dead_letters

    with opened_office(settings) as (_, office):
        rows = [_row(letter) for letter in list_dead_letters(office, LOCAL_READER, limit)]
    print_rows(as_json, "dead_letters", rows, ("id", "received_at", "sender", "reasons", "replayed_at"))


@app.command()
def show(id: _Id, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: its reasons in full, never its content."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.dead_letters import show_dead_letter

    with opened_office(settings) as (_, office):
        row = _row(show_dead_letter(office, LOCAL_READER, id))
    facts = [
        f"{name.replace('_', ' ')}: {row[name]}"
        for name in ("id", "received_at", "sender", "digest", "bytes", "replayed_at")
    ]
    reasons = [f"- {issue['code']} {issue['element']}: {issue['text']}" for issue in row["issues"]]
    print_result(as_json, {"dead_letter": row}, "\n".join([*facts, "reasons:", *reasons]))


@app.command()
def replay(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Process one again, judged as of when it was received (operator, registrar or security officer)."""
    from gateway.app import build_intake, opened_office
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.dead_letters import REPLAY, replay_content, replay_dead_letter
    from mappings.canonical.codes import ReceiptOutcome

    with opened_office(settings) as (read, office):
        signed = sign_at_terminal(office, read, key, passphrase_file, (REPLAY, replay_content(id)))
        outcome = replay_dead_letter(office, build_intake(read, office.store, office.clock), signed)
    accepted = outcome is ReceiptOutcome.ACCEPTED
    text = f"Dead letter {id} was {outcome}" + (
        "." if accepted else f" again; patchwork dead-letter show {id} says why."
    )
    print_result(as_json, {"dead_letter": id, "outcome": outcome.value}, text)
    if not accepted:
        raise typer.Exit(1)


def _row(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "id": letter.id,
        "received_at": letter.received_at.isoformat(timespec="seconds"),
        "sender": letter.sender.value if letter.sender else None,
        "digest": letter.digest,
        "bytes": len(letter.sealed),
        "reasons": sorted({issue.code for issue in letter.issues}),
        "issues": [
            {"type": issue.type, "code": issue.code, "element": issue.element, "text": issue.text}
            for issue in letter.issues
        ],
        "replayed_at": letter.replayed_at.isoformat(timespec="seconds") if letter.replayed_at else None,
    }
