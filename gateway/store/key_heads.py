"""How the numbers begin under which a record is found, as they stand beside its evidence: a set of short numbers, in about two bytes each.

In order, each as how far it is from the one before: the far part as so many ones and a zero, the near part as it is (a Rice code). Some thirty
numbers of eighteen bits lie some five thousand apart, and in which order they came is nobody's business. What is left of the last byte is ones.
"""

from collections.abc import Iterable
from typing import Final

NUMBER_BITS: Final = 32
"""Of an index key with its kind."""
HEAD_BITS: Final = 18
"""Of a million records with thirty numbers each some 150 numbers begin alike: two or three pages of the index."""
TAIL_BITS: Final = NUMBER_BITS - HEAD_BITS
_NEAR_BITS: Final = 12


def heads(numbers: Iterable[int]) -> bytes:
    """What stands beside the evidence of a record that is found under these numbers."""
    parts, last = [], -1
    for head in sorted({number >> TAIL_BITS for number in numbers}):
        far, near = divmod(head - last - 1, 1 << _NEAR_BITS)
        parts.append(f"{'1' * far}0{near:0{_NEAR_BITS}b}")
        last = head
    bits = "".join(parts)
    bits += "1" * (-len(bits) % 8)
    return int(bits or "0", 2).to_bytes(len(bits) // 8)


def first_numbers(held: bytes) -> list[int]:
    """Of each beginning the lowest number that begins so, lowest first."""
    bits = f"{int.from_bytes(held):0{8 * len(held)}b}" if held else ""
    found, last, at = [], -1, 0
    while (end := bits.find("0", at)) >= 0:
        near = int(bits[end : end + 1 + _NEAR_BITS], 2)
        last += 1 + (end - at << _NEAR_BITS) + near
        found.append(last << TAIL_BITS)
        at = end + 1 + _NEAR_BITS
    return found
