"""
The unified social credit code (GB 32100-2015): 18 characters, the last a check character.

Written here because libraries refuse the codes that begin with a letter (military, village bodies).
The registration region is not checked: it may be an abolished one.
"""

import re

from daysheet.model.names import Kind

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SHAPE = re.compile(r"[1-9ANY][1-9A][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")

_PUBLIC = frozenset({Kind.GOVERNMENT, Kind.INSTITUTION, Kind.SCHOOL, Kind.HOSPITAL})
_COMPANIES = frozenset(
    {Kind.ENTERPRISE, Kind.ENTERPRISE_BRANCH, Kind.BANK, Kind.BANK_BRANCH, Kind.INSURER, Kind.SYSTEM, Kind.FOREIGN}
)
_KINDS = {
    "11": frozenset({Kind.GOVERNMENT}),
    "12": _PUBLIC,
    "13": _PUBLIC,
    "51": _PUBLIC,
    "52": _PUBLIC,
    "53": _PUBLIC,
    "91": _COMPANIES | {Kind.HOSPITAL, Kind.INSTITUTION},
    "92": _COMPANIES | {Kind.HOSPITAL, Kind.INSTITUTION},
    "93": _COMPANIES | {Kind.INSTITUTION},
    "A1": frozenset({Kind.MILITARY}),
}


def is_valid(text: str) -> bool:
    """Say whether *text* (upper case, no spaces) is a credit code with both its check characters right."""
    if _SHAPE.fullmatch(text) is None:
        return False
    total = sum(_VALUES[character] * weight for character, weight in zip(text, _WEIGHTS, strict=False))
    return text[17] == _ALPHABET[-total % 31] and _is_body(text[8:17])


def _is_body(code: str) -> bool:
    """Say whether the organisation code inside (GB 11714) has its own check character right."""
    total = sum(int(character, 36) * weight for character, weight in zip(code, _BODY_WEIGHTS, strict=False))
    return code[8] == "0123456789X0"[11 - total % 11]


def is_at_odds(code: str, kind: Kind) -> bool:
    """Say whether the registry that gave *code* does not register bodies of *kind* (K01)."""
    allowed = _KINDS.get(code[:2])
    return allowed is not None and kind is not Kind.UNKNOWN and kind not in allowed
