"""What an agency asks by its own connector: shield this client of mine, at once.

* One agency's word is enough for five working days; two people at the gateway confirm it, or it lapses (`gateway.withholding.shielding`).
* The same request again changes nothing, and one for a client whom this agency has shielded already neither adds to it nor prolongs it.
* Its receipt is written before, from the message alone: it says neither whether the client is known nor what else stands.
"""

from dataclasses import dataclass

from gateway.alerts.alerting import Alerting
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.withholding.placing import clock_of_shield, place, record_of
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.shield_request import ShieldRequest


@dataclass(frozen=True, slots=True)
class Shielded:
    """The record that was meant, the shield, and how many alerts follow."""

    record: int
    shield: int
    alerts: int


def take_request(alerting: Alerting, request: ShieldRequest, sender: ConnectorId) -> Shielded | None:
    """Have the shield stand. None where that request, or a shield of this agency on that client, is there already."""
    uow, now = alerting.uow, alerting.now
    record = record_of(uow, request.agency, request.person_ref)
    for known in uow.withholdings.asked(record.id):
        if known.kind is WithholdingKind.SHIELD and (known.asked_at == request.asked_at or known.stands(now)):
            return None
    made = Withholding(
        id=0,
        kind=WithholdingKind.SHIELD,
        agency=request.agency,
        record_id=record.id,
        asked_at=request.asked_at,
        made_by=sender.value,
        made_at=now,
        lapses_at=clock_of_shield(now),
    )
    placed, alerts = place(alerting, made)
    return Shielded(record.id, placed.id, alerts)
