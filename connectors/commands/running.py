"""publish, deliver and run."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of
from connectors.commands.choosing import prefix
from connectors.commands.telling import delivered_document, delivered_text, posted_document, posted_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.publishing.policy import FeedReport, Report
    from connectors.reading.progress import Tell
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency

Watching = Annotated[bool, typer.Option("--watch/--once", help="Stay up and go on, until stopped.")]
OnlyDue = Annotated[
    bool, typer.Option("--due", help="Read no source; only what is due again (age bands, new epochs, asked for).")
]
Launch = Annotated[
    bool,
    typer.Option("--launch", help="Load everything with a progress bar, and stay until the gateway has accepted it."),
]
Wait = Annotated[float, typer.Option(min=0, max=25, help="Seconds to wait for the first parcel.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(publish)
    app.command()(deliver)
    app.command()(run)


def publish(
    settings: SettingsPath = DEFAULT_SETTINGS,
    watch: Watching = False,
    due: OnlyDue = False,
    launch: Launch = False,
    as_json: AsJson = False,
) -> None:
    """Read the sources and publish what changed."""
    with connector_of(settings, as_json) as connector:
        if watch:
            _watch(connector, publishing=True, delivering=False)
            return
        if launch:
            _launch(connector, as_json)
            return
        from connectors.running.assembly import post_due

        _wake(connector)
        # A new linkage epoch is stated with what is read now.
        _tell_unfollowed(connector)
        reports, faults = _publish_all(connector, read_sources=not due)
        posted = post_due(connector)
        if faults:
            raise faults[0]
        lines = [
            f"{prefix(connector, agency)}{line}"
            for agency, report in reports
            for line in report_text(report).splitlines()
        ]
        answer(
            {"published": reports_document(reports), "posted": posted_document(posted)},
            "\n".join([*lines, posted_text(posted)]),
            as_json,
            to_do=any(report.needs_a_person for _, report in reports) or bool(posted.problem),
        )


def deliver(
    settings: SettingsPath = DEFAULT_SETTINGS, watch: Watching = False, wait: Wait = 0.0, as_json: AsJson = False
) -> None:
    """Take what the gateway sent, and hand alerts to the sinks."""
    with connector_of(settings, as_json) as connector:
        if watch:
            _watch(connector, publishing=False, delivering=True)
            return
        from connectors.deliver import deliver as deliver_once
        from connectors.running.assembly import post_due

        _wake(connector)
        _tell_unfollowed(connector)
        post_due(connector)
        done = deliver_once(connector.receptions, connector.channel, wait)
        answer(delivered_document(done), delivered_text(done), as_json, to_do=done.needs_a_person)


def run(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Publish and deliver until stopped (SIGTERM or Ctrl-C). Logs one JSON object a line on standard error."""
    with connector_of(settings, as_json) as connector:
        _watch(connector, publishing=True, delivering=True)


def reports_document(reports: "Sequence[tuple[ServedAgency, Report]]") -> dict[str, Any]:
    """What a run of publishing did: each source with its agency, and notices beyond those of the sources, counted over all."""
    return {
        "sources": [
            {"agency": agency.id.value, **feed_document(feed)} for agency, report in reports for feed in report.feeds
        ],
        "withdrawn_as_excluded": sum(report.withdrawn_as_excluded for _, report in reports),
        "ended_as_unclaimed": sum(report.ended_as_unclaimed for _, report in reports),
        "sent_again": sum(report.sent_again for _, report in reports),
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
        "digest": feed.digest or None,
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
    if feed.weak:
        lines.append(
            f"  {feed.weak} not published until their details are better; see: patchwork-connector check-records list"
        )
    if feed.skipped:
        lines.append("  skipped: " + ", ".join(f"{count} {reason}" for reason, count in sorted(feed.skipped.items())))
    if feed.rejected:
        lines.append(f"  {feed.rejected} rows could not be used:")
        lines += [f"    {rejection}" for rejection in feed.rejections[:20]]
    return lines


def _launch(connector: "Connector", as_json: bool) -> None:
    from connectors.commands.launching import bar, load

    _wake(connector)
    _tell_unfollowed(connector)
    with bar() as tell:
        reports, faults = _publish_all(connector, read_sources=True, tell=tell)
        loaded = load(connector, tell)
    if faults:
        raise faults[0]
    lines = [
        f"{prefix(connector, agency)}{line}" for agency, report in reports for line in report_text(report).splitlines()
    ]
    lines.append(f"{loaded.accepted} notices settled by the gateway.")
    if loaded.waiting:
        why = f" ({loaded.problem})" if loaded.problem else ""
        lines.append(
            f"{loaded.waiting} still wait{why}. Nothing is lost: call it again, or leave it to patchwork-connector run"
        )
    document = {"settled": loaded.accepted, "waiting": loaded.waiting, "problem": loaded.problem or None}
    answer(
        {"published": reports_document(reports), "loaded": document},
        "\n".join(lines),
        as_json,
        to_do=bool(loaded.waiting) or any(report.needs_a_person for _, report in reports),
    )


def _publish_all(
    connector: "Connector", *, read_sources: bool, tell: "Tell | None" = None
) -> "tuple[list[tuple[ServedAgency, Report]], list[Exception]]":
    """Every agency in turn. One whose own list or criterion cannot be read keeps nobody else from publishing, or from withdrawing."""
    from connectors.eligibility import InvalidCriterion
    from connectors.reading.exclusion import ExclusionListUnreadable

    reports: list[tuple[ServedAgency, Report]] = []
    faults: list[Exception] = []
    for agency in connector.agencies:
        try:
            reports.append((agency, _publish_once(agency, tell, read_sources=read_sources)))
        except (ExclusionListUnreadable, InvalidCriterion) as problem:
            faults.append(problem)
    return reports, faults


def _tell_unfollowed(connector: "Connector") -> None:
    """Follow the gateway's keys and the linkage epochs, and say what is in the way of it."""
    from connectors.keys.following import follow_quietly

    followed = follow_quietly(connector)
    for problem in filter(None, (followed.problem, followed.epoch_problem)):
        typer.echo(f"Asked how this connector stands: {problem}", err=True)


def _publish_once(agency: "ServedAgency", tell: "Tell | None", *, read_sources: bool) -> "Report":
    from dataclasses import replace

    from connectors import publish as story
    from connectors.exchange.tidying import tidy
    from connectors.reading.archiving import put_away

    opened = agency.open_feeds(None if read_sources else ())
    desk = replace(agency.desk, tell=tell) if tell else agency.desk
    report = story.publish(desk, agency.screening, opened.feeds, agency.policy)
    put_away(opened.archives, report, agency.shared.now())
    report.feeds += opened.unreadable
    with agency.ledger.write() as unit:
        tidy(unit, agency.shared.now(), agency.settings.ledger.keep_settled_days)
    return report


def _wake(connector: "Connector") -> None:
    from connectors.exchange.waking import wake

    for agency in connector.agencies:
        wake(agency.ledger, agency.id, connector.now())


def _watch(connector: "Connector", *, publishing: bool, delivering: bool) -> None:
    from connectors.running.journal import journal
    from connectors.running.watching import Watch

    log = journal(connector.settings.connector.value)
    Watch(connector, log, publishing=publishing, delivering=delivering).run()
