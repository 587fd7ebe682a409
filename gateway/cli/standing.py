"""`patchwork connector list` and `show`: how every connector is doing, at a glance."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

if TYPE_CHECKING:
    from gateway.model.connector_change import ConnectorChange
    from gateway.trust.standing_view import Standing

_Id = Annotated[str, typer.Argument(help="The connector's id.")]
_COLUMNS = (
    "light",
    "id",
    "status",
    "side",
    "last_seen",
    "lag_seconds",
    "refused_percent",
    "dead_letters",
    "unacknowledged",
    "certificate_days",
    "agreement_days",
    "why",
)
_FACTS = ("id", "light", "status", "side", "since", "carrier", "inbox", "fingerprint", "last_seen", "last_accepted")


def add_to(app: typer.Typer) -> None:
    """Register these commands among those of `patchwork connector`."""
    app.command("list")(list_)
    app.command()(show)


def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show every connector, where it stands and how it is doing: red, amber or green, with the reason."""
    from gateway.app import opened_sides
    from gateway.cli.printing import print_result, table
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.standing_view import list_standings

    with opened_sides(settings) as sides:
        rows = [_row(standing) for _, office in sides for standing in list_standings(office, LOCAL_READER)]
    rows.sort(key=lambda row: str(row["id"]))
    lines = table("connectors", [_line(row) for row in rows], _COLUMNS)
    print_result(as_json, {"connectors": rows}, lines)


def show(id: _Id, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one connector: how it is doing and why, its last test, every step of its life, and its limits."""
    from gateway.app import opened_sides
    from gateway.cli.connector_row import limit_lines
    from gateway.cli.printing import print_result, table
    from gateway.cli.probe import probe_row, summary
    from gateway.probing.asking import last_probe
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.lifecycle import history, show_connector
    from gateway.trust.standing_view import show_standing

    with opened_sides(settings) as sides:
        status = show_connector(sides[0][1], LOCAL_READER, id).status
        office = next(office for read, office in sides if read.side.is_place_of(status))
        standing = show_standing(office, LOCAL_READER, id)
        tested = last_probe(office, LOCAL_READER, id)
        steps = [_step(step) for step in history(sides[0][1], LOCAL_READER, id)]
    row = _row(standing) | {"last_test": probe_row(tested) if tested else None}
    facts = [f"{name.replace('_', ' ')}: {row[name] or 'never'}" for name in _FACTS]
    facts += [f"{finding['light']}: {finding['text']}" for finding in row["findings"]]
    facts += [f"agency: {agency}" for agency in row["agencies"]]
    facts += [f"{name.replace('_', ' ')}: {_or_none(row[name])}" for name in _COLUMNS[5:-1]]
    facts.append(f"last test: {summary(tested, standing.at) if tested else '-'}")
    facts += ["limits:", *limit_lines(row["limits"])]
    steps_text = table("steps", steps, ("at", "before", "after", "actor", "approver", "reason"))
    print_result(as_json, {"connector": row, "history": steps}, "\n".join([*facts, "history:", steps_text]))


def _row(standing: "Standing") -> dict[str, Any]:
    from gateway.cli.connector_row import connector_row

    figures = standing.figures
    return {
        **connector_row(standing.connector),
        "fingerprint": standing.fingerprint,
        "light": standing.light.value,
        "side": standing.side.value,
        "findings": [{"light": each.light.value, "text": each.text} for each in standing.findings],
        "last_seen": _instant(figures.last_seen),
        "last_accepted": _instant(figures.last_accepted),
        "accepted_seconds_ago": standing.accepted_seconds_ago,
        "lag_seconds": standing.lag_seconds,
        "accepted": figures.accepted,
        "refused": figures.refused,
        "refused_percent": figures.refused_percent,
        "dead_letters": figures.dead_letters,
        "unacknowledged": figures.unacknowledged,
        "unprocessed_since": _instant(figures.unprocessed_since),
        "certificate_until": _instant(figures.certificate_until),
        "certificate_days": standing.certificate_days,
        "agreement_until": standing.cover.until.isoformat() if standing.cover.until else None,
        "agreement_days": standing.agreement_days,
        "uncovered": list(standing.cover.uncovered),
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """For people: the gravest reason, and `-` for what there is none of."""
    first = row["findings"][0]["text"] if row["findings"] else ""
    return {name: _or_none(value) for name, value in row.items()} | {"why": first}


def _step(step: "ConnectorChange") -> dict[str, Any]:
    return {
        "at": step.at.isoformat(timespec="seconds"),
        "before": step.before.value if step.before else None,
        "after": step.after.value,
        "actor": step.actor,
        "approver": step.approver,
        "reason": step.reason,
    }


def _or_none(value: object) -> object:
    return "-" if value is None else value


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
