"""
How two names are alike: the kind of likeness decides, a number only orders what is shown.

Nothing here merges: ``judge`` does, knowing the whole master. A veto (V1 …) or a cap (A1 …) of the
naming rules, section 7, is named in the likeness it makes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from daysheet.dedupe.keys import PUBLIC, SMALL_WORDS, without_initials
from daysheet.dedupe.profiles import Profile
from daysheet.dedupe.texts import Slip, is_subsequence, runs, slip
from daysheet.model.names import Kind
from daysheet.naming.regions import Regions

ANY = "000000"
"""The code of 中国 in brackets, which is no place in the lattice."""
_EDUCATION = frozenset({"college", "university", "institute", "academy"})
_NUMERALS = frozenset("一二三四五六七八九十百零〇")


class Likeness(StrEnum):
    """Kinds of likeness, the strongest first."""

    SAME = "same"  # written alike, legal form apart
    MOVED = "moved"  # the same words and regions, in another order (A6)
    FORM = "form"  # the same words, another legal form or country (A3)
    UNPLACED = "unplaced"  # the same words, the region left out (A2)
    PLACED = "placed"  # the same words, a region more than the known name has (A2)
    LEVEL = "level"  # the same words, one region inside the other (A2)
    SLIP = "slip"  # one slip of the keyboard (A1)
    ORDER = "order"  # the same words in another order
    SHORT = "short"  # can be read off the known name (A4)
    ACRONYM = "acronym"  # the initials of the known name
    TRANSLATED = "translated"  # the same in the other language, as far as words tell
    NEAR = "near"  # some words in common
    NONE = "none"  # vetoed, or nothing in common


@dataclass(frozen=True, slots=True)
class Alike:
    """How a typed name is like one known name. *score* 0–1 orders candidates; *why* names slip, veto or cap."""

    likeness: Likeness
    score: float
    why: str = ""
    slip: Slip | None = None
    weights: tuple[tuple[str, float], ...] = ()


_NOTHING = Alike(Likeness.NONE, 0.0)


def nested(regions: Regions, left: str, right: str) -> bool:
    """Say whether one region is, or lies in, the other."""
    if ANY in (left, right):
        return left == right
    return regions.is_within(left, right) or regions.is_within(right, left)


# ---- Chinese names -----------------------------------------------------------------------------


def chinese(typed: Profile, known: Profile, regions: Regions) -> Alike:
    """Return how two Chinese names (no bank units) are alike."""
    slipped = _slip(typed, known)
    veto = _veto(typed, known, regions, slipped)
    if veto:
        return Alike(Likeness.NONE, 0.0, veto)
    have_one_form = not typed.form_class or not known.form_class or typed.form_class == known.form_class
    if typed.stem == known.stem:
        return Alike(Likeness.SAME if have_one_form else Likeness.FORM, 1.0, "" if have_one_form else "A3")
    if typed.core == known.core and typed.group == known.group and _may_be_one_kind(typed, known):
        return _same_core(typed, known, have_one_form)
    is_long = len(typed.stem) >= 5 or slipped in (Slip.SWAPPED, Slip.DOUBLED)
    if slipped is not None and is_long and (slipped is not Slip.OTHER or len(typed.core) >= 6):
        return Alike(Likeness.SLIP, 0.9 if slipped is not Slip.OTHER else 0.8, "A1", slipped)
    short = typed.stem if typed.form else typed.flat
    if 1 < len(short) < len(known.flat) and is_subsequence(short, known.flat):
        is_end = len(typed.stem) >= 5 and known.stem.endswith(typed.stem)  # a place not read as one before it
        return Alike(Likeness.SHORT, 0.92 if is_end else 0.55 + 0.3 * _tightness(short, known), "A4")
    for reading in typed.readings:
        if reading == known.stem or is_subsequence(reading, known.flat):
            return Alike(Likeness.NEAR, 0.8, "A4")
    if slipped is None and len(typed.core) >= 4 and typed.core != known.core and _compatible(typed, known):
        slipped = slip(typed.core, known.core)
        if slipped is not None and (slipped is not Slip.OTHER or len(typed.core) >= 6):
            return Alike(Likeness.NEAR, 0.78, "A1", slipped)
    if _begin_alike(typed.core, known.core) and _compatible(typed, known):
        return Alike(Likeness.NEAR, 0.7, "same beginning")
    return Alike(Likeness.NEAR, 0.75 * _ratio(typed, known))


def _begin_alike(left: str, right: str) -> bool:
    """Say whether two cores share their first four characters and differ in trade only: a renamed company, often."""
    return left[:4] == right[:4] and min(len(left), len(right)) >= 4


def _slip(typed: Profile, known: Profile) -> Slip | None:
    found = slip(typed.flat, known.flat)
    if found is None and typed.stem != typed.flat and known.stem != known.flat:
        found = slip(typed.stem, known.stem)
    if found is None and not typed.form and known.stem != known.flat:
        found = slip(typed.flat, known.stem)
    return found


def _ratio(typed: Profile, known: Profile) -> float:
    return max(fuzz.ratio(typed.stem, known.stem), fuzz.ratio(typed.core, known.core)) / 100


def _compatible(typed: Profile, known: Profile) -> bool:
    return not typed.regions or set(typed.regions) == set(known.regions)


def _tightness(short: str, known: Profile) -> float:
    """Return how closely *short* follows a name: in few pieces, from its first character on."""
    pieces = runs(short, known.flat)
    begins = known.core.startswith(short[:2]) or known.stem.startswith(short[:2])
    return (1.0 if begins else 0.5) / max(pieces, 1)


def _may_be_one_kind(typed: Profile, known: Profile) -> bool:
    return typed.kind == known.kind or Kind.UNKNOWN in (typed.kind, known.kind)


def _same_core(typed: Profile, known: Profile, have_one_form: bool) -> Alike:
    if set(typed.regions) == set(known.regions) and (typed.regions or typed.possible == known.possible):
        return Alike(Likeness.MOVED if have_one_form else Likeness.FORM, 0.98, "A6" if have_one_form else "A3")
    if not typed.regions and not typed.possible:
        if typed.is_generic:
            return Alike(Likeness.LEVEL, 0.88, "C06")
        return Alike(Likeness.UNPLACED if have_one_form else Likeness.FORM, 0.93, "A2")
    if not known.regions:
        return Alike(Likeness.PLACED, 0.9, "A2") if not typed.is_generic else _NOTHING
    return Alike(Likeness.LEVEL, 0.88, "A2")


def _veto(typed: Profile, known: Profile, regions: Regions, slipped: Slip | None) -> str:
    """Return the veto that keeps the two apart, "" where there is none."""
    if typed.unit or known.unit or typed.head_id or known.head_id:
        is_short_bank = not typed.unit and not known.unit and is_subsequence(typed.stem, known.stem)
        return "" if slipped is not None or (is_short_bank and known.head_id and typed.head_id) else "V6"
    have_other_ordinals = typed.ordinals and known.ordinals and set(typed.ordinals) != set(known.ordinals)
    if have_other_ordinals and not (slipped is Slip.HOMOPHONE and _hides_numeral(typed.flat, known.flat)):
        return "V2"
    if typed.regions and known.regions and not nested(regions, typed.regions[-1], known.regions[-1]):
        return "V1"
    if typed.host and known.host and typed.host != known.host and slip(typed.host, known.host) is None:
        return "V8"
    if typed.campus and known.campus and typed.campus != known.campus:
        return "V4"
    if typed.group != known.group and typed.form and known.form:
        return "V9"
    if typed.kind != known.kind and typed.kind in PUBLIC and known.kind in PUBLIC and slipped is None:
        return "V6"
    return ""


def _hides_numeral(typed: str, known: str) -> bool:
    """Say whether the one differing character is a numeral on one side only: 人民一院 for 人民医院."""
    pairs = [(a, b) for a, b in zip(typed, known, strict=False) if a != b]
    return len(pairs) == 1 and (pairs[0][0] in _NUMERALS) != (pairs[0][1] in _NUMERALS)


# ---- Latin names -------------------------------------------------------------------------------


def latin(
    typed: Profile,
    known: Profile,
    known_words: Collection[str],
    common: Collection[str],
    nations: frozenset[str] = frozenset(),
) -> Alike:
    """
    Return how two Latin names are alike.

    *known_words* are those of the typed words that occur in some customer's name: what is a word
    elsewhere is no slip. *common* are words too usual to tell one name from another; bodies that name
    different ones of *nations* are sisters, rather.
    """
    if typed.nation and known.nation and typed.nation != known.nation:
        return Alike(Likeness.NONE, 0.0, "V1")
    if typed.stem == known.stem or typed.core == known.core:
        return _same_words(typed, known)
    initials = _acronym(typed, known)
    if initials is not None:
        return initials
    typed_words, known_own = _content(typed.words), _content(known.words)
    if sorted(typed_words) == sorted(known_own):
        return Alike(Likeness.ORDER, 0.95, "word order")
    if _are_alike_but_for_initials(typed, known):
        return Alike(Likeness.ORDER, 0.92, "initials")
    slipped = _one_wrong_word(typed, known, known_words)
    if slipped is not None:
        return slipped
    found = _shared_words(typed, known, known_words, common)
    if found.score >= _WORTH and _are_abroad(typed_words, known_own, nations):
        return Alike(Likeness.NEAR, found.score * _ABROAD)
    return found


_WORTH = 0.6
_ABROAD = 0.9


def _are_abroad(left: Iterable[str], right: Iterable[str], nations: frozenset[str]) -> bool:
    """Say whether each names a country, and none the other's."""
    ours, theirs = nations.intersection(left), nations.intersection(right)
    return bool(ours and theirs) and not ours & theirs


def _same_words(typed: Profile, known: Profile) -> Alike:
    if typed.nation != known.nation and not (known.nation and known.form and not known.regions):
        return Alike(Likeness.FORM, 0.97, "A2")
    if typed.form_class and typed.form_class != known.form_class:
        return Alike(Likeness.FORM, 0.97, "A3")
    if known.form_class and not typed.form_class and len(typed.stem) <= 4:
        return Alike(Likeness.FORM, 0.97, "acronym")  # three letters are anybody's
    return Alike(Likeness.SAME, 1.0 if typed.stem == known.stem else 0.99)


@lru_cache(maxsize=65536)
def _content(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in SMALL_WORDS)


def _acronym(typed: Profile, known: Profile) -> Alike | None:
    for short, long in ((typed, known), (known, typed)):
        if len(short.words) != 1 or len(short.stem) > 10 or len(long.words) < 2:
            continue
        words = _content(long.words)
        if len(words) < 3 and short is not typed:
            continue
        if short.stem in ("".join(word[0] for word in words), "".join(word[0] for word in long.words)):
            return Alike(Likeness.ACRONYM, 0.85)
        if short is typed and short.stem in long.words:
            return Alike(Likeness.ACRONYM, 0.8)
    return None


def _are_alike_but_for_initials(typed: Profile, known: Profile) -> bool:
    """Say whether two names are one but for initials: those of the name itself, or others that it begins with."""
    left, right = without_initials(typed.words), without_initials(known.words)
    if left == right and len(left) > 1:
        return True
    shorter, longer = (left, right) if len(left) < len(right) else (right, left)
    is_led = len(longer) == len(shorter) + 1 and len(shorter) >= 3 and 2 <= len(longer[0]) <= 5
    return is_led and longer[1:] == shorter


def _one_wrong_word(typed: Profile, known: Profile, known_words: Collection[str]) -> Alike | None:
    if len(typed.core) < 6 or abs(len(typed.core) - len(known.core)) > 1:
        return None
    found = slip(typed.core, known.core)
    if found is None:
        return None
    pairs = [(t, k) for t, k in zip(typed.words, known.words, strict=False) if t != k]
    is_misspelt = (
        len(typed.words) == len(known.words)
        and len(pairs) == 1
        and len(pairs[0][1]) >= 5
        and pairs[0][0] not in known_words
        # UNITEC is not United: one letter of a short name is a name of its own
        and (len(typed.words) > 1 or found is not Slip.OTHER or len(typed.core) >= 8)
        and not any(character.isdigit() for character in pairs[0][0] + pairs[0][1])
        and typed.group == known.group
        and (not typed.form_class or typed.form_class == known.form_class)
    )
    return Alike(Likeness.SLIP, 0.94 if is_misspelt else 0.9, "A1" if is_misspelt else "A1 word", found)


def _shared_words(typed: Profile, known: Profile, known_words: Collection[str], common: Collection[str]) -> Alike:
    """Weigh the words in common: a usual word proves little, a rare one much."""
    typed_words, known_own = _content(typed.words), _content(known.words)
    weight = {word: 0.25 if word in common else 1.0 for word in (*typed_words, *known_own)}
    shared = set(typed_words) & set(known_own)
    for word in [word for word in typed_words if word not in shared]:  # in order: the outcome may depend on it
        other = next((k for k in known_own if k not in shared and word not in _EDUCATION and _is_like(word, k)), None)
        if other is not None:
            shared |= {word, other}
    if shared:  # initials alone are anybody's
        shared |= _spelt_out(typed_words, known.words, shared) | _spelt_out(known_own, typed.words, shared)
    of_typed = sum(weight[word] for word in typed_words) or 1.0
    of_known = sum(weight[word] for word in known_own) or 1.0
    typed_share = sum(weight[word] for word in typed_words if word in shared) / of_typed
    known_share = sum(weight[word] for word in known_own if word in shared) / of_known
    overlap = 0.6 * max(typed_share, known_share) + 0.4 * min(typed_share, known_share)
    ratio = fuzz.ratio(typed.core, known.core) / 100
    if any(word not in shared and word not in known_words for word in typed_words):
        overlap *= 0.9  # a word that no customer has: somebody else, rather
    is_telling = any(word in shared and word not in common for word in typed_words)
    score = 0.94 * max(overlap, ratio if is_telling else 0.75 * ratio)
    if is_telling and all(word in shared for word in typed_words if word not in common):
        score += 0.05  # every word that tells one name from another is there
    return Alike(Likeness.NEAR, min(score, 0.9))


def _spelt_out(words: Collection[str], others: tuple[str, ...], shared: Collection[str]) -> set[str]:
    """Return those of *words* that are initials, with those of *others* they stand for: CAS, Academy of Sciences."""
    found: set[str] = set()
    runs_of_words = _runs(others)
    for word in words:
        if not 2 <= len(word) <= 7:
            continue
        for run, initials in runs_of_words:
            if word not in initials or word in shared:
                continue
            at = "".join("_" if other in shared and run.count(other) == 1 else other[0] for other in run).find(word)
            if at >= 0:
                found.update((word, *run[at : at + len(word)]))
                break
    return found


@lru_cache(maxsize=65536)
def _runs(words: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the words of a name and, where it has small ones, those without them, each with its initials."""
    content = _content(words)
    runs_of_words = (content,) if len(content) == len(words) else (content, words)
    return tuple((run, "".join(word[0] for word in run)) for run in runs_of_words)


def _is_like(left: str, right: str) -> bool:
    """Say whether two words are one but for an ending or a slip: technology, technologies."""
    if min(len(left), len(right)) < 4:
        return False
    if left in _EDUCATION and right in _EDUCATION:
        return True
    shorter, longer = (left, right) if len(left) <= len(right) else (right, left)
    if longer.startswith(shorter):
        return True
    # too unlike in length to be so alike in letters
    return 200 * len(shorter) >= 84 * (len(left) + len(right)) and fuzz.ratio(left, right) >= 84


def _is_akin(left: str, right: str) -> bool:
    """Say whether two words are one or come from one: geology, geological."""
    return left == right or (left[:5] == right[:5] and min(len(left), len(right)) > 4) or _is_like(left, right)


# ---- across languages --------------------------------------------------------------------------


def translated(latin_name: Profile, chinese_name: Profile, common: Collection[str]) -> Alike:
    """Return how like a Latin name and the likely English of a Chinese one are: a hint, never proof."""
    words = [word for word in _content(latin_name.words) if word != "co"]
    likely = [word for word in chinese_name.english if word not in SMALL_WORDS]
    if not words or not likely:
        return _NOTHING
    # each once, and in order: a sum of floats depends on it
    shared = [word for word in dict.fromkeys(words) if any(_is_akin(word, other) for other in likely)]
    back = [other for other in dict.fromkeys(likely) if any(_is_akin(word, other) for word in words)]
    weight = {word: 0.4 if word in common else 1.0 for word in words}
    weight |= {word: 0.4 if word in common else 0.8 for word in likely if word not in weight}
    forward = sum(weight[word] for word in shared) / sum(weight[word] for word in words)
    backward = sum(weight[word] for word in back) / sum(weight[word] for word in likely)
    return Alike(Likeness.TRANSLATED, 0.9 * (0.5 * max(forward, backward) + 0.5 * min(forward, backward)))
