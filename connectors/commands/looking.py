"""held, outbox, deliveries, dead-letters and worklist: looking at what waits, and letting it go."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse

if TYPE_CHECKING:
    from connectors.ledger.outbox import Message

held_app = typer.Typer(help="Readings held because too much would end at once.", no_args_is_help=True)
outbox_app = typer.Typer(help="What was or is to be sent to the gateway.", no_args_is_help=True)
deliveries_app = typer.Typer(help="Alerts that sinks still have to be given.", no_args_is_help=True)
letters_app = typer.Typer(help="Parcels from the gateway that could not be used.", no_args_is_help=True)

checks_app = typer.Typer(help="Our own records that should be looked at again.", no_args_is_help=True)

Reading = Annotated[int, typer.Argument(help="The number that `held list` shows.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.add_typer(held_app, name="held")
    app.add_typer(outbox_app, name="outbox")
    app.add_typer(deliveries_app, name="deliveries")
    app.add_typer(letters_app, name="dead-letters")
    app.add_typer(checks_app, name="check-records")
    app.command("worklist")(show_worklist)


@held_app.command("list")
def list_held(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Show every held reading, and why it is held. Exit code 1 where there is one."""
    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            held = unit.snapshots.held()
        rows: list[dict[str, Any]] = [
            {
                "reading": one.id,
                "source": one.source,
                "as_of": one.as_of,
                "reason": one.reason,
                "live": one.live,
                "leaving": one.leaving,
            }
            for one in held
        ]
        lines = [f"{row['reading']}  {row['source']} (as of {row['as_of']}): {row['reason']}" for row in rows]
        lines += (
            ["Look at the export, then: patchwork-connector held release NUMBER, or held discard NUMBER"]
            if rows
            else ["None is held."]
        )
        answer({"held": rows}, "\n".join(lines), as_json, to_do=bool(rows))


@held_app.command("release")
def release_held(reading: Reading, settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Publish a held reading whole."""
    from connectors.assembly import post_due
    from connectors.commands.running import feed_document, feed_lines, posted_text
    from connectors.feeds import open_feeds
    from connectors.publish import release

    with connector_of(settings, as_json) as connector:
        opened = open_feeds(connector.settings, connector.defaults)
        report = release(connector.desk, connector.screening, opened.feeds, reading, connector.policy)
        if report.problem:
            refuse(report.problem, as_json)
        posted = post_due(connector)
        text = "\n".join([*feed_lines(report), posted_text(posted)])
        answer({"released": feed_document(report), "sent": posted.sent}, text, as_json, to_do=bool(posted.problem))


@held_app.command("discard")
def discard_held(reading: Reading, settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Forget a held reading. What was published before stays as it is."""
    from connectors.publish import discard

    with connector_of(settings, as_json) as connector:
        if not discard(connector.ledger, reading):
            refuse(f"no reading {reading} is held; see: patchwork-connector held list", as_json)
        answer({"discarded": reading}, f"Forgot reading {reading}; nothing of it was published.", as_json)


@checks_app.command("list")
def list_checks(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Show which of our own clients' records to look at again, and which fields: thin ones, and some drawn by lot."""
    from connectors.check_records import as_json as document_of
    from connectors.check_records import as_text, check_records

    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            records = check_records(unit, connector.settings.agency.id)
        answer(document_of(records), as_text(records), as_json)


@outbox_app.command("list")
def list_outbox(
    settings: SettingsPath = DEFAULT_SETTINGS,
    status: Annotated[str, typer.Option(help="pending, sent, settled or refused; all where empty.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show messages and how far they are. Exit code 1 where one was refused."""
    if status not in ("", "pending", "sent", "settled", "refused"):
        refuse("--status must be pending, sent, settled or refused", as_json)
    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            rows, counts = unit.outbox.list(status, limit), unit.outbox.counts()
        lines = [", ".join(f"{count} {name}" for name, count in counts.items()) or "The outbox is empty."]
        lines += [f"{one.id}  {one.status:8} {one.event or one.kind}  {_why(one)}".rstrip() for one in rows]
        document = {"counts": counts, "messages": [_message(one) for one in rows]}
        answer(document, "\n".join(lines), as_json, to_do=bool(counts.get("refused")))


@outbox_app.command("show")
def show_outbox(
    id: Annotated[str, typer.Argument()], settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False
) -> None:
    """Show one message: its attempts, and why it was refused. Never its content."""
    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            found = unit.outbox.get(_id(id, as_json))
        if found is None:
            refuse("there is no such message; see: patchwork-connector outbox list", as_json)
        lines = [f"{name}  {value}" for name, value in _message(found).items() if value not in (None, "", [])]
        answer(_message(found), "\n".join(lines), as_json)


@outbox_app.command("retry")
def retry_outbox(
    id: Annotated[str, typer.Argument(help="One message; all refused ones where empty.")] = "",
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Send refused messages again, made anew from what the ledger knows now."""
    from connectors.assembly import post_due
    from connectors.publish import publish
    from connectors.retrying import retry_refused

    with connector_of(settings, as_json) as connector:
        with connector.ledger.write() as unit:
            count = retry_refused(unit, _id(id, as_json) if id else None, connector.now())
        publish(connector.desk, connector.screening, [], connector.policy)
        posted = post_due(connector)
        answer(
            {"retried": count, "sent": posted.sent, "problem": posted.problem or None},
            f"{count} sent again.",
            as_json,
            to_do=bool(posted.problem),
        )


@deliveries_app.command("list")
def list_deliveries(settings: SettingsPath = DEFAULT_SETTINGS, limit: Limit = 100, as_json: AsJson = False) -> None:
    """Show alerts that no sink has taken yet, or refused. Exit code 1 where there is one."""
    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            rows = [*unit.deliveries.list("pending", limit), *unit.deliveries.list("refused", limit)]
            counts = unit.deliveries.counts()
        shown = [
            {
                "number": one.id,
                "sink": one.sink,
                "event": one.event,
                "status": one.status,
                "attempts": one.attempts,
                "problem": one.problem,
            }
            for one in rows
        ]
        lines = [f"{row['number']}  {row['status']}  {row['sink']}  {row['event']}  {row['problem']}" for row in shown]
        answer(
            {"counts": counts, "deliveries": shown},
            "\n".join(lines) or "Every alert was delivered.",
            as_json,
            to_do=bool(rows),
        )


@deliveries_app.command("retry")
def retry_deliveries(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Try every undelivered alert again now."""
    from connectors.handing_over import hand_over

    with connector_of(settings, as_json) as connector:
        with connector.ledger.write() as unit:
            count = unit.deliveries.retry(connector.now())
        handed = hand_over(connector.ledger, connector.sinks, connector.now)
        delivered = sum(handed.delivered.values())
        lines = [
            f"{delivered} of {count} delivered.",
            *(f"sink {sink}: {problem}" for sink, problem in handed.problems.items()),
        ]
        answer(
            {"tried": count, "delivered": delivered, "sink_problems": handed.problems},
            "\n".join(lines),
            as_json,
            to_do=delivered < count,
        )


@letters_app.command("list")
def list_letters(settings: SettingsPath = DEFAULT_SETTINGS, limit: Limit = 100, as_json: AsJson = False) -> None:
    """Show parcels that could not be opened or understood, and why. Exit code 1 where there is one."""
    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            letters = unit.dead_letters.list(limit)
        rows = [
            {"digest": one.digest, "code": one.code, "reason": one.reason, "received_at": one.received_at.isoformat()}
            for one in letters
        ]
        lines = [f"{row['digest'][:16]}  {row['received_at']}  {row['code']}: {row['reason']}" for row in rows]
        answer({"dead_letters": rows}, "\n".join(lines) or "There are none.", as_json, to_do=bool(rows))


def show_worklist(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Show the current connections of this agency's own clients."""
    from connectors import worklist

    with connector_of(settings, as_json) as connector:
        with connector.ledger.read() as unit:
            listed = worklist.worklist(unit, connector.now())
        answer(worklist.as_json(listed), worklist.as_text(listed), as_json)


def _id(text: str, as_json: bool) -> Any:
    from mappings.canonical.identifiers import InvalidIdentifier, MessageId

    try:
        return MessageId(text)
    except InvalidIdentifier as problem:
        refuse(problem, as_json)


def _why(message: "Message") -> str:
    return message.issues[0].text if message.issues else message.problem


def _message(message: "Message") -> dict[str, Any]:
    return {
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
