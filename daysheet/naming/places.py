"""
Read regions out of a name, from left to right, each inside the one before.

A word is a region only in context (naming rules, P6): 中山 before 路 is a street, 朝阳 after 北京 is
a district, and a county named alone may be one of several.
"""

import re
from typing import NamedTuple

from daysheet.model.names import RegionRef
from daysheet.naming.regions import Level, Region, Regions

_STREET = re.compile(
    r"[东南西北中上下前后]?(?:大街|大道|路(?!林)|街|道(?!里|外)|巷|新村|花园|公园|大厦|湾)"
    r"|[东南西北]?[一二三四五六七八九十]+(?:路|街|道)"
)
_LEVELS = {Level.PROVINCE: "prov", Level.PREFECTURE: "pref", Level.COUNTY: "county"}
ALWAYS_AMBIGUOUS = frozenset({"吉林", "朝阳"})
"""Short names that dominance does not settle (naming rules, step 18)."""


class Token(NamedTuple):
    """One region as written; *candidates* are the identities it may be, the likeliest alone where that is clear."""

    text: str
    candidates: tuple[str, ...]
    has_tail: bool
    level: Level


class Chain(NamedTuple):
    """Regions read one after another; *end* is where the text goes on."""

    tokens: tuple[Token, ...] = ()
    end: int = 0

    @property
    def candidates(self) -> tuple[str, ...]:
        """What the innermost region may be; () where there is none."""
        return self.tokens[-1].candidates if self.tokens else ()

    @property
    def identity(self) -> str:
        """The innermost region where it is clear, else ""."""
        return self.candidates[0] if len(self.candidates) == 1 else ""


def read_chain(text: str, regions: Regions, within: tuple[str, ...] = (), start: int = 0) -> Chain:
    """Return the regions that *text* goes on with at *start*, all inside one of *within*; () is anywhere."""
    if not regions.written_at(text, start):
        return Chain((), start)
    tokens: list[Token] = []
    possible: tuple[str, ...] = within
    at = start
    while at < len(text) - 1:
        token = _next(text, at, regions, possible)
        if token is None:
            break
        if tokens and token.candidates:
            tokens[-1] = _narrowed(tokens[-1], token, regions)
        tokens.append(token)
        possible = token.candidates
        at += len(token.text)
    return Chain(tuple(_settled(token, regions) for token in tokens), at)


def _next(text: str, at: int, regions: Regions, possible: tuple[str, ...]) -> Token | None:
    for written in regions.written_at(text, at):
        piece = written.text
        if not text.startswith(piece, at) or (not possible and written.is_abolished):
            continue
        found, has_tail = written.regions(is_bounded=bool(possible))
        if not has_tail and _STREET.match(text, at + len(piece)):
            continue
        if has_tail and piece.endswith("市") and _begins_a_district(text, at + len(piece) - 1, regions, found):
            continue  # 青岛市南: the district 市南 of 青岛
        if possible:
            found = tuple(r for r in found if any(regions.is_within(r.identity, p) for p in possible))
            found = tuple(r for r in found if r.identity not in possible) or found  # 吉林吉林: the city
            if not found:
                continue
        if len(found) == 1:
            return Token(piece, (found[0].identity,), has_tail, found[0].level)
        found = tuple(region for region in found if region.is_current) or found
        return Token(piece, tuple(dict.fromkeys(region.identity for region in found)), has_tail, _widest(found))
    return None


def _begins_a_district(text: str, at: int, regions: Regions, city: tuple[Region, ...]) -> bool:
    """Say whether the 市 at *at* begins the name of one of the city's districts: 市南, 市北, 市中."""
    for written in regions.written_at(text, at):
        end = at + len(written.text)
        if text.startswith(written.text, at) and (end == len(text) or written.text.endswith("区")):
            inner, _ = written.regions(is_bounded=True)
            if any(regions.is_within(one.identity, city_one.identity) for one in inner for city_one in city):
                return True
    return False


def _widest(found: tuple[Region, ...]) -> Level:
    return min(region.level for region in found)


def _narrowed(outer: Token, inner: Token, regions: Regions) -> Token:
    """What lies inside says which of several the outer one is."""
    fitting = tuple(o for o in outer.candidates if any(regions.is_within(i, o) for i in inner.candidates))
    return Token(outer.text, fitting or outer.candidates, outer.has_tail, outer.level)


def _settled(token: Token, regions: Regions) -> Token:
    """A short name means the widest unit of that name, unless it is one that people use for either."""
    if len(token.candidates) < 2 or token.text in ALWAYS_AMBIGUOUS:
        return token
    likely = regions.dominant(tuple(regions.get(identity) for identity in token.candidates))
    return Token(token.text, tuple(region.identity for region in likely), token.has_tail, likely[0].level)


def reference(token: Token, slot: str) -> RegionRef:
    """Return *token* as the value a parsed name carries."""
    code = token.candidates[0] if len(token.candidates) == 1 else ""
    candidates = token.candidates if len(token.candidates) > 1 else ()
    return RegionRef(code, _LEVELS[token.level], token.text, slot, candidates)
