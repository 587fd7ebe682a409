"""Whether a record tells enough of its person to be published: a name or a national number.

A birth date and a postcode alone fit many people. What is published of them could match nobody for certain, and would still be about
somebody; so it stays at the agency until a person file beside the export says who it is.
"""

from mappings.canonical.person import Person


def tells_enough(person: Person) -> bool:
    """Whether there is a name, a nickname or a national number."""
    return bool(person.given or person.family or person.known_as or person.identifiers)
