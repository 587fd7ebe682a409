"""The agency's own list of those who were not told, by its own ids."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from connectors.alerts.informing import as_json, as_text, to_inform
from mappings.canonical.codes import Informed
from tests.connectors.office import Office, involvement


def test_who_was_not_told_or_nobody_says_when_is_on_our_own_list(tmp_path: Path) -> None:
    school = Office(tmp_path)
    school.publish(
        replace(involvement(1), informed=Informed.NOT_INFORMED),
        replace(involvement(2), informed=Informed.IN_PERSON, informed_date=date(2026, 1, 5)),
        replace(involvement(3), informed=Informed.BY_LETTER, informed_date=None),
        replace(involvement(4), informed=Informed.BY_NOTICE),
        replace(involvement(5), informed=Informed.UNSAFE_TO_INFORM),
    )
    with school.ledger.read() as unit:
        found = to_inform(unit)
    assert [each["involvement"] for each in as_json(found)] == ["I1", "I3", "I5"]
    text = as_text(found)
    assert "by letter, without a day" in text
    assert "unsafe to inform" in text
    school.publish(replace(involvement(1), informed=Informed.IN_PERSON, informed_date=date(2026, 1, 6)))
    with school.ledger.read() as unit:
        assert "it is said how and when" in as_text(to_inform(unit)), "what is over is not listed"
