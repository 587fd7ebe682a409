"""A statement and the reply to it as small JSON documents, there and back; every other member is refused by name.

{"statement": 1, "id": uuid, "agency": uri, "incarnation": text, "prefix": hex, "entries": [[reference, digest], ...]}

{"statementReply": 1, "about": uuid, "agency": uri, "prefix": hex, "sendAgain": [reference, ...],
 "adopt": [reference, ...], "gatewayIncarnation": text}
"""

import json
import re
from typing import Any

from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.receipt import Issue
from mappings.canonical.statement import MAX_ENTRIES, Statement, StatementEntry, StatementReply
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
    }
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
    }
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
    _reply(document)
    return _encode(document)


def read_reply(data: bytes) -> StatementReply:
    """The reply in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return _reply(decode(data, LIMITS, "StatementReply"))


def _statement(document: Json) -> Statement:
    _check(document, _STATEMENT, "Statement")
    _within(document["prefix"], [pair[0] for pair in document["entries"]], "Statement.entries")
    return Statement(
        id=MessageId(document["id"]),
        agency=AgencyId(document["agency"]),
        incarnation=document["incarnation"],
        prefix=document["prefix"],
        entries=tuple(StatementEntry(InvolvementRef(reference), digest) for reference, digest in document["entries"]),
    )


def _reply(document: Json) -> StatementReply:
    _check(document, _REPLY, "StatementReply")
    _within(document["prefix"], document["sendAgain"], "StatementReply.sendAgain")
    _within(document["prefix"], document["adopt"], "StatementReply.adopt")
    return StatementReply(
        about=MessageId(document["about"]),
        agency=AgencyId(document["agency"]),
        prefix=document["prefix"],
        send_again=tuple(map(InvolvementRef, document["sendAgain"])),
        adopt=tuple(map(InvolvementRef, document["adopt"])),
        gateway_incarnation=document["gatewayIncarnation"],
    )


def _check(document: Json, shape: Shape, root: str) -> None:
    issues: list[Issue] = []
    shape.check(document, root, issues)
    if issues:
        raise ProfileRefusal(issues)


def _within(prefix: str, references: list[str], path: str) -> None:
    if not all(reference.startswith(prefix) for reference in references):
        raise ProfileRefusal.of("invariant", "conflict", path, "holds a reference that does not begin with the prefix")
    if len(set(references)) != len(references):
        raise ProfileRefusal.of("duplicate", "repeated-element", path, "holds a reference twice; list each once")


def _encode(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
