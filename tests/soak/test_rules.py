"""The soak's own eyes, on ledgers, register and worklists: each rule is seen to be broken where it is, and only there."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.ledger.schema import TABLES
from identity.agency.references import References, new_key
from mappings.canonical.identifiers import AgencyId
from tests.soak.books import Books
from tests.soak.residents import Residents
from tests.soak.rules import Rules
from tests.soak.town import HEALTH, permits
from tests.system.site import Site, agency_uri

NOTICE, OTHER = "n-1", "n-2"


class Place:
    """Two agencies that know of each other by their person 1, everything settled and told; `register` is what the gateway is made to say."""

    def __init__(self, folder: Path) -> None:
        self.sites = {name: Site(name, folder / name) for name in ("school", HEALTH)}
        self.site = self.sites["school"]
        self.residents = Residents(1, 5, permits)
        for name in self.sites:
            self.residents.join(name, 5)
        for name, site in self.sites.items():
            (site.folder / "keys").mkdir()
            new_key(site.folder / "keys" / "reference.key")
            site.shown.mkdir()
            with closing(sqlite3.connect(site.ledger)) as db:
                db.executescript(TABLES)
            self.show(name, self.residents.truth(name))
        self.books = Books(None)  # type: ignore[arg-type]  # only what is put into it here is asked
        self.books.read = list  # type: ignore[method-assign]
        self.books.check_chain = list  # type: ignore[method-assign]
        self.books.accepted["school", NOTICE] = 1
        self.digests: dict[str, str] = {}
        self.connections = [self.connection(1, 1)]
        self.waiting = 0
        register = SimpleNamespace(
            rows=lambda query: self.connections,
            live_digests=lambda agency: self.digests if agency == self.site.agency else {},
            alerts=dict,
            is_told=lambda: not self.waiting,
        )
        self.queue(NOTICE, "settled")
        self.rules = Rules(SimpleNamespace(sites=self.sites, register=register), self.residents, self.books)  # type: ignore[arg-type]

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.site.ledger)) as db:
            db.execute(statement, values)
            db.commit()

    def queue(self, id: str, status: str) -> None:
        at = "t1" if status == "settled" else None
        names = "id, position, kind, about, status, next_attempt_at, queued_at, settled_at"
        self.run(
            f"INSERT INTO outbox ({names}) VALUES (?, ?, 'notice', ?, ?, '', '', ?)", id, int(id[2:]), id, status, at
        )

    def show(self, name: str, known: set[tuple[str, str, str]]) -> None:
        rows = [{"client_id": id, "other": {"agency": other.title(), "worker": who}} for id, other, who in known]
        (self.sites[name].shown / "worklist.json").write_text(json.dumps({"connections": rows}))

    def connection(self, ours: int, theirs: int) -> tuple[str, ...]:
        sides = []
        for name, number in (("school", ours), (HEALTH, theirs)):
            agency = agency_uri(name)
            key = self.sites[name].folder / "keys" / "reference.key"
            sides += [agency, References.load(key, AgencyId(agency)).person(f"K-{number}").value]
        return ("c-1", *sides)


def as_it_should(place: Place) -> None:
    pass


def settled_anew(place: Place) -> None:
    place.run("UPDATE outbox SET settled_at = 't2'")


def settled_unbooked(place: Place) -> None:
    place.queue(OTHER, "settled")


def left_open(place: Place) -> None:
    place.queue(OTHER, "sent")
    place.books.accepted["school", OTHER] = 1


def booked_only(place: Place) -> None:
    place.books.accepted["school", OTHER] = 1


def registered_only(place: Place) -> None:
    place.digests["ref-1"] = "digest"


def not_shown(place: Place) -> None:
    place.show("school", set())


def shown_beyond(place: Place) -> None:
    place.show("school", place.residents.truth("school") | {("K-1", "police", "Ada Lund")})


def wrongly_linked(place: Place) -> None:
    place.connections = [place.connection(1, 2)]


def never_stated(place: Place) -> None:
    place.connections = [place.connection(9, 9)]


def dead_letter(place: Place) -> None:
    place.run("INSERT INTO dead_letter VALUES ('d', x'00', 'bad-signature', '', 't1')")


def not_quiet(place: Place) -> None:
    place.waiting = 1


@pytest.mark.parametrize(
    ("happens", "broken"),
    [
        (as_it_should, set()),
        (settled_anew, {"settled-once"}),
        (settled_unbooked, {"settled-once", "all-settled"}),
        (left_open, {"all-settled"}),
        (booked_only, {"all-settled"}),
        (registered_only, {"same-register"}),
        (not_shown, {"told-truth"}),
        (shown_beyond, {"told-truth"}),
        (wrongly_linked, {"never-permitted"}),
        (never_stated, {"never-permitted"}),
        (dead_letter, {"dead-letters"}),
        (not_quiet, {"quiet"}),
    ],
)
def test_a_broken_rule_is_seen(tmp_path: Path, happens: Callable[[Place], Any], broken: set[str]) -> None:
    place = Place(tmp_path)
    assert place.rules.at_any_moment() == []
    happens(place)
    found = [*place.rules.at_any_moment(), *place.rules.when_quiet()]
    assert {violation.rule for violation in found} == broken
