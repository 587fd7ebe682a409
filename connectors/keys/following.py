"""Asking the gateway whether its own keys have changed, and following where the pinned key leads; and whether there are linkage epochs that we
do not hold, or that are over, and following where the pinned keyholder's key leads.

Over HTTPS: the channel's address, or the one this connector enrolled at. A connector that has neither is brought the succession by hand
(`patchwork-connector keys gateway FILE`), and so are epochs and the keyholder's word (`epoch install`, `epoch follow`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.enrolment import state as enrolment_state
from connectors.enrolment.office import EnrolmentOffice, SealedEpoch, Standing
from connectors.enrolment.state import Place
from connectors.keys.epochs import keep, keyholder_key
from connectors.keys.retired_epochs import SUFFIX, take_word
from connectors.running.assembly import Connector
from connectors.settings import HttpsChannel
from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey

EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Followed:
    """What was asked and came of it: when to ask again; whether the gateway's keys, and the linkage epochs, changed; and what is wrong with
    either, in a sentence."""

    pause: timedelta
    keys: bool = False
    epochs: bool = False
    problem: str = ""
    epoch_problem: str = ""


def follow_gateway(connector: Connector) -> bool:
    """Whether the gateway's keys changed. Raises `ChannelDown` (ask later), `ChannelRefused` and `KeyFault` (a person must look): also where
    the gateway has let this connector go live and it is still set up for its trial."""
    standing = _asked(connector)
    if standing is None:
        return False
    changed = _follow_keys(connector, standing)
    if moved := standing.moved_from(connector.settings.mode):
        raise KeyFault(moved)
    return changed


def follow_quietly(connector: Connector) -> Followed:
    """Follow both, for a program that goes on in any case."""
    try:
        standing = _asked(connector)
    except ChannelDown as fault:
        return Followed(AGAIN_AFTER, problem=str(fault))
    except (ChannelRefused, KeyFault) as fault:
        return Followed(EVERY, problem=str(fault))
    if standing is None:
        return Followed(EVERY)
    keys, problem = _quietly(lambda: (_follow_keys(connector, standing), ""))
    if moved := standing.moved_from(connector.settings.mode):
        # What there is to follow now is of the other mode.
        return Followed(EVERY, keys, problem=moved)
    epochs, epoch_problem = _quietly(lambda: follow_epochs(connector, standing))
    return Followed(EVERY, keys, epochs, problem, epoch_problem)


def follow_epochs(connector: Connector, standing: Standing) -> tuple[bool, str]:
    """Keep the sealed epochs that we do not hold, and take the keyholder's word in. Returns whether anything changed, and what is wrong with
    the first that could not be used. Raises `KeyFault` where the keyholder's key or word cannot be used."""
    said, word = connector.settings, standing.epochs_word
    new = [each for each in standing.epochs if not _holds(connector, each)]
    if not word and not new:
        return False, ""
    keyholder = keyholder_key(said.keys.keyholder)
    left, _ = _keep_all(connector, keyholder, new)
    # After the new ones, for whoever holds the next epoch can let go of the last; and before those for which there was no room.
    retired = bool(word) and take_word(word, said.keys.epochs, keyholder, said.partnership, said.mode)
    refused, problem = _keep_all(connector, keyholder, left)
    return retired or len(refused) < len(new), problem


def _keep_all(connector: Connector, keyholder: VerifyKey, new: Sequence[SealedEpoch]) -> tuple[list[SealedEpoch], str]:
    """Those that could not be kept, and why the first could not."""
    said, left, why = connector.settings, [], ""
    for each in new:
        try:
            source = Path("a linkage epoch from the gateway")
            keep(each.sealed, source, said.keys.epochs, connector.decryption, keyholder, said.partnership, said.mode)
        except KeyFault as problem:
            left.append(each)
            why = why or str(problem)
    return left, why


def _asked(connector: Connector) -> Standing | None:
    settings = office_settings(connector)
    if settings is None:
        return None
    office = EnrolmentOffice(settings, connector.request_key, connector.now)
    try:
        return office.status()
    finally:
        office.close()


def _follow_keys(connector: Connector, standing: Standing) -> bool:
    return connector.gateway_pins.learn(standing.gateway, standing.successions, connector.now())


def _quietly(follow: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
    try:
        return follow()
    except KeyFault as problem:
        return False, str(problem)


def _holds(connector: Connector, epoch: SealedEpoch) -> bool:
    """The very bytes: the same epoch sealed anew, to our next key, takes the place of the other."""
    folder = connector.settings.keys.epochs
    return any(path.read_bytes().strip() == epoch.sealed.strip() for path in folder.glob(f"*{SUFFIX}"))


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
