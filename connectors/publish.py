"""STORY 1, publish: the agency's records in, notices out.

    source -> excluded? -> eligible? -> map -> what changed since the ledger? -> keyed evidence -> outbox -> seal at send -> channel

One reading of a source becomes one transaction of the ledger: a process that dies half way leaves either everything of it in the outbox or
nothing. What is in the outbox is sent again until the gateway's receipt settles it (`connectors.exchange.posting`, `connectors.exchange.settling`).
"""

from collections import Counter
from collections.abc import Sequence

from connectors.answers.saying import say_again as say_answers_again
from connectors.ledger.ledger import Ledger
from connectors.publishing import merging, shielding
from connectors.publishing.applying import apply
from connectors.publishing.comparing import compare, too_much_to_believe
from connectors.publishing.policy import FeedReport, Policy, Report
from connectors.publishing.queueing import Desk
from connectors.publishing.redisplaying import show_anew
from connectors.publishing.resending import end_unclaimed, queue_due, room_for_more
from connectors.reading.excluding import unstage_excluded, withdraw_newly_excluded, withdraw_people
from connectors.reading.staging import Feed, Intake, Screening, read_feed
from connectors.reading.weak_identity import forget_unsourced
from connectors.sources.port import Snapshot, SourceUnreadable


def publish(
    desk: Desk, screening: Screening, feeds: Sequence[Feed], policy: Policy, *, in_batches: bool = False
) -> Report:
    """Read every source and queue the notices that differ. With no feeds: only what is due again, all of it or (`in_batches`) as much as
    there is room for.

    Raises `TokeniserUnavailable` and `LedgerFault`; what was queued by then stays queued, the rest is found again at the next run.
    """
    report = Report()
    with desk.ledger.alone("publishing"):
        show_anew(desk)
        # Before anything is read: whoever was put on the exclusion list since is withdrawn even where no source states them any more.
        report.withdrawn_as_excluded = withdraw_newly_excluded(desk, screening.exclusion)
        forget_unsourced(desk.ledger, screening.feeds)
        for feed in feeds:
            report.feeds.append(_publish_feed(desk, screening, feed, policy, report))
        report.ended_as_unclaimed = end_unclaimed(desk, screening.feeds)
        merging.say_again(desk)
        shielding.say_again(desk)
        say_answers_again(desk)
        due = queue_due(desk, room_for_more(desk) if in_batches else None)
        report.sent_again, report.more_due = due.queued, due.more
    return report


def _publish_feed(desk: Desk, screening: Screening, feed: Feed, policy: Policy, whole: Report) -> FeedReport:
    try:
        intake = read_feed(desk.ledger, feed, screening, desk.now(), desk.tell)
    except SourceUnreadable as problem:
        return FeedReport(feed.name, problem=str(problem))
    report = _report_of(feed, intake)

    # Also where the reading itself is held: exclusion never waits.
    whole.withdrawn_as_excluded += withdraw_people(desk, intake.excluded)
    with desk.ledger.write() as unit:
        unit.snapshots.unstage(intake.id, intake.excluded)

    report.problem = _outdated(desk, feed, intake)
    if report.problem:
        _forget(desk, intake.id)
        return report

    compare(desk, feed, intake.id, intake.snapshot, policy, unread_rows=intake.unread > 0)
    report.problem = too_much_to_believe(desk, feed, intake.id, intake.snapshot.coverage)
    if report.problem:
        report.held = intake.id
        return report

    apply(desk, feed, intake.id, intake.snapshot, report)
    return report


def publish_event(desk: Desk, screening: Screening, feed: Feed, policy: Policy) -> FeedReport:
    """Take in what one message says: all of it, in the outbox when this returns, or none (`problem`, `rejections`).

    Nothing is held: a message ends what it says it ends. Raises `SourceUnreadable`, `TokeniserUnavailable` and `LedgerFault`.
    """
    with desk.ledger.alone("publishing"):
        withdraw_newly_excluded(desk, screening.exclusion)
        intake = read_feed(desk.ledger, feed, screening, desk.now())
        report = _report_of(feed, intake)
        # Also where the message is not taken: exclusion never waits.
        withdraw_people(desk, intake.excluded)
        if intake.rejected:
            report.problem = "part of the message cannot be used"
            _forget(desk, intake.id)
            return report
        with desk.ledger.write() as unit:
            unit.snapshots.unstage(intake.id, intake.excluded)
        compare(desk, feed, intake.id, intake.snapshot, policy, unread_rows=False)
        apply(desk, feed, intake.id, intake.snapshot, report)
    return report


def release(desk: Desk, screening: Screening, feeds: Sequence[Feed], held: int, policy: Policy) -> FeedReport:
    """Publish a held reading whole, because a person looked at it and said that it is right."""
    with desk.ledger.alone("publishing"):
        with desk.ledger.read() as unit:
            waiting = next((one for one in unit.snapshots.held() if one.id == held), None)
        if waiting is None:
            return FeedReport("", problem=f"no reading {held} is held; see: patchwork-connector held list")
        feed = next((one for one in feeds if one.name == waiting.source), None)
        if feed is None:
            return FeedReport(
                waiting.source, problem="its source is no longer in the settings; put it back, or discard the reading"
            )
        show_anew(desk)
        withdraw_newly_excluded(desk, screening.exclusion)
        unstage_excluded(desk, screening.exclusion, held)
        report = FeedReport(feed.name, waiting.as_of)
        snapshot = Snapshot(waiting.coverage, waiting.as_of)
        compare(desk, feed, held, snapshot, policy, unread_rows=False)
        apply(desk, feed, held, snapshot, report, held=True)
    return report


def discard(ledger: Ledger, held: int) -> bool:
    """Forget a held reading; False where there is none. What was published before stays as it is."""
    with ledger.write() as unit:
        return any(one.id == held for one in unit.snapshots.held()) and unit.snapshots.drop(held)


def _outdated(desk: Desk, feed: Feed, intake: Intake) -> str:
    with desk.ledger.read() as unit:
        last = unit.snapshots.last_applied(feed.name)
    if last is None or intake.snapshot.as_of >= last.as_of:
        return ""
    return f"it is of {intake.snapshot.as_of}, and the state of {last.as_of} has been published already; give it a newer export"


def _forget(desk: Desk, reading: int) -> None:
    with desk.ledger.write() as unit:
        unit.snapshots.drop(reading)


def _report_of(feed: Feed, intake: Intake) -> FeedReport:
    return FeedReport(
        source=feed.name,
        as_of=intake.snapshot.as_of,
        read=intake.read,
        changes=Counter(),
        skipped=intake.skipped,
        rejected=intake.rejected,
        rejections=intake.problems,
        digest=feed.digest,
    )
