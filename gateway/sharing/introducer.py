"""Whom practitioners are to ask where nobody may be named: an office with a telephone or a mailbox, named by the rule set."""

from collections.abc import Mapping
from typing import Any

from gateway.refused import Refused
from gateway.trust.content import Content
from mappings.canonical.alert import Introducer
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import MAX_DISPLAY

_MEMBERS = frozenset({"name", "phone", "email"})
_OPTIONAL = frozenset({"phone", "email"})


def introducer_in(document: Mapping[str, Any]) -> Introducer | None:
    """Whom the document of a rule set names, None where it names nobody. Raises `Refused`, naming the field."""
    if "introducer" not in document:
        return None
    members = document["introducer"]
    if not isinstance(members, Mapping):
        raise Refused("rule set: introducer must be a table with a name and a phone or email")
    read = Content("rule set, introducer", members, _MEMBERS, _OPTIONAL)
    said = {name: read.text(name, MAX_DISPLAY) for name in ("phone", "email") if name in members}
    if not said:
        raise Refused("rule set, introducer: give a phone or an email, or nobody can ask")
    return Introducer(read.text("name", MAX_DISPLAY), Contact(**said))
