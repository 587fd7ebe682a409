"""The chain's hash covers everything, and is the same everywhere and always."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.audit.chain import GENESIS, chain_hash
from gateway.model.audit_event import AuditFields

AT = datetime(2026, 3, 2, 12, 34, 56, 789_012, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """The arguments of `chain_hash`."""

    previous: str = GENESIS
    seq: int = 1
    at: datetime = AT
    code: str = "notice-accepted"
    actor: str = "c1"
    fields: AuditFields | None = None
    commitments: dict[str, str] | None = None

    def hash(self) -> str:
        """The hash, with two fields where none are given."""
        fields: AuditFields = {"notice": "é", "n": 1} if self.fields is None else self.fields
        return chain_hash(self.previous, self.seq, self.at, self.code, self.actor, fields, self.commitments)


def test_the_hash_never_changes() -> None:
    # Worked out by hand over: ["patchwork-audit-1","000...",1,"2026-03-02T12:34:56.789012+00:00","notice-accepted","c1",{"n":1,"notice":"é"}]
    assert Event().hash() == "1278c82f59fe9e99b91babc635d35c2717c8c1c1a778a8410f27b36d7afafd3f"


def test_the_second_forms_hash_never_changes_either() -> None:
    # By hand over: ["patchwork-audit-2","000...",1,"2026-03-02T12:34:56.789012+00:00","notice-accepted","c1",{"n":1,"notice":"é"},
    # {"message":"00"}]
    assert (
        Event(commitments={"message": "00"}).hash()
        == "f5b377864079c2aaa80082554f4ee06034ba1c9fb728645c32161d069d6f95bc"
    )


@pytest.mark.parametrize(
    "other",
    [
        Event(previous="1" * 64),
        Event(seq=2),
        Event(at=AT + timedelta(microseconds=1)),
        Event(code="notice-refused"),
        Event(actor="c2"),
        Event(fields={}),
        Event(fields={"notice": "é", "n": 2}),
        Event(fields={"notice": "é", "n": True}),
        Event(fields={"notice": "é", "n": "1"}),
        Event(commitments={}),
        Event(commitments={"notice": "00"}),
    ],
)
def test_every_part_counts(other: Event) -> None:
    assert other.hash() != Event().hash()


def test_neither_the_order_of_fields_nor_the_time_zone_counts() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert replace(Event(), at=elsewhere, fields={"n": 1, "notice": "é"}).hash() == Event().hash()


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Event(at=AT.replace(tzinfo=None)).hash()
