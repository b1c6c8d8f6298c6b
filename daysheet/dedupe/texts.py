"""How two texts differ: by one slip of the keyboard, by leaving characters out, or by more."""

from enum import StrEnum
from functools import cache


class Slip(StrEnum):
    """The one difference between two texts. The kind decides, not the size (docs/concepts/matching.md)."""

    DOUBLED = "doubled"  # a character typed twice
    LOST = "lost"  # a character left out
    GAINED = "gained"  # a character too many
    SWAPPED = "swapped"  # two neighbours in the wrong order
    HOMOPHONE = "homophone"  # another character of the same sound
    OTHER = "other"  # another character


def slip(typed: str, known: str) -> Slip | None:
    """Return what makes *typed* out of *known* where that is exactly one slip, else None."""
    if typed == known or abs(len(typed) - len(known)) > 1:
        return None
    start = _common(typed, known)
    end = _common(typed[start:][::-1], known[start:][::-1])
    left, right = typed[start : len(typed) - end], known[start : len(known) - end]
    if not left and len(right) == 1:
        return Slip.LOST
    if not right and len(left) == 1:
        around = typed[max(start - 1, 0) : start] + typed[start + 1 : start + 2]
        return Slip.DOUBLED if left in around else Slip.GAINED
    if len(left) == len(right) == 1:
        return Slip.HOMOPHONE if sounds_like(left, right) else Slip.OTHER
    if len(left) == len(right) == 2 and left == right[::-1]:
        return Slip.SWAPPED
    return None


def _common(left: str, right: str) -> int:
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        length += 1
    return length


@cache
def sounds(character: str) -> frozenset[str]:
    """Return the toneless readings of a Chinese character."""
    from pypinyin import Style, pinyin

    return frozenset(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


def sounds_like(left: str, right: str) -> bool:
    """Say whether two characters have a reading in common, tones apart."""
    return left > "\u2fff" and right > "\u2fff" and not sounds(left).isdisjoint(sounds(right))


def is_subsequence(short: str, long: str) -> bool:
    """Say whether *short* can be read off *long* by leaving characters out."""
    rest = iter(long)
    return all(character in rest for character in short)


def runs(short: str, long: str) -> int:
    """Return in how few unbroken pieces *short* can be read off *long* greedily from the left; 0 where it cannot."""
    count, at = 0, 0
    start = 0
    while start < len(short):
        for length in range(len(short) - start, 0, -1):
            found = long.find(short[start : start + length], at)
            if found >= 0 and is_subsequence(short[start + length :], long[found + length :]):
                break
        else:
            return 0
        count += 1
        at = found + length
        start += length
    return count
