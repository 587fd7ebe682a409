"""`patchwork review`: what is possible but not clear, and waits for a steward."""

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
    from pathlib import Path

    from gateway.cli.signing import Signers
    from gateway.review import CaseView, Side

app = typer.Typer(help="Possible matches that wait for a steward.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[int, typer.Argument(help="The case's number.")]
_Note = Annotated[str, typer.Option(help="Why, in a few words. Never name a client.")]
_COLUMNS = ("id", "state", "reason", "score", "due_at", "later_until", "agencies", "ages")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what is decided or closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 200,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the cases that wait, the nearest clock first. What ran past its clock is marked overdue."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.review import list_cases

    with opened_office(settings) as (_, office):
        rows = [_row(view) for view in list_cases(office, LOCAL_READER, everything, limit)]
    print_rows(as_json, "cases", rows, _COLUMNS)


@app.command()
def show(id: _Id, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: which agencies, how old, and what agrees, field by field. Never a detail of a person."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.review import show_case

    with opened_office(settings) as (_, office):
        row = _row(show_case(office, LOCAL_READER, id))
    print_result(as_json, {"case": row}, _text(row))


@app.command()
def confirm(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that both are of one person: they are linked, and who may know of each other is told (steward; a second one where both sides were
    told of links already)."""
    from gateway.review import CONFIRM, confirm_content

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return CONFIRM, confirm_content(view)

    _decide((settings, as_json), id, _signers(key, passphrase_file, second_key, second_passphrase_file), change)


@app.command()
def refuse(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that they are two people: that stands, whatever the evidence says later (steward)."""
    from gateway.review import REFUSE, refuse_content

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return REFUSE, refuse_content(view)

    _decide((settings, as_json), id, _signers(key, passphrase_file), change)


@app.command()
def later(
    id: _Id,
    until: Annotated[str, typer.Option(help="The day (YYYY-MM-DD) on which to look again, inside the case's clock.")],
    note: _Note,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Postpone a case inside its clock (steward)."""
    from gateway.content import Content
    from gateway.review import LATER, later_content

    day = Content("postponement", {"until": until}, frozenset({"until"})).day("until")

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return LATER, later_content(view, day, note)

    _decide((settings, as_json), id, _signers(key, passphrase_file), change)


def _signers(
    key: "Path | None",
    passphrase_file: "Path | None",
    second_key: "Path | None" = None,
    second_passphrase_file: "Path | None" = None,
) -> "Signers":
    from gateway.cli.signing import Signers

    return Signers(key, passphrase_file, second_key, second_passphrase_file)


def _decide(asked: "tuple[Path, bool]", id: int, signers: "Signers", change: Any) -> None:
    """Sign over the case as it is shown, hand in, and say what came of it."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.review import show_case

    settings, as_json = asked
    with opened_office(settings) as (read, office):
        view = show_case(office, LOCAL_READER, id)
        if not as_json:
            typer.echo(_text(_row(view)), err=True)
        handed, _ = carry_out(office, read, signers, change(view))
        row = _row(show_case(office, LOCAL_READER, id))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    done = handed.result
    text = f"Review case {id} is {done.case.state}; {done.moved} records moved, {done.alerts} alerts follow from it."
    print_result(as_json, {"case": row, "moved": done.moved, "alerts": done.alerts}, text)


def _row(view: "CaseView") -> dict[str, Any]:
    import json

    from gateway.review_wording import doubt_in_words, level_in_words

    case = view.case
    findings = [
        {"field": field, "level": level, "bits": bits, "text": level_in_words(field, level)}
        for field, level, bits in json.loads(case.explanation)
    ]
    overdue = case.is_overdue(view.at)
    return {
        "id": case.id,
        "version": case.version,
        "state": "overdue" if overdue else case.state.value,
        "reason": case.reason.value,
        "score": round(case.score, 4),
        "findings": findings,
        "doubts": [{"code": code, "text": doubt_in_words(code)} for code in case.doubts],
        "sides": [_side(side) for side in view.sides],
        "agencies": [side.record.agency.value for side in view.sides],
        "ages": ["/".join(side.bands) or "unknown" for side in view.sides],
        "raised_by": case.raised_by,
        "opened_at": _instant(case.opened_at),
        "due_at": _instant(case.due_at),
        "later_until": _instant(case.later_until),
        "note": case.note,
        "decided_by": case.decided_by,
        "decided_at": _instant(case.decided_at),
    }


def _side(side: "Side") -> dict[str, Any]:
    return {
        "record": side.record.id,
        "agency": side.record.agency.value,
        "age_bands": [band.value for band in side.bands],
        "live_involvements": side.live,
        "linked_with": list(side.companions),
    }


def _text(row: dict[str, Any]) -> str:
    from gateway.cli.printing import table

    names = ["id", "version", "state", "reason", "score", "opened_at", "due_at"]
    names += [name for name in ("later_until", "note", "decided_by", "decided_at") if row[name]]
    lines = [f"{name.replace('_', ' ')}: {row[name]}" for name in names]
    sides = table("sides", row["sides"], ("record", "agency", "age_bands", "live_involvements", "linked_with"))
    findings = table("findings", row["findings"], ("field", "text", "bits"))
    doubts = [f"- {doubt['text']}" for doubt in row["doubts"]]
    return "\n".join(
        [*lines, "", sides, "", findings, *(["", "a person must look, because:", *doubts] if doubts else [])]
    )


def _instant(at: Any) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
