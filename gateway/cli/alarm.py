"""`patchwork alarm`: what somebody is to look at."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, Reason, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.model.alarm import Alarm

app = typer.Typer(help="Alarms: connectors to look at.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[int, typer.Argument(help="The alarm's number.")]
_COLUMNS = ("id", "light", "connector", "kind", "raised_at", "what", "acknowledged_by")
_FACTS = ("id", "connector", "kind", "light", "raised_at", "observed", "usual", "what")


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that were acknowledged.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the alarms that nobody has acknowledged."""
    from gateway.alarms.answering import list_alarms
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        rows = [_row(alarm) for alarm in list_alarms(office, LOCAL_READER, whole)]
    print_rows(as_json, "alarms", rows, _COLUMNS)


@app.command()
def show(id: _Id, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one alarm: what was counted, what is usual, and what became of it."""
    from gateway.alarms.answering import show_alarm
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = _row(show_alarm(office, LOCAL_READER, id))
    names = [*_FACTS, "acknowledged_at", "acknowledged_by", "reason"] if row["acknowledged_at"] else _FACTS
    text = "\n".join(f"{name.replace('_', ' ')}: {row[name]}" for name in names)
    print_result(as_json, {"alarm": row}, text)


@app.command()
def acknowledge(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that you have looked, and what you found (security officer). The same kind is raised again only by what happens from now on."""
    from gateway.alarms.answering import ACKNOWLEDGE, acknowledge_content
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers

    with opened_side(settings, trial) as (read, office):
        content = acknowledge_content(id, reason, read.mode)
        handed, _ = carry_out(office, read, Signers(key, passphrase_file, None, None), (ACKNOWLEDGE, content))
    print_result(as_json, {"acknowledged": _row(handed.result)}, f"Alarm {id} is acknowledged.")


def _row(alarm: "Alarm") -> dict[str, Any]:
    from gateway.alarms.raising import in_words

    seen = alarm.acknowledged
    return {
        "id": alarm.id,
        "connector": alarm.connector.value,
        "kind": alarm.kind.value,
        "light": alarm.kind.light.value,
        "raised_at": alarm.raised_at.isoformat(timespec="seconds"),
        "observed": alarm.observed,
        "usual": alarm.usual,
        "what": in_words(alarm.kind, alarm.observed, alarm.usual),
        "acknowledged_at": seen.at.isoformat(timespec="seconds") if seen else None,
        "acknowledged_by": seen.by if seen else None,
        "reason": seen.reason if seen else None,
    }
