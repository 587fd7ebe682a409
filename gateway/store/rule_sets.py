"""Rule sets, every version of them."""

import hashlib
import hmac
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select

from gateway.ports import StoreDown
from gateway.sharing.rule_set import RuleSet, canonical, rule_set_from
from gateway.store.rule_tables import rule_set
from gateway.store.transaction import Transaction

_NEWEST: Final = select(rule_set).order_by(rule_set.c.version.desc()).limit(bindparam("limit"))
_GET: Final = select(rule_set).where(rule_set.c.version == bindparam("wanted"))


class SqlRuleSets:
    """`gateway.rules.ports.RuleSets`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, rule_set_: RuleSet) -> None:
        """Raises `StoreConflict` where that version is there already."""
        values = {
            "version": rule_set_.version,
            "document": canonical(rule_set_.document),
            "digest": rule_set_.digest,
            "recorded_at": rule_set_.recorded_at,
            "recorded_by": rule_set_.recorded_by,
            "approved_by": rule_set_.approved_by,
        }
        self._db.run(insert(rule_set), values)

    def current(self) -> RuleSet | None:
        """The highest version. Raises `StoreDown` where it is not what was signed."""
        found = self.versions(1)
        return found[0] if found else None

    def get(self, version: int) -> RuleSet | None:
        """One version. Raises `StoreDown` where it is not what was signed."""
        row = self._db.row(_GET, {"wanted": version})
        return None if row is None else _rule_set(row)

    def versions(self, limit: int) -> list[RuleSet]:
        """The newest first. Raises `StoreDown` where one is not what was signed."""
        return [_rule_set(row) for row in self._db.rows(_NEWEST, {"limit": limit})]


def _rule_set(row: Row[Any]) -> RuleSet:
    read = _read(row.version, row.document, row.digest)
    return replace(read, recorded_at=row.recorded_at, recorded_by=row.recorded_by, approved_by=row.approved_by)


# Read in every unit of work, and the same for months.
@lru_cache(maxsize=32)
def _read(version: int, document: str, digest: str) -> RuleSet:
    if not hmac.compare_digest(hashlib.sha256(document.encode()).hexdigest(), digest):
        # Not a refusal: whatever waits is given back and tried again, and nothing is decided meanwhile.
        raise StoreDown(
            f"rule set {version} in the database is not what was signed; put back a backup from before it was changed"
        )
    return rule_set_from(json.loads(document), version)
