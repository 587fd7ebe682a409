"""`patchwork introducer`: what practitioners ask of the introducer, where the other side may not be named."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.introducing.work_list import IntroductionView

app = typer.Typer(
    help="Requests to bring two sides together where one must stay hidden.", no_args_is_help=True, rich_markup_mode=None
)
_Ref = Annotated[
    str, typer.Argument(metavar="REF", help="The spoken reference, such as K7P-4QX, or the request's number.")
]
_COLUMNS = ("id", "reference", "state", "waiting_days", "due_at", "asks", "asker", "service")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what is decided.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 200,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the requests that wait, the longest waiting first, with their clocks; what ran past its clock is marked overdue. No client and no
    worker is named. Exit status 1 where one is overdue."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.introducing.work_list import list_introductions
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        views = list_introductions(office, LOCAL_READER, everything, limit)
    print_rows(as_json, "requests", [_row(view) for view in views], _COLUMNS)
    if any(view.is_overdue for view in views):
        raise typer.Exit(1)


@app.command()
def show(ref: _Ref, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one: which agency asks which, and whether the other side can be reached yet."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.introducing.work_list import show_introduction
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        view = show_introduction(office, LOCAL_READER, ref)
    row = _row(view) | {"hidden": view.hidden, "confirmed": view.confirmed}
    print_result(as_json, {"request": row}, "\n".join(f"{name}: {value}" for name, value in row.items()))


@app.command("pass-on")
def pass_on(
    ref: _Ref,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the asker's work contact to the hidden worker, in their own system; whether they ring is theirs to decide (introducer)."""
    from gateway.introducing.deciding import PASS_ON

    row = _decide(PASS_ON, ref, (key, passphrase_file), (settings, trial))
    later = "" if row["alerts"] else " The other side is told as soon as its agency has confirmed it."
    _print(as_json, row, f"Request {row['id']} ({row['reference']}) is passed on.{later} The asker is told nothing.")


@app.command()
def decline(
    ref: _Ref,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Pass nothing on. To the asker it looks like no answer (introducer)."""
    from gateway.introducing.deciding import DECLINE

    row = _decide(DECLINE, ref, (key, passphrase_file), (settings, trial))
    _print(as_json, row, f"Request {row['id']} ({row['reference']}) is declined. Nobody is told.")


def _decide(
    action: str, ref: str, signer: "tuple[Path | None, Path | None]", where: "tuple[Path, bool]"
) -> dict[str, Any]:
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.signing import Signers
    from gateway.introducing.deciding import decision_content
    from gateway.introducing.work_list import show_introduction
    from gateway.trust.actor import LOCAL_READER

    with opened_side(*where) as (read, office):
        content = decision_content(show_introduction(office, LOCAL_READER, ref))
        handed, _ = carry_out(office, read, Signers(*signer), (action, content))
        view = show_introduction(office, LOCAL_READER, str(content["introduction"]))
    return _row(view) | {"alerts": handed.result.alerts}


def _print(as_json: bool, row: dict[str, Any], text: str) -> None:
    from gateway.cli.printing import print_result

    print_result(as_json, {"request": row}, text)


def _row(view: "IntroductionView") -> dict[str, Any]:
    asked = view.introduction
    return {
        "id": asked.id,
        "reference": view.reference,
        "state": "overdue" if view.is_overdue else asked.state.value,
        "asked_at": asked.asked_at.isoformat(timespec="seconds"),
        "waiting_days": view.waiting_days,
        "due_at": view.due_at.isoformat(timespec="seconds") if view.due_at else None,
        "asks": asked.asks,
        "asker": view.asker,
        "service": view.asker_service.value,
        "decided_by": asked.decided_by,
        "decided_at": asked.decided_at.isoformat(timespec="seconds") if asked.decided_at else None,
    }
