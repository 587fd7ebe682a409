"""Bytes to JSON, strictly: one object, UTF-8, within the limits, no key twice, no NaN, no text that is not Unicode.

Python's own decoder keeps the last of two equal keys, takes NaN and lone surrogates, and gives up on deep nesting with
RecursionError.
"""

import json
import math
from typing import Any, NoReturn

from mappings.fhir.limits import MAX_DIGITS, Limits
from mappings.fhir.refusal import ProfileRefusal

_NESTED = (dict, list)


def decode(data: bytes, limits: Limits, root: str) -> dict[str, Any]:
    """The JSON object in `data`. `root` is the name refusals give the whole document, such as `Bundle`.

    Raises `ProfileRefusal`, and nothing else, whatever the bytes are.
    """
    if len(data) > limits.size:
        raise _refuse(
            "too-long",
            "too-large",
            root,
            f"the message is larger than {limits.size} bytes; send one message for each notice",
        )
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse("structure", "not-utf8", root, "the message is not UTF-8; encode it as UTF-8 JSON") from None
    try:
        document = json.loads(
            text,
            object_pairs_hook=_Members(limits, root),
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except RecursionError:
        raise _too_deep(limits, root) from None
    except ValueError:
        raise _refuse(
            "structure", "not-json", root, "the message is not JSON; check the encoder that wrote it"
        ) from None
    if not isinstance(document, dict):
        raise _refuse(
            "structure",
            "not-an-object",
            root,
            "the message is not a JSON object; send exactly one resource or document",
        )
    _bounded(document, limits, root)
    if not _texts_are_plain(text, limits):
        _check_texts(document, limits, root)
    return document


class _Members:
    """Makes each JSON object, refusing one that has a key twice or too many keys."""

    def __init__(self, limits: Limits, root: str) -> None:
        self.limits = limits
        self.root = root

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _refuse(
                "structure", "duplicate-key", self.root, "an object has the same key twice; write each element once"
            )
        if len(members) > self.limits.members:
            raise _refuse(
                "structure",
                "too-many",
                self.root,
                f"an object has more than {self.limits.members} keys; send only what the profile allows",
            )
        return members


def _bounded(document: dict[str, Any], limits: Limits, root: str) -> None:
    level: list[Any] = [document]
    depth = 0
    while level:
        depth += 1
        if depth > limits.depth:
            raise _too_deep(limits, root)
        below: list[Any] = []
        for node in level:
            if type(node) is list:
                if len(node) > limits.items:
                    raise _refuse(
                        "too-long", "too-many", root, f"an array has more than {limits.items} items; send fewer"
                    )
                below += [part for part in node if type(part) in _NESTED]
            else:
                below += [part for part in node.values() if type(part) in _NESTED]
        level = below


def _texts_are_plain(text: str, limits: Limits) -> bool:
    """True where no text of the document can be too long or hold a surrogate: nothing is escaped, and quotes stand
    close together."""
    return "\\" not in text and max(map(len, text.split('"'))) <= limits.text


def _check_texts(document: dict[str, Any], limits: Limits, root: str) -> None:
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if type(node) is str:
            _check_text(node, limits, root)
        elif type(node) is list:
            waiting += node
        elif type(node) is dict:
            waiting += node.values()
            waiting += node


def _check_text(value: str, limits: Limits, root: str) -> None:
    if len(value) > limits.text:
        raise _refuse("too-long", "too-long", root, f"a text is longer than {limits.text} characters; shorten it")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        text = "a text holds half of a surrogate pair; write whole characters"
        raise _refuse("structure", "not-unicode", root, text) from None


def _constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number has too many digits")
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is beyond all bounds")
    return value


def _too_deep(limits: Limits, root: str) -> ProfileRefusal:
    return _refuse(
        "structure",
        "too-deep",
        root,
        f"the message nests deeper than {limits.depth} levels; send only what the profile allows",
    )


def _refuse(type: str, code: str, element: str, text: str) -> ProfileRefusal:
    return ProfileRefusal.of(type, code, element, text)
