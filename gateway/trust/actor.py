"""Who asks a use case to do something, with which roles, and how that was proved."""

from dataclasses import dataclass

from gateway.model.operator import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is an operator's work name. `how` says how it was authenticated, in words that go into the audit."""

    id: str
    roles: frozenset[Role]
    how: str


# Whoever can open the database and its key file on this machine can read it anyway; changing anything takes a
# signature.
LOCAL_READER = Actor("local", frozenset({Role.OBSERVER}), "may read the store's files")
