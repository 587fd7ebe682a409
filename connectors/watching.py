"""Staying up: publish whenever an export is replaced, deliver whenever something arrives, until told to stop.

Waiting is done at the channel, so that an alert is handed over as soon as it is there. What fails is logged and tried again with growing
pauses; nothing but SIGTERM, SIGINT or a fault of the configuration ends it.
"""

import signal
import threading
from datetime import datetime, timedelta
from types import FrameType

from structlog.typing import FilteringBoundLogger

from connectors.assembly import Connector, post_due
from connectors.deliver import Delivered, deliver
from connectors.exclusion import ExclusionListUnreadable
from connectors.feeds import Opened, Signature, open_feeds, signature
from connectors.following import follow_quietly
from connectors.ledger.cipher import LedgerFault
from connectors.pauses import CHANNEL_DOWN
from connectors.policy import Report
from connectors.posting import Posted
from connectors.publish import publish
from connectors.resync import queue_statements
from connectors.tidying import tidy
from connectors.waking import stay_awake, wake
from identity.person.ports import TokeniserUnavailable

_DUE_EVERY = timedelta(seconds=30)


class Watch:
    """One running connector. `publishing` and `delivering` say which of the two it does."""

    def __init__(self, connector: Connector, log: FilteringBoundLogger, *, publishing: bool, delivering: bool) -> None:
        self._connector = connector
        self._log = log
        self._publishing = publishing
        self._delivering = delivering
        self._stop = threading.Event()
        self._published: dict[str, Signature] = {}
        self._seen: dict[str, Signature] = {}
        self._due_at: datetime | None = None
        self._listed: Signature = ()
        self._awake_at: datetime | None = None
        self._failures = 0
        self._follow_at: datetime | None = None

    def stop(self, *_: int | FrameType | None) -> None:
        """End after the work in hand. Good as a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Until stopped. Raises `KeyFault`, `LedgerFault` and the like where the configuration itself does not work."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        said = self._connector.settings
        self._log.info("started", mode=said.mode.value)
        wake(self._connector.ledger, said.agency.id, self._connector.now())
        while not self._stop.is_set():
            problem = self.cycle()
            if self._failures and not problem and self._delivering:
                with self._connector.ledger.write() as unit:
                    unit.outbox.hurry(self._connector.now())
            self._failures = self._failures + 1 if problem else 0
            pause = CHANNEL_DOWN.after(self._failures).total_seconds() if problem else 0.0
            if not self._delivering:
                pause = max(pause, said.publishing.poll_seconds)
            # Even while the gateway cannot be reached an export that is replaced is read soon.
            self._stop.wait(min(pause, max(said.publishing.poll_seconds, 5.0)))
        self._log.info("stopped")

    def cycle(self) -> str:
        """One round; answers what is wrong with the way to the gateway, empty where nothing is."""
        self._stay_awake()
        self._follow_gateway()
        if self._publishing:
            self._publish_what_changed()
        posted = post_due(self._connector)
        self._log_posted(posted)
        problem = posted.problem
        if self._delivering:
            wait = 0.0 if problem else self._connector.settings.publishing.poll_seconds
            done = deliver(self._connector.reception, self._connector.channel, wait)
            self._log_delivered(done)
            if done.parcels["statement reply"]:
                self._due_at = None
            problem = done.problem or problem
        return problem

    def _stay_awake(self) -> None:
        now = self._connector.now()
        if self._awake_at is None or now - self._awake_at > _DUE_EVERY:
            stay_awake(self._connector.ledger, now)
            self._awake_at = now

    def _follow_gateway(self) -> None:
        """At the start, before anything is opened, and every hour: the gateway's own keys may have changed, or the linkage epochs."""
        now = self._connector.now()
        if self._follow_at and now < self._follow_at:
            return
        followed = follow_quietly(self._connector)
        self._follow_at = now + followed.pause
        if followed.keys:
            self._log.info("gateway keys followed")
        if followed.epochs:
            self._log.info("linkage epochs followed")
            self._due_at = None
        if followed.problem:
            self._log.warning("gateway keys not asked for", problem=followed.problem)
        if followed.epoch_problem:
            self._log.warning("linkage epochs not followed", problem=followed.epoch_problem)

    def _publish_what_changed(self) -> None:
        ready = self._ready()
        now = self._connector.now()
        exclusions = self._connector.settings.exclusions
        listed = signature(exclusions) if exclusions else ()
        if not ready and listed == self._listed and self._due_at and now < self._due_at:
            return
        opened = open_feeds(self._connector.settings, self._connector.defaults, list(ready))
        try:
            report = publish(
                self._connector.desk,
                self._connector.screening,
                opened.feeds,
                self._connector.policy,
                in_batches=True,
            )
        except (TokeniserUnavailable, LedgerFault, ExclusionListUnreadable) as problem:
            self._log.warning("not published", problem=str(problem))
            return
        self._listed = listed
        self._published.update(ready)
        self._due_at = None if report.more_due else now + _DUE_EVERY
        self._log_report(opened, report)
        self._look_after_the_ledger(now)

    def _ready(self) -> dict[str, Signature]:
        """Exports that changed since they were published, and no longer do: a file that is still being written is left alone."""
        ready, first = {}, not self._seen
        for source in self._connector.settings.sources:
            found = signature(source.path)
            settled = first or self._seen.get(source.name) == found
            if found and settled and self._published.get(source.name) != found:
                ready[source.name] = found
            self._seen[source.name] = found
        return ready

    def _look_after_the_ledger(self, now: datetime) -> None:
        said = self._connector.settings
        with self._connector.ledger.write() as unit:
            tidy(unit, now, said.ledger.keep_settled_days)
            stated_at = unit.positions.stated_at
            if stated_at is None:
                unit.positions.note_stated(now)
            elif now - stated_at > timedelta(days=said.publishing.resync_days):
                queue_statements(unit, said.agency.id, now)

    def _log_report(self, opened: Opened, report: Report) -> None:
        for feed in [*report.feeds, *opened.unreadable]:
            if feed.problem:
                self._log.warning(
                    "not published", source=feed.source, as_of=str(feed.as_of), problem=feed.problem, held=feed.held
                )
            else:
                counts = {
                    "changes": dict(feed.changes),
                    "skipped": dict(feed.skipped),
                    "rejected": feed.rejected,
                    "read": feed.read,
                }
                self._log.info("published", source=feed.source, as_of=str(feed.as_of), **counts)
        again = report.sent_again + report.ended_as_unclaimed
        if report.withdrawn_as_excluded or again:
            self._log.info(
                "published besides",
                changes={"withdrawn as excluded": report.withdrawn_as_excluded, "sent again": again},
            )

    def _log_posted(self, posted: Posted) -> None:
        if posted.sent or posted.refused_here:
            self._log.info("sent", sent=posted.sent, refused=posted.refused_here)
        if posted.problem:
            self._log.warning("not sent", problem=posted.problem)

    def _log_delivered(self, done: Delivered) -> None:
        if done.parcels or done.handed.delivered:
            self._log.info("received", parcels=dict(done.parcels), delivered=dict(done.handed.delivered))
        for sink, problem in done.handed.problems.items():
            self._log.warning("not delivered", sink=sink, problem=problem)
        if done.problem:
            self._log.warning("inbox not read", problem=done.problem)
