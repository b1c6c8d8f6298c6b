"""
The lookup keys of a name: small integers under which customers are filed to be found again.

A key is the CRC of a tagged text. Two texts may share one; that costs a comparison and nothing
else, for every candidate is compared in full. Every key filed takes room for each customer, a key
asked for only a moment: what can be asked in several ways is filed in one.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from zlib import crc32

from daysheet.dedupe.profiles import Profile, Unit
from daysheet.model.names import Kind

SMALL_WORDS = frozenset(
    """of for and the in at on de la le du des der die das und et y e di do da von van a an to el los las
    del dei degli della delle dell al au aux sur para por dos das do og och fur zur zum im vom dem den het
    voor""".split()  # noqa: SIM905 - a table reads better so
)
PLENTY = frozenset(
    """university institute college school hospital center national research science sciences technology company
    association society foundation department medical international development management services group state
    engineering education health studies""".split()  # noqa: SIM905
)
"""Words too usual for keys of their parts."""
PUBLIC = frozenset({Kind.HOSPITAL, Kind.SCHOOL, Kind.GOVERNMENT, Kind.INSTITUTION})
"""Bodies named after their place and what they do."""
_OFFICES = frozenset("银行社")
"""What the name of a bank or its branch has somewhere: 银行, 支行, 信用社."""

Tagged = Iterator[tuple[str, str]]


def key(tag: str, text: str) -> int:
    """
    Return the key of *text* under *tag*.

    A piece of a name has one of -2²³ to 2²³-1, which SQLite keeps in three bytes: that another piece
    shares it hardly counts. What says much by itself has one of 2²³ to 2³¹-1.
    """
    found = crc32(f"{tag}{text}".encode())
    return (found & 0x7FFFFFFF) | _WHOLE_FROM if tag in _WHOLE else (found & 0xFFFFFF) - _WHOLE_FROM


_WHOLE = frozenset("STHBLxAw")
_WHOLE_FROM = 0x800000


def filed_under(profile: Profile) -> frozenset[int]:
    """Return every key a known customer of this name is filed under."""
    return frozenset(key(tag, text) for tag, text in (*_own(profile), *_abroad(profile)))


def asked_for(profile: Profile) -> dict[int, float]:
    """
    Return the keys under which a customer that this name may mean, or its parent, is filed.

    Each with its weight: a whole name says more than a pair of characters, and a word from the other
    language more than one that many share.
    """
    asked = _weighed((*_own(profile), *_asked(profile)))
    if _is_plain(profile):
        for text in (profile.stem[:2], profile.core[:2]):
            asked[key("c", text)] = _BEGINNING
    return asked


def certain(profile: Profile) -> dict[int, float]:
    """Return those of the asked keys that stand for a whole name, place or bank: enough where one of them decides."""
    whole = [one for one in _own(profile) if one[0] in "STHBL"]
    return _weighed((*whole, *_above(profile.unit))) if profile.unit is not None else _weighed(whole)


_WEIGHTS = {"S": 5.0, "T": 4.0, "H": 4.0, "B": 4.0, "L": 2.0, "x": 4.0, "A": 2.0, "c": 1.4}
_BEGINNING = 1.5
"""Weight of beginning as a known name does."""


def _weighed(tagged: Iterable[tuple[str, str]]) -> dict[int, float]:
    return {key(tag, text): _WEIGHTS.get(tag, 1.0) for tag, text in tagged}


def _is_plain(profile: Profile) -> bool:
    return profile.unit is None and not profile.head_id and not profile.is_latin


# ---- what a customer is filed under ------------------------------------------------------------


def _own(profile: Profile) -> Tagged:
    """Give what a customer is filed under to be found by names in its own language."""
    if profile.unit is not None:
        yield from _of_unit(profile.unit)
        yield from (("u", pair) for pair in pairs(profile.stem.removeprefix(profile.brand)))
    elif profile.head_id:
        yield "H", profile.head_id
        yield from (("g", gram) for gram in grams(profile.stem))
    elif profile.is_latin:
        yield from _of_latin(profile)
    else:
        yield from _of_chinese(profile)


def _abroad(profile: Profile) -> Tagged:
    """Give what a Chinese name is filed under to be found by its English one: a company by its brand alone."""
    if _is_plain(profile):
        hints = profile.hints if profile.kind in PUBLIC else profile.hints[-1:]
        yield from (("x", hint) for hint in hints)


def _of_unit(unit: Unit) -> Tagged:
    for anchor in dict.fromkeys((*unit.anchors, unit.bare)):
        yield "B", f"{unit.head_id}|{anchor}"
    if unit.counties and unit.prefecture and not unit.is_region_branch:
        yield "L", f"{unit.prefecture}|{unit.anchors[0]}"  # where this site lies, whatever the bank


def _of_chinese(profile: Profile) -> Tagged:
    stem, core = profile.stem, profile.core
    is_public = profile.kind in PUBLIC
    own = _own_length(profile)
    if is_public or own >= len(core):
        yield "S", stem  # many share the core: 人民医院
    yield "S", core
    yield "c", core[:2]
    is_placed = bool(profile.regions) and not is_public and own < len(core)
    if own == 2 and is_placed:
        yield "r", f"{profile.regions[-1]}|{core[2:4]}"  # the trade in the place, whatever became of the brand
    # a pair across the border of the trade only where one is all there is
    last = own if own == 2 and not is_placed else own - 1
    yield from (("g", core[at : at + 2]) for at in range(1, min(last, len(core) - 1)))
    if is_public or own >= 3:
        yield from (("g", core[at] + core[at + 2]) for at in range(0, min(own if own != 3 else 1, len(core) - 2), 2))
    if is_public:
        yield from _ends(profile, 1 if len(core) < 4 else 2)
    elif not profile.regions and own >= 4:
        yield "S", core[2:]  # it may begin with a place that was not read as one
    if stem != core and core in stem:
        place = stem[: stem.index(core)]
        # 川航 is 四川航空: where there is no brand, either character of the place may stand for it
        yield from (("g", f"{character}{core[0]}") for character in place[: 2 if profile.is_generic else 1])
        if len(profile.regions) > 1 and not is_public:  # the second may be no place: 杭州滨江集团
            yield from (("g", f"{character}{core[0]}") for character in place[2:])
            yield from (("g", pair) for pair in pairs(place[2:]))
    if len(stem) > 3:
        yield from (("i", pair) for pair in _initials(profile, own))


def _initials(profile: Profile, own: int) -> set[str]:
    """Return the pairs of characters that a short name is made of: the first, with that of a word of kind or trade."""
    stem, core, kind = profile.stem, profile.core, profile.tail[:1]
    if profile.kind in PUBLIC:
        return {f"{stem[0]}{kind}"}
    if own == len(core):
        return {f"{stem[0]}{stem[-1]}", f"{stem[0]}{kind}"}
    return {f"{stem[0]}{core[own]}", f"{core[0]}{kind}"}


def _own_length(profile: Profile) -> int:
    """Return how many characters of the core come before the words of trade that many names end in."""
    if profile.kind in PUBLIC:
        return len(profile.core)
    starts = [at for word in profile.industry if (at := profile.core.find(word)) >= 1]
    return min(starts, default=len(profile.core))


def _ends(profile: Profile, *lengths: int) -> Tagged:
    """Give the place with how the name begins and how it ends: a slip spares one of them."""
    if profile.regions:
        for length in lengths:
            yield "r", f"{profile.regions[-1]}|{profile.core[:length]}"
            yield "e", f"{profile.regions[-1]}|{profile.core[-length:]}"


def _of_latin(profile: Profile) -> Tagged:
    words = [word for word in profile.words if word not in SMALL_WORDS]
    whole = without_initials(profile.words)
    yield "T", " ".join(sorted(set(whole)))
    if len(words) > 1:
        yield "A", "".join(word[0] for word in (whole if len(whole) > 1 else words))
    elif words and len(words[0]) <= 6:
        yield "A", words[0]
    # a slip in a usual word leaves the telling ones as they are
    telling = {hint.partition("|")[0] for hint in profile.hints}
    for word in dict.fromkeys(words):
        yield "w", word
        if len(word) > 5 and word not in PLENTY and (not telling or word in telling):
            yield "p", word[:4]
            yield "s", word[-4:]
            if len(word) <= 8:  # the two overlap or meet: a slip there takes both
                yield "q", word[:2] + word[-2:]
        elif 3 < len(word) <= 5 and word not in PLENTY and (not telling or word in telling):
            yield from (("d", one) for one in _without_one(word))


@lru_cache(maxsize=65536)
def without_initials(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name that count, without one that is but the initials of others: (TMS)."""
    content = tuple(word for word in words if word not in SMALL_WORDS)
    for at, word in enumerate(content):
        if 3 <= len(word) <= 7 and len(content) > len(word):
            rest = (*content[:at], *content[at + 1 :])
            if word in ("".join(one[0] for one in rest), "".join(one[0] for one in words if one != word)):
                return rest
    return content


def _without_one(word: str) -> set[str]:
    """Return *word* without each of its letters but the first."""
    return {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbours in *text*."""
    return {text[at : at + 2] for at in range(len(text) - 1)}


def grams(text: str) -> set[str]:
    """Return the pairs of neighbours in *text*, and the pairs with one character between."""
    return pairs(text) | {text[at] + text[at + 2] for at in range(len(text) - 2)}


# ---- what is asked besides ---------------------------------------------------------------------


def _asked(profile: Profile) -> Tagged:
    unit = profile.unit
    if unit is not None:
        yield from _above(unit)
        yield from (("u", gram) for gram in grams(profile.stem))
    elif profile.is_latin:
        if len(profile.words) == 1 and len(profile.stem) <= 10:
            yield "A", profile.stem
        yield from (("x", hint) for hint in profile.hints)
        for word in profile.words:
            if 2 < len(word) <= 6:  # of a short word, one letter lost, typed twice or wrong
                yield "d", word
                yield from ((tag, one) for one in _without_one(word) for tag in "dw")
    else:
        yield from _asked_of_chinese(profile)


def _above(unit: Unit) -> Tagged:
    """Give where the parents of a branch are filed."""
    yield "H", unit.head_id
    for place in unit.places:
        yield "B", f"{unit.head_id}|{place}"
    if unit.prefecture:
        yield "L", f"{unit.prefecture}|{unit.anchors[0]}"


def _asked_of_chinese(profile: Profile) -> Tagged:
    stem = profile.stem
    yield from _ends(profile, 1, 2)
    if profile.regions and profile.kind not in PUBLIC:
        yield from (("r", f"{profile.regions[-1]}|{profile.core[at : at + 2]}") for at in range(1, 4))
    for text in (stem, *profile.readings):
        yield from (("g", gram) for gram in grams(text))
        yield from (("c", pair) for pair in pairs(text))
    yield "c", stem[0:3:2]
    for text in dict.fromkeys((stem, profile.core)):  # two characters swapped, or one typed twice
        for at in range(len(text) - 1):
            if text[at] != text[at + 1]:
                yield "S", f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
            else:
                yield "S", f"{text[:at]}{text[at + 1 :]}"
    if not _OFFICES.isdisjoint(stem):
        yield from (("u", pair) for pair in pairs(stem))
    if len(stem) <= 4:
        for text in (stem, *profile.readings):
            yield from (("i", f"{text[0]}{character}") for character in set(text[1:]))
