"""`patchwork review`: what is possible but not clear, and waits for a steward."""

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
    from gateway.cli.signing import Signers
    from gateway.operators import Office
    from gateway.review import CaseView, Side
    from gateway.signed_change import SignedChange

app = typer.Typer(help="Possible matches that wait for a steward.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[int, typer.Argument(help="The case's number.")]
_Decision = Annotated[
    Path | None,
    typer.Option("--decision", help="What patchwork-keyholder open wrote: the decision is signed there already."),
]
_Note = Annotated[str, typer.Option(help="Why, in a few words. Never name a client.")]
_COLUMNS = ("id", "state", "reason", "score", "due_at", "later_until", "out", "agencies", "ages")


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
    decision: _Decision = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that both are of one person: they are linked, and who may know of each other is told (steward; a second one where both sides were
    told of links already)."""
    from gateway.review import confirm_content
    from identity.custody.decision_file import CONFIRM

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return CONFIRM, confirm_content(view)

    signers = _signers(key, passphrase_file, second_key, second_passphrase_file)
    _decide((settings, as_json), id, signers, change, decision)


@app.command()
def refuse(
    id: _Id,
    decision: _Decision = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that they are two people: that stands, whatever the evidence says later (steward)."""
    from gateway.review import refuse_content
    from identity.custody.decision_file import REFUSE

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return REFUSE, refuse_content(view)

    _decide((settings, as_json), id, _signers(key, passphrase_file), change, decision)


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


@app.command()
def export(
    id: _Id,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the case file.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Hand out a case with its sealed details, for patchwork-keyholder open on the steward's own machine (steward)."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.review import show_case
    from gateway.review_details import EXPORT, export_content
    from identity.agency.private_file import write_public
    from identity.custody.case_file import write_case

    with opened_office(settings) as (read, office):
        content = export_content(show_case(office, LOCAL_READER, id))
        handed, _ = carry_out(office, read, _signers(key, passphrase_file), (EXPORT, content))
        write_public(out, write_case(handed.result.as_file(office.partnership)))
    text = f"Wrote {out}. On the steward's own machine: patchwork-keyholder open {out} --reason WHY -k KEY -o DECISION"
    print_result(as_json, {"exported": {"case": id, "file": str(out)}}, text)


@app.command()
def opened(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder open wrote.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record that a case's details were opened, where no decision came of it."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.review_details import take_opening
    from identity.custody.decision_file import read_decision

    brought = read_decision(file)
    with opened_office(settings) as (_, office):
        case = take_opening(office, brought.opening)
    print_result(as_json, {"recorded": {"case": case}}, f"Recorded that the details of review case {case} were opened.")


def _signers(
    key: Path | None,
    passphrase_file: Path | None,
    second_key: Path | None = None,
    second_passphrase_file: Path | None = None,
) -> "Signers":
    from gateway.cli.signing import Signers

    return Signers(key, passphrase_file, second_key, second_passphrase_file)


def _decide(asked: tuple[Path, bool], id: int, signers: "Signers", change: Any, decision: Path | None = None) -> None:
    """Sign over the case as it is shown, or take what was signed elsewhere; hand in, and say what came of it."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_on, carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.review import show_case

    settings, as_json = asked
    with opened_office(settings) as (read, office):
        view = show_case(office, LOCAL_READER, id)
        if not as_json:
            typer.echo(_text(_row(view)), err=True)
        if decision is None:
            handed, _ = carry_out(office, read, signers, change(view))
        else:
            handed, _ = carry_on(office, read, signers, _brought(office, decision, id, change(view)[0]))
        row = _row(show_case(office, LOCAL_READER, id))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    done = handed.result
    text = f"Review case {id} is {done.case.state}; {done.moved} records moved, {done.alerts} alerts follow from it."
    print_result(as_json, {"case": row, "moved": done.moved, "alerts": done.alerts}, text)


def _brought(office: "Office", file: Path, id: int, action: str) -> "SignedChange":
    """The decision in a file, after the opening it rests on was recorded. Raises `Refused` where it is none, or another."""
    from gateway.refused import Refused
    from gateway.review_details import take_opening
    from gateway.signed_change import read_statement
    from identity.custody.decision_file import read_decision

    brought = read_decision(file)
    take_opening(office, brought.opening)
    if brought.decision is None:
        raise Refused(f"{file} holds no decision; that the details were opened is recorded")
    statement = read_statement(brought.decision.statement)
    if (statement.action, statement.content.get("case")) != (action, id):
        raise Refused(
            f"{file} holds {statement.action} for case {statement.content.get('case')}; use the command that it names"
        )
    return brought.decision


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
        "exported_at": _instant(case.exported_at),
        "exported_by": case.exported_by,
        "out": case.is_out,
        "openings": [
            {"by": each.opened_by, "at": _instant(each.opened_at), "reason": each.reason, "as_kept": each.as_kept}
            for each in view.openings
        ],
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
    names += [name for name in ("later_until", "note", "decided_by", "decided_at", "exported_by") if row[name]]
    lines = [f"{name.replace('_', ' ')}: {row[name]}" for name in names]
    sides = table("sides", row["sides"], ("record", "agency", "age_bands", "live_involvements", "linked_with"))
    findings = table("findings", row["findings"], ("field", "text", "bits"))
    if row["out"]:
        lines.append(f"out: exported {row['exported_at']}, and nothing came back yet")
    lines += [f"opened: by {each['by']} at {each['at']}, {each['reason']}" for each in row["openings"]]
    doubts = [f"- {doubt['text']}" for doubt in row["doubts"]]
    return "\n".join(
        [*lines, "", sides, "", findings, *(["", "a person must look, because:", *doubts] if doubts else [])]
    )


def _instant(at: Any) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
