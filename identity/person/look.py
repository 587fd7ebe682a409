"""How a name looks, roughly: as `phonetic` is to the ear, this is to a scanner, to whoever copies a handwritten form
and to fingers that hit the keys out of order."""

# Capital letters that scanned and handwritten forms confuse, each group as one letter.
ALIKE = ("ABRV", "ODQU", "ICGJLT", "MHKNWX", "PF")
_SHAPES = str.maketrans({letter: group[0] for group in ALIKE for letter in group})


def look(name: str) -> str:
    """The shapes of a standardised name's letters, in whatever order: MARTHA and MAVTHA, LILY and LLLY, SHAW and SAHW look alike. Letters that
    are all there and out of order are the commonest slip of whoever types, and of a short name leave hardly a bigram as it was."""
    shapes = name.translate(_SHAPES)
    return shapes[:1] + "".join(sorted(shapes[1:]))
