"""A request and its records as rows, for programs and tables."""

from typing import Any

from gateway.model.access_request import AccessItem
from gateway.subject_access.views import RequestView


def request_row(view: RequestView) -> dict[str, Any]:
    """One request with its clock."""
    request = view.request
    return {
        "request": request.reference,
        "state": request.state.value,
        "on_behalf": request.on_behalf.value,
        "about_child": request.about_child,
        "proof": request.proof.value,
        "proof_by": request.proof_by,
        "proof_on": request.proof_on.isoformat(),
        "received_on": request.received_on.isoformat(),
        "due": request.due.isoformat(),
        "extended_because": request.extended_because,
        "overdue": view.is_overdue,
        "records": len(view.items),
        "unanswered": view.unanswered,
        "undecided": view.undecided,
    }


def item_row(item: AccessItem) -> dict[str, Any]:
    """One record that it may be about."""
    return {
        "item": item.id,
        "kind": item.kind.value,
        "agency": item.agency.value,
        "state": item.state.value,
        "verdict": item.verdict.value if item.verdict else None,
        "ground": item.ground.value if item.ground else None,
        "due": item.due.isoformat(),
        "held": item.held,
        "included": item.included,
        "answered_by": item.answered_by,
        "evidence": item.evidence,
    }
