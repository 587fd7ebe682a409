"""A statement and the reply to it as small JSON documents, there and back; every other member is refused by name.

{"statement": 1, "id": uuid, "agency": uri, "incarnation": text, "prefix": hex, "entries": [[reference, digest], ...],
 "line": service line?, "totals": [[service line, count, digest], ...]?, "eligibility": see `mappings.eligibility_json`?}

{"statementReply": 1, "about": uuid, "agency": uri, "prefix": hex, "sendAgain": [reference, ...],
 "adopt": [reference, ...], "gatewayIncarnation": text, "differing": [[service line, count, digest], ...]?}
"""

import json
import re
from typing import Any

from mappings import eligibility_json
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.receipt import Issue
from mappings.canonical.statement import MAX_ENTRIES, LineTotal, Statement, StatementEntry, StatementReply
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import STATEMENT as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object, Shape, Text

Json = dict[str, Any]
_HEX_PREFIX = re.compile("[0-9a-f]{0,64}")


class _Entries:
    """An array of pairs: an involvement reference and the digest of its state. May be empty, unlike FHIR's arrays."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list or len(value) > MAX_ENTRIES:
            issues.append(
                Issue(
                    "structure",
                    "wrong-count",
                    path,
                    f"must be an array of at most {MAX_ENTRIES} pairs; send several statements",
                )
            )
            return
        for index, pair in enumerate(value):
            here = f"{path}[{index}]"
            if type(pair) is not list or len(pair) != 2:
                issues.append(
                    Issue("structure", "wrong-type", here, "must be a pair: an involvement reference and a digest")
                )
            else:
                is_a.INVOLVEMENT_REF.check(pair[0], f"{here}[0]", issues)
                is_a.DIGEST.check(pair[1], f"{here}[1]", issues)


class _References:
    """An array of involvement references. May be empty."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list or len(value) > MAX_ENTRIES:
            issues.append(
                Issue("structure", "wrong-count", path, f"must be an array of at most {MAX_ENTRIES} references")
            )
            return
        for index, reference in enumerate(value):
            is_a.INVOLVEMENT_REF.check(reference, f"{path}[{index}]", issues)


class _Totals:
    """An array of a service line, how many involvements it has, and the digest of them all. May be empty; each line once."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list or len(value) > len(ServiceLine):
            text = f"must be an array of at most {len(ServiceLine)} totals, one for each service line"
            issues.append(Issue("structure", "wrong-count", path, text))
            return
        for index, total in enumerate(value):
            here = f"{path}[{index}]"
            if type(total) is not list or len(total) != 3:
                text = "must be a service line, a count and a digest"
                issues.append(Issue("structure", "wrong-type", here, text))
                continue
            for position, shape in enumerate(_TOTAL):
                shape.check(total[position], f"{here}[{position}]", issues)


_LINE = is_a.code(ServiceLine)
_TOTAL: tuple[Shape, ...] = (_LINE, Number("a count from 0", 0, 2**31 - 1), is_a.DIGEST)
_VERSION = Number("1, the only version there is", 1, 1)
_PREFIX = Text(
    "at most 64 lower-case hexadecimal digits", 64, test=lambda text: _HEX_PREFIX.fullmatch(text) is not None
)
_STATEMENT = Object(
    {
        "statement": _VERSION,
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "incarnation": is_a.INCARNATION,
        "prefix": _PREFIX,
        "entries": _Entries(),
    },
    {"line": _LINE, "totals": _Totals(), "eligibility": eligibility_json.SHAPE},
)
_REPLY = Object(
    {
        "statementReply": _VERSION,
        "about": is_a.UUID,
        "agency": is_a.AGENCY,
        "prefix": _PREFIX,
        "sendAgain": _References(),
        "adopt": _References(),
        "gatewayIncarnation": is_a.INCARNATION,
    },
    {"differing": _Totals()},
)


def write_statement(statement: Statement) -> bytes:
    """The statement as UTF-8 JSON. Raises `ProfileRefusal` where it has too many entries or one outside its prefix."""
    document: Json = {
        "statement": 1,
        "id": str(statement.id),
        "agency": str(statement.agency),
        "incarnation": statement.incarnation,
        "prefix": statement.prefix,
        "entries": [[str(each.involvement_ref), each.digest] for each in statement.entries],
    }
    if statement.line is not None:
        document["line"] = statement.line.value
    if statement.totals is not None:
        document["totals"] = _written(statement.totals)
    if statement.eligibility is not None:
        document["eligibility"] = eligibility_json.to_document(statement.eligibility)
    _statement(document)
    return _encode(document)


def read_statement(data: bytes) -> Statement:
    """The statement in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return _statement(decode(data, LIMITS, "Statement"))


def write_reply(reply: StatementReply) -> bytes:
    """The reply as UTF-8 JSON. Raises `ProfileRefusal` where it has too many references or one outside its prefix."""
    document: Json = {
        "statementReply": 1,
        "about": str(reply.about),
        "agency": str(reply.agency),
        "prefix": reply.prefix,
        "sendAgain": [str(each) for each in reply.send_again],
        "adopt": [str(each) for each in reply.adopt],
        "gatewayIncarnation": reply.gateway_incarnation,
    }
    if reply.differing:
        document["differing"] = _written(reply.differing)
    _reply(document)
    return _encode(document)


def read_reply(data: bytes) -> StatementReply:
    """The reply in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return _reply(decode(data, LIMITS, "StatementReply"))


def _statement(document: Json) -> Statement:
    _check(document, _STATEMENT, "Statement")
    _within(document["prefix"], [pair[0] for pair in document["entries"]], "Statement.entries")
    totals = document.get("totals")
    if totals is not None:
        _each_once(totals, "Statement.totals")
        if document["entries"] or document["prefix"] or "line" in document:
            raise ProfileRefusal.of(
                "invariant",
                "conflict",
                "Statement.totals",
                "stands beside entries, a prefix or a line; totals cover everything",
            )
    elif "eligibility" in document:
        raise ProfileRefusal.of(
            "invariant", "conflict", "Statement.eligibility", "stands without totals; say it once a day, with them"
        )
    return Statement(
        id=MessageId(document["id"]),
        agency=AgencyId(document["agency"]),
        incarnation=document["incarnation"],
        prefix=document["prefix"],
        entries=tuple(StatementEntry(InvolvementRef(reference), digest) for reference, digest in document["entries"]),
        line=ServiceLine(document["line"]) if "line" in document else None,
        totals=None if totals is None else _read(totals),
        eligibility=eligibility_json.from_document(document["eligibility"]) if "eligibility" in document else None,
    )


def _reply(document: Json) -> StatementReply:
    _check(document, _REPLY, "StatementReply")
    _within(document["prefix"], document["sendAgain"], "StatementReply.sendAgain")
    _within(document["prefix"], document["adopt"], "StatementReply.adopt")
    _each_once(document.get("differing", []), "StatementReply.differing")
    return StatementReply(
        about=MessageId(document["about"]),
        agency=AgencyId(document["agency"]),
        prefix=document["prefix"],
        send_again=tuple(map(InvolvementRef, document["sendAgain"])),
        adopt=tuple(map(InvolvementRef, document["adopt"])),
        gateway_incarnation=document["gatewayIncarnation"],
        differing=_read(document.get("differing", [])),
    )


def _check(document: Json, shape: Shape, root: str) -> None:
    issues: list[Issue] = []
    shape.check(document, root, issues)
    if issues:
        raise ProfileRefusal(issues)


def _written(totals: tuple[LineTotal, ...]) -> list[list[Any]]:
    return [[each.service.value, each.count, each.digest] for each in totals]


def _read(totals: list[list[Any]]) -> tuple[LineTotal, ...]:
    return tuple(LineTotal(ServiceLine(line), count, digest) for line, count, digest in totals)


def _each_once(totals: list[list[Any]], path: str) -> None:
    lines = [total[0] for total in totals]
    if len(set(lines)) != len(lines):
        raise ProfileRefusal.of("duplicate", "repeated-element", path, "holds a service line twice; list each once")


def _within(prefix: str, references: list[str], path: str) -> None:
    if not all(reference.startswith(prefix) for reference in references):
        raise ProfileRefusal.of("invariant", "conflict", path, "holds a reference that does not begin with the prefix")
    if len(set(references)) != len(references):
        raise ProfileRefusal.of("duplicate", "repeated-element", path, "holds a reference twice; list each once")


def _encode(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
