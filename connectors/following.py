"""Asking the gateway whether its own keys have changed, and following where the pinned key leads.

Over HTTPS: the channel's address, or the one this connector enrolled at. A connector that has neither is brought the succession by hand
(`patchwork-connector keys gateway FILE`).
"""

from datetime import timedelta

from connectors import enrolment_state
from connectors.assembly import Connector
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.enrolment_office import EnrolmentOffice
from connectors.enrolment_state import Place
from connectors.settings import HttpsChannel
from identity.agency.faults import KeyFault

EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=5)


def follow_gateway(connector: Connector) -> bool:
    """Whether anything changed. Raises `ChannelDown` (ask later), `ChannelRefused` and `KeyFault` (a person must look): also where the
    gateway has let this connector go live and it is still set up for its trial."""
    settings = office_settings(connector)
    if settings is None:
        return False
    office = EnrolmentOffice(settings, connector.request_key, connector.now)
    try:
        standing = office.status()
    finally:
        office.close()
    changed = connector.gateway_pins.learn(standing.gateway, standing.successions, connector.now())
    if moved := standing.moved_from(connector.settings.mode):
        raise KeyFault(moved)
    return changed


def follow_quietly(connector: Connector) -> tuple[bool, str, timedelta]:
    """The same for a program that goes on in any case: whether anything changed, what is wrong, and when to ask again."""
    try:
        return follow_gateway(connector), "", EVERY
    except ChannelDown as problem:
        return False, str(problem), AGAIN_AFTER
    except (ChannelRefused, KeyFault) as problem:
        return False, str(problem), EVERY


def office_settings(connector: Connector) -> HttpsSettings | None:
    """Where this connector may ask; None where it knows no address. Raises `KeyFault`."""
    said = connector.settings.channel
    place = Place(connector.settings.keys.gateway.parent)
    try:
        if isinstance(said, HttpsChannel):
            return HttpsSettings(**said.model_dump(exclude={"kind"}))
        if not place.state.exists():
            return None
        enrolment = enrolment_state.load(place)
        return HttpsSettings(enrolment.url, ca_file=enrolment.ca_file)
    except ValueError as problem:
        raise KeyFault(f"the gateway's address cannot be used: {problem}") from None
