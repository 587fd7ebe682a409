"""Any sequence of exports: what the gateway holds afterwards is what the last export says, and nothing is told that did not differ."""

from contextlib import ExitStack
from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connectors.publishing.policy import Policy
from connectors.reading.exclusion import ExclusionList
from connectors.sources.port import Coverage, Withdrawn
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.involvement import Involvement
from tests.connectors.office import Office, involvement, quick_folder

NUMBERS = st.integers(1, 6)
WORKERS = st.sampled_from(["Alex Worker", "Sam New"])
ENDS = st.one_of(st.none(), st.none(), st.sampled_from([date(2026, 2, 1), date(2026, 3, 5), date(2026, 6, 1)]))
ROWS = st.dictionaries(NUMBERS, st.tuples(WORKERS, ENDS), min_size=1)


class Exports(RuleBasedStateMachine):
    """`truth` is what the source has said last about each involvement that should be live at the gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.place = ExitStack()
        self.office = Office(self.place.enter_context(quick_folder()))
        self.office.policy = Policy(refresh_days=10_000)
        self.truth: dict[int, Involvement] = {}

    def teardown(self) -> None:
        self.office.ledger.close()
        self.place.close()

    @rule(rows=ROWS, partial=st.booleans(), days=st.integers(0, 3))
    def export(self, rows: dict[int, tuple[str, date | None]], partial: bool, days: int) -> None:
        """A new export, full or partial; read a second time it tells nothing."""
        self.office.next_day(days)
        stated = {number: involvement(number, worker=worker, end=end) for number, (worker, end) in rows.items()}
        self.office.records.coverage = Coverage.PARTIAL if partial else Coverage.FULL
        report = self.office.publish(*stated.values())
        if report.feeds[0].held is None:
            self._note(stated, partial=partial)
        self.office.exchange()
        before = len(self.office.gateway.notices)
        self.office.publish()
        self.office.exchange()
        assert len(self.office.gateway.notices) == before

    @rule(number=NUMBERS)
    def withdraw(self, number: int) -> None:
        """The source says that one was an error."""
        self.office.records.coverage = Coverage.PARTIAL
        self.office.records.rows = [Withdrawn("entry", f"I{number}")]
        self.office.publish()
        self.truth.pop(number, None)
        self.office.exchange()

    @rule(excluded=st.frozensets(NUMBERS, max_size=2))
    def exclude(self, excluded: frozenset[int]) -> None:
        """The exclusion list changes."""
        self.office.exclusion = ExclusionList(frozenset(f"C{number}" for number in excluded))
        self.office.publish_due()
        self.truth = {number: one for number, one in self.truth.items() if number not in excluded}
        self.office.exchange()

    @rule()
    def restart(self) -> None:
        """A new process."""
        self.office.ledger.close()
        self.office.ledger = self.office.open_ledger()

    @invariant()
    def gateway_agrees(self) -> None:
        """The gateway holds as live exactly what the source says, as it says it."""
        live = self.office.gateway.live()
        wanted = {self.office.references.involvement(f"I{number}"): one for number, one in self.truth.items()}
        assert set(live) == set(wanted)
        for ref, one in wanted.items():
            assert (live[ref].worker.name, live[ref].end) == (one.worker, one.end)
            assert live[ref].event in (NoticeEvent.STARTED, NoticeEvent.CHANGED)

    def _note(self, stated: dict[int, Involvement], *, partial: bool) -> None:
        today = self.office.clock().date()
        if not partial:
            self.truth = {}
        for number, one in stated.items():
            self.truth.pop(number, None)
            if not self.office.exclusion.excludes(f"C{number}") and not (one.end and one.end <= today):
                self.truth[number] = one


Exports.TestCase.settings = settings(
    max_examples=50, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnySequenceOfExports = Exports.TestCase
