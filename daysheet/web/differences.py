"""What two texts do not have in common: by characters where they are Chinese, by words elsewhere."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECES = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
LONGEST = 400
"""Characters that are compared; a longer text differs as a whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one text, and whether the other lacks it."""

    text: str
    differs: bool


def differences(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces; one that is compared with nothing does not differ."""
    if one == other or not one or not other:
        return _whole(one, differs=False), _whole(other, differs=False)
    if max(len(one), len(other)) > LONGEST:
        return _whole(one, differs=True), _whole(other, differs=True)
    left, right = _PIECES.findall(one), _PIECES.findall(other)
    matcher = SequenceMatcher(
        None, [piece.casefold() for piece in left], [piece.casefold() for piece in right], autojunk=False
    )
    return (
        _joined(left, [(block.a, block.size) for block in matcher.get_matching_blocks()]),
        _joined(right, [(block.b, block.size) for block in matcher.get_matching_blocks()]),
    )


def _whole(text: str, *, differs: bool) -> tuple[Piece, ...]:
    return (Piece(text, differs),) if text else ()


def _joined(pieces: list[str], common: list[tuple[int, int]]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    at = 0
    for start, size in common:
        for end, differs in ((start, True), (start + size, False)):
            if end > at:
                found.append(Piece("".join(pieces[at:end]), differs))
                at = end
    return tuple(found)
