"""What a connector that has handed in its keys may fetch: where it stands, and, once it is trusted, what it needs to begin.

The linkage epochs are those of the side that the connector is on: one in its trial is never given a live key, sealed to it or not.

Before the approval nothing but the status is told: neither inbox nor certificate nor linkage key. The same while it is suspended and after
it was revoked.
"""

from typing import Any

from gateway.enrolment.facts import EnrolmentFacts
from gateway.model.client_certificate import ClientCertificate
from gateway.model.connector import Carrier, Connector
from gateway.ports import UnitOfWork
from identity.agency.keys import public_document
from identity.agency.trust import may_speak


def status_document(unit: UnitOfWork, connector: Connector, facts: EnrolmentFacts) -> dict[str, Any]:
    """As `/enrolment/status` answers it."""
    trusted, side = may_speak(connector.status), facts.side_of(connector.status)
    certificate = unit.enrolments.certificate(connector.id) if trusted else None
    retired = {each.epoch for each in unit.epochs.retired()}
    word = unit.epochs.word(side.mode) if trusted else None
    blobs = unit.enrolments.epochs(connector.id) if side.hears(connector.status) else []
    return {
        "connector": connector.id.value,
        "status": connector.status.value,
        "mode": side.mode.value,
        "inbox": connector.inbox if trusted else None,
        "broker": _broker(connector, facts) if trusted else None,
        "certificate": _certificate(certificate),
        "epochs": [
            {"epoch": blob.epoch, "sealed": blob.sealed.decode("ascii")}
            for blob in blobs
            if blob.encryption == connector.keys.encryption.id
            and (blob.mode or facts.mode) is side.mode
            and blob.epoch not in retired
        ],
        "epochs_word": word.word.decode("ascii") if word is not None else None,
        "stewards": _stewards(unit, connector, facts.stewards.get(side.mode, b"")) if trusted else None,
        **gateway_document(facts),
    }


def _stewards(unit: UnitOfWork, connector: Connector, listed: bytes) -> str | None:
    """The keyholder's list of stewards of the connector's side, for connectors with an agency under an agreement that says details are sent."""
    says_so = any(
        agreement.sealed_details and set(agreement.parties) & set(connector.agencies)
        for agreement in unit.agreements.current()
    )
    return listed.decode("ascii") if says_so and listed else None


def gateway_document(facts: EnrolmentFacts) -> dict[str, Any]:
    """What is told of the gateway and the keyholder: the connector compares it with the thumbprints of its invitation."""
    return {
        "gateway": public_document(facts.gateway),
        "keyholder": facts.keyholder.to_jwk() if facts.keyholder else None,
        "successions": [each.decode("ascii") for each in facts.successions],
    }


def _broker(connector: Connector, facts: EnrolmentFacts) -> dict[str, Any] | None:
    if connector.carrier is not Carrier.AMQP or facts.broker is None:
        return None
    broker = facts.broker
    return {"host": broker.host, "port": broker.port, "vhost": broker.vhost, "ca": broker.ca.decode("ascii")}


def _certificate(certificate: ClientCertificate | None) -> dict[str, str] | None:
    if certificate is None:
        return None
    return {
        "pem": certificate.pem.decode("ascii"),
        "chain": certificate.chain.decode("ascii"),
        "valid_until": certificate.valid_until.isoformat(timespec="seconds"),
    }
