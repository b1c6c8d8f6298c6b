"""A view of the questions as an address holds it: what a list was narrowed to, and what was skipped in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.services import queue
from daysheet.services.access import Visitor
from daysheet.services.queue import View
from daysheet.services.tools import Tools

KINDS = {"names": ReviewKind.NAME, "duplicates": ReviewKind.DUPLICATE, "parents": ReviewKind.PARENT}
"""Tab → what is asked in it."""
ANSWERED = "decided"
"""The list of what is settled, of every kind."""
AGES = (1, 7, 30)
"""Days that questions can be filtered by: those that are older."""
ME, NOBODY = "me", "nobody"
_MOST_SKIPPED = 500
_MOST_HELD = 20
_LONGEST = 100


def _kept(text: str) -> str:
    """Return what is looked at of a text; a NUL in it says nothing, and no database takes it."""
    return text.replace("\0", "").strip()[:_LONGEST]


def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    """Return the pairs of numbers in a text like "57-9.20-7"; what is none is left out."""
    pairs = (one.split("-") for one in text.split("."))
    return tuple(
        (int(pair[0]), int(pair[1]))
        for pair in pairs
        if len(pair) == 2 and all(part.isascii() and part.isdigit() and len(part) < 9 for part in pair)
    )


@dataclass(frozen=True, slots=True)
class Lens:
    """What an address says of a list; whatever it says that is not ours says nothing."""

    tab: str = "names"
    assignee: str = ""  # me, nobody, or an employee number
    age: str = ""
    lang: str = ""
    state: str = ""
    q: str = ""
    skipped: tuple[int, ...] = ()
    held: tuple[tuple[int, int], ...] = ()  # a question and the rows its brand had when one came to it

    @classmethod
    def of(cls, values: Mapping[str, str], tab: str = "") -> "Lens":
        """Return the view that the parameters *values* tell, in *tab* where the path says which."""
        tab = tab or values.get("in", "")
        is_answered = tab == ANSWERED
        states = (ReviewState.DECIDED, ReviewState.WITHDRAWN) if is_answered else tuple(ReviewState)
        default = ReviewState.DECIDED if is_answered else ReviewState.OPEN
        state = values.get("state", "")
        age, lang = values.get("age", ""), values.get("lang", "")
        skipped = [int(one) for one in values.get("skip", "").split(".") if one.isdecimal() and len(one) < 16]
        return cls(
            tab=tab if tab in KINDS or is_answered else "names",
            assignee=_kept(values.get("assignee", "")),
            age=age if age in map(str, AGES) else "",
            lang=lang if lang in ("zh", "en") else "",
            state=state if state in states and state != default else "",
            q=_kept(values.get("q", "")),
            skipped=tuple(dict.fromkeys(skipped))[-_MOST_SKIPPED:],
            held=_pairs(values.get("held", ""))[-_MOST_HELD:],
        )

    @classmethod
    def read(cls, query: str) -> "Lens":
        """Return the view that a query string tells, as forms carry it along, or the address of a page in it."""
        if not query.startswith("/"):
            return cls.of(dict(parse_qsl(query)))
        path, _, asked = query.partition("#")[0].partition("?")
        tab = path.removeprefix("/queue/")
        return cls.of(dict(parse_qsl(asked)), tab if tab in KINDS or tab == ANSWERED else "")

    @property
    def path(self) -> str:
        """The path of its list."""
        return f"/queue/{self.tab}"

    @property
    def narrowing(self) -> dict[str, str]:
        """The parameters of its list's address."""
        found = {"assignee": self.assignee, "age": self.age, "lang": self.lang, "state": self.state, "q": self.q}
        return {name: value for name, value in found.items() if value}

    @property
    def list_address(self) -> str:
        """The address of its list."""
        return f"{self.path}?{urlencode(self.narrowing)}" if self.narrowing else self.path

    @property
    def query(self) -> str:
        """The parameters that travel along while its questions are decided one after the other."""
        skipped = {"skip": ".".join(map(str, self.skipped))} if self.skipped else {}
        held = {"held": ".".join(f"{one}-{rows}" for one, rows in self.held)} if self.held else {}
        return urlencode({"in": self.tab} | self.narrowing | skipped | held)

    @property
    def is_open(self) -> bool:
        """True where the list is of open questions."""
        return self.tab != ANSWERED and not self.state

    def skipping(self, review_id: int) -> "Lens":
        """Return the same view without asking about one question again."""
        kept = tuple(one for one in self.skipped if one != review_id)
        return replace(self, skipped=(*kept, review_id)[-_MOST_SKIPPED:])

    def asking(self, review_id: int) -> "Lens":
        """Return the same view with a question in it that may have been skipped."""
        return replace(self, skipped=tuple(one for one in self.skipped if one != review_id))

    def holding(self, review_id: int, rows: int) -> "Lens":
        """
        Return the same view with the brand of a question kept where it stands with *rows* waiting.

        What was answered of a brand no longer waits; it would sink in the list while one works at it.
        """
        if not rows:
            return self
        return replace(self, held=(*self.held, (review_id, rows))[-_MOST_HELD:])

    def view(self, tools: Tools, visitor: Visitor) -> View:
        """Return what the services list; whoever is not known has nothing."""
        default = ReviewState.DECIDED if self.tab == ANSWERED else ReviewState.OPEN
        return View(
            kind=KINDS.get(self.tab),
            state=ReviewState(self.state) if self.state else default,
            assignee_id=self._assignee(tools, visitor),
            opened_before=tools.clock() - timedelta(days=int(self.age)) if self.age else None,
            script=self.lang,
            text=self.q,
            held=self.held,
        )

    def _assignee(self, tools: Tools, visitor: Visitor) -> int | None:
        if not self.assignee:
            return None
        if self.assignee in (ME, NOBODY):
            return visitor.person.id if self.assignee == ME else 0
        found = {person.number: person.id for person in queue.deciders(tools)}
        return found.get(self.assignee, -1)
