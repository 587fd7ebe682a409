"""An agency whose connector has a door, with real sockets, a real ledger and a gateway in the same process."""

from tests.spec.conftest import empty_seaton, seaton

__all__ = ["empty_seaton", "seaton"]
