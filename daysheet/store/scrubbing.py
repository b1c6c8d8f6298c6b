"""
Find what is stored of somebody by what identifies them, in whatever table, and write something else in its place.

Columns are not listed by hand: every text and every document of a table is looked into, so that one that is
added later is, too.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store import tables as core
from daysheet.store.engine import chunks
from daysheet.store.everything import SECRET, all_tables
from daysheet.store.sheets import SheetTables

NOT_SEARCHED = SECRET | {"lease", "name_key", "template_version", "ruleset", "digest_run", "person_address"}
"""Tables that hold no word about anybody else: ways in, the program's own, and settings."""
_CODES = frozenset(
    {
        *("action", "code", "confidence", "entity", "figures", "kind", "language"),
        *("region_code", "role", "severity", "source"),
        *("state", "status", "timezone", "type"),
    }
)
"""Columns of the core that hold the program's own words, or amounts: somebody's number may be one (``admin``, 1001)."""
_WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
_GAPS = " \u00a0\u3000.()-"
"""What stands between the digits of a telephone number, or (the blanks) the parts of a name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What identifies somebody. *parts* are found within texts, whatever the case; *wholes* only as a whole text.

    A part that begins or ends with a letter or digit of ASCII is not found within a longer word, an address not within
    a longer one. *names* are found whatever blanks stand in them, *phones* (digits) whatever stands between the digits.
    *spared* are others' names that one of these is part of.
    """

    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to look for."""
        return bool(self.parts or self.wholes or self.names or self.phones)

    def replacer(self, instead: str) -> "Replacer":
        """Return what writes *instead* for these."""
        return Replacer(self, instead)


class Replacer:
    """Writes something else for *terms* in a value, however deep."""

    def __init__(self, terms: Terms, instead: str) -> None:
        wanted = [(len(one), _bounded(one, re.escape(one))) for one in terms.parts]
        wanted += [(len(one), _bounded(one, r"\s{0,3}".join(map(re.escape, _bare(one))))) for one in terms.names]
        wanted += [(len(one), _phone(one)) for one in terms.phones]
        spared = [(len(one), _bounded(one, re.escape(one))) for one in terms.spared]
        ordered = [pattern for _, pattern in sorted({*wanted, *spared}, reverse=True)]
        self._pattern = re.compile("|".join(ordered), re.IGNORECASE) if wanted else None
        self._spared = frozenset(one.casefold() for one in terms.spared)
        self._wholes = frozenset(terms.wholes)
        self._instead = instead

    def __call__(self, value: Any, codes: Collection[str] = ()) -> Any:
        """Return *value* with its terms replaced; what stands under one of *codes* is left as it is."""
        if isinstance(value, str):
            if value in self._wholes:
                return self._instead
            return self._pattern.sub(self._one, value) if self._pattern else value
        if isinstance(value, Mapping):
            return {
                # a key of small letters is the program's own
                name if re.fullmatch("[a-z_]+", name) else self(name): one if name in codes else self(one, codes)
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self(one, codes) for one in value]
        return value

    def _one(self, match: re.Match[str]) -> str:
        return match[0] if match[0].casefold() in self._spared else self._instead


def _bounded(part: str, pattern: str) -> str:
    is_address = "@" in part
    head = r"(?<![0-9A-Za-z])" if re.match(r"[0-9A-Za-z]", part) else ""
    tail = r"(?![0-9A-Za-z])" if re.search(r"[0-9A-Za-z]\Z", part) else ""
    if is_address:
        # li@corp.example is neither in wang.li@corp.example nor in li@corp.example.org
        head, tail = rf"{head}(?<![0-9A-Za-z][._%+-])", rf"{tail}(?![.-][0-9A-Za-z])"
    return f"{head}{pattern}{tail}"


def _phone(digits: str) -> str:
    gap = rf"[{re.escape(_GAPS)}]{{0,2}}"
    country = rf"(?:\+?(?:00)?86{gap})?"
    return rf"(?<![0-9A-Za-z]){country}{gap.join(f'[{one}{one.translate(_WIDE)}]' for one in digits)}(?![0-9A-Za-z])"


def _bare(name: str) -> str:
    return re.sub(r"\s", "", name)


def searched(connection: Connection, sheets: SheetTables) -> dict[str, sa.Table]:
    """Return the tables that somebody may stand in, by name."""
    return {one.name: one for one in all_tables(connection, sheets) if one.name not in NOT_SEARCHED}


def holding(table: sa.Table, terms: Terms) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *table* may hold one of *terms*: it is true of some that do not."""
    wanted = [one for one in (*terms.parts, *terms.wholes) if one]
    loose = [one for one in (*map(_bare, terms.names), *terms.phones) if one]
    loose += [one.translate(_WIDE) for one in terms.phones]
    said = []
    for column in _texts(table):
        text: sa.ColumnElement[Any] = sa.func.lower(sa.cast(column, sa.Text))
        said += [text.like(_as_stored(one, column), escape="/") for one in wanted]
        for gap in _GAPS if loose else "":
            text = sa.func.replace(text, gap, "")
        said += [text.like(_as_stored(_without_gaps(one), column), escape="/") for one in loose]
    return sa.or_(sa.false(), *said)


def maybe_in(column: "sa.Column[Any]", term: str) -> sa.ColumnElement[bool]:
    """Return the condition that *column* may hold *term*, whatever the case."""
    return sa.func.lower(column).like(_as_stored(term, column), escape="/")


def _without_gaps(term: str) -> str:
    return "".join(one for one in term if one not in _GAPS)


def _as_stored(term: str, column: "sa.Column[Any]") -> str:
    """Return what finds a term that the database's lower() has seen: SQLite's knows ASCII only, so others are open."""
    text = json.dumps(term, ensure_ascii=False)[1:-1] if isinstance(column.type, sa.JSON) else term
    return "%" + "".join(map(_open, text)) + "%"


def _open(letter: str) -> str:
    if letter in "/%_":
        return f"/{letter}"
    if letter.isascii():
        return letter.lower()
    return letter if letter.lower() == letter.upper() else "_"


def _texts(table: sa.Table) -> list["sa.Column[Any]"]:
    return [one for one in table.c if isinstance(one.type, (sa.Text, sa.String, sa.JSON)) and not one.foreign_keys]


def scrub(
    connection: Connection,
    table: sa.Table,
    where: sa.ColumnElement[bool],
    terms: Terms,
    instead: str,
    leaving: Collection[str] = (),
) -> int:
    """
    Write *instead* for *terms* in the rows of *table* for which *where* holds; return how many rows were changed.

    The columns *leaving* stay as they are.
    """
    if not terms:
        return 0
    key = list(table.primary_key.columns)
    texts = _texts(table)
    is_core = table.name in core.metadata.tables
    codes = _CODES if is_core else frozenset({"state"})
    texts = [column for column in texts if column.name not in codes and column.name not in leaving]
    replaced = terms.replacer(instead)
    query = sa.select(*dict.fromkeys((*key, *texts))).where(where, holding(table, terms))
    changed = 0
    for row in connection.execute(query).mappings().all():
        values = {}
        for column in texts:
            new = replaced(row[column.name], codes if is_core else ())
            if new != row[column.name]:
                values[column] = new
        if values:
            this = sa.and_(*(column == row[column.name] for column in key))
            connection.execute(table.update().where(this).values(values))
            changed += 1
    return changed


def held(
    connection: Connection, table: sa.Table, own: sa.ColumnElement[bool], terms: Terms
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of *table* for which *own* holds, and those that hold one of *terms*."""
    replaced = terms.replacer("")
    query = sa.select(*table.c, own.label("is_own")).where(sa.or_(own, holding(table, terms)))
    for *values, is_own in connection.execute(query.order_by(*table.primary_key.columns)):
        if is_own or any(replaced(one) != one for one in values):
            yield tuple(values)


def among(column: "sa.Column[Any]", values: Collection[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """Give conditions that together say that *column* is among *values*, however many."""
    ordered: Sequence[Any] = sorted(values)
    for some in chunks(ordered):
        yield column.in_(some)
