"""kill -9 of a connector that serves two agencies, between what it does for the first and what it does for the second: nothing is lost, and
nothing is told twice."""

from pathlib import Path

from tests.system.children import rows
from tests.system.council import COUNCIL, CouncilPartnership, Team
from tests.system.launchers.dying_connector import BETWEEN
from tests.system.until import until


def current(*teams: Team) -> list[int]:
    """Connections in each ledger."""
    return [team.current() for team in teams]


def test_a_connector_dies_between_its_two_ledgers(tmp_path: Path) -> None:
    with CouncilPartnership(tmp_path, https=(COUNCIL, "health")) as seaton:
        children, adults, health = (seaton.sites[name] for name in ("children", "adults", "health"))
        assert isinstance(children, Team)
        assert isinstance(adults, Team)
        program, points = children.program, iter(BETWEEN)
        seaton.start_gateway(seaton.launcher("-"))
        for team in (children, adults):
            team.state(rows(1))

        program.start(children.dying(next(points)))
        program.wait_until_killed()
        assert (sum(children.outbox().values()), sum(adults.outbox().values())) == (1, 0)

        # The two teams learn of each other as any two agencies do.
        program.start()
        for team in (children, adults):
            team.wait_until_settled(settled=1)
            until(lambda team=team: team.told() == {"made": 1}, "the two teams to be told", team.describe)  # type: ignore[misc]
        program.stop()

        # Both are to be told of health, in one batch out of the one inbox, and the connector dies with it three times.
        health.state(rows(1))
        health.program.start()
        waiting = f"SELECT count(*) FROM inbox_queue JOIN inbox ON inbox.name = inbox WHERE connector = '{COUNCIL}'"
        until(lambda: seaton.register.count(waiting) == 2, "both alerts to wait", seaton.register.alerts)
        for point in points:
            program.start(children.dying(point))
            program.wait_until_killed()
            check_after(children, adults, point)
        program.start()
        for site in (children, adults, health):
            until(lambda site=site: site.told() == {"made": 2}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
            site.wait_until_settled(settled=1)
        until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
        assert current(children, adults) == [2, 2]
        assert seaton.register.alerts() == {"settled": 6}
        assert seaton.register.notices() == 3
        assert seaton.register.numbers() == (3, 1, 3, 3)
        assert seaton.register.audit("receipt-not-believed") == 0
        assert no_other_teams_file(children, adults)


def check_after(children: Team, adults: Team, point: str) -> None:
    """What the two ledgers and folders hold at the moment of death."""
    if point == "in the first ledger, not in the second":
        assert current(children, adults) == [2, 1], point
        assert (children.told(), adults.told()) == ({"made": 1}, {"made": 1}), (
            "no sink before every ledger has its part"
        )
    if point == "handed over for the first agency only":
        assert current(children, adults) == [2, 2], point
        assert (children.told(), adults.told()) == ({"made": 2}, {"made": 1})
    if point == "receipted for the first agency only":
        assert (children.told(), adults.told()) == ({"made": 2}, {"made": 2})


def no_other_teams_file(*teams: Team) -> bool:
    """Whether each team's folder has the two alerts, their texts and the worklist in its four forms, and the connector left nothing beside."""
    return all(len(list(team.shown.iterdir())) == 8 for team in teams)
