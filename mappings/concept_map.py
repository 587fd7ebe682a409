"""Local codes into the shared code lists, in the shape of a FHIR R4 ConceptMap: a source code, a target code, and what
to do when unmapped.

Codes are compared folded (case, spaces and punctuation do not count), since the same code comes as `Childrens Social
Care`, `Children's social care` and `CHILDRENS_SOCIAL_CARE`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Generic, TypeVar

Code = TypeVar("Code", bound=StrEnum)
NOT_LETTERS = re.compile(r"[\W_]+")


class UnmappedCode(ValueError):
    """A code that the map does not know, and that it may not guess. The message names the map, never the code."""


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """`text` as codes and headers are compared: lower case, letters and digits only."""
    return NOT_LETTERS.sub("", text.casefold())


@dataclass(frozen=True, slots=True)
class ConceptMap(Generic[Code]):
    """`exact` by folded code; `containing` tried in order where no exact one fits; `unmapped` the target of anything
    else.

    With `unmapped` None an unknown code is refused; with `defer` it is taken as if the source said nothing.
    """

    name: str
    exact: Mapping[str, Code]
    containing: tuple[tuple[str, Code], ...] = ()
    unmapped: Code | None = None
    defer: bool = False

    def target(self, text: str) -> Code | None:
        """The shared code for a local one; None where the source says nothing or the map defers to the defaults.

        Raises `UnmappedCode`.
        """
        folded = fold(text)
        if not folded:
            return None
        found = self.exact.get(folded) or next(
            (code for part, code in self.containing if part in folded), self.unmapped
        )
        if found is None and not self.defer:
            raise UnmappedCode(f"holds a code that the preset's {self.name} table does not map; add it there")
        return found
