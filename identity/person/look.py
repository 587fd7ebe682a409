"""How a name looks, roughly: as `phonetic` is to the ear, this is to a scanner, or to whoever copies a handwritten form."""

# Capital letters that scanned and handwritten forms confuse, each group as one letter.
ALIKE = ("ABRV", "ODQU", "ICGJLT", "MHKNWX", "PF")
_SHAPES = str.maketrans({letter: group[0] for group in ALIKE for letter in group})


def look(name: str) -> str:
    """The shapes of a standardised name's letters: MARTHA and MAVTHA, LILY and LLLY look alike."""
    return "".join(sorted(name.translate(_SHAPES)))
