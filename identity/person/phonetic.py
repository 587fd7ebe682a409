"""How a name sounds, roughly: the metaphone of its letters."""

from functools import lru_cache

import jellyfish


@lru_cache(50_000)
def phonetic(name: str) -> str:
    """Metaphone (Philips 1990) of a standardised name; of a name in another alphabet, or one without a code, the name
    itself."""
    if not name.isascii():
        return name
    return jellyfish.metaphone(name).replace(" ", "") or name
