"""One agency of a running connector: its exports are published whenever they are replaced, whatever becomes of another agency's."""

from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from connectors.alerts.handing_over import Handed
from connectors.channel.port import ConnectorEnd
from connectors.exchange.posting import Posted
from connectors.exchange.resync import state_when_due
from connectors.exchange.tidying import tidy
from connectors.exchange.waking import stay_awake, wake
from connectors.ledger.cipher import LedgerFault
from connectors.publish import publish
from connectors.publishing.policy import Report
from connectors.reading.archiving import put_away
from connectors.reading.exclusion import ExclusionListUnreadable
from connectors.reading.export_signature import Signature, signature
from connectors.reading.feeds import Opened, news_of
from connectors.running.served_agency import ServedAgency
from identity.person.ports import TokeniserUnavailable

_DUE_EVERY = timedelta(seconds=30)


class WatchedAgency:
    """What is remembered of one agency between two rounds. `log` names it."""

    def __init__(self, agency: ServedAgency, log: FilteringBoundLogger) -> None:
        self._agency = agency
        self._log = log
        self._published: dict[str, Signature] = {}
        self._seen: dict[str, Signature] = {}
        self._due_at: datetime | None = None
        self._listed: Signature = ()
        self._awake_at: datetime | None = None

    def wake(self) -> None:
        """At the start. Raises `KeyFault`, `LedgerFault` where the configuration itself does not work."""
        wake(self._agency.ledger, self._agency.id, self._now())

    def stay_awake(self) -> None:
        """Note now and then that the ledger is in use."""
        now = self._now()
        if self._awake_at is None or now - self._awake_at > _DUE_EVERY:
            stay_awake(self._agency.ledger, now)
            self._awake_at = now

    def hurry(self) -> None:
        """The channel works again: what has not left yet is due now."""
        with self._agency.ledger.write() as unit:
            unit.outbox.hurry(self._now())

    def look_soon(self) -> None:
        """Something was asked for: what is due again is looked for in the next round."""
        self._due_at = None

    def post(self, channel: ConnectorEnd) -> str:
        """Send what is due; answers what is wrong with the way to the gateway, empty where nothing is."""
        posted = self._agency.post(channel)
        self._log_posted(posted)
        return posted.problem

    def publish_what_changed(self) -> None:
        """Publish exports that were replaced, and now and then what is due again. What fails is logged, and tried again."""
        ready = self._ready()
        now = self._now()
        exclusions = self._agency.settings.exclusions
        listed = signature(exclusions) if exclusions else ()
        if not ready and listed == self._listed and self._due_at and now < self._due_at:
            return
        opened = self._agency.open_feeds(list(ready))
        try:
            report = publish(
                self._agency.desk, self._agency.screening, opened.feeds, self._agency.policy, in_batches=True
            )
        except (TokeniserUnavailable, LedgerFault, ExclusionListUnreadable) as problem:
            self._log.warning("not published", problem=str(problem))
            return
        put_away(opened.archives, report, now)
        self._listed = listed
        self._published.update(ready)
        self._due_at = None if report.more_due else now + _DUE_EVERY
        self._log_report(opened, report)
        self._look_after_the_ledger(now)

    def log_handed(self, handed: Handed) -> None:
        """Say which sinks did not take what they are owed."""
        for sink, problem in handed.problems.items():
            self._log.warning("not delivered", sink=sink, problem=problem)

    def log_refused_answer(self, sink: str, why: str) -> None:
        """Say that somebody's answer to an alert could not be used; the sentence names nobody."""
        self._log.warning("answer refused", sink=sink, problem=why)

    def log_doubt(self, doubt: str) -> None:
        """Say what is wrong with what the gateway tells of its audit: somebody should ask its people, and keep what this ledger holds."""
        self._log.warning("gateway audit in doubt", problem=doubt)

    def _now(self) -> datetime:
        return self._agency.shared.now()

    def _ready(self) -> dict[str, Signature]:
        """Exports that changed since they were published, and no longer do: a file that is still being written is left alone."""
        ready, first = {}, not self._seen
        for source in self._agency.settings.sources:
            found = news_of(source, self._now())
            settled = first or self._seen.get(source.name) == found
            if found and settled and self._published.get(source.name) != found:
                ready[source.name] = found
            self._seen[source.name] = found
        return ready

    def _look_after_the_ledger(self, now: datetime) -> None:
        with self._agency.ledger.write() as unit:
            tidy(unit, now, self._agency.settings.ledger.keep_settled_days)
            every_days = self._agency.shared.settings.publishing.resync_days
            state_when_due(unit, self._agency.id, now, every_days, self._agency.stated_eligibility)

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
                    "digest": feed.digest,
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
