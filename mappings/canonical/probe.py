"""A probe's request: the gateway asks one connector for a notice that is about nobody, to see that the whole way works.

The request's own id, which the notice must bear, and the end of its life stand in the envelope's header.
"""

from dataclasses import dataclass

from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """`agency` is the one that the test notice is to speak for: a connector may speak for several."""

    agency: AgencyId
