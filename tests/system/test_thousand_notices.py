"""Hundreds of notices, and a thousand at full length, good ones, refused ones and repeated ones: every one is accounted for exactly once."""

from pathlib import Path

from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.until import until
from tests.thorough import at_length

GOOD, REFUSED, SHARED = at_length((130, 20, 20), (450, 50, 40))


def test_every_notice_is_accounted_for_once(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        school, health = seaton.sites["school"], seaton.sites["health"]
        # The agreement does not know of consent as a basis: these are refused, each with its reason.
        school.state(rows(*range(GOOD)), rows(*range(2000, 2000 + REFUSED), basis="consent"))
        health.state(
            rows(*range(GOOD - SHARED, 2 * GOOD - SHARED)), rows(*range(2100, 2100 + REFUSED), basis="consent")
        )
        seaton.start()
        for site in (school, health):
            site.wait_until_settled(settled=GOOD, refused=REFUSED)

        assert seaton.register.notices() == 2 * GOOD
        refused = {
            issues
            for site in (school, health)
            for (issues,) in site.rows("SELECT issues FROM outbox WHERE status = 'refused'")
        }
        assert len(refused) == 1
        assert "legal-basis" in refused.pop()
        processed = {id for (id,) in seaton.register.rows("SELECT notice FROM processed")}
        settled = {
            id for site in (school, health) for (id,) in site.rows("SELECT id FROM outbox WHERE status = 'settled'")
        }
        assert processed == settled
        # What was sent again before its receipt came was answered again; a refused one is kept as often as it came, never fewer times.
        assert seaton.register.audit("notice-accepted") == 2 * GOOD
        assert seaton.register.counts()["dead_letters"] >= 2 * REFUSED

        until(lambda: school.told() == health.told() == {"made": SHARED}, "both to be told", school.describe)
        until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
        assert seaton.register.numbers() == (2 * GOOD, 2 * GOOD - SHARED, SHARED, SHARED)
