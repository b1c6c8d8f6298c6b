"""
Find the customer that a name means, when neither id, code nor written form says it.

One name is asked of the database; a list of many of an index in memory. Both give the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from daysheet.dedupe.candidates import Postings, propose
from daysheet.dedupe.judge import Entry, Judge, Judged
from daysheet.dedupe.keys import asked_for, certain, filed_under, key
from daysheet.dedupe.profiles import Profile, from_document, profile, to_document
from daysheet.model.names import NameParse
from daysheet.services.tools import Tools
from daysheet.store import names
from daysheet.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Name:
    """A name ready to be looked for. *guess* reads it as a bank's branch where that is one way to read it."""

    parse: NameParse
    profile: Profile
    guess: Profile | None = None


def named(tools: Tools, parse: NameParse) -> Name:
    """Return a name that was not rejected ready to be looked for."""
    lexicon = tools.naming.lexicon
    own = profile(parse, lexicon)
    guess = None
    if own.unit is None and not own.is_latin:
        parts = lexicon.grammar.lenient_bank(parse.canonical.replace("（", "(").replace("）", ")"))
        if parts is not None:
            read = replace(
                parse,
                kind=parts.kind,
                regions=parts.regions,
                branches=parts.branches,
                head_id=parts.head_id,
                stem=parts.stem,
                core=parts.core,
                brand=parts.brand,
            )
            guess = profile(read, lexicon)
    return Name(parse, own, guess)


class Finder:
    """Looks names up among all customers, within one transaction."""

    def __init__(self, tools: Tools, connection: Connection, postings: Postings | None = None) -> None:
        self._judge: Judge = tools.judge
        self._connection = connection
        self._postings = postings or names.SqlPostings(connection)
        self._known: dict[int, tuple[int, tuple[Profile, ...]]] = {}  # customer → root, its own names

    def find(self, name: Name, besides: int = 0) -> Judged:
        """Return which customer *name* is, *besides* the one whose name it is; whether that is a question, or new."""
        if name.guess is not None:
            guessed = self._find(name.guess, besides)
            # only a branch that is known, or a bank's own place, makes the guess a reading
            if guessed.match is not None or guessed.is_question or (name.guess.unit and name.guess.unit.prefecture):
                return guessed
        return self._find(name.profile, besides)

    def parent(self, name: Name, besides: int) -> int | None:
        """Return the nearest known customer that a bank's branch belongs under, other than *besides*."""
        whole, _ = propose(certain(name.profile), self._postings)
        return self._judge.parent(name.profile, [e for e in self._entries(whole) if e.customer_id != besides])

    def _find(self, typed: Profile, besides: int) -> Judged:
        whole, used = propose(certain(typed), self._postings)
        judged = self._judged(typed, whole, used, besides)
        if judged.is_certain:
            return judged
        asked = asked_for(typed)
        likely, used = propose(asked, self._postings)
        return self._judged(typed, likely, used, besides)

    def _judged(self, typed: Profile, customers: Iterable[int], used: frozenset[int], besides: int) -> Judged:
        known_words = {word for word in typed.words if key("w", word) in used}
        others = [entry for entry in self._entries(customers) if entry.customer_id != besides]
        return self._judge.judge(typed, others, known_words)

    def _entries(self, customers: Iterable[int]) -> list[Entry]:
        wanted = list(customers)
        missing = [one for one in wanted if one not in self._known]
        if missing:
            for owner, (root, texts) in names.profiles(self._connection, missing).items():
                self._known[owner] = (root, tuple(from_document(text) for text in texts))
        by_root: dict[int, tuple[Profile, ...]] = {}
        for one in wanted:
            root, own = self._known.get(one, (one, ()))
            by_root[root] = by_root.get(root, ()) + own
        return [Entry(root, own) for root, own in by_root.items() if own]

    def remember(self, customer_id: int, profiles: tuple[Profile, ...]) -> None:
        """Know a customer that was added since; its keys must be in the postings."""
        self._known[customer_id] = (customer_id, profiles)


def described(tools: Tools, parses: Iterable[NameParse]) -> tuple[dict[str, str], frozenset[int]]:
    """Return what is stored of a customer's names: profile by written form, and the keys to file it under."""
    documents: dict[str, str] = {}
    keys: set[int] = set()
    for parse in parses:
        if parse.is_rejected:
            continue
        own = profile(parse, tools.naming.lexicon)
        documents[parse.raw] = documents[parse.canonical] = to_document(own)
        keys |= filed_under(own)
    return documents, frozenset(keys)
