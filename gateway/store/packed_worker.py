"""A worker as the bytes of the sealed contact column."""

from typing import Final

import msgspec

from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker


def pack(worker: Worker) -> bytes:
    """The five texts as one MessagePack array."""
    contact = worker.contact
    return msgspec.msgpack.encode([worker.name, worker.role, worker.team, contact.phone, contact.email])


def unpack(data: bytes) -> Worker:
    """The reverse of `pack`."""
    name, role, team, phone, email = msgspec.msgpack.decode(data, type=tuple[str, str, str, str, str])
    return Worker(name, role, team, Contact(phone, email))


NO_WORKER: Final = pack(Worker())
