"""A small town in one process, as the chapters have it."""

from tests.spec.conftest import empty_seaton, seaton

__all__ = ["empty_seaton", "seaton"]
