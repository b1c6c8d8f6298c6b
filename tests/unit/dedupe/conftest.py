"""Names read with the packaged rules, and small masters of known customers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from daysheet.dedupe.candidates import propose
from daysheet.dedupe.judge import Entry, Judge, Judged
from daysheet.dedupe.keys import asked_for, certain, filed_under, key
from daysheet.dedupe.profiles import Profile, profile
from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import Lexicon, load
from daysheet.store.names import ResidentPostings


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """The rules as they come."""
    return load()


@pytest.fixture(scope="session")
def read(lexicon: Lexicon) -> Callable[[str], Profile]:
    """Read a name as it is compared."""
    engine = NamingEngine(lexicon)

    def one(name: str) -> Profile:
        parse = engine.parse(name)
        assert not parse.is_rejected, name
        return profile(parse, lexicon)

    return one


@dataclass
class Master:
    """Known customers, numbered from 1 as they were added; a customer may have several names."""

    read: Callable[[str], Profile]
    decider: Judge
    entries: list[Entry] = field(default_factory=list)
    postings: ResidentPostings = field(default_factory=ResidentPostings)
    words: set[str] = field(default_factory=set)

    def add(self, *names: str) -> int:
        """Add one customer with its names; return its id."""
        own = tuple(map(self.read, names))
        entry = Entry(len(self.entries) + 1, own)
        self.entries.append(entry)
        self.postings.add(entry.customer_id, frozenset().union(*map(filed_under, own)))
        self.words.update(word for one in own for word in one.words)
        return entry.customer_id

    def judge(self, name: str) -> Judged:
        """Judge a name against everybody: the oracle."""
        typed = self.read(name)
        return self.decider.judge(typed, self.entries, self.words.intersection(typed.words))

    def find(self, name: str) -> Judged:
        """Judge a name against those who share its keys: first the whole names, then all keys."""
        typed = self.read(name)
        first = self._among(typed, certain(typed))
        return first if first.is_certain else self._among(typed, asked_for(typed))

    def proposed(self, name: str) -> list[int]:
        """Return who shares keys with a name."""
        return propose(asked_for(self.read(name)), self.postings)[0]

    def _among(self, typed: Profile, asked: dict[int, float]) -> Judged:
        some, used = propose(asked, self.postings)
        known = {word for word in typed.words if key("w", word) in used}
        return self.decider.judge(typed, [self.entries[one - 1] for one in some], known)


@pytest.fixture
def master(read: Callable[[str], Profile], lexicon: Lexicon) -> Callable[..., Master]:
    """Make a master of customers with one name each."""
    decider = Judge(lexicon)

    def make(*names: str) -> Master:
        made = Master(read, decider)
        for name in names:
            made.add(name)
        return made

    return make
