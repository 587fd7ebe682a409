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
    Trial,
)
from gateway.cli.review_row import case_row, case_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.cli.signing import Signers
    from gateway.review.deciding import CaseView
    from gateway.trust.operators import Office
    from gateway.trust.signed_change import SignedChange

    Change = Callable[[CaseView], tuple[str, dict[str, Any]]]

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
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the cases that wait, the nearest clock first. What ran past its clock is marked overdue."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.review.deciding import list_cases
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        rows = [case_row(view) for view in list_cases(office, LOCAL_READER, everything, limit)]
    print_rows(as_json, "cases", rows, _COLUMNS)


@app.command()
def show(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: which agencies, how old, and what agrees, field by field. Never a detail of a person."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.review.deciding import show_case
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = case_row(show_case(office, LOCAL_READER, id))
    print_result(as_json, {"case": row}, case_text(row))


@app.command()
def confirm(
    id: _Id,
    decision: _Decision = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that both are of one person: they are linked, and who may know of each other is told (steward; a second one where both sides were
    told of links already)."""
    from gateway.review.deciding import confirm_content
    from identity.custody.decision_file import CONFIRM

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return CONFIRM, confirm_content(view)

    signers = _signers(key, passphrase_file, second_key, second_passphrase_file)
    _decide((settings, trial, as_json), id, signers, change, decision)


@app.command()
def refuse(
    id: _Id,
    decision: _Decision = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that they are two people: that stands, whatever the evidence says later (steward)."""
    from gateway.review.deciding import refuse_content
    from identity.custody.decision_file import REFUSE

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return REFUSE, refuse_content(view)

    _decide((settings, trial, as_json), id, _signers(key, passphrase_file), change, decision)


@app.command()
def later(
    id: _Id,
    until: Annotated[str, typer.Option(help="The day (YYYY-MM-DD) on which to look again, inside the case's clock.")],
    note: _Note,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Postpone a case inside its clock (steward)."""
    from gateway.review.deciding import LATER, later_content
    from gateway.trust.content import Content

    day = Content("postponement", {"until": until}, frozenset({"until"})).day("until")

    def change(view: "CaseView") -> tuple[str, dict[str, Any]]:
        return LATER, later_content(view, day, note)

    _decide((settings, trial, as_json), id, _signers(key, passphrase_file), change)


@app.command()
def ask(
    id: _Id,
    record: Annotated[int, typer.Option(help="Which of the case's two records: its agency is asked, and nobody else.")],
    field: Annotated[
        list[str] | None,
        typer.Option(help="Which field to check, up to three times. Default: those that do not agree."),
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Have one agency look at its own record again: it stands on the agency's daily list for a week, like any other (steward)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.review.asking import ASK, ask_content
    from gateway.review.deciding import show_case
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (read, office):
        content = ask_content(show_case(office, LOCAL_READER, id), record, field or [])
        handed, _ = carry_out(office, read, _signers(key, passphrase_file), (ASK, content))
    request = handed.result
    named, until = [each.value for each in request.fields], request.until.isoformat()
    text = f"Record {record} stands on its agency's daily list until {until}: {', '.join(named)}."
    print_result(as_json, {"asked": {"case": id, "record": record, "fields": named, "until": until}}, text)


@app.command()
def export(
    id: _Id,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the case file.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Hand out a case with its sealed details, for patchwork-keyholder open on the steward's own machine (steward)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.review.deciding import show_case
    from gateway.review.details import EXPORT, export_content
    from gateway.trust.actor import LOCAL_READER
    from identity.agency.private_file import write_public
    from identity.custody.case_file import write_case

    with opened_side(settings, trial) as (read, office):
        content = export_content(show_case(office, LOCAL_READER, id))
        handed, _ = carry_out(office, read, _signers(key, passphrase_file), (EXPORT, content))
        write_public(out, write_case(handed.result.as_file(office.partnership)))
    text = f"Wrote {out}. On the steward's own machine: patchwork-keyholder open {out} --reason WHY -k KEY -o DECISION"
    print_result(as_json, {"exported": {"case": id, "file": str(out)}}, text)


@app.command()
def opened(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder open wrote.")],
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record that a case's details were opened, where no decision came of it."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.review.details import take_opening
    from identity.custody.decision_file import read_decision

    brought = read_decision(file)
    with opened_side(settings, trial) as (_, office):
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


def _decide(
    asked: tuple[Path, bool, bool], id: int, signers: "Signers", change: "Change", decision: Path | None = None
) -> None:
    """Sign over the case as it is shown, or take what was signed elsewhere; hand in, and say what came of it."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_on, carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.review.deciding import show_case
    from gateway.trust.actor import LOCAL_READER

    settings, trial, as_json = asked
    with opened_side(settings, trial) as (read, office):
        view = show_case(office, LOCAL_READER, id)
        if not as_json:
            typer.echo(case_text(case_row(view)), err=True)
        if decision is None:
            handed, _ = carry_out(office, read, signers, change(view))
        else:
            handed, _ = carry_on(office, read, signers, _brought(office, decision, id, change(view)[0]))
        row = case_row(show_case(office, LOCAL_READER, id))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    done = handed.result
    text = f"Review case {id} is {done.case.state}; {done.moved} records moved, {done.alerts} alerts follow from it."
    print_result(as_json, {"case": row, "moved": done.moved, "alerts": done.alerts}, text)


def _brought(office: "Office", file: Path, id: int, action: str) -> "SignedChange":
    """The decision in a file, after the opening it rests on was recorded. Raises `Refused` where it is none, or another."""
    from gateway.refused import Refused
    from gateway.review.details import take_opening
    from gateway.trust.signed_change import read_statement
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
