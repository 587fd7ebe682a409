"""Whom each agency says it publishes: what its connector stated last."""

from datetime import datetime

from sqlalchemy import select

from gateway.store.rollout_tables import stated_eligibility
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId
from mappings.eligibility_json import from_document, to_document


class SqlEligibilities:
    """`gateway.rollout.ports.Eligibilities`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def keep(self, agency: AgencyId, stated: StatedEligibility, at: datetime) -> None:
        """See the port."""
        values = {"agency": agency, "criterion": to_document(stated), "stated_at": at}
        self._db.run(upsert(stated_eligibility, postgres=self._db.postgresql, key=["agency"]), values)

    def all(self) -> dict[AgencyId, tuple[StatedEligibility, datetime]]:
        """See the port."""
        rows = self._db.rows(select(stated_eligibility))
        return {row.agency: (from_document(row.criterion), row.stated_at) for row in rows}
