"""Who is related to whom, as far as Patchwork goes: because an agency's notice says so, one step, and never further.

* A relation is read from both sides: who is a parent of one is asked about as a child of the other.
* It never comes from an address, a surname or a household, and never through a third person.
* A relation that any agency calls disputed, or under no contact, connects nobody with nobody across those two people.
"""

from mappings.canonical.codes import RelationKind, RelationStanding
from mappings.canonical.identifiers import AgencyId

RELATED_PERSON = AgencyId("urn:patchwork:related-person")
"""Whose evidence a relative's is, for linkage: nobody's own record, so that it may agree with a record of any agency."""

_SEEN_FROM_THERE = {
    RelationKind.PARENT: RelationKind.CHILD,
    RelationKind.CHILD: RelationKind.PARENT,
    RelationKind.CARER: RelationKind.CARED_FOR,
    RelationKind.CARED_FOR: RelationKind.CARER,
    RelationKind.SIBLING: RelationKind.SIBLING,
    RelationKind.PARTNER: RelationKind.PARTNER,
}


def seen_from_there(kind: RelationKind) -> RelationKind:
    """What the subject is to the related person, where that person is `kind` to the subject."""
    return _SEEN_FROM_THERE[kind]


def connects(standing: RelationStanding) -> bool:
    """Whether a relation may connect anybody at all."""
    return standing is RelationStanding.CURRENT
