"""`patchwork dead-letter`: messages that were refused, still sealed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, Reason, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.model.dead_letter import DeadLetter, DeadLetterGroup
    from mappings.canonical.receipt import Issue

app = typer.Typer(help="Messages that were refused, still sealed.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[int, typer.Argument(help="The dead letter's number.")]
_Code = Annotated[str | None, typer.Option("--reason", help="Only those that were refused for this reason (a code).")]


@app.command("list")
def list_(
    reason: _Code = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show what was refused, and why: how many wait for each reason, then one by one, the newest first."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.dead_letters.keeping import count_dead_letters, list_dead_letters
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        groups = [_group_row(group) for group in count_dead_letters(office, LOCAL_READER, reason)]
        rows = [_row(letter) for letter in list_dead_letters(office, LOCAL_READER, limit, reason)]
    text = table("dead_letters", rows, ("id", "received_at", "sender", "reasons", "state"))
    if groups:
        text = f"{table('groups', groups, ('number', 'reasons', 'sender', 'oldest', 'newest'))}\n\n{text}"
    print_result(as_json, {"by_reason": groups, "dead_letters": rows}, text)


@app.command()
def show(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: its reasons in full, never its content."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.dead_letters.keeping import show_dead_letter
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = _row(show_dead_letter(office, LOCAL_READER, id))
    names = ["id", "state", "received_at", "sender", "digest", "bytes", "replayed_at"]
    names += ["discarded_at", "discarded_by", "discard_reason"] if row["discarded_at"] else []
    facts = [f"{name.replace('_', ' ')}: {row[name]}" for name in names]
    print_result(as_json, {"dead_letter": row}, "\n".join([*facts, "reasons:", *_reason_lines(row["issues"])]))


@app.command()
def check(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Say whether a replay would be accepted now. Nothing comes of the asking. Status 1 where it would not."""
    from gateway.app import build_intake, opened_side
    from gateway.cli.printing import print_result
    from gateway.dead_letters.keeping import check_dead_letter
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (read, office):
        found = check_dead_letter(office, build_intake(read, office.store, office.clock), LOCAL_READER, id)
    issues = [_issue_row(issue) for issue in found.issues]
    if found.accepted:
        text = f"Dead letter {id} would be accepted now."
    else:
        text = "\n".join([f"Dead letter {id} would be refused again:", *_reason_lines(issues)])
    print_result(as_json, {"dead_letter": id, "accepted": found.accepted, "issues": issues}, text)
    if not found.accepted:
        raise typer.Exit(1)


@app.command()
def discard(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Give one up for good: what is sealed is removed, its digest and reasons stay (operator, registrar or security officer)."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.dead_letters.keeping import DISCARD, discard_content, discard_dead_letter

    with opened_side(settings, trial) as (read, office):
        content = discard_content(id, reason, read.mode)
        signed = sign_at_terminal(office, read, key, passphrase_file, (DISCARD, content))
        row = _row(discard_dead_letter(office, signed))
    print_result(as_json, {"discarded": row}, f"Dead letter {id} was discarded; its digest and its reasons stay.")


def _reason_lines(issues: list[dict[str, str]]) -> list[str]:
    return [f"- {issue['code']} {issue['element']}: {issue['text']}" for issue in issues]


def _issue_row(issue: "Issue") -> dict[str, str]:
    return {"type": issue.type, "code": issue.code, "element": issue.element, "text": issue.text}


def _group_row(group: "DeadLetterGroup") -> dict[str, Any]:
    return {
        "reasons": list(group.reasons),
        "sender": group.sender.value if group.sender else None,
        "number": group.number,
        "oldest": group.oldest.isoformat(timespec="seconds"),
        "newest": group.newest.isoformat(timespec="seconds"),
    }


def _row(letter: "DeadLetter") -> dict[str, Any]:
    discarded = letter.discarded
    return {
        "id": letter.id,
        "state": "discarded" if discarded else "waits" if letter.is_open else "replayed",
        "received_at": letter.received_at.isoformat(timespec="seconds"),
        "sender": letter.sender.value if letter.sender else None,
        "digest": letter.digest,
        "bytes": len(letter.sealed),
        "reasons": list(letter.reasons),
        "issues": [_issue_row(issue) for issue in letter.issues],
        "replayed_at": letter.replayed_at.isoformat(timespec="seconds") if letter.replayed_at else None,
        "discarded_at": discarded.at.isoformat(timespec="seconds") if discarded else None,
        "discarded_by": discarded.by if discarded else None,
        "discard_reason": discarded.reason if discarded else None,
    }
