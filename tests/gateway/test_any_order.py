"""Any order and repetition of notices gives the same register and leaves everybody knowing the same."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.store.sql_store import open_store
from identity.person.standardise import standardise
from mappings.canonical.codes import NoticeEvent, RelationKind, RelationStanding
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Notice, RelatedPerson, Worker
from tests.empty_register import lay
from tests.spec.people import AHMAD, MAYA, TYLER
from tests.thorough import at_length

HERE = AgencyId("urn:patchwork:seaton:here")
THERE = AgencyId("urn:patchwork:seaton:there")
THIRD = AgencyId("urn:patchwork:seaton:third")
EVENTS = st.sampled_from(list(NoticeEvent))
WORKERS = st.sampled_from(["Ada Lund", "Bashir Okafor"])
SETTINGS = settings(
    max_examples=at_length(8, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register to copy: making one for every example would take most of the time."""
    path = tmp_path_factory.mktemp("register") / "empty.sqlite"
    lay(path)
    return path


@contextmanager
def world(empty: Path, *agencies: AgencyId) -> Iterator[tuple[World, list[Counterpart]]]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, f"{folder}/register.sqlite")
        store = open_store(f"sqlite:///{folder}/register.sqlite", bytes(range(32)))
        made = World(store, pepper_key=bytes(32))
        joined = [made.join(agency) for agency in agencies]
        made.agree(*agencies, relations=tuple(RelationKind))
        yield made, joined
        store.close()


def standing(world: World, agencies: list[Counterpart]) -> object:
    """What the register says and what everybody knows, without ids that depend on who came first."""
    with world.store.read() as uow:
        rows = [
            (row.agency, row.involvement_ref, row.standing, row.sequence, row.worker, row.end, row.digest)
            for agency in agencies
            for row in (uow.involvements.find(agency.agency, ref) for ref in known_refs(agency))
            if row is not None
        ]
    knows = [
        sorted((alert.spoken_reference, alert.other, alert.relation) for alert in counterpart.told.values())
        for counterpart in agencies
    ]
    return sorted(rows, key=lambda row: (row[0], row[1])), [
        [(ref, other.worker.name, relation) for ref, other, relation in known if other] for known in knows
    ]


def known_refs(counterpart: Counterpart) -> list:
    return [counterpart.references.involvement(child.local_id) for child in (MAYA, TYLER, AHMAD)]


@SETTINGS
@given(
    history=st.lists(st.tuples(EVENTS, WORKERS), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    repeats=st.integers(min_value=0, max_value=4),
    breath=st.booleans(),
)
def test_the_notices_of_one_involvement(empty, history, order, repeats, breath):
    with (
        world(empty, HERE, THERE) as (first, (here, there)),
        world(empty, HERE, THERE) as (second, (here_too, there_too)),
    ):
        share_identity((first, here, there), (second, here_too, there_too))
        notices = [here.notice(MAYA, event=event, worker=Worker(name, "Worker", "Team")) for event, name in history]
        other = there.notice(MAYA)
        play(first, here, there, [other], notices, breath=False)
        shuffled = notices + [order.choice(notices) for _ in range(repeats)]
        order.shuffle(shuffled)
        play(second, here_too, there_too, [other], shuffled, breath=breath)
        assert standing(first, [here, there]) == standing(second, [here_too, there_too])


@SETTINGS
@given(order=st.randoms(use_true_random=False), breath=st.booleans())
def test_the_notices_of_several_people_whose_matches_are_clear(empty, order, breath):
    agencies = (HERE, THERE, THIRD)
    with world(empty, *agencies) as (first, joined), world(empty, *agencies) as (second, joined_too):
        share_identity((first, *joined), (second, *joined_too))
        said = [
            (place, counterpart.notice(child))
            for place, counterpart in enumerate(joined)
            for child in (MAYA, TYLER, AHMAD)
        ]
        ended = [
            (0, joined[0].notice(MAYA, event=NoticeEvent.ENDED)),
            (1, joined[1].notice(TYLER, event=NoticeEvent.WITHDRAWN)),
        ]
        tell_all(first, joined, said + ended, breath=False)
        shuffled = said + ended
        order.shuffle(shuffled)
        tell_all(second, joined_too, shuffled, breath=breath)
        assert standing(first, joined) == standing(second, joined_too)


@SETTINGS
@given(
    states=st.lists(st.sampled_from([*RelationStanding, None]), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
    breath=st.booleans(),
)
def test_the_notices_of_a_family(empty, states, order, breath):
    """One agency says again and again, each time otherwise, whether Tyler is Maya's brother; two others help Tyler, and one of them Maya."""
    agencies = (HERE, THERE, THIRD)
    with world(empty, *agencies) as (first, joined), world(empty, *agencies) as (second, joined_too):
        share_identity((first, *joined), (second, *joined_too))
        here, there, third = joined
        tyler = tuple(here.tokeniser.evidence([standardise(TYLER)]))
        stated = [() if each is None else (RelatedPerson(RelationKind.SIBLING, tyler, each),) for each in states]
        said = [
            *((0, here.notice(MAYA, event=NoticeEvent.CHANGED, relations=each)) for each in stated),
            *((1, there.notice(child)) for child in (MAYA, TYLER)),
            (2, third.notice(TYLER)),
        ]
        tell_all(first, joined, said, breath=False)
        shuffled = [*said, order.choice(said)]
        order.shuffle(shuffled)
        tell_all(second, joined_too, shuffled, breath=breath)
        assert standing(first, joined) == standing(second, joined_too)


def share_identity(one, other) -> None:
    """Give the second world's counterparts the first's keys of reference and evidence, so that both worlds say the same."""
    _, *originals = one
    _, *copies = other
    for original, copy in zip(originals, copies, strict=True):
        copy.references, copy.tokeniser = original.references, original.tokeniser


def play(
    world: World, here: Counterpart, there: Counterpart, first: list[Notice], then: list[Notice], breath: bool
) -> None:
    for notice in first:
        there.say(notice)
    tell_all(world, [here, there], [(0, notice) for notice in then], breath)


def tell_all(world: World, counterparts: list[Counterpart], said: list[tuple[int, Notice]], breath: bool) -> None:
    for place, notice in said:
        counterparts[place].say(replace(notice))
        if breath:
            world.clock.pass_(seconds=1)
            world.step()
    world.clock.pass_(seconds=1)
    world.step()
