"""Errors as the command line tells them: one sentence with what to do next, never a traceback."""

import json
import sys
import traceback
from pathlib import Path


def report(fault: BaseException, as_json: bool) -> int:
    """Tell it on standard error. Returns the exit status, 1."""
    sentence = _sentence(fault)
    text = json.dumps({"error": sentence, "kind": type(fault).__name__}, ensure_ascii=False) if as_json else sentence
    print(text, file=sys.stderr)
    return 1


def _sentence(fault: BaseException) -> str:
    from connectors.channel.port import ChannelDown, ChannelRefused
    from gateway.ports import StoreDown
    from gateway.refused import Refused
    from gateway.store.faults import StoreConflict, StoreRefused
    from identity.agency.faults import KeyFault

    if isinstance(fault, Refused | KeyFault | StoreRefused | StoreConflict | StoreDown | ChannelDown | ChannelRefused):
        return str(fault)
    if isinstance(fault, OSError):
        return f"{fault.filename or 'a file or address'} cannot be used: {fault.strerror or type(fault).__name__}"
    # Not its text, which may quote anything; the place in the code is enough to find the mistake.
    frames = traceback.extract_tb(fault.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"a mistake in patchwork itself ({type(fault).__name__} at {place}); please report these words"
