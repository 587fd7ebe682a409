"""Whether the profile can carry a notice, told from its values before they are written.

Most of a notice cannot be wrong: identifiers check themselves, codes are closed lists, counts and sizes are bounded by the
canonical classes. What is left is looked at here. It answers True only for a notice that, written, passes the allow-list and
is read back as it was (`tests/mappings/fhir/test_notice_values.py`); of any other the written message is checked, which says
by name what is wrong.
"""

from datetime import date
from functools import lru_cache

from mappings.canonical.codes import AgeBand
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef
from mappings.canonical.notice import MAX_EPOCHS, Notice, Worker
from mappings.fhir.limits import MAX_DISPLAY, MAX_SEALED_DETAILS
from mappings.fhir.primitives import is_line, is_worker_token

_TYPES = (MessageId, GatewayId, AgencyId, PersonRef, InvolvementRef)
_DAY_OR_NONE = frozenset((date, type(None)))


def surely_fits(notice: Notice) -> bool:
    """Whether nothing the profile refuses can stand in the message of this notice."""
    named = (notice.id, notice.home_gateway, notice.agency, notice.person_ref, notice.involvement_ref)
    days = (notice.age_band_until, notice.start, notice.end, notice.consent_date, notice.informed_date)
    return (
        tuple(map(type, named)) == _TYPES
        and type(notice.confirmed) is date
        and _DAY_OR_NONE.issuperset(map(type, days))
        and type(notice.held_back) is bool
        and (not notice.status_asserted or notice.age_band is AgeBand.YOUNG_20_24)
        and type(notice.sequence.n) is int
        and is_line(notice.sequence.incarnation)
        and _worker_fits(notice.worker)
        and _sealed_details_fit(notice.sealed_details)
        and all(map(is_worker_token, notice.worker_tokens))
        and _epochs_fit(notice.evidence)
        and all(_epochs_fit(each.evidence) for each in notice.relations)
    )


@lru_cache(2_000)
def _worker_fits(worker: Worker) -> bool:
    shown = (worker.name, worker.role, worker.team, worker.contact.phone, worker.contact.email)
    return all(not text or (len(text) <= MAX_DISPLAY and is_line(text)) for text in shown)


def _sealed_details_fit(text: str) -> bool:
    return not text or (len(text) <= MAX_SEALED_DETAILS and is_line(text))


def _epochs_fit(evidence: tuple[Evidence, ...]) -> bool:
    """Evidence checked itself, and the largest there can be is written within the limits: only the epochs have to be compared."""
    if len(evidence) == 1:
        return True
    return 1 < len(evidence) <= MAX_EPOCHS and len({each.epoch for each in evidence}) == len(evidence)
