"""Templates such as `{person_id}|{team}`, filled from the fields of a row. They are checked when a preset is read."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter

PERSON = "person"
"""`{person}` stands for the person's own key inside the key of an involvement."""


@lru_cache(maxsize=512)
def pieces(template: str) -> tuple[tuple[str, str], ...]:
    """The template as pairs of what is written and the name of what follows it; the last name may be empty."""
    return tuple((written, name or "") for written, name, _, _ in Formatter().parse(template))


def names(template: str) -> tuple[str, ...]:
    """The fields that a template takes."""
    return tuple(name for _, name in pieces(template) if name)


def in_words(templates: tuple[str, ...]) -> str:
    """What has to be there for one of them to be filled: `person id, or family with given with birth date`."""
    return ", or ".join(" with ".join(name.replace("_", " ") for name in names(template)) for template in templates)


def filled(
    templates: tuple[str, ...],
    values: Mapping[str, str],
    person: str,
    special: frozenset[str],
    shown: Callable[[str, str], str],
) -> str:
    """The first template whose every field is there; empty where none is. `shown` is what stands for the text of a
    `special` field."""
    for template in templates:
        made = ""
        for written, name in pieces(template):
            if not name:
                made += written
                continue
            said = person if name == PERSON else values.get(name)
            if not said:
                break
            made += written + (shown(name, said) if name in special else said)
        else:
            return made
    return ""
