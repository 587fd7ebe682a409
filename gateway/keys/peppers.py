"""Which pepper counts in a unit of work: the register says it by id, under the register lock, and the files hold it.

While a pepper is rotated the next one is indexed under, and both are searched with. A process that has not got the next one takes nothing in
until it has: what it indexed would not be found.
"""

from dataclasses import dataclass, field, replace

from gateway.keys.secret_files import SecretFile
from gateway.model.renewal import Renewal
from gateway.ports import StoreDown, UnitOfWork
from identity.person.pepper import Pepper
from mappings.canonical.identifiers import PartnershipId


@dataclass(frozen=True, slots=True)
class Peppers:
    """Called with a unit that may write. Raises `KeyFault` where the register rests on a pepper that is not here."""

    file: SecretFile
    partnership: PartnershipId
    _made: dict[tuple[bytes, bytes | None], Pepper] = field(default_factory=dict)

    def __call__(self, uow: UnitOfWork) -> Pepper:
        """The one to index under, which searches with the former one too while that is rotated. Raises `StoreDown` while the index is still
        that of an earlier release: what is there would not be found."""
        if uow.renewals.state().index_stale:
            raise StoreDown(
                "the index is being made anew after an upgrade, which a running gateway does by itself; notices wait meanwhile, try again later"
            )
        return self.to_renew(uow)

    def to_renew(self, uow: UnitOfWork) -> Pepper:
        """The same for whoever makes the index anew."""
        state = uow.renewals.state()
        if state.pepper is None:
            state = with_pepper(state, self.file)
            uow.renewals.save(state)
        return self._of(state.pepper or b"", state.next_pepper)

    def _of(self, current: bytes, following: bytes | None) -> Pepper:
        asked = (current, following)
        if asked not in self._made:
            former = Pepper(self.file.find(current), self.partnership)
            fresh = Pepper(self.file.find(following), self.partnership, former) if following else former
            self._made[asked] = fresh
        return self._made[asked]


def with_pepper(state: Renewal, file: SecretFile) -> Renewal:
    """A register that names no pepper yet rests on the one of the settings from now on."""
    return state if state.pepper is not None else replace(state, pepper=file.identify(file.current()))
