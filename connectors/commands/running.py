"""publish, deliver and run."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of

if TYPE_CHECKING:
    from connectors.assembly import Connector
    from connectors.deliver import Delivered
    from connectors.policy import FeedReport, Report
    from connectors.posting import Posted

Watching = Annotated[bool, typer.Option("--watch/--once", help="Stay up and go on, until stopped.")]
OnlyDue = Annotated[
    bool, typer.Option("--due", help="Read no source; only what is due again (age bands, new epochs, asked for).")
]
Wait = Annotated[float, typer.Option(min=0, max=25, help="Seconds to wait for the first parcel.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(publish)
    app.command()(deliver)
    app.command()(run)


def publish(
    settings: SettingsPath = DEFAULT_SETTINGS, watch: Watching = False, due: OnlyDue = False, as_json: AsJson = False
) -> None:
    """Read the sources and publish what changed."""
    with connector_of(settings, as_json) as connector:
        if watch:
            _watch(connector, publishing=True, delivering=False)
            return
        _wake(connector)
        report = _publish_once(connector, read_sources=not due)
        from connectors.assembly import post_due

        posted = post_due(connector)
        document = {"published": report_document(report), "posted": posted_document(posted)}
        answer(
            document,
            f"{report_text(report)}\n{posted_text(posted)}",
            as_json,
            to_do=report.needs_a_person or bool(posted.problem),
        )


def deliver(
    settings: SettingsPath = DEFAULT_SETTINGS, watch: Watching = False, wait: Wait = 0.0, as_json: AsJson = False
) -> None:
    """Take what the gateway sent, and hand alerts to the sinks."""
    with connector_of(settings, as_json) as connector:
        if watch:
            _watch(connector, publishing=False, delivering=True)
            return
        from connectors.assembly import post_due
        from connectors.deliver import deliver as deliver_once
        from connectors.following import follow_quietly

        _wake(connector)
        followed = follow_quietly(connector)
        if followed.problem:
            typer.echo(f"The gateway was not asked for its next keys: {followed.problem}", err=True)
        if followed.epoch_problem:
            typer.echo(f"Linkage epochs were not followed: {followed.epoch_problem}", err=True)
        post_due(connector)
        done = deliver_once(connector.reception, connector.channel, wait)
        answer(_delivered_document(done), _delivered_text(done), as_json, to_do=done.needs_a_person)


def run(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Publish and deliver until stopped (SIGTERM or Ctrl-C). Logs one JSON object a line on standard error."""
    with connector_of(settings, as_json) as connector:
        _watch(connector, publishing=True, delivering=True)


def report_document(report: "Report") -> dict[str, Any]:
    """What a run of publishing did."""
    return {
        "sources": [feed_document(feed) for feed in report.feeds],
        "withdrawn_as_excluded": report.withdrawn_as_excluded,
        "ended_as_unclaimed": report.ended_as_unclaimed,
        "sent_again": report.sent_again,
    }


def feed_document(feed: "FeedReport") -> dict[str, Any]:
    """What became of one source."""
    return {
        "source": feed.source,
        "as_of": feed.as_of.isoformat() if feed.as_of else None,
        "read": feed.read,
        "changes": dict(feed.changes),
        "skipped": dict(feed.skipped),
        "rejected": feed.rejected,
        "rejections": feed.rejections,
        "problem": feed.problem or None,
        "held": feed.held,
    }


def report_text(report: "Report") -> str:
    """The same in words."""
    lines = [line for feed in report.feeds for line in feed_lines(feed)]
    if report.withdrawn_as_excluded:
        lines.append(f"{report.withdrawn_as_excluded} withdrawn because the client is on the exclusion list.")
    if report.ended_as_unclaimed:
        lines.append(f"{report.ended_as_unclaimed} ended that the gateway held and no source states.")
    if report.sent_again:
        lines.append(f"{report.sent_again} sent again because they were due.")
    return "\n".join(lines) or "No source was read and nothing was due."


def feed_lines(feed: "FeedReport") -> list[str]:
    """One source in words."""
    if feed.problem:
        way_out = (
            f" Look at the export, then: patchwork-connector held release {feed.held} (or discard)" if feed.held else ""
        )
        return [f"{feed.source}: nothing published: {feed.problem}.{way_out}"]
    changes = (
        ", ".join(f"{count} {name.removeprefix('involvement-')}" for name, count in sorted(feed.changes.items()))
        or "no changes"
    )
    lines = [f"{feed.source} (as of {feed.as_of}): {changes}"]
    if feed.skipped:
        lines.append("  skipped: " + ", ".join(f"{count} {reason}" for reason, count in sorted(feed.skipped.items())))
    if feed.rejected:
        lines.append(f"  {feed.rejected} rows could not be used:")
        lines += [f"    {rejection}" for rejection in feed.rejections[:20]]
    return lines


def posted_document(posted: "Posted") -> dict[str, Any]:
    """What a run of sending did."""
    return {"sent": posted.sent, "refused_here": posted.refused_here, "problem": posted.problem or None}


def posted_text(posted: "Posted") -> str:
    """The same in words."""
    text = f"{posted.sent} sent."
    if posted.refused_here:
        text += f" {posted.refused_here} too large to send; see: patchwork-connector outbox list --status refused"
    return f"{text} Not all: {posted.problem}; they are sent later." if posted.problem else text


def _publish_once(connector: "Connector", *, read_sources: bool) -> "Report":
    from connectors import publish as story
    from connectors.feeds import open_feeds
    from connectors.following import follow_quietly
    from connectors.tidying import tidy

    # A new linkage epoch is stated with what is read now.
    followed = follow_quietly(connector)
    for problem in filter(None, (followed.problem, followed.epoch_problem)):
        typer.echo(f"The gateway was not followed: {problem}", err=True)
    opened = open_feeds(connector.settings, connector.defaults, None if read_sources else ())
    report = story.publish(connector.desk, connector.screening, opened.feeds, connector.policy)
    report.feeds += opened.unreadable
    with connector.ledger.write() as unit:
        tidy(unit, connector.now(), connector.settings.ledger.keep_settled_days)
    return report


def _wake(connector: "Connector") -> None:
    from connectors.waking import wake

    wake(connector.ledger, connector.settings.agency.id, connector.now())


def _watch(connector: "Connector", *, publishing: bool, delivering: bool) -> None:
    from connectors.journal import journal
    from connectors.watching import Watch

    log = journal(connector.settings.connector.value)
    Watch(connector, log, publishing=publishing, delivering=delivering).run()


def _delivered_document(done: "Delivered") -> dict[str, Any]:
    return {
        "parcels": dict(done.parcels),
        "delivered": {str(event): count for event, count in done.handed.delivered.items()},
        "sink_problems": done.handed.problems,
        "posted": posted_document(done.posted),
        "problem": done.problem or None,
    }


def _delivered_text(done: "Delivered") -> str:
    lines = [f"{count} x {kind}" for kind, count in sorted(done.parcels.items())] or ["Nothing was waiting."]
    delivered = sum(done.handed.delivered.values())
    if delivered:
        lines.append(f"{delivered} alerts handed to sinks.")
    lines += [f"sink {sink}: {problem}; it is tried again." for sink, problem in done.handed.problems.items()]
    if done.parcels["dead letter"]:
        lines.append("Some parcels could not be used; see: patchwork-connector dead-letters list")
    if done.problem:
        lines.append(f"Stopped: {done.problem}")
    return "\n".join(lines)
