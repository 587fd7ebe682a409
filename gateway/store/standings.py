"""How every connector is doing, in two statements whatever their number. Each figure of the first is a look into an index."""

from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, bindparam, func, or_, select

from gateway.model.alert_reference import AlertStatus
from gateway.model.standing import Figures
from gateway.store.enrolment_tables import client_certificate
from gateway.store.party_tables import connector, connector_agency, connector_key, message_id, request_nonce
from gateway.store.queue_tables import intake_queue
from gateway.store.tables import alert, dead_letter, involvement, processed
from gateway.store.transaction import Transaction
from identity.agency.trust import Status
from mappings.canonical.identifiers import ConnectorId

_SINCE: Final = bindparam("since", type_=processed.c.at.type)
_OPEN: Final = (dead_letter.c.replayed_at.is_(None), dead_letter.c.discarded_at.is_(None))
_GONE: Final = (Status.REVOKED, Status.OFF_BOARDED)


def _last_request() -> ScalarSelect[datetime]:
    # Two selects deep, where SQLAlchemy does not see by itself that the outer connector is meant.
    own = select(connector_key.c.key_id).where(connector_key.c.connector == connector.c.id).correlate(connector)
    signed = or_(request_nonce.c.key == connector.c.signing_key, request_nonce.c.key.in_(own))
    return select(func.max(request_nonce.c.at)).where(signed).correlate(connector).scalar_subquery()


def _certificate_until() -> ScalarSelect[datetime]:
    newest = select(client_certificate.c.valid_until).where(client_certificate.c.connector == connector.c.id)
    return newest.order_by(client_certificate.c.id.desc()).limit(1).scalar_subquery()


_answered: Final = processed.c.connector == connector.c.id
_refused: Final = dead_letter.c.sender == connector.c.id
_TRAFFIC: Final = select(
    connector.c.id.label("connector"),
    select(func.max(message_id.c.at))
    .where(message_id.c.connector == connector.c.id)
    .scalar_subquery()
    .label("last_message"),
    _last_request().label("last_request"),
    select(func.max(processed.c.at)).where(_answered).scalar_subquery().label("last_accepted"),
    select(func.count()).where(_answered, processed.c.at >= _SINCE).scalar_subquery().label("accepted"),
    select(func.count())
    .where(_refused, dead_letter.c.received_at >= _SINCE, dead_letter.c.replayed_at.is_(None))
    .scalar_subquery()
    .label("refused"),
    select(func.count()).where(_refused, *_OPEN).scalar_subquery().label("dead_letters"),
    select(func.min(intake_queue.c.put_at))
    .where(intake_queue.c.sender == connector.c.id)
    .scalar_subquery()
    .label("unprocessed_since"),
    _certificate_until().label("certificate_until"),
)
_UNACKNOWLEDGED: Final = (
    select(
        connector_agency.c.connector,
        func.count().label("unacknowledged"),
        func.min(alert.c.made_at).label("unacknowledged_since"),
    )
    .select_from(alert)
    .join(involvement, involvement.c.id == alert.c.recipient)
    .join(connector_agency, connector_agency.c.agency == involvement.c.agency)
    .join(connector, connector.c.id == connector_agency.c.connector)
    .where(alert.c.status == AlertStatus.SENT, connector.c.status.not_in(_GONE))
    .group_by(connector_agency.c.connector)
)


class SqlStandings:
    """`gateway.trust.standing_ports.Standings`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def figures(self, since: datetime) -> dict[ConnectorId, Figures]:
        """See the port."""
        owed = {
            row.connector: {
                "unacknowledged": row.unacknowledged,
                "unacknowledged_since": row.unacknowledged_since,
            }
            for row in self._db.rows(_UNACKNOWLEDGED)
        }
        rows = self._db.rows(_TRAFFIC, {"since": since})
        return {row.connector: Figures(**row._mapping, **owed.get(row.connector, {})) for row in rows}
