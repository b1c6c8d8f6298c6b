"""
Which known customer a typed name is, seen against all that it may mean.

Automatic only on certainty: written alike, or alike but for what the master makes unique. A doubtful
spelling or a conflict is a question, and what is merely similar is new (docs/concepts/matching.md).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from daysheet.dedupe import likeness, units
from daysheet.dedupe.keys import PUBLIC
from daysheet.dedupe.likeness import Alike, Likeness
from daysheet.dedupe.profiles import Profile, Unit
from daysheet.dedupe.texts import Slip, runs, slip
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.regions import PLANNED_CITIES, Regions

_CERTAIN = frozenset({"same", "moved", "unplaced", "unit", "bank"})
SHOWN = 5
"""Candidates a steward is shown."""
NEAR = 0.735
"""Score from which a merely similar name is worth a question."""
NEAR_CHINESE = 0.66
TRANSLATED = 0.44
NOISE = 0.44
"""Below this a candidate only stands in a steward's way."""
_CLEAR_SLIPS = frozenset({Slip.DOUBLED, Slip.SWAPPED, Slip.HOMOPHONE, Slip.LOST})
_USUAL_TAILS = ("股份", "集团", "科技", "控股", "实业", "发展", "投资")
_COUNTRY = ("中国", "国家", "中华", "全国")


@dataclass(frozen=True, slots=True)
class Entry:
    """A known customer with every name it is known by."""

    customer_id: int
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A customer the name may mean."""

    customer_id: int
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """
    The outcome: *match* is the customer it is; without one, *candidates* are a question, or, where
    there are none, the name is new. *parent* is what a new one belongs under. *why* in a word.
    """

    why: str
    match: int | None = None
    candidates: tuple[Ranked, ...] = ()
    parent: int | None = None

    @property
    def is_certain(self) -> bool:
        """True where no other candidate could change the outcome: whole names, places or banks agree."""
        return self.match is not None and self.why in _CERTAIN

    @property
    def is_question(self) -> bool:
        """True where a steward has to say."""
        return self.match is None and bool(self.candidates)


class Judge:
    """Decides; holds the lexicon's regions and words and nothing else."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._regions = lexicon.regions
        self._common = lexicon.grammar.translator.common
        self._nations = lexicon.grammar.english.nations
        banks = lexicon.grammar.banks.banks.values()
        # banks that run their sub-branches from the town
        self._flat_banks = frozenset(bank.id for bank in banks if bank.bank_class in ("joint_stock", "city"))
        # towns whose branches answer to the head office
        self._direct = {bank.id: PLANNED_CITIES | bank.direct for bank in banks if bank.direct}

    def judge(self, typed: Profile, entries: Sequence[Entry], known_words: Collection[str] = ()) -> Judged:
        """Return what *typed* is among *entries*; *known_words* as ``likeness.latin`` wants them."""
        if typed.unit is not None:
            return self._unit(typed, typed.unit, entries)
        if typed.head_id:
            heads = [e for e in entries if any(p.unit is None and p.head_id == typed.head_id for p in e.profiles)]
            if heads:
                return _certain_if_one(heads, "bank")
        return self._name(typed, entries, known_words)

    def parent(self, typed: Profile, entries: Sequence[Entry]) -> int | None:
        """Return the nearest of *entries* that a bank's branch belongs under, None for other names."""
        return self._parent(typed.unit, entries) if typed.unit is not None else None

    # ---- names -------------------------------------------------------------------------------

    def _name(self, typed: Profile, entries: Sequence[Entry], known_words: Collection[str]) -> Judged:
        found = {}
        for entry in entries:
            best = max((self._alike(typed, p, known_words) for p in entry.profiles), key=lambda a: a.score)
            if best.likeness is not Likeness.NONE:
                found[entry.customer_id] = best
        by_id = {entry.customer_id: entry for entry in entries}
        seen = _Seen(typed, found, by_id)
        return self._latin(seen) if typed.is_latin else self._chinese(seen)

    def _alike(self, typed: Profile, known: Profile, known_words: Collection[str]) -> Alike:
        if typed.is_latin and known.is_latin:
            return likeness.latin(typed, known, known_words, self._common, self._nations)
        if typed.is_latin:
            return likeness.translated(typed, known, self._common)
        if known.is_latin:
            return likeness.translated(known, typed, self._common)
        return likeness.chinese(typed, known, self._regions)

    def _chinese(self, seen: "_Seen") -> Judged:
        typed = seen.typed
        same = seen.of(Likeness.SAME)
        if same:
            return seen.match(same[0], "same") if len(same) == 1 else seen.ask("same")
        moved, form = seen.of(Likeness.MOVED), seen.of(Likeness.FORM)
        if moved or form:
            return seen.match(moved[0], "moved") if len(moved) == 1 and not form else seen.ask("moved")
        unplaced, short = seen.of(Likeness.UNPLACED), seen.of(Likeness.SHORT)
        if unplaced:
            is_doubtful = len(unplaced) > 1 or typed.kind in PUBLIC or len(typed.core) < 4
            if is_doubtful or (short and (not typed.form or seen.ends_alike(short))):
                return seen.ask("unplaced")
            return seen.match(unplaced[0], "unplaced")
        if seen.of(Likeness.PLACED, Likeness.LEVEL):
            return seen.ask("placed")
        slips = seen.of(Likeness.SLIP)
        clear = [i for i in slips if seen.found[i].slip in _CLEAR_SLIPS]
        if short and not typed.form and typed.kind not in PUBLIC and len(typed.flat) <= 6:
            if len(short) == 1 and not clear and is_short_name(typed, seen.entry(short[0]), self._regions):
                return seen.match(short[0], "short")
            return seen.ask("short")
        if len(slips) == 1 and clear and len(typed.stem) >= 5 and not short and not typed.is_generic:
            return seen.match(clear[0], f"slip {seen.found[clear[0]].slip}")
        if slips or short:
            return seen.ask("slip")
        return seen.ask_near(NEAR_CHINESE)

    def _latin(self, seen: "_Seen") -> Judged:
        same = seen.of(Likeness.SAME)
        form = seen.of(Likeness.FORM)
        if same or form:
            return seen.match(same[0], "same") if len(same) == 1 and not form else seen.ask("same")
        slips = seen.of(Likeness.SLIP)
        if len(slips) == 1 and seen.found[slips[0]].why == "A1" and not seen.of(Likeness.ORDER):
            return seen.match(slips[0], f"slip {seen.found[slips[0]].slip}")
        if slips or seen.of(Likeness.ORDER, Likeness.ACRONYM):
            return seen.ask("spelling")
        return seen.ask_near(NEAR)

    # ---- units of banks ----------------------------------------------------------------------

    def _unit(self, typed: Profile, unit: Unit, entries: Sequence[Entry]) -> Judged:
        fits = self._fits(unit, entries)
        parent = self._parent(unit, entries)
        if not fits:
            return self._misspelt(typed, unit, entries, parent)
        ranked = sorted(fits, key=lambda item: (len(item[1].lacks), item[0]))
        candidates = tuple(Ranked(i, 1.0 - 0.05 * len(fit.lacks), ", ".join(fit.lacks)) for i, fit in ranked)
        question = Judged("unit", candidates=candidates[:SHOWN], parent=parent)
        exact = [i for i, fit in ranked if not fit.lacks]
        if exact:
            doubtful = any("place or site" in fit.lacks for _, fit in ranked)
            return question if len(exact) > 1 or doubtful else Judged("unit", exact[0], candidates[:SHOWN])
        first, lacks = ranked[0][0], ranked[0][1].lacks
        is_alone = len(ranked) == 1 or (len(lacks) < len(ranked[1][1].lacks) and "region" not in lacks)
        if not is_alone or {"street", "other type", "common site"} & set(lacks):
            return question
        if "type" in lacks and (sisters := self._sisters(unit, entries, first)):
            more = tuple(Ranked(i, 0.5, "same site") for i in sisters)
            return Judged("unit", candidates=(*candidates, *more)[:SHOWN], parent=parent)
        return Judged("unit", first, candidates[:SHOWN])

    def _fits(self, unit: Unit, entries: Sequence[Entry]) -> list[tuple[int, units.Fit]]:
        """Return each customer that *unit* may be, with its best fit."""
        found = []
        for entry in entries:
            fits = [fit for p in entry.profiles if p.unit and (fit := units.fit(unit, p.unit, self._regions))]
            if fits:
                found.append((entry.customer_id, min(fits, key=lambda fit: len(fit.lacks))))
        return found

    def _sisters(self, unit: Unit, entries: Sequence[Entry], besides: int) -> list[int]:
        """Return other units of the bank at the same site, which an open type could mean as well."""
        return [
            entry.customer_id
            for entry in entries
            if entry.customer_id != besides
            and any(
                (other := p.unit) is not None
                and other.head_id == unit.head_id
                and other.anchors[0] == unit.anchors[0]
                and other.outer not in unit.anchors
                and (
                    not unit.prefecture
                    or not other.prefecture
                    or self._regions.is_within(other.prefecture, unit.prefecture)
                )
                for p in entry.profiles
            )
        ]

    def _parent(self, unit: Unit, entries: Sequence[Entry]) -> int | None:
        known = (units.Sister(entry.customer_id, p) for entry in entries for p in entry.profiles)
        is_flat, direct = unit.head_id in self._flat_banks, self._direct.get(unit.head_id, PLANNED_CITIES)
        return units.parent_of(unit, known, self._regions, is_flat=is_flat, direct=direct)

    def _misspelt(self, typed: Profile, unit: Unit, entries: Sequence[Entry], parent: int | None) -> Judged:
        """A unit nobody knows may be a known one with one slip; else it is new, under its parent."""
        slips: dict[int, Slip] = {}
        safe: set[int] = set()
        for entry in entries:
            for p in entry.profiles:
                found = slip(typed.stem, p.stem) if p.head_id else None
                if found is None or _is_elsewhere(unit, p.unit):
                    continue
                slips[entry.customer_id] = found
                has_site = p.unit is not None and p.unit.anchors[0] in typed.stem
                if found in (Slip.DOUBLED, Slip.SWAPPED, Slip.HOMOPHONE) or (found is Slip.LOST and has_site):
                    safe.add(entry.customer_id)
        if len(slips) == 1 and safe:
            (match,) = slips
            return Judged(f"slip {slips[match]}", match, (Ranked(match, 0.9, "A1"),))
        likely = [i for i, found in slips.items() if found is not Slip.OTHER]
        if likely:
            ranked = tuple(Ranked(i, 0.9 if i in safe else 0.8, "A1") for i in sorted(likely))
            return Judged("slip", candidates=ranked[:SHOWN], parent=parent)
        return Judged("new unit", parent=parent)


def _is_elsewhere(typed: Unit, known: Unit | None) -> bool:
    return bool(known and known.prefecture and typed.prefecture and known.prefecture != typed.prefecture)


def _certain_if_one(entries: Sequence[Entry], why: str) -> Judged:
    ranked = tuple(Ranked(entry.customer_id, 1.0, why) for entry in entries)[:SHOWN]
    return Judged(why, entries[0].customer_id if len(entries) == 1 else None, ranked)


def is_short_name(typed: Profile, entry: Entry, regions: Regions) -> bool:
    """
    Say whether *typed* is short for the one customer it can be read off.

    It begins as that name does (regions apart) and follows it in at most two pieces. Two characters
    and a word that half of all companies end in (股份, 科技), a country, or a place with two
    characters are too little, unless the known name begins with exactly that.
    """
    text = typed.flat
    if len(text) < 3 or text.startswith(_COUNTRY) or typed.head_id:
        return False
    if typed.regions and len(typed.core) <= 2:
        return False  # a place and two characters: half the towns have one
    known = [p for p in entry.profiles if p.kind not in PUBLIC]
    if len(known) < len(entry.profiles):
        return False
    if len(text) == 3:
        return any(p.brand == text and not p.is_generic for p in known)
    tail = next((word for word in _USUAL_TAILS if text.endswith(word)), "")
    most = 1 if tail and len(text) - len(tail) <= 2 else 2
    return any(_begins(text, p, regions) and runs(text, p.flat) <= most for p in known)


def _begins(text: str, known: Profile, regions: Regions) -> bool:
    """Say whether *known* begins with *text*'s first characters, or does so after its regions."""
    if known.core.startswith(text[:2]) or known.stem.startswith(text[:3]):
        return True
    at = known.stem.find(text[:3])
    return at > 1 and bool(regions.called(known.stem[:at]))


@dataclass(frozen=True, slots=True)
class _Seen:
    """How a typed name is like each customer it may mean."""

    typed: Profile
    found: dict[int, Alike]
    by_id: dict[int, Entry]

    def entry(self, customer_id: int) -> Entry:
        return self.by_id[customer_id]

    def of(self, *kinds: Likeness) -> list[int]:
        return [i for i in self._order(self.found) if self.found[i].likeness in kinds]

    def ends_alike(self, ids: Iterable[int]) -> bool:
        """Say whether a known name ends in the typed one: what stands before it may be a place not read as one."""
        return any(p.stem.endswith(self.typed.stem) for i in ids for p in self.by_id[i].profiles)

    def _order(self, ids: Iterable[int]) -> list[int]:
        return sorted(ids, key=lambda i: (-self.found[i].score, i))

    def _ranked(self, ids: Iterable[int]) -> tuple[Ranked, ...]:
        return tuple(
            Ranked(i, round(self.found[i].score, 4), self.found[i].why or str(self.found[i].likeness))
            for i in self._order(ids)[:SHOWN]
        )

    def match(self, customer_id: int, why: str) -> Judged:
        return Judged(why, customer_id, self._ranked(self.found))

    def ask(self, why: str) -> Judged:
        """Ask about those that are at least somewhat alike; there is always one that is."""
        return Judged(why, candidates=self._ranked(i for i in self.found if self.found[i].score >= NOISE))

    def ask_near(self, threshold: float) -> Judged:
        """Ask about what is similar enough; nothing similar means new."""
        near = [
            i
            for i, alike in self.found.items()
            if alike.score >= (TRANSLATED if alike.likeness is Likeness.TRANSLATED else threshold)
        ]
        return Judged("near" if near else "new", candidates=self._ranked(near))
