"""The gateway's keys as this connector pinned them, through the gateway's own rotations.

The pinned file holds the current keys: we seal to its encryption key. Beside it, in a file of the same name with `.also`, stand further
signing keys that are believed: the next ones, as soon as the current key gave its word for them, and the previous ones for `OVERLAP` after
the change. Nobody else's word counts: not the channel's, and not that of the server which passes the words on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, VerifyKey, load_public, save_public
from identity.agency.private_file import read_public, write_public
from identity.agency.succession import follow
from mappings.canonical.envelope import GATEWAY

OVERLAP = timedelta(days=7)
_FORM = "patchwork-also-believed/1"


@dataclass(frozen=True, slots=True)
class Also:
    """A signing key besides the current; without `until` (aware) it is a next one."""

    signing: VerifyKey
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is believed of the gateway."""

    current: PublicKeys
    also: tuple[Also, ...] = ()

    def verify_keys(self, now: datetime) -> tuple[VerifyKey, ...]:
        """Whose signature counts as the gateway's."""
        return (self.current.signing, *(each.signing for each in self.also if each.until is None or now < each.until))


class GatewayPins:
    """The pinned files, read again when another program replaced them. Every method raises `KeyFault`, naming the file."""

    def __init__(self, path: Path) -> None:
        self._path, self._beside = path, path.with_name(f"{path.name}.also")
        self._seen: tuple[object, ...] = ()
        self._held: Pinned | None = None

    def pinned(self) -> Pinned:
        """As the files stand now."""
        seen = (_mark(self._path), _mark(self._beside))
        if self._held is None or seen != self._seen:
            current = load_public(self._path)
            if current.owner != GATEWAY:
                raise KeyFault(
                    f"{self._path} holds the keys of {current.owner!r}, not of a gateway; ask the gateway's operator"
                )
            self._held, self._seen = Pinned(current, self._also()), seen
        return self._held

    def learn(self, told: PublicKeys | None, successions: Sequence[bytes], now: datetime) -> bool:
        """Believe what the pinned key gave its word for, and change to `told`, the keys that the gateway calls its current ones (None: it
        was not asked, and only the next ones are learnt). Returns whether anything changed. Raises `KeyFault` where nothing leads from the
        pinned keys to `told`."""
        held = self.pinned()
        chain = [held.current, *follow(held.current, successions)]
        position = 0 if told is None else _place_of(told, chain)
        if position is None:
            raise KeyFault(
                f"the gateway answers with other keys than those pinned in {self._path}, and the pinned key gave no word for them. If "
                "the registrar confirms a change of keys, put the new file there; else somebody may stand between"
            )
        before = [Also(each.signing, now + OVERLAP) for each in chain[:position]]
        after = [Also(each.signing) for each in chain[position + 1 :]]
        news = {each.signing.id for each in [*before, *after]} | {chain[position].signing.id}
        kept = [
            each for each in held.also if each.signing.id not in news and each.until is not None and now < each.until
        ]
        also = (*after, *before, *kept)
        if position == 0 and also == held.also:
            return False
        # First: broken off between the two, both keys are believed, and it is done again.
        write_public(self._beside, _written(also))
        if position:
            save_public(self._path, chain[position])
        return True

    def finish(self, successions: Sequence[bytes], now: datetime) -> bool:
        """The registrar says that the rotation is finished: change to the last keys that the words lead to."""
        current = self.pinned().current
        return self.learn((follow(current, successions) or [current])[-1], successions, now)

    def _also(self) -> tuple[Also, ...]:
        if not self._beside.exists():
            return ()
        try:
            document = json.loads(read_public(self._beside))
            if document["form"] != _FORM:
                raise ValueError
            return tuple(Also(VerifyKey.from_jwk(each["signing"]), _until(each["until"])) for each in document["also"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise KeyFault(
                f"{self._beside} is damaged; remove it, and the gateway's next keys are fetched anew"
            ) from None


def _place_of(told: PublicKeys, chain: Sequence[PublicKeys]) -> int | None:
    return next(
        (
            position
            for position, each in enumerate(chain)
            if (each.signing, each.encryption) == (told.signing, told.encryption)
        ),
        None,
    )


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _until(text: str | None) -> datetime | None:
    moment = None if text is None else datetime.fromisoformat(text)
    if moment is not None and moment.tzinfo is None:
        raise ValueError
    return moment


def _written(also: Sequence[Also]) -> bytes:
    rows = [
        {"signing": each.signing.to_jwk(), "until": each.until.isoformat() if each.until else None} for each in also
    ]
    return json.dumps({"form": _FORM, "also": rows}, indent=2).encode() + b"\n"
