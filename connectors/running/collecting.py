"""How often Python looks for circles of objects that nobody uses any more.

A connector that loads everything makes millions of objects that live for one notice and form no circles, and keeps some hundred thousand in its
caches; at Python's usual thresholds it spends a twelfth of its time walking through those.
"""

import gc

_THRESHOLDS = (50_000, 20, 20)


def collect_rarely() -> None:
    """For the whole process. Circles are still found, only later: after fifty thousand new objects instead of seven hundred."""
    gc.set_threshold(*_THRESHOLDS)
