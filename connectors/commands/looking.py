"""held and outbox: looking at what waits to be published or sent, and letting it go."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, Limit, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, holder, suffix

if TYPE_CHECKING:
    from connectors.ledger.ledger import Unit
    from connectors.ledger.outbox import Message
    from connectors.running.served_agency import ServedAgency

held_app = typer.Typer(help="Readings held because too much would end at once.", no_args_is_help=True)
outbox_app = typer.Typer(help="What was or is to be sent to the gateway.", no_args_is_help=True)

Reading = Annotated[int, typer.Argument(help="The number that `held list` shows.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.add_typer(held_app, name="held")
    app.add_typer(outbox_app, name="outbox")


@held_app.command("list")
def list_held(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show every held reading, and why it is held. Exit code 1 where there is one."""
    with connector_of(settings, as_json) as connector:
        rows: list[dict[str, Any]] = []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                rows += [
                    {
                        "agency": each.id.value,
                        "reading": one.id,
                        "source": one.source,
                        "as_of": one.as_of,
                        "reason": one.reason,
                        "live": one.live,
                        "leaving": one.leaving,
                    }
                    for one in unit.snapshots.held()
                ]
        lines = [
            f"{row['reading']}  {row['source']} (as of {row['as_of']}): {row['reason']}{suffix(connector, row['agency'])}"
            for row in rows
        ]
        lines += (
            ["Look at the export, then: patchwork-connector held release NUMBER, or held discard NUMBER"]
            if rows
            else ["None is held."]
        )
        answer({"held": rows}, "\n".join(lines), as_json, to_do=bool(rows))


@held_app.command("release")
def release_held(
    reading: Reading, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Publish a held reading whole."""
    from connectors.commands.running import feed_document, feed_lines
    from connectors.commands.telling import posted_text
    from connectors.publish import release

    with connector_of(settings, as_json) as connector:
        whose = holder(connector, agency, as_json, lambda unit: _is_held(unit, reading), _not_held(reading))
        report = release(whose.desk, whose.screening, whose.open_feeds().feeds, reading, whose.policy)
        if report.problem:
            refuse(report.problem, as_json)
        posted = whose.post(connector.channel)
        text = "\n".join([*feed_lines(report), posted_text(posted)])
        document = {"agency": whose.id.value, "released": feed_document(report), "sent": posted.sent}
        answer(document, text, as_json, to_do=bool(posted.problem))


@held_app.command("discard")
def discard_held(
    reading: Reading, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Forget a held reading. What was published before stays as it is."""
    from connectors.publish import discard

    with connector_of(settings, as_json) as connector:
        whose = holder(connector, agency, as_json, lambda unit: _is_held(unit, reading), _not_held(reading))
        if not discard(whose.ledger, reading):
            refuse(_not_held(reading), as_json)
        answer(
            {"agency": whose.id.value, "discarded": reading},
            f"Forgot reading {reading}; nothing of it was published.",
            as_json,
        )


@outbox_app.command("list")
def list_outbox(
    settings: SettingsPath = DEFAULT_SETTINGS,
    status: Annotated[str, typer.Option(help="pending, sent, settled or refused; all where empty.")] = "",
    limit: Limit = 100,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Show messages and how far they are. Exit code 1 where one was refused."""
    if status not in ("", "pending", "sent", "settled", "refused"):
        refuse("--status must be pending, sent, settled or refused", as_json)
    with connector_of(settings, as_json) as connector:
        rows: list[tuple[ServedAgency, Message]] = []
        counts: Counter[str] = Counter()
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                rows += [(each, one) for one in unit.outbox.list(status, limit)]
                counts.update(unit.outbox.counts())
        lines = [", ".join(f"{count} {name}" for name, count in counts.items()) or "The outbox is empty."]
        lines += [f"{one.id}  {one.status:8} {one.event or one.kind}  {_why(one)}".rstrip() for _, one in rows]
        document = {"counts": dict(counts), "messages": [_message(whose, one) for whose, one in rows]}
        answer(document, "\n".join(lines), as_json, to_do=bool(counts["refused"]))


@outbox_app.command("show")
def show_outbox(
    id: Annotated[str, typer.Argument()],
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Show one message: its attempts, and why it was refused. Never its content."""
    message = _id(id, as_json)
    with connector_of(settings, as_json) as connector:
        whose = holder(connector, agency, as_json, lambda unit: unit.outbox.get(message), _NO_MESSAGE)
        with whose.ledger.read() as unit:
            found = unit.outbox.get(message)
        if found is None:
            refuse(_NO_MESSAGE, as_json)
        document = _message(whose, found)
        lines = [f"{name}  {value}" for name, value in document.items() if value not in (None, "", [])]
        answer(document, "\n".join(lines), as_json)


@outbox_app.command("retry")
def retry_outbox(
    id: Annotated[str, typer.Argument(help="One message; all refused ones where empty.")] = "",
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Send refused messages again, made anew from what the ledger knows now."""
    from connectors.exchange.posting import together
    from connectors.exchange.retrying import retry_refused
    from connectors.publish import publish

    message = _id(id, as_json) if id else None
    with connector_of(settings, as_json) as connector:
        meant, count = chosen(connector, agency, as_json), 0
        for each in meant:
            with each.ledger.write() as unit:
                count += retry_refused(unit, message, connector.now())
            publish(each.desk, each.screening, [], each.policy)
        posted = together(each.post(connector.channel) for each in meant)
        answer(
            {"retried": count, "sent": posted.sent, "problem": posted.problem or None},
            f"{count} sent again.",
            as_json,
            to_do=bool(posted.problem),
        )


_NO_MESSAGE = "there is no such message; see: patchwork-connector outbox list"


def _not_held(reading: int) -> str:
    return f"no reading {reading} is held; see: patchwork-connector held list"


def _is_held(unit: "Unit", reading: int) -> bool:
    return any(one.id == reading for one in unit.snapshots.held())


def _id(text: str, as_json: bool) -> Any:
    from mappings.canonical.identifiers import InvalidIdentifier, MessageId

    try:
        return MessageId(text)
    except InvalidIdentifier as problem:
        refuse(problem, as_json)


def _why(message: "Message") -> str:
    return message.issues[0].text if message.issues else message.problem


def _message(whose: "ServedAgency", message: "Message") -> dict[str, Any]:
    return {
        "agency": whose.id.value,
        "id": message.id.value,
        "kind": message.kind.value,
        "event": message.event,
        "status": message.status,
        "attempts": message.attempts,
        "queued_at": message.queued_at.isoformat(),
        "next_attempt_at": message.next_attempt_at.isoformat() if message.status in ("pending", "sent") else None,
        "settled_at": message.settled_at.isoformat() if message.settled_at else None,
        "problem": message.problem,
        "issues": [
            {"type": one.type, "code": one.code, "element": one.element, "text": one.text} for one in message.issues
        ],
    }
