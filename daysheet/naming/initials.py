"""The initials a Chinese name is typed by: 杭州云杉 is ``hzys``."""

import re
import unicodedata
from functools import cache

from daysheet.naming.characters import IS_HAN

LONGEST = 200
"""Nobody types more; an index entry stays small."""
LONGEST_WORD = 4
IN_NAMES = {"行": "h"}
"""What a character is read as in names where no word says otherwise: 支行, 商行."""
_NEITHER = re.compile(r"[^0-9a-z]")


def initials(name: str) -> str:
    """
    Return the first letters of the pinyin of *name*, lower case, with its Latin letters and digits as they are.

    Words decide between readings: 重庆银行 is ``cqyh``. What has no sound is left out.
    """
    plain = unicodedata.normalize("NFKC", name)
    letters = "".join(_letter(plain, at) if IS_HAN.match(sign) else sign for at, sign in enumerate(plain))
    return as_typed(letters)[:LONGEST]


def as_typed(text: str) -> str:
    """Return the letters and digits of *text*, lower case: what initials are looked for by."""
    return _NEITHER.sub("", unicodedata.normalize("NFKC", text).casefold())


def _letter(text: str, at: int) -> str:
    """Return the first letter of the character at a place: as the longest word there reads it, else its usual one."""
    own = _readings(text[at])
    if len(own) < 2:
        return own
    from pypinyin.phrases_dict import phrases_dict

    for length in range(LONGEST_WORD, 1, -1):
        # a word that begins here is meant rather than one that ends here: 市|长江, not 市长|江
        for start in range(min(at, len(text) - length), max(0, at - length + 1) - 1, -1):
            reading = phrases_dict.get(text[start : start + length])
            if reading is not None:
                # the syllable with its tone: ān
                return unicodedata.normalize("NFD", reading[at - start][0])[:1]
    return IN_NAMES.get(text[at], own[0])


@cache
def _readings(character: str) -> str:
    """Return the letters a character's readings begin with, the usual one first; "" where none is known."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors="ignore", strict=False)
    return "".join(dict.fromkeys(found[0])) if found else ""
