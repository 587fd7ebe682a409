"""May this notice come in? Plain checks over what was signed, what was said, and the trust register. Each refusal names its way out.

* The connector must be live (or approved, on a trial side), must be who the channel says is sending, and must be approved for the agency
  that the notice speaks for.
* The agreement named inside the signature must be its current version, in force, with the agency as a party and the notice's legal basis.
* The notice must keep to the connector's limits (`gateway.notices.capabilities`), and its message id must be new (`gateway.desk`).
* What it says is live must have been confirmed within the time after which involvements expire (`gateway.housekeeping.retention`).
* The notice must be homed here, and the id that was signed must be the id that is inside.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.housekeeping.retention import Retention
from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.model.side import Side
from gateway.sharing.agreement import in_force
from mappings.canonical.codes import LegalBasis, NoticeEvent
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, KeyId, MessageId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue


def check_sender(
    connector: Connector | None, header: EnvelopeHeader, channel_sender: ConnectorId | None, side: Side
) -> list[Issue]:
    """Whether the signer may speak on this side at all, and is the one the channel and the header name."""
    if connector is None or not side.hears(connector.status):
        return [
            _forbidden(
                "connector-not-live",
                "",
                "this connector is not live; ask the gateway's registrar to approve or resume it",
            )
        ]
    if header.sender != connector.id.value or channel_sender not in (None, connector.id):
        return [
            _forbidden("sender-mismatch", "", "the channel, the header and the signature name different connectors")
        ]
    return []


def check_agency(
    connector: Connector, key: KeyId | None, agency: AgencyId, element: str, as_of: datetime
) -> list[Issue]:
    """Whether the connector is approved for the agency, and signed with that agency's key."""
    if key is not None and agency in connector.agencies_of(key, as_of):
        return []
    return [
        _forbidden(
            "agency-not-approved", element, "this connector is not approved to speak for that agency; ask the registrar"
        )
    ]


def check_notice(
    notice: Notice, header: EnvelopeHeader, agreements: Sequence[Agreement], home: GatewayId, as_of: datetime
) -> list[Issue]:
    """Whether the notice agrees with its envelope and stands on an agreement in force."""
    issues = check_about(header, notice.id, "Bundle.identifier")
    if notice.home_gateway != home:
        issues.append(
            _invalid(
                "home-gateway",
                "MessageHeader.destination",
                "this notice is homed at another gateway; check home_gateway",
            )
        )
    return issues + check_agreement(notice.agency, header, agreements, as_of, notice.legal_basis)


def check_confirmed(notice: Notice, as_of: datetime, retention: Retention) -> list[Issue]:
    """Whether a live involvement is not expired before it is here. An ending is always heard."""
    live = notice.event in (NoticeEvent.STARTED, NoticeEvent.CHANGED)
    if not live or notice.confirmed > retention.unconfirmed_since(as_of.date()):
        return []
    text = (
        f"nobody has confirmed this involvement for {retention.unconfirmed_days} days; confirm it (patchwork-connector still-involved "
        "confirm), or end it in your own system"
    )
    return [Issue("business-rule", "unconfirmed", "CareTeam.extension", text)]


def check_about(header: EnvelopeHeader, id: MessageId, element: str) -> list[Issue]:
    """Whether the id that was signed is the id that is inside."""
    if header.about == id:
        return []
    return [_invalid("id-mismatch", element, "the signed header names another notice; seal the notice again")]


def check_agreement(
    agency: AgencyId,
    header: EnvelopeHeader,
    agreements: Sequence[Agreement],
    as_of: datetime,
    legal_basis: LegalBasis | None = None,
) -> list[Issue]:
    """Whether the agreement that was signed for is the current one, in force, and the agency's; with the legal basis, where there is one."""
    agreement = next((a for a in agreements if a.id == header.agreement), None)
    if agreement is None or agreement.version != header.agreement_version:
        return [
            _forbidden(
                "agreement-version",
                "",
                "the agreement and version signed for is not the current one; update the connector's settings",
            )
        ]
    if not in_force(agreement, as_of.date()):
        return [
            _forbidden(
                "agreement-not-in-force", "", "the agreement is not in force or its review is overdue; ask the IG lead"
            )
        ]
    if agency not in agreement.parties:
        return [
            _forbidden(
                "not-a-party", "Organization.identifier", "the agency is not a party to the agreement; ask the IG lead"
            )
        ]
    if legal_basis is not None and legal_basis not in agreement.legal_bases:
        return [
            _forbidden(
                "legal-basis",
                "CareTeam.extension",
                "the agreement does not name this legal basis; correct the service line's setting",
            )
        ]
    return []


REPEATED = Issue(
    "duplicate",
    "message-repeated",
    "",
    "a message with this id came before, sealed otherwise; every sealing has a message id of its own",
)
"""Somebody sealed a signed message again, who is not its signer. It is kept and not answered: the signer did not send it."""


def _forbidden(code: str, element: str, text: str) -> Issue:
    return Issue("forbidden", code, element, text)


def _invalid(code: str, element: str, text: str) -> Issue:
    return Issue("invalid", code, element, text)
