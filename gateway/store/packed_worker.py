"""Who is involved, as bytes to be sealed: five texts, and the keyed tokens of a registration number where there are any.

Without tokens the bytes are those of before there were tokens.
"""

from typing import Final

import msgspec

from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker


def pack(worker: Worker, tokens: tuple[str, ...] = ()) -> bytes:
    """One MessagePack array."""
    contact = worker.contact
    texts: list[object] = [worker.name, worker.role, worker.team, contact.phone, contact.email]
    return msgspec.msgpack.encode([*texts, tokens] if tokens else texts)


def unpack(data: bytes) -> tuple[Worker, tuple[str, ...]]:
    """The reverse of `pack`."""
    name, role, team, phone, email, *tokens = msgspec.msgpack.decode(data)
    return Worker(name, role, team, Contact(phone, email)), tuple(tokens[0]) if tokens else ()


NO_WORKER: Final = pack(Worker())
