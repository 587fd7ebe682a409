"""What all agencies of one connector have in common: who the gateway is, what opens parcels, the linkage epochs, and to whom details
are sealed. Made when first needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from connectors.keys import epochs, keys_folder
from connectors.keys.gateway_pins import GatewayPins
from connectors.keys.steward_keys import stewards_in
from connectors.settings import Settings
from identity.agency.key_ring import KeyRing
from identity.agency.keys import EncryptKey, PublicKeys
from identity.person.ports import Tokeniser


def utc_now() -> datetime:
    """The clock of every program run."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class SharedParts:
    """Raises `KeyFault`, naming the file, where a part cannot be made."""

    settings: Settings
    now: Callable[[], datetime] = utc_now

    @cached_property
    def decryption(self) -> KeyRing:
        """What opens parcels, for whichever of the agencies they are."""
        return keys_folder.load_decryption(self.settings.keys.folder)

    @property
    def gateway_keys(self) -> PublicKeys:
        """The pinned public keys of the gateway."""
        return self.gateway_pins.pinned().current

    @cached_property
    def gateway_pins(self) -> GatewayPins:
        """The same through the gateway's rotations."""
        return GatewayPins(self.settings.keys.gateway)

    @property
    def stewards(self) -> tuple[EncryptKey, ...]:
        """To whom details are sealed for review. The list is read anew every time."""
        said = self.settings
        if not said.publishing.seal_details:
            return ()
        return stewards_in(said.keys.stewards, said.keys.keyholder, said.partnership, said.mode)

    @property
    def tokenisers(self) -> Sequence[Tokeniser]:
        """One for each linkage epoch that is held now."""
        said = self.settings
        return self.held_tokenisers.current(self.decryption, said.keys.keyholder, said.partnership, said.mode)

    @cached_property
    def held_tokenisers(self) -> epochs.HeldTokenisers:
        """What makes evidence; it notices when an epoch comes or goes."""
        return epochs.HeldTokenisers(self.settings.keys.epochs)
