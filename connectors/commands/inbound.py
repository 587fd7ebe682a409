"""deliveries, dead-letters, check-records and worklist: what came from the gateway, and what became of it here."""

from collections import Counter
from typing import Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, Limit, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, only, suffix

deliveries_app = typer.Typer(help="Alerts that sinks still have to be given.", no_args_is_help=True)
letters_app = typer.Typer(help="Parcels from the gateway that could not be used.", no_args_is_help=True)
checks_app = typer.Typer(help="Our own records that should be looked at again.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.add_typer(deliveries_app, name="deliveries")
    app.add_typer(letters_app, name="dead-letters")
    app.add_typer(checks_app, name="check-records")
    app.command("worklist")(show_worklist)
    app.command("connection")(show_connection)


@deliveries_app.command("list")
def list_deliveries(
    settings: SettingsPath = DEFAULT_SETTINGS, limit: Limit = 100, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Show alerts that no sink has taken yet, or refused. Exit code 1 where there is one."""
    with connector_of(settings, as_json) as connector:
        shown: list[dict[str, Any]] = []
        counts: Counter[str] = Counter()
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                rows = [*unit.deliveries.list("pending", limit), *unit.deliveries.list("refused", limit)]
                counts.update(unit.deliveries.counts())
            shown += [
                {
                    "agency": each.id.value,
                    "number": one.id,
                    "sink": one.sink,
                    "event": one.event,
                    "status": one.status,
                    "attempts": one.attempts,
                    "problem": one.problem,
                }
                for one in rows
            ]
        lines = [
            f"{row['number']}  {row['status']}  {row['sink']}  {row['event']}  {row['problem']}{suffix(connector, row['agency'])}"
            for row in shown
        ]
        answer(
            {"counts": dict(counts), "deliveries": shown},
            "\n".join(lines) or "Every alert was delivered.",
            as_json,
            to_do=bool(shown),
        )


@deliveries_app.command("retry")
def retry_deliveries(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Try every undelivered alert again now."""
    from connectors.alerts.handing_over import hand_over

    with connector_of(settings, as_json) as connector:
        count, delivered, lines = 0, 0, []
        problems: dict[str, str] = {}
        for each in chosen(connector, agency, as_json):
            with each.ledger.write() as unit:
                count += unit.deliveries.retry(connector.now())
            handed = hand_over(each.ledger, each.sinks, connector.now, each.digests)
            delivered += sum(handed.delivered.values())
            problems |= handed.problems
            lines += [f"sink {sink}: {problem}" for sink, problem in handed.problems.items()]
        answer(
            {"tried": count, "delivered": delivered, "sink_problems": problems},
            "\n".join([f"{delivered} of {count} delivered.", *lines]),
            as_json,
            to_do=delivered < count,
        )


@letters_app.command("list")
def list_letters(
    settings: SettingsPath = DEFAULT_SETTINGS, limit: Limit = 100, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Show parcels that could not be opened or understood, and why. Exit code 1 where there is one. Such a parcel cannot say whose it is: the
    first agency of the settings keeps it."""
    with connector_of(settings, as_json) as connector:
        rows = []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                letters = unit.dead_letters.list(limit)
            rows += [
                {
                    "agency": each.id.value,
                    "digest": one.digest,
                    "code": one.code,
                    "reason": one.reason,
                    "received_at": one.received_at.isoformat(),
                }
                for one in letters
            ]
        lines = [f"{row['digest'][:16]}  {row['received_at']}  {row['code']}: {row['reason']}" for row in rows]
        answer({"dead_letters": rows}, "\n".join(lines) or "There are none.", as_json, to_do=bool(rows))


@checks_app.command("list")
def list_checks(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show which of our own clients' records to look at again, and which fields: thin ones, and some drawn by lot."""
    from connectors.reading.check_records import as_json as document_of
    from connectors.reading.check_records import as_text, check_records

    with connector_of(settings, as_json) as connector:
        whose = only(connector, agency, as_json)
        with whose.ledger.read() as unit:
            records = check_records(unit, whose.id)
        answer({"agency": whose.id.value, **document_of(records)}, as_text(records), as_json)


def show_worklist(
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    worker: Annotated[
        str, typer.Option(help="Only those of this worker's clients: a digest for whoever takes over.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show the current connections of this agency's own clients."""
    from connectors.alerts import worklist
    from connectors.alerts.leavers import of_worker

    with connector_of(settings, as_json) as connector:
        whose = only(connector, agency, as_json)
        with whose.ledger.read() as unit:
            listed = worklist.worklist(unit, connector.now())
        listed = of_worker(listed, worker) if worker else listed
        answer({"agency": whose.id.value, **worklist.as_json(listed)}, worklist.as_text(listed), as_json)


def show_connection(
    reference: Annotated[str, typer.Argument(help="What the caller says, such as K7P-4QX.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Somebody rings and says a reference: which of our own clients is it about, and who of us is involved? Exit code 1 where none is."""
    from connectors.alerts import worklist
    from mappings.canonical.identifiers import InvalidIdentifier

    with connector_of(settings, as_json) as connector:
        found = []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                listed = worklist.worklist(unit, connector.now())
            try:
                found.append((each, worklist.of_reference(listed, reference)))
            except InvalidIdentifier as problem:
                refuse(problem, as_json)
        rows = [
            {"agency": each.id.value} | row for each, listed in found for row in worklist.as_json(listed)["connections"]
        ]
        text = [worklist.as_text(listed) for _, listed in found if listed.entries] or [
            "No current connection of ours has this reference. Ask the caller to say it again; if it is right, it is no longer shared, and "
            "nothing should be said about anybody."
        ]
        answer({"connections": rows}, "\n".join(text), as_json, to_do=not rows)
