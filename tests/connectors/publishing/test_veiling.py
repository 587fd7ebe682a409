"""Whatever an agency's records come to state, in whatever order: nothing leaves that names a worker who has a private client then."""

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.publish import publish
from connectors.publishing.display import Display
from mappings.canonical.codes import NoticeEvent, Sensitivity
from mappings.canonical.involvement import Contact, Involvement
from mappings.canonical.notice import Notice, Worker
from tests.connectors.office import Office, involvement, quick_folder

WORKERS = ("Alex Worker", "Bo Other")
Case = tuple[int, int, bool]
snapshots = st.lists(
    st.dictionaries(st.integers(1, 5), st.tuples(st.integers(0, 1), st.booleans(), st.booleans()), max_size=5),
    min_size=1,
    max_size=5,
)


def stated(number: int, worker: int, private: bool, over: bool, day: date) -> Involvement:
    sensitivity = Sensitivity.SENSITIVE if private else Sensitivity.STANDARD
    return involvement(number, worker=WORKERS[worker], sensitivity=sensitivity, end=day if over else None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots)
def test_at_every_step_exactly_those_are_named_who_have_no_private_client(
    days: list[dict[int, tuple[int, bool, bool]]],
) -> None:
    with quick_folder() as folder:
        office = Office(folder)
        latest: dict[str, Notice] = {}
        for cases in days:
            office.next_day()
            # One that is always there, so that no export looks broken.
            rows = [stated(number, *case, office.records.as_of) for number, case in sorted(cases.items())]
            office.records.state(involvement(9, worker="Cy Third"), *rows)
            publish(office.desk, office.screening, [office.feed], office.policy)
            office.post()
            before = len(office.gateway.notices)
            office.exchange()
            hidden = {WORKERS[worker] for worker, private, over in cases.values() if private and not over}
            for notice in office.gateway.notices[before:]:
                assert notice.worker.name not in hidden
                latest[str(notice.involvement_ref)] = notice
            named = sorted(
                WORKERS[worker]
                for worker, private, over in cases.values()
                if not over and not private and WORKERS[worker] not in hidden
            )
            live = [each for each in latest.values() if each.event in (NoticeEvent.STARTED, NoticeEvent.CHANGED)]
            assert sorted(each.worker.name for each in live if each.worker.name) == [*named, "Cy Third"]
        office.ledger.close()


def test_a_worker_who_leaves_a_private_client_by_leaving_it_out_of_the_export_is_named_again(tmp_path: Path) -> None:
    office = Office(tmp_path)
    private = involvement(3, sensitivity=Sensitivity.UNCLASSIFIED)
    office.publish(involvement(1), involvement(2, worker="Bo Other"), private)
    office.exchange()
    office.next_day()
    office.publish(involvement(1), involvement(2, worker="Bo Other"))
    office.exchange()
    assert [each.worker.name for each in office.gateway.notices[-2:]] == ["", "Alex Worker"], "ended, and named again"


def test_names_of_teams_are_compared_without_case_and_spacing() -> None:
    display = Display(Worker(team="Office", contact=Contact("1")), {"  CIN  North ": "North"}, frozenset({"Room  4"}))
    assert not display.is_unnamed("cin north")
    assert not display.is_unnamed("ROOM 4")
    assert not display.is_unnamed("")
    assert display.is_unnamed("CIN South")
    assert (
        display.written()
        == Display(Worker(team="Office", contact=Contact("1")), {"cin north": "North"}, frozenset({"room 4"})).written()
    )
    assert display.written() != Display(Worker(team="Office"), {"cin north": "North"}, frozenset({"room 4"})).written()
