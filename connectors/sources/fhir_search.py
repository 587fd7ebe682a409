"""Searching a FHIR R4 server page by page (https://hl7.org/fhir/R4/search.html, https://hl7.org/fhir/R4/http.html#paging).

A search is whole or it raises: where a page has expired, or the records changed while they were turned over, it begins again; where the server
itself says that it holds something back, what was found is no longer taken for everything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.sources.fhir_client import CursorExpired, FhirClient
from connectors.sources.fhir_nodes import Misfit, Node, child, children, text
from connectors.sources.port import SourceUnreadable

MOST_PAGES = 10_000
MOST_BEGINNINGS = 3
# https://hl7.org/fhir/R4/valueset-issue-type.html: what says that there is more than was shown.
HOLDS_BACK = frozenset(
    {
        "incomplete",
        "suppressed",
        "throttled",
        "timeout",
        "too-costly",
        "security",
        "forbidden",
        "login",
        "expired",
        "transient",
    }
)
HELD_BACK = "the server says that it does not show everything; what is missing was not taken for ended"

Found = dict[tuple[str, str], Node]
"""Entries by type and id."""


@dataclass(slots=True)
class Search:
    """`most` entries at most, over all searches. `holds_back` becomes true where the server says that it does not show everything."""

    client: FhirClient
    page_size: int
    most: int
    found: Found = field(default_factory=dict)
    holds_back: bool = False

    def everything(self, type: str, said: Mapping[str, str]) -> list[Node]:
        """Every resource of a type that meets the conditions; what came along is in `found` too. Raises `SourceUnreadable`."""
        for _ in range(MOST_BEGINNINGS):
            try:
                first = self.client.get(type, {**said, "_count": str(self.page_size), "_total": "accurate"})
                return self._turned(type, first)
            except CursorExpired:
                continue
        raise SourceUnreadable(
            f"the list of every {type} changed or expired while it was read, {MOST_BEGINNINGS} times; it is read again at the next reading"
        )

    def looked_up(self, type: str, name: str, values: list[str]) -> list[Node]:
        """Every resource of a type whose `name` is one of `values`. They go in the body of the request, not in an address."""
        found: list[Node] = []
        for start in range(0, len(values), 50):
            some = ",".join(values[start : start + 50])
            for _ in range(MOST_BEGINNINGS):
                try:
                    found += self._turned(type, self.client.search(type, {name: some, "_count": str(self.page_size)}))
                    break
                except CursorExpired:
                    continue
            else:
                raise SourceUnreadable(
                    f"what was looked up of {type} expired while it was read; it is read again at the next reading"
                )
        return found

    def _turned(self, type: str, first: Node) -> list[Node]:
        matched: Found = {}
        turned: Found = {}
        totals: set[int] = set()
        for page in self._pages(first):
            if isinstance(page.get("total"), int):
                totals.add(page["total"])
            for key, entry in self._entries(page):
                if key[0] == type and text(child(entry, "search"), "mode") in ("", "match"):
                    matched[key] = entry
                turned[key] = entry
                if len(self.found) + len(turned) > self.most:
                    raise SourceUnreadable(
                        f"the server holds more than {self.most} resources; write a preset of your own with larger limits"
                    )
        if len(totals) > 1 or (totals and len(matched) < max(totals)):
            # Something was added or deleted while the pages were turned, so that one may have slipped between two.
            raise CursorExpired
        self.found |= turned
        return list(matched.values())

    def _pages(self, page: Node) -> Iterator[Node]:
        seen: set[str] = set()
        while True:
            if page.get("resourceType") != "Bundle" or page.get("type") != "searchset":
                raise SourceUnreadable(
                    "the server answers a search with something else than a Bundle of type searchset"
                )
            yield page
            following = _next(page)
            if not following:
                return
            if following in seen or len(seen) >= MOST_PAGES:
                raise SourceUnreadable("the pages of the server have no end; see its log")
            seen.add(following)
            page = self.client.get(following)

    def _entries(self, page: Node) -> Iterator[tuple[tuple[str, str], Node]]:
        try:
            for entry in children(page, "entry"):
                resource = child(entry, "resource")
                kind, id = text(resource, "resourceType"), text(resource, "id")
                if kind == "OperationOutcome":
                    self._judge(resource)
                elif kind and id:
                    yield (kind, id), entry
        except Misfit as problem:
            raise SourceUnreadable(f"an answer of the server is no Bundle of FHIR R4: {problem}") from None

    def _judge(self, outcome: Node) -> None:
        for issue in children(outcome, "issue"):
            if text(issue, "severity") in ("fatal", "error"):
                raise SourceUnreadable("the server says that the search failed (OperationOutcome); see its log")
            self.holds_back |= text(issue, "code") in HOLDS_BACK


def _next(page: Node) -> str:
    try:
        return next(
            (text(link, "url", 8_000) for link in children(page, "link") if text(link, "relation") == "next"), ""
        )
    except Misfit as problem:
        raise SourceUnreadable(f"an answer of the server is no Bundle of FHIR R4: {problem}") from None
