"""What a digest holds, asked for by name: now, in the period before, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from daysheet.i18n import text
from daysheet.model.digests import Digest, Item, Topic
from daysheet.model.figures import Number, below
from daysheet.model.text import Language
from daysheet.reports import amounts
from daysheet.reports.blocks import Entry

_DOT = "\N{NO-BREAK SPACE}· "  # a line may end with a dot, and begins with none
_ENDED = frozenset({"won", "lost", "on_hold"})
_HAPPENED = (
    "discipline.on_time",
    "discipline.late",
    "discipline.missing",
    "reports.sent",
    "visits.done",
    "moved.on",
    "moved.back",
    "won.count",
    "lost.count",
    "help.count",
    "customers.new",
    "customers.merged",
)


@dataclass(frozen=True, slots=True)
class Story:
    """A digest with what its texts need."""

    digest: Digest

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.digest.language

    @property
    def scope(self) -> str:
        """What the figures are of, in words."""
        whose = "all" if self.digest.sees_all else "several"
        return self.digest.scope or text(f"digest.scope.{whose}", self.language)

    @property
    def has_former(self) -> bool:
        """False where nothing is known of the period before: then nothing is said to have changed."""
        return any(self.digest.former.values())

    @property
    def is_quiet(self) -> bool:
        """True where nothing happened, whatever may stand there from before."""
        figures = self.digest.figures
        return not any(figures.get(name) for name in _HAPPENED) and not self.below("entered")

    # ---- figures ---------------------------------------------------------------------------

    def now(self, name: str) -> int:
        """Return a figure of this period."""
        return int(self.digest.figures.get(name, 0))

    def was(self, name: str) -> int:
        """Return a figure of the period before."""
        return int(self.digest.former.get(name, 0))

    def below(self, prefix: str) -> dict[str, Number]:
        """Return what stands under *prefix* in this period, without what is 0."""
        return {name: number for name, number in below(self.digest.figures, prefix).items() if number}

    def former_below(self, prefix: str) -> dict[str, Number]:
        """Return what stood under *prefix* in the period before."""
        return {name: number for name, number in below(self.digest.former, prefix).items() if number}

    @property
    def owed(self) -> int:
        """Reports that were owed, leave taken off."""
        return self.now("discipline.due") - self.now("discipline.leave")

    @property
    def stages(self) -> tuple[str, ...]:
        """Codes of the stages in the form's order, then those that it no longer has."""
        counted = {name.removesuffix(".count") for name in self.below("deals") if name.endswith(".count")}
        return (*self.digest.stages, *sorted(counted - self.digest.stages.keys()))

    @property
    def open_stages(self) -> tuple[str, ...]:
        """Those whose deals are open, as the forecast counts them: neither won, lost nor on hold."""
        return tuple(stage for stage in self.stages if stage not in _ENDED)

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of customers to whom visits are promised, the highest first; in a week of holidays it may be none."""
        named = {name.rpartition(".")[0] for name in self.below("level")}
        return tuple(sorted(one for one in named if self.now(f"level.{one}.promised") or one in self.digest.windows))

    @property
    def key_level(self) -> str:
        """The highest level to which a visit was promised in this period, "" for none."""
        return next((level for level in self.levels if self.now(f"level.{level}.promised")), "")

    # ---- words -----------------------------------------------------------------------------

    def number(self, value: Number) -> str:
        """Return a whole number, grouped."""
        return amounts.number(value, self.language)

    def change(self, difference: Number) -> str:
        """Return how much more or less it is than in the period before, "" where that is not known."""
        said = amounts.signed(difference, self.language)
        return self.against(said)

    def against(self, said: str) -> str:
        """Return *said*, a change, with what it is a change to; "" stands for none."""
        if not self.has_former:
            return ""
        kind = self.digest.period.kind
        if not said:
            return text(f"digest.same.{kind}", self.language)
        return text(f"digest.change.{kind}", self.language, change=said)

    def stage(self, code: str) -> str:
        """Return what a stage is called."""
        return self._called(self.digest.stages, code)

    def reason(self, code: str) -> str:
        """Return what a reason is called."""
        return self._called(self.digest.reasons, code) if code else text("digest.reason.none", self.language)

    def _called(self, names: Mapping[str, Mapping[str, str]], code: str) -> str:
        return names.get(code, {}).get(str(self.language)) or code

    def level(self, code: str) -> str:
        """Return what a level is called."""
        return text("digest.level", self.language, level=code)

    def joined(self, parts: tuple[str, ...] | list[str]) -> str:
        """Return *parts* as a list within a sentence."""
        return ("、" if self.language is Language.ZH else ", ").join(parts)

    # ---- named lines -----------------------------------------------------------------------

    def items(self, *topics: Topic) -> tuple[Item, ...]:
        """Return the lines of *topics*, topic by topic."""
        return tuple(item for topic in topics for item in self.digest.items if item.topic is topic)

    def count(self, topic: Topic) -> int:
        """Return how many lines of *topic* there are, those that are not shown included."""
        return self.digest.counts.get(topic, len(self.items(topic)))

    def more(self, *topics: Topic) -> str:
        """Say how many lines of *topics* are not shown, "" for none."""
        rest = sum(self.count(topic) - len(self.items(topic)) for topic in topics)
        return text("digest.more", self.language, n=rest) if rest > 0 else ""

    def entry(self, item: Item, *said: str) -> Entry:
        """Return a line about *item*: its name with a link where there is a console, *said*, and whose it is."""
        owner = item.rep if item.name else ""
        return Entry(item.name or item.rep, _DOT.join(part for part in (*said, owner) if part), self.link_to(item))

    def link_to(self, item: Item) -> str:
        """Return the address of the item's customer, "" where there is no console."""
        if not self.digest.console or item.customer_id is None:
            return ""
        return f"{self.digest.console.rstrip('/')}/customers/{item.customer_id}"


def dotted(parts: tuple[str, ...] | list[str]) -> str:
    """Return *parts* side by side, without the empty ones."""
    return _DOT.join(part for part in parts if part)
