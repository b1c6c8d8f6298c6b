"""
Look invented names up among 100,000 and a million invented customers; run it by hand:

    .venv/bin/python bench/lookup.py            # both sizes, SQLite and PostgreSQL: some twenty minutes
    .venv/bin/python bench/lookup.py --quick    # 100,000 customers only

Customers are written by bulk SQL with the profiles and keys an import would give them; names are
looked up through ``services.finding.Finder``, one at a time as a report's are. Beside it, in the
same run, rapidfuzz scans all names. Ends 1 where a target was missed.
"""

import argparse
import multiprocessing
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from invented import Invented, invent, variants
from rapidfuzz import fuzz, process
from table import Figure, show

from daysheet import wiring
from daysheet.config import Settings
from daysheet.dedupe.candidates import propose
from daysheet.dedupe.judge import Judged
from daysheet.dedupe.keys import asked_for
from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import load
from daysheet.services import setup
from daysheet.services.finding import Finder, Name, described, named
from daysheet.services.tools import Tools
from daysheet.store import lookup

sys.path.insert(0, str(Path(__file__).parents[1]))  # the servers of the tests
from tests.services.postgres import running_postgres

SMALL, LARGE = 100_000, 1_000_000
SCANS = 60
"""Names for which the peer scans all customers."""
PIECE = 10_000
AT = "2026-03-02 10:00:00.000000"


# ---- building ----------------------------------------------------------------------------------

Described = list[tuple[str, str, str, list[int]]]  # name, match key, profile, lookup keys


class _OnlyNaming:
    """As much of the tools as describing a name takes."""

    def __init__(self) -> None:
        self.naming = NamingEngine(load())


@cache
def _engine() -> Any:
    return _OnlyNaming()


def _describe(names: Sequence[str]) -> Described:
    tools = _engine()
    found = []
    for name in names:
        parse = tools.naming.parse(name)
        documents, keys = described(tools, [parse])
        found.append((parse.canonical, parse.key, documents[parse.canonical], sorted(keys)))
    return found


def describe(customers: Sequence[Invented]) -> Iterator[Described]:
    """Parse the customers' names, in two processes, a piece at a time."""
    pieces = (tuple(one.name for one in customers[at : at + PIECE]) for at in range(0, len(customers), PIECE))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        yield from pool.imap(_describe, pieces)


CUSTOMER = "INSERT INTO customer (id, display_name, short_name, kind, status, root_id, ruleset_version, created_at)"
ALIAS = "INSERT INTO customer_alias (customer_id, text, key, profile, source, at)"


def rows_of(pieces: Sequence[Described]) -> Iterator[tuple[int, tuple[str, str, str, list[int]]]]:
    """Number the customers from 1."""
    number = 0
    for piece in pieces:
        for one in piece:
            number += 1
            yield number, one


def fill_sqlite(path: Path, pieces: Sequence[Described]) -> None:
    """Write the customers past the store; the lookup keys come last, in order, as a tidied file has them."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            f"{CUSTOMER} VALUES (?, ?, '', '', 'confirmed', ?, '', '{AT}')",
            ((number, name, number) for number, (name, _, _, _) in rows_of(pieces)),
        )
        connection.executemany(
            f"{ALIAS} VALUES (?, ?, ?, ?, 'canonical', '{AT}')",
            ((number, name, key, profile) for number, (name, key, profile, _) in rows_of(pieces)),
        )
        filed = sorted((key, number) for number, (_, _, _, keys) in rows_of(pieces) for key in keys)
        connection.executemany("INSERT INTO name_key (key, customer_id) VALUES (?, ?)", filed)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fill_postgres(url: str, pieces: Sequence[Described]) -> None:
    """Write the customers past the store."""
    import psycopg

    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        columns = CUSTOMER.partition("INTO ")[2]
        with cursor.copy(f"COPY {columns} FROM STDIN") as copy:
            for number, (name, _, _, _) in rows_of(pieces):
                copy.write_row((number, name, "", "", "confirmed", number, "", at))
        with cursor.copy(f"COPY {ALIAS.partition('INTO ')[2]} FROM STDIN") as copy:
            for number, (name, key, profile, _) in rows_of(pieces):
                copy.write_row((number, name, key, profile, "canonical", at))
        with cursor.copy("COPY name_key (key, customer_id) FROM STDIN") as copy:
            for number, (_, _, _, keys) in rows_of(pieces):
                for key in keys:
                    copy.write_row((key, number))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")


# ---- measuring ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """A name to look up: how it differs from the customer's own, and whose it is."""

    variant: str
    customer_id: int
    text: str
    name: Name


@dataclass(frozen=True, slots=True)
class Run:
    """What looking the queries up took, in ms by variant, and what it gave."""

    taken: dict[str, list[float]]
    hits: dict[str, list[bool]]
    proposed: list[tuple[int, ...]]

    @property
    def all_taken(self) -> list[float]:
        return [one for some in self.taken.values() for one in some]

    @property
    def all_hits(self) -> list[bool]:
        return [one for some in self.hits.values() for one in some]


def p(share: float, values: Sequence[float]) -> float:
    """Return the value that *share* of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def ms(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds a call took, and what it gave."""
    started = time.perf_counter()
    given = call()
    return (time.perf_counter() - started) * 1000, given


def queries(tools: Tools, customers: Sequence[Invented], number: int) -> list[Query]:
    """Return the variants of *number* customers, spread over all; not those that are another customer's own name."""
    chosen = random.Random(7).sample(range(len(customers)), number)
    owners = {one.without_form: at for at, one in enumerate(customers)}
    found = []
    for at in chosen:
        for variant, text in variants(customers[at], random.Random(at)):
            parse = tools.naming.parse(text)
            own = owners.get(text.removesuffix(customers[at].form).strip(), at)
            if not parse.is_rejected and own == at:
                found.append(Query(variant, at + 1, text, named(tools, parse)))
    return found


def look_up(tools: Tools, asked: Sequence[Query]) -> Run:
    """Look every query up, in a transaction of its own kind: a reader's."""
    taken: dict[str, list[float]] = {}
    hits: dict[str, list[bool]] = {}
    proposed = []
    with tools.database.reading() as connection:
        for query in asked[:50]:  # statements are prepared, pages read
            Finder(tools, connection).find(query.name)
        for query in asked:
            finder = Finder(tools, connection)
            spent, judged = ms(lambda f=finder, q=query: f.find(q.name))  # type: ignore[misc]
            taken.setdefault(query.variant, []).append(spent)
            hits.setdefault(query.variant, []).append(is_hit(judged, query.customer_id))
            proposed.append(tuple(propose(asked_for(query.name.profile), finder._postings)[0]))
    return Run(taken, hits, proposed)


def is_hit(judged: Judged, customer_id: int) -> bool:
    """Say whether the customer was recognised, or is among the first five shown."""
    if judged.match is not None:
        return judged.match == customer_id
    return customer_id in [one.customer_id for one in judged.candidates[:5]]


def exact(tools: Tools, customers: Sequence[Invented], number: int) -> list[float]:
    """Return what looking a known written form up takes."""
    chosen = random.Random(8).sample(range(len(customers)), number)
    texts = [tools.naming.parse(customers[at].name).canonical for at in chosen]
    taken = []
    with tools.database.reading() as connection:
        for text in texts:
            spent, found = ms(lambda t=text: lookup.by_aliases(connection, [t]))  # type: ignore[misc]
            assert found
            taken.append(spent)
    return taken[20:]


def scan(names: Sequence[str], asked: Sequence[Query]) -> dict[str, Run]:
    """Return what scanning all names takes: by the plain ratio, and by extractOne as everybody writes it."""
    done = {}
    for title, scorer in (("ratio", fuzz.ratio), ("extractOne, WRatio", fuzz.WRatio)):
        taken, hits = [], []
        for query in asked[: SCANS if scorer is fuzz.ratio else SCANS // 5]:
            spent, found = ms(lambda q=query, s=scorer: process.extract(q.text, names, scorer=s, limit=5))  # type: ignore[misc]
            taken.append(spent)
            hits.append(query.customer_id - 1 in [at for _, _, at in found])
        done[title] = Run({"": taken}, {"": hits}, [])
    return done


# ---- the run -----------------------------------------------------------------------------------


@contextmanager
def tools_on(url: str, folder: Path) -> Iterator[Tools]:
    """Give the tools on a database."""
    settings = Settings(data_dir=folder, database={"url": url}, log={"level": "error"})
    with wiring.open_tools(settings) as tools:
        yield tools


def prepare(url: str, folder: Path) -> None:
    """Make the tables."""
    settings = Settings(data_dir=folder, database={"url": url}, log={"level": "error"})
    database = wiring.open_database(settings)
    setup.upgrade(database, wiring.load_specs(settings), wiring.now())
    database.close()


def sqlite_bytes(path: Path) -> int:
    """Return the room the lookup keys take in an SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            return int(connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'name_key'").fetchone()[0])
        except sqlite3.OperationalError:  # this SQLite has no dbstat: what the file shrinks by without the table
            before = path.stat().st_size
            connection.execute("DELETE FROM name_key")
            connection.commit()
            connection.execute("VACUUM")
            return before - path.stat().st_size


def postgres_bytes(url: str) -> int:
    """Return the room the lookup keys take in PostgreSQL, its index included."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_total_relation_size('name_key')").fetchone()
        return int(row[0]) if row else 0


def by_variant(run: Run) -> Iterator[Figure]:
    """Give each variant's own figures."""
    for variant, taken in run.taken.items():
        yield Figure(f"  {variant}: p50", statistics.median(taken), "ms")
        yield Figure(f"  {variant}: hit@5", statistics.fmean(run.hits[variant]), "")


def main() -> int:
    """Build, look up, compare."""
    parser = argparse.ArgumentParser(description="Time the lookup of customers by name.")
    parser.add_argument("--quick", action="store_true", help="100,000 customers only")
    parser.add_argument("--names", type=int, default=400, help="customers looked up, each in five variants")
    chosen = parser.parse_args()
    figures: list[Figure] = []
    medians: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as home, running_postgres() as server:
        for size in (SMALL,) if chosen.quick else (SMALL, LARGE):
            started = time.perf_counter()
            customers = invent(size)
            pieces = list(describe(customers))
            print(f"{size:,} customers described: {time.perf_counter() - started:.0f} s", file=sys.stderr)
            folder = Path(home) / str(size)
            folder.mkdir()
            path = folder / "names.db"
            urls = {"SQLite": f"sqlite:///{path}", "PostgreSQL": server.url(server.new_database())}
            for url in urls.values():
                prepare(url, folder)
            fill_sqlite(path, pieces)
            fill_postgres(urls["PostgreSQL"], pieces)
            keys_each = sum(len(one[3]) for piece in pieces for one in piece) / size
            names = [one[0] for piece in pieces for one in piece]
            del pieces
            print(f"{size:,} customers written: {time.perf_counter() - started:.0f} s", file=sys.stderr)
            figures.append(Figure(f"{size:,} customers: keys per name", keys_each, ""))
            runs = {}
            for title, url in urls.items():
                with tools_on(url, folder) as tools:
                    asked = queries(tools, customers, chosen.names)
                    runs[title] = look_up(tools, asked)
                    if title == "SQLite":
                        exact(tools, customers, 2_000)  # the same again: what is measured is the lookup, not the disk
                        found = exact(tools, customers, 2_000)
                        figures.append(Figure(f"{title} {size:,}: written form p99", p(0.99, found), "ms", most=0.2))
            scans = scan(names, asked)
            for title, run in runs.items():
                is_sqlite = title == "SQLite"
                taken = run.all_taken
                peer = scans["ratio"].all_taken
                medians[title, size] = statistics.median(taken)
                figures += [
                    Figure(
                        f"{title} {size:,}: fuzzy lookup p50 (peer: scan, ratio)",
                        statistics.median(taken),
                        "ms",
                        most=0.5 if is_sqlite else 3.0,
                        peer=statistics.median(peer),
                    ),
                    Figure(
                        f"{title} {size:,}: fuzzy lookup p99",
                        p(0.99, taken),
                        "ms",
                        most=4.0 if is_sqlite else None,
                        peer=p(0.99, peer),
                    ),
                    Figure(
                        f"{title} {size:,}: hit@5",
                        statistics.fmean(run.all_hits),
                        "",
                        least=0.99,
                        peer=statistics.fmean(scans["ratio"].all_hits),
                    ),
                    *(by_variant(run) if is_sqlite else ()),
                ]
            wratio = scans["extractOne, WRatio"]
            figures.append(Figure(f"rapidfuzz {size:,}: WRatio scan p50", statistics.median(wratio.all_taken), "ms"))
            same = sum(a == b for a, b in zip(runs["SQLite"].proposed, runs["PostgreSQL"].proposed, strict=True))
            figures.append(Figure(f"{size:,}: same candidates on both", same / len(asked), "", least=1.0))
            per_name = sqlite_bytes(path) / size
            figures.append(Figure(f"SQLite {size:,}: keys", per_name, "B/name", most=120))
            figures.append(Figure(f"PostgreSQL {size:,}: keys", postgres_bytes(urls["PostgreSQL"]) / size, "B/name"))
    if not chosen.quick:
        for title in ("SQLite", "PostgreSQL"):
            growth = medians[title, LARGE] / medians[title, SMALL]
            figures.append(Figure(f"{title}: growth of p50, 100,000 → 1,000,000", growth, "×", most=2.0))
    show("Looking a name up", figures)
    return 0 if all(figure.has_met_its_target for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
