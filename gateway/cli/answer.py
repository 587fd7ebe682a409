"""`patchwork answer`: relatives of whom a practitioner says that they are somebody else, which wait for a steward."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.alert_answer import AlertAnswer

app = typer.Typer(
    help="Practitioners' answers about relatives that wait for a steward.", no_args_is_help=True, rich_markup_mode=None
)
_Id = Annotated[int, typer.Argument(help="The answer's number, as patchwork answer list shows it.")]
_COLUMNS = ("id", "said", "said_on", "involvement", "outcome", "decided_by", "decided_at")


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that are decided.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the answers that say that a relative is somebody else. Until they are decided nothing is shared across these pairs.

    Answers about one and the same person wait as review cases: patchwork review list.
    """
    from gateway.answers.deciding import list_answers
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        found = list_answers(office, LOCAL_READER, whole)
    print_rows(as_json, "answers", [_row(each) for each in found], _COLUMNS)


@app.command()
def uphold(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """The relative is somebody else: whoever was told is told to disregard it, and this pair is not shared again (steward)."""
    from gateway.answers.deciding import UPHOLD

    _decide(UPHOLD, id, key, passphrase_file, trial, settings, as_json)


@app.command()
def overrule(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """The relative is who they were said to be: what agreement and rules permit is shared again (steward)."""
    from gateway.answers.deciding import OVERRULE

    _decide(OVERRULE, id, key, passphrase_file, trial, settings, as_json)


def _decide(
    action: str,
    id: int,
    key: "Path | None",
    passphrase_file: "Path | None",
    trial: bool,
    settings: "Path",
    as_json: bool,
) -> None:
    from gateway.answers.deciding import answer_content
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers

    with opened_side(settings, trial) as (read, office):
        content = answer_content(office, id, read.mode)
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (action, content))
    decided = handed.result
    text = f"Answer {id} is {decided.answer.outcome}; {decided.alerts} alerts follow from it."
    print_result(as_json, {"answer": _row(decided.answer) | {"alerts": decided.alerts}}, text)


def _row(known: "AlertAnswer") -> dict[str, Any]:
    return {
        "id": known.id,
        "said": known.code.value,
        "said_on": known.said_on.isoformat(),
        "involvement": known.involvement,
        "connection": known.connection.value,
        "outcome": known.outcome.value,
        "decided_by": known.decided_by or None,
        "decided_at": known.decided_at.isoformat(timespec="seconds") if known.decided_at else None,
    }
