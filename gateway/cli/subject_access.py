"""`patchwork subject-access`: people who ask what is held of them, and who was told."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, Reason, SettingsFile, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.trust.operators import Office

    Content = Callable[[Office], tuple[str, dict[str, Any]]]

app = typer.Typer(help="People who ask what is held of them.", no_args_is_help=True, rich_markup_mode=None)
Reference = Annotated[str, typer.Argument(help="The request's reference.")]
ItemNumber = Annotated[int, typer.Argument(help="The record's number, as show lists it.")]
_COLUMNS = ("request", "state", "on_behalf", "due", "overdue", "records", "unanswered", "undecided")
_ITEM_COLUMNS = ("item", "kind", "agency", "state", "verdict", "ground", "due", "held", "included", "answered_by")


@app.command("open")
def open_(
    on_behalf: Annotated[str, typer.Option(help="self, child-able-to-decide, parental-responsibility or attorney.")],
    proof: Annotated[
        str,
        typer.Option(
            help="What was seen: passport, driving-licence, birth-certificate, court-order, power-of-attorney, vouched-for-by-worker, other. "
            "Never a number."
        ),
    ],
    proof_by: Annotated[str, typer.Option(help="The work name of whoever saw it.")],
    proof_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it was seen.")],
    received_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which the request came.")],
    about_child: Annotated[bool, typer.Option("--about-child", help="The request is about a child.")] = False,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Open a request and begin its clock of one month (DPO)."""
    from gateway.subject_access.opening import OPEN, open_content

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        days = proof_on.date(), received_on.date()
        return OPEN, open_content(_mode(office), on_behalf, about_child, proof, proof_by, *days)

    made = _carry_out((settings, trial, key, passphrase_file), content)
    text = f"Request {made.reference} is open, to be answered by {made.due.isoformat()}. On the DPO's machine: patchwork-keyholder access ask"
    _print(as_json, {"request": made.reference, "due": made.due.isoformat()}, text)


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what is answered or closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 200,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the requests whose clock runs, the nearest first. Exit status 1 where one is overdue."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.subject_access.rows import request_row
    from gateway.subject_access.views import list_requests
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        views = list_requests(office, LOCAL_READER, everything, limit)
    print_rows(as_json, "requests", [request_row(view) for view in views], _COLUMNS)
    if any(view.is_overdue for view in views):
        raise typer.Exit(1)


@app.command()
def show(
    request: Reference, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False
) -> None:
    """Show one, with every record that it may be about: by agency and what it said, never a detail of a person."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.subject_access.rows import item_row, request_row
    from gateway.subject_access.views import show_request
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        view = show_request(office, LOCAL_READER, request)
    row, items = request_row(view), [item_row(each) for each in view.items]
    text = f"{table('requests', [row], _COLUMNS)}\n\n{table('records', items, _ITEM_COLUMNS)}"
    print_result(as_json, {"request": row, "records": items}, text)


@app.command()
def search(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder access ask wrote on the DPO's machine.")],
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Look for the records that a request may be about, with tokens made on the DPO's machine. Their agencies are asked next."""
    found = _hand_in(file, (settings, trial), "subject-access.search")
    text = f"{len(found)} records; each agency is asked about its own through its connector."
    _print(as_json, {"records": len(found)}, text)


@app.command("answer")
def answer_(
    request: Reference,
    item: ItemNumber,
    verdict: Annotated[str, typer.Option(help="release, not-theirs or exempt.")],
    evidence: Annotated[str, typer.Option(help="The paper it rests on, such as: letter of 20 March. Never a name.")],
    ground: Annotated[str, typer.Option(help="For an exemption: serious-harm, mixed-data or workers.")] = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record what an agency said on paper, once its time to answer by itself is over (DPO)."""
    from gateway.subject_access.answering import ANSWER, answer_content

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        return ANSWER, answer_content(_mode(office), request, item, verdict, ground, evidence)

    _carry_out((settings, trial, key, passphrase_file), content)
    _print(as_json, {"request": request, "item": item, "verdict": verdict}, f"Recorded for record {item}: {verdict}.")


@app.command()
def decide(
    request: Reference,
    item: ItemNumber,
    reason: Reason,
    include: Annotated[bool, typer.Option("--include/--withhold", help="Whether it is shown.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Decide whether a service that must stay private is shown to whoever asks (DPO)."""
    from gateway.subject_access.answering import DECIDE, decide_content

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        return DECIDE, decide_content(_mode(office), request, item, include, reason)

    _carry_out((settings, trial, key, passphrase_file), content)
    said = "shown" if include else "withheld"
    _print(as_json, {"request": request, "item": item, "included": include}, f"Record {item} is {said}.")


@app.command()
def extend(
    request: Reference,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Put the clock off by two months, once, where the request is complex and the person was told why (DPO)."""
    from gateway.subject_access.opening import EXTEND, reason_content

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        return EXTEND, reason_content(_mode(office), request, reason)

    made = _carry_out((settings, trial, key, passphrase_file), content)
    _print(as_json, {"request": request, "due": made.due.isoformat()}, f"To be answered by {made.due.isoformat()}.")


@app.command()
def close(
    request: Reference,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Close a request: answered and handed over, taken back, or refused (DPO)."""
    from gateway.subject_access.opening import CLOSE, reason_content

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        return CLOSE, reason_content(_mode(office), request, reason)

    _carry_out((settings, trial, key, passphrase_file), content)
    _print(as_json, {"request": request, "state": "closed"}, f"Request {request} is closed.")


@app.command()
def export(
    request: Reference,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the file.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Hand a request out to the DPO's machine, once everybody has answered (DPO)."""
    from gateway.subject_access.exporting import EXPORT, export_content
    from identity.agency.private_file import write_private

    def content(office: "Office") -> tuple[str, dict[str, Any]]:
        return EXPORT, export_content(_mode(office), request, office.partnership)

    made = _carry_out((settings, trial, key, passphrase_file), content)
    write_private(out, made.data)
    text = f"Wrote {out}. On the DPO's own machine: patchwork-keyholder access open {out} --reason WHY -k KEY -o ANSWER"
    _print(as_json, {"request": request, "file": str(out)}, text)


@app.command()
def opened(
    file: Annotated[Path, typer.Argument(help="opening.json, as patchwork-keyholder access open wrote it.")],
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record that what is sealed was opened on the DPO's machine, and why."""
    made = _hand_in(file, (settings, trial), "subject-access.opened")
    _print(as_json, {"request": made.reference}, f"Recorded that the file of {made.reference} was opened.")


@app.command()
def release(
    file: Annotated[Path, typer.Argument(help="release.json, as patchwork-keyholder access open wrote it.")],
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Record the signed release of an answer, by its digest; then hand the answer over."""
    made = _hand_in(file, (settings, trial), "subject-access.release")
    _print(as_json, {"request": made.reference, "answer": made.answer}, f"The answer to {made.reference} is released.")


def _mode(office: "Office") -> Any:
    with office.store.read() as unit:
        return unit.side.mode


def _carry_out(asked: tuple[Path, bool, Path | None, Path | None], content: "Content") -> Any:
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.signing import Signers

    settings, trial, key, passphrase_file = asked
    with opened_side(settings, trial) as (read, office):
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), content(office))
    return handed.result


def _hand_in(file: Path, asked: tuple[Path, bool], action: str) -> Any:
    """What was signed on the DPO's machine. Raises `Refused` where it is another action than the command's."""
    from gateway.app import opened_side
    from gateway.refused import Refused
    from gateway.trust.proposals import hand_in
    from gateway.trust.signed_change import read_statement
    from identity.custody.access_ask import read_change

    signed = read_change(file)
    found = read_statement(signed.statement).action
    if found != action:
        raise Refused(f"{file} holds {found}; use the command that it names")
    settings, trial = asked
    with opened_side(settings, trial) as (_, office):
        return hand_in(office, signed).result


def _print(as_json: bool, document: dict[str, Any], text: str) -> None:
    from gateway.cli.printing import print_result

    print_result(as_json, document, text)
