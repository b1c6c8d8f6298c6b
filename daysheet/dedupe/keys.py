"""
The lookup keys of a name: small integers under which customers are filed to be found again.

A key is the CRC of a tagged text. Two texts may share one; that costs a comparison and nothing
else, for every candidate is compared in full.
"""

from collections.abc import Iterator
from zlib import crc32

from daysheet.dedupe.profiles import Profile, Unit

SMALL_WORDS = frozenset(
    """of for and the in at on de la le du des der die das und et y e di do da von van a an to el los las
    del""".split()  # noqa: SIM905 - a table reads better so
)
PLENTY = frozenset(
    """university institute college school hospital center national research science sciences technology company
    association society foundation department medical international development management services group state
    engineering education health studies""".split()  # noqa: SIM905
)
"""Words too usual for keys of their parts."""


def key(tag: str, text: str) -> int:
    """Return the key of *text* under *tag*, 0 to 2³¹-1."""
    return crc32(f"{tag}{text}".encode()) & 0x7FFFFFFF


def filed_under(profile: Profile) -> frozenset[int]:
    """Return every key a known customer of this name is filed under."""
    return frozenset(key(tag, text) for tag, text in _filed(profile))


def asked_for(profile: Profile) -> dict[int, float]:
    """
    Return the keys under which a customer that this name may mean, or its parent, is filed.

    Each with its weight: a whole name says more than a pair of characters, and a word from the other
    language more than one that many share.
    """
    asked: dict[int, float] = {}
    for tag, text in (*_filed(profile), *_asked(profile)):
        asked[key(tag, text)] = _WEIGHTS.get(tag, 1.0)
    return asked


def certain(profile: Profile) -> dict[int, float]:
    """Return those of the asked keys that stand for a whole name, place or bank: enough where one of them decides."""
    tagged = (*_filed(profile), *_asked(profile))
    return {key(tag, text): _WEIGHTS[tag] for tag, text in tagged if tag in "SCTHBL"}


_WEIGHTS = {"S": 5.0, "C": 4.0, "T": 4.0, "H": 4.0, "B": 4.0, "L": 2.0, "x": 4.0, "A": 2.0, "c": 1.5}


# ---- what a customer is filed under ------------------------------------------------------------


def _filed(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.unit is not None:
        yield from _of_unit(profile.unit)
        place = profile.stem.removeprefix(profile.brand)
        yield from (("g", place[at : at + 2]) for at in range(len(place) - 1))
    elif profile.head_id:
        yield "H", profile.head_id
        yield from (("g", gram) for gram in grams(profile.stem))
    elif profile.is_latin:
        yield "S", profile.stem
        yield from _of_latin(profile)
    else:
        yield "S", profile.stem
        yield from _of_chinese(profile)


def _of_unit(unit: Unit) -> Iterator[tuple[str, str]]:
    for anchor in dict.fromkeys((*unit.anchors, unit.bare)):
        yield "B", f"{unit.head_id}|{anchor}"
    if unit.counties and unit.prefecture and not unit.is_region_branch:
        yield "L", f"{unit.prefecture}|{unit.anchors[0]}"  # where this site lies, whatever the bank
    anchor = unit.anchors[0]
    if len(anchor) <= 4:
        yield from (("b", f"{unit.head_id}|{character}") for character in set(anchor))


def _of_chinese(profile: Profile) -> Iterator[tuple[str, str]]:
    yield "C", profile.core
    if len(profile.core) > 2:
        yield "c", profile.core[:2]
    yield from (("g", gram) for gram in grams(profile.stem))
    if len(profile.stem) > 3:
        yield "i", f"{profile.stem[0]}{profile.tail[:1]}"
    yield from (("x", pair) for pair in profile.hints)


def _of_latin(profile: Profile) -> Iterator[tuple[str, str]]:
    words = [word for word in profile.words if word not in SMALL_WORDS]
    yield "T", " ".join(sorted(set(words)))
    if len(words) > 1:
        yield "A", "".join(word[0] for word in words)
    elif words and len(words[0]) <= 6:
        yield "A", words[0]
    for word in dict.fromkeys(words):
        yield "w", word
        if len(word) > 5 and word not in PLENTY:
            yield "p", word[:4]
            yield "s", word[-4:]


def grams(text: str) -> set[str]:
    """Return the pairs of neighbours in *text*, and the pairs with one character between."""
    near = {text[at : at + 2] for at in range(len(text) - 1)}
    return near | {text[at] + text[at + 2] for at in range(len(text) - 2)}


# ---- what is asked besides ---------------------------------------------------------------------


def _asked(profile: Profile) -> Iterator[tuple[str, str]]:
    unit = profile.unit
    if unit is not None:
        yield "H", unit.head_id
        for place in unit.places:
            yield "B", f"{unit.head_id}|{place}"
        if unit.prefecture:
            yield "L", f"{unit.prefecture}|{unit.anchors[0]}"
        yield from (("g", gram) for gram in grams(profile.stem))
    elif profile.is_latin:
        if len(profile.words) == 1 and len(profile.stem) <= 10:
            yield "A", profile.stem
        yield from (("x", pair) for pair in profile.hints)
    else:
        yield "c", profile.stem[:2]
        for text in profile.readings:
            yield from (("g", gram) for gram in grams(text))
        if len(profile.stem) <= 4:
            yield from (("i", f"{profile.stem[0]}{character}") for character in set(profile.stem[1:]))
