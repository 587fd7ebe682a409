"""Ctrl-C and its kin (a closed terminal, a polite kill): they are heard once, and never while everything is being ended."""

import signal
from types import FrameType

WISHES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def listen() -> None:
    """From here on each of them raises `KeyboardInterrupt`; what nohup set to be ignored stays so."""
    for wish in WISHES:
        if wish is signal.SIGINT or signal.getsignal(wish) is not signal.SIG_IGN:
            signal.signal(wish, _interrupt)


def listen_no_more() -> None:
    """From here on none does anything: who asks twice must not leave anything running."""
    for wish in WISHES:
        signal.signal(wish, signal.SIG_IGN)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    listen_no_more()
    raise KeyboardInterrupt
