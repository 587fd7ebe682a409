"""Dying on purpose: a named function of the program kills the whole process with kill -9, before or after it does its work, once."""

import functools
import importlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Point:
    """`where` is `module:name` or `module:Class.name`. `armed_by` names a function that must have been called first, empty for none."""

    where: str
    after: bool
    armed_by: str = ""


def install(point: Point) -> None:
    """From now on the process dies there."""
    armed = [not point.armed_by]
    if point.armed_by:
        replace(point.armed_by, lambda original: _arming(original, armed))
    replace(point.where, lambda original: _dying(original, armed, after=point.after))


def replace(where: str, wrapper: Callable[[Any], Any]) -> None:
    """Put `wrapper(original)` in the place of the function at `where`."""
    module, _, path = where.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, wrapper(getattr(owner, name)))


def _arming(original: Any, armed: list[bool]) -> Any:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        armed[0] = True
        return original(*args, **kwargs)

    return call


def _dying(original: Any, armed: list[bool], *, after: bool) -> Any:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if armed[0] and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if armed[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call
