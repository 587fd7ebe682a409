"""The soak's own truth: the same for the same seed, and what the agreements permit."""

from tests.soak.residents import CONSENT, Residents
from tests.soak.town import HEALTH, YOUTH, permits
from tests.system.children import Row


def grown(seed: int) -> Residents:
    residents = Residents(seed, 60, permits)
    for agency in ("school", HEALTH, YOUTH):
        residents.join(agency, 30, consented=agency == YOUTH)
    for _ in range(200):
        residents.step("school")
        residents.step(YOUTH)
    return residents


def test_the_same_seed_is_the_same_town() -> None:
    first, again, other = grown(7), grown(7), grown(8)
    assert first.rows("school") == again.rows("school") != other.rows("school")
    assert first.truth(HEALTH) == again.truth(HEALTH) != set()


def test_every_kind_of_change_happens() -> None:
    rows = grown(7).rows("school")
    assert {row.end is None for row in rows} == {True, False}
    assert len(rows) != 30


def test_both_sides_are_told_and_the_youth_service_of_health_alone_and_never_on_consent() -> None:
    residents = grown(7)
    pairs = {
        name: {(client, other) for client, other, _ in residents.truth(name)} for name in ("school", HEALTH, YOUTH)
    }
    assert {other for _, other in pairs[YOUTH]} == {HEALTH}
    assert {other for _, other in pairs["school"]} == {HEALTH}
    assert {client for client, other in pairs[HEALTH] if other == YOUTH} == {client for client, _ in pairs[YOUTH]}
    consented = [row for row in residents.rows(YOUTH) if row.basis == CONSENT]
    assert consented
    assert not {f"K-{row.number}" for row in consented} & {client for client, _ in pairs[YOUTH]}
    assert all(residents.may_have_been_told(YOUTH, int(client[2:]), HEALTH) for client, _ in pairs[YOUTH])
    assert not any(residents.may_have_been_told(YOUTH, row.number, "school") for row in consented)
    assert not permits(YOUTH, Row(1, basis=CONSENT), HEALTH, Row(1))
