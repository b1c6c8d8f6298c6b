"""
Match a list of names against the known customers, storing nothing.

The lookup index is read once; the certain evidence is asked for chunk by chunk.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from daysheet.dedupe import decide
from daysheet.errors import UsageError
from daysheet.model.decisions import Decision, Matched, NeedsReview, NewCustomer, Related
from daysheet.model.names import NameParse
from daysheet.services.finding import Finder, named
from daysheet.services.lists import read_list
from daysheet.services.recognising import decision
from daysheet.services.tools import Tools
from daysheet.store import lookup, names
from daysheet.store.engine import Connection, chunks

COLUMNS = ("query", "decision", "customer_id", "candidates", "parent_id", "canonical", "score", "reasons")
"""The columns of the answer, in their order."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class MatchLine:
    """What one name is: *customer_id*, *candidates* and *parent_id* as ids of the asked-for system, else our own."""

    query: str
    decision: str  # match, new, review
    customer_id: str = ""
    candidates: tuple[str, ...] = ()
    parent_id: str = ""
    canonical: str = ""
    score: float = 0.0
    reasons: tuple[str, ...] = ()


def cells(line: MatchLine) -> tuple[str, ...]:
    """Return *line* as the cells of a table; line breaks in a name become spaces."""
    return (
        " ".join(line.query.split()),
        line.decision,
        line.customer_id,
        ",".join(line.candidates),
        line.parent_id,
        line.canonical,
        f"{line.score:.3f}",
        "; ".join(line.reasons),
    )


def read_names(tools: Tools, name: str, content: bytes, column: str | None = None) -> list[str]:
    """Return the names of a list: its first column, or the one called *column*; raises UsageError."""
    rows = read_list(tools.reader, name, content, {}, required=())
    if not rows:
        raise UsageError(f"{name}: holds no names below its header row")
    headers = list(dict.fromkeys(key for row in rows for key in row.values))
    chosen = column or headers[0]
    if chosen not in headers:
        raise UsageError(f"{name}: has no column {chosen!r}; it has: {', '.join(headers)}")
    return [row.get(chosen) for row in rows if row.get(chosen)]


def match(
    tools: Tools, queries: Sequence[str], *, on_progress: Callable[[int], None] = lambda done: None
) -> Iterator[MatchLine]:
    """Give a line per name of *queries*, in their order."""
    with tools.database.reading() as connection:
        finder = Finder(tools, connection, names.ResidentPostings.of(connection))
        done = 0
        for some in chunks(queries, CHUNK):
            yield from _chunk(connection, tools, finder, some)
            done += len(some)
            on_progress(done)


def _chunk(connection: Connection, tools: Tools, finder: Finder, queries: Sequence[str]) -> Iterator[MatchLine]:
    parses = {query: tools.naming.parse(query) for query in dict.fromkeys(queries)}
    asked = {query: decide.NameQuery(parse) for query, parse in parses.items() if not parse.is_rejected}
    wanted = decide.wanted(asked.values())
    known = lookup.by_all(connection, wanted.external_ids, wanted.credit_codes, wanted.texts, wanted.keys)
    found = decide.Found(known.external_ids, known.credit_codes, known.aliases, known.keys)
    made: dict[str, Decision] = {query: decide.recognise(one, found) for query, one in asked.items()}
    judged = {
        query: finder.find(named(tools, parses[query]))
        for query, one in made.items()
        if isinstance(one, NewCustomer) and not parses[query].uscc
    }
    ids = {c.customer_id for one in judged.values() for c in one.candidates}
    ids |= {one for j in judged.values() for one in (j.match, j.parent) if one is not None}
    shown = lookup.by_ids(connection, ids)
    made |= {query: decision(one, shown) for query, one in judged.items()}
    ours = {c for one in made.values() for c in _ids_of(one)}
    labels = lookup.external_labels(connection, ours, tools.house.external_id_system)
    for query in queries:
        yield _line(query, parses[query], made.get(query), labels)


def _ids_of(made: Decision) -> list[int]:
    if isinstance(made, Matched):
        return [made.candidate.customer_id]
    if isinstance(made, NeedsReview):
        return [one.customer_id for one in made.candidates]
    return [made.parent.customer_id] if isinstance(made, Related) else []


def _line(query: str, parse: NameParse, made: Decision | None, labels: dict[int, str]) -> MatchLine:
    if made is None:
        codes = tuple(code.code for code in parse.verdict.codes)
        return MatchLine(query, "new", canonical=parse.canonical, reasons=("rejected", *codes))
    if isinstance(made, Matched):
        best = made.candidate
        label = labels[best.customer_id]
        reasons = (str(made.evidence), *best.reasons)
        return MatchLine(query, "match", label, (label,), "", best.display_name, best.score, reasons)
    if isinstance(made, NeedsReview):
        first = made.candidates[0]
        candidates = tuple(labels[one.customer_id] for one in made.candidates)
        return MatchLine(query, "review", "", candidates, "", parse.canonical, first.score, first.reasons)
    parent = labels[made.parent.customer_id] if isinstance(made, Related) else ""
    return MatchLine(query, "new", "", (), parent, parse.canonical, 0.0, ("lattice",) if parent else ())
