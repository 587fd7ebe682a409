"""The real programs on PostgreSQL: a dump made while they run is put back after somebody was erased. The gateway starts, says that it was put back,
shows nothing of whom it had erased, and goes on with everybody else."""

import json
from pathlib import Path
from typing import Any

from deploy.servers.missing import ServerMissing
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.postgresql_backup import dump, find_backup_programs, restore
from gateway.app import build_housekeeping, open_register, opened_sides
from gateway.checks import run_checks
from mappings.canonical.notice import Worker
from tests.servers.unavailable import give_up
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.register import Register
from tests.system.until import until


def test_a_dump_put_back_beside_the_keys_as_they_are_now(tmp_path: Path, postgresql: PostgreSQL) -> None:
    try:
        find_backup_programs()
    except ServerMissing as reason:
        give_up(reason)
    url = postgresql.fresh_database()
    at_once: dict[str, Any] = {"linger_days_children": 0}
    with Partnership(tmp_path, https=("school", "health"), database_url=url, members=at_once) as seaton:
        sites = school, health = seaton.sites["school"], seaton.sites["health"]
        for site in sites:
            site.state(rows(0, 1, 2))
        seaton.start_gateway()
        for site in sites:
            site.program.start(site.hurried())
        until(lambda: school.told() == health.told() == {"made": 3}, "both to be told", school.describe)
        until(lambda: school.is_quiet() and health.is_quiet() and seaton.register.is_told(), "everything to settle")
        dump(postgresql, url, tmp_path / "monday.dump")

        # The work with one child is over for both, and what is held of the child is erased.
        for site in sites:
            site.state(rows(1, 2))
        over = "SELECT count(*) FROM involvement WHERE standing <> 'live'"
        until(lambda: seaton.register.count(over) == 2, "the endings", school.describe)
        until(lambda: school.is_quiet() and health.is_quiet() and seaton.register.is_told(), "everything to settle")
        assert housekeeping(seaton) == (2, 2)

        seaton.gateway.stop()
        put_back(seaton, postgresql)
        assert any("4 record keys were erased of which the register does not know" in each for each in warnings(seaton))
        seaton.start_gateway()
        said = [json.loads(line) for line in seaton.gateway.log.read_text().splitlines() if "register-restored" in line]
        assert [(line["count"], line["mode"], line["stream"]) for line in said] == [(4, "trial", "operations")]
        assert readable(seaton) == [False, False, True, True, True, True]

        # Everybody else goes on, and what was begun since is told of; the child that was erased is over here too.
        for site in sites:
            site.state(rows(1, 2, 3))
        until(lambda: (school.told()["made"], health.told()["made"]) == (4, 4), "the news", school.describe)
        until(lambda: (school.current(), health.current()) == (3, 3), "the worklists", school.describe)
        housekeeping(seaton)
        assert seaton.register.count("SELECT count(*) FROM involvement WHERE erased_on IS NOT NULL") == 2
        assert not any("record keys were erased" in each for each in warnings(seaton))
        for site in sites:
            assert "retracted" not in site.told()
        for register in seaton.registers:
            register.close()
        seaton.gateway.stop()
        postgresql.drop_database(seaton.register.url)


def put_back(seaton: Partnership, postgresql: PostgreSQL) -> None:
    """The dump into another database, and its name into the file that the settings name."""
    former = seaton.register
    url = restore(postgresql, seaton.folder / "monday.dump")
    (seaton.folder / "database.url").write_text(url, "utf-8")
    seaton.registers = [Register(side) for side in seaton.settings.sides]
    seaton.register = seaton.registers[0]
    former.close()
    postgresql.drop_database(former.url)


def readable(seaton: Partnership) -> list[bool]:
    """Of each involvement, the unreadable ones first: whether its worker and its evidence can be read."""
    store = open_register(seaton.settings)
    try:
        with store.read() as unit:
            found = []
            for number in range(1, unit.housekeeping.last_involvement() + 1):
                involvement = unit.involvements.get(number)
                record = unit.records.get(involvement.record_id)
                assert record is not None
                both = {involvement.worker != Worker(), bool(record.evidence)}
                assert len(both) == 1, "the one and not the other"
                found.append(both.pop())
    finally:
        store.close()
    return sorted(found)


def housekeeping(seaton: Partnership) -> tuple[int, int]:
    """What `patchwork housekeeping` does. Answers how many involvements it erased, and how many records."""
    with opened_sides(seaton.settings_file) as sides:
        ((side, office),) = sides
        done = build_housekeeping(side, office.store, office.clock).run()
    return done["erased"], done["records_erased"]


def warnings(seaton: Partnership) -> list[str]:
    """What `patchwork check` warns of."""
    return [warning for each in run_checks(seaton.settings) for warning in each.warnings]
