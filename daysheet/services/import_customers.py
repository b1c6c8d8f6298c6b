"""
Load an existing customer list through the naming rules.

Every line is cleaned and looked up as a report's names are; what is known gets the list's id, aliases
and whatever its record lacks, what is not is added. Either is confirmed. Links to parents are made
from ``parent_id``; who is named as owner looks after what nobody looked after (``import_owners``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from daysheet.dedupe import decide
from daysheet.dedupe.links import Added, Relinked
from daysheet.model.customers import Alias, Customer, CustomerStatus, NewCustomerFields
from daysheet.model.decisions import Candidate, Decision, Matched, NeedsReview, Related
from daysheet.model.memory import Link, LinkSource, LinkStatus, Refusal, RelationType
from daysheet.model.names import Kind, NameParse
from daysheet.services import import_owners, linking, merging, recognising
from daysheet.services.finding import Finder, described, named
from daysheet.services.import_owners import Named, Owners
from daysheet.services.lists import ListRow, read_list
from daysheet.services.tools import Tools
from daysheet.store import customers, lookup, names
from daysheet.store.engine import Connection

HEADERS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "customer", "客户名称", "客户", "单位名称", "名称"),
    "id": ("id", "客户编号", "编号", "客户id"),
    "parent_id": ("parent_id", "parent id", "上级编号", "上级客户编号"),
    "aliases": ("aliases", "alias", "别名", "简称", "曾用名"),
    "credit_code": ("credit_code", "credit code", "uscc", "统一社会信用代码", "信用代码"),
    "city": ("city", "城市"),
    "industry": ("industry", "行业"),
    "level": ("level", "级别", "等级"),
    "address": ("address", "地址"),
    "phone": ("phone", "电话"),
    "note": ("note", "备注"),
    "owner": ("owner", "employee no", "employee number", "owner number", "负责人工号", "我方负责人工号", "工号"),
    "owner_name": ("owner name", "负责人", "我方负责人"),
}
FIELDS = ("credit_code", "city", "industry", "level", "address", "phone", "note")
CHUNK = 500
"""Lines looked up and written in one transaction."""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """
    What became of one line: added, known, or rejected, with a note where there is something to say.

    A line that was taken may be told once more: not linked, owner unknown, owner kept.
    """

    row: int
    outcome: str
    name: str
    note: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class CustomersImported:
    """What an import did; *lines* lists every line that was changed or not accepted."""

    added: int
    matched: int
    rejected: int
    linked: int
    lines: tuple[ImportLine, ...]
    owned: int = 0  # customers that were given to the owner whom the list names


@dataclass(frozen=True, slots=True)
class Seen:
    """What a line of the list was taken for; no customer where its name was rejected."""

    row: int
    name: str
    outcome: str  # added, known, rejected
    customer_id: int | None = None


Inspect = Callable[[Connection, Sequence[Seen]], None]
"""Looks at every line when all are in, before a dry run forgets them."""


@dataclass(slots=True)
class _Tally:
    added: int = 0
    matched: int = 0
    rejected: int = 0
    lines: list[ImportLine] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    parents: list[tuple[int, str]] = field(default_factory=list)  # child's customer id, parent's external id
    branches: dict[int, NameParse] = field(default_factory=dict)  # new ones whose parent only their name tells
    owned: int = 0
    named: list[Named] = field(default_factory=list)  # lines of this chunk that name an owner


def import_file(
    tools: Tools,
    name: str,
    content: bytes,
    *,
    system: str | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int], None] = lambda done: None,
    inspect: Inspect = lambda connection, seen: None,
) -> CustomersImported:
    """
    Load the list *content*; a wrong line is reported and the others are taken.

    A second run of the same list finds every line known. Raises UsageError where the file is no list.
    """
    rows = read_list(tools.reader, name, content, HEADERS, required=("name",))
    source = system or tools.house.external_id_system
    tally = _Tally()
    linked = 0
    owners = _Owners.of(tools, rows)
    if dry_run:
        # one transaction for all, so that a name twice in the list is found; then nothing of it stays
        with tools.database.rehearsing() as connection:
            for done, chunk in _chunks(rows):
                _load(connection, tools, chunk, source, tally)
                owners.give(connection, tally)
                on_progress(done)
            linked = _link(connection, tools, tally, source) + _link_by_name(connection, tools, tally)
            inspect(connection, tally.seen)
        return _result(tally, linked)
    for done, chunk in _chunks(rows):
        with tools.database.writing() as connection:
            _load(connection, tools, chunk, source, tally)
            owners.give(connection, tally)
        on_progress(done)
    with tools.database.writing() as connection:
        linked = _link(connection, tools, tally, source)
    with tools.database.writing() as connection:
        linked += _link_by_name(connection, tools, tally)
    with tools.database.reading() as connection:
        inspect(connection, tally.seen)
    return _result(tally, linked)


@dataclass(frozen=True, slots=True)
class _Owners:
    """Whom a list may name, and the day from which they look after their customers; nobody where it names none."""

    everybody: Owners | None
    on: date

    @classmethod
    def of(cls, tools: Tools, rows: Sequence[ListRow]) -> "_Owners":
        today = tools.day_of(tools.clock(), None)
        if not any(_owner(row) for row in rows):
            return cls(None, today)
        with tools.database.reading() as connection:
            return cls(Owners.of(connection), today)

    def give(self, connection: Connection, tally: _Tally) -> None:
        """Give the customers of the chunk that was just loaded, within its transaction."""
        if self.everybody is not None and tally.named:
            given, told = import_owners.give(connection, self.everybody, tally.named, self.on)
            tally.owned += given
            tally.lines += [
                ImportLine(one.line.row, one.outcome, one.line.name, one.note, one.line.customer_id) for one in told
            ]
            tally.named.clear()


def _owner(row: ListRow) -> str:
    return row.get("owner") or row.get("owner_name")


def _result(tally: _Tally, linked: int) -> CustomersImported:
    return CustomersImported(tally.added, tally.matched, tally.rejected, linked, tuple(tally.lines), tally.owned)


def _chunks(rows: Sequence[ListRow]) -> Iterator[tuple[int, Sequence[ListRow]]]:
    for start in range(0, len(rows), CHUNK):
        yield min(start + CHUNK, len(rows)), rows[start : start + CHUNK]


@dataclass(frozen=True, slots=True)
class _Line:
    row: ListRow
    parse: NameParse
    external: tuple[str, str] | None

    @property
    def fields(self) -> dict[str, str]:
        return {key: value for key in FIELDS if (value := self.row.get(key))}

    @property
    def query(self) -> decide.NameQuery:
        code = self.row.get("credit_code") or None
        return decide.NameQuery(self.parse, external_id=self.external, credit_code=code)


def _load(connection: Connection, tools: Tools, rows: Sequence[ListRow], system: str, tally: _Tally) -> None:
    """Look *rows* up together, add the unknown ones, tell what changed."""
    customers.guard(connection)
    lines = []
    for row in rows:
        parse = tools.naming.parse(row.get("name"))
        if parse.is_rejected:
            tally.rejected += 1
            codes = " ".join(code.code for code in parse.verdict.codes)
            tally.lines.append(ImportLine(row.number, "rejected", row.get("name"), codes))
            tally.seen.append(Seen(row.number, row.get("name"), "rejected"))
        else:
            external = (system, row.get("id")) if row.get("id") else None
            lines.append(_Line(row, parse, external))
    wanted = decide.wanted([line.query for line in lines])
    found = decide.Found(
        external_ids=lookup.by_external_ids(connection, wanted.external_ids),
        credit_codes=lookup.by_credit_codes(connection, wanted.credit_codes),
        aliases=lookup.by_aliases(connection, wanted.texts),
        keys=lookup.by_keys(connection, wanted.keys),
    )
    unknown: dict[str, list[_Line]] = {}
    matched: list[tuple[_Line, Candidate]] = []
    for line in lines:
        made = decide.recognise(line.query, found)
        if isinstance(made, Matched):
            matched.append((line, made.candidate))
        else:
            note = "several customers have this name" if isinstance(made, NeedsReview) else ""
            unknown.setdefault(line.parse.key + note, []).append(line)
    _known_lines(connection, tools, matched, tally)
    _add(connection, tools, unknown, tally)


def _known_lines(
    connection: Connection, tools: Tools, matched: Sequence[tuple[_Line, Candidate]], tally: _Tally
) -> None:
    """Add what lines say to the customers they name; of merged ones, to the one whose name the line has."""
    asked = {
        number: lookup.Named(
            known.customer_id, line.query.texts, line.parse.key, line.row.get("credit_code"), line.external
        )
        for number, (line, known) in enumerate(matched)
    }
    owners = lookup.owners(connection, asked)
    stated: dict[int, dict[str, str]] = {}
    for number, (line, known) in enumerate(matched):
        _known(connection, tools, line, owners[number], known.display_name, tally)
        stated[owners[number]] = line.fields | stated.get(owners[number], {})  # the first line that says it counts
    customers.complete(connection, stated, "import", tools.clock())
    merging.refresh(connection, tools, stated)


def _known(
    connection: Connection, tools: Tools, line: _Line, customer_id: int, display_name: str, tally: _Tally
) -> None:
    """A line whose customer is known adds its id and its names to what is known."""
    tally.matched += 1
    tally.lines.append(ImportLine(line.row.number, "known", line.row.get("name"), display_name, customer_id))
    tally.seen.append(Seen(line.row.number, line.row.get("name"), "known", customer_id))
    if line.external is not None:
        customers.add_external_ids(connection, {line.external: customer_id})
    profiles, keys = described(tools, _parses(tools, line))
    aliases = [Alias(customer_id, text, key, "import", profiles.get(text)) for text, key in _names(tools, line)]
    customers.add_aliases(connection, aliases, tools.clock())
    names.file_under(connection, {customer_id: keys})
    _remember(line, customer_id, tally)


def _names(tools: Tools, line: _Line) -> list[tuple[str, str]]:
    """Return the names a line gives, each with its match key; an alias that is no name is left out."""
    return [(parse.raw, parse.key) for parse in _parses(tools, line)]


def _parses(tools: Tools, line: _Line) -> list[NameParse]:
    parses = [line.parse, *(tools.naming.parse(text) for text in line.row.several("aliases"))]
    return [parse for parse in parses if not parse.is_rejected]


def _add(connection: Connection, tools: Tools, unknown: Mapping[str, Sequence[_Line]], tally: _Tally) -> None:
    new = []
    for lines in unknown.values():
        parses = [parse for line in lines for parse in _parses(tools, line)]
        profiles, lookup_keys = described(tools, parses)
        new.append(
            NewCustomerFields(
                display_name=lines[0].parse.canonical,
                key=lines[0].parse.key,
                aliases=tuple(dict.fromkeys(parse.raw for parse in parses)),
                alias_keys={parse.raw: parse.key for parse in parses},
                fields={key: value for line in reversed(lines) for key, value in line.fields.items()},
                profiles=profiles,
                lookup_keys=lookup_keys,
            )
        )
    added = customers.add_many(
        connection,
        new,
        status=CustomerStatus.CONFIRMED,
        source="import",
        submission_id=None,
        ruleset_version=tools.naming.version,
        now=tools.clock(),
    )
    # several lines may be one customer, each with an id of its own; an id that is given twice is the first line's
    ids: dict[tuple[str, str], int] = {}
    for customer, lines in zip(added, unknown.values(), strict=True):
        _tell(customer, lines, tally)
        for line in lines:
            if line.external is not None:
                ids.setdefault(line.external, customer.id)
    customers.add_external_ids(connection, ids)


def _tell(customer: Customer, lines: Sequence[_Line], tally: _Tally) -> None:
    tally.added += 1
    first = lines[0].parse
    if not any(line.row.get("parent_id") for line in lines) and (first.parent or first.kind is Kind.BANK_BRANCH):
        tally.branches[customer.id] = first
    for position, line in enumerate(lines):
        _remember(line, customer.id, tally)
        name = line.row.get("name")
        tally.seen.append(Seen(line.row.number, name, "known" if position else "added", customer.id))
        if position:
            tally.matched += 1
            tally.lines.append(ImportLine(line.row.number, "known", name, customer.display_name, customer.id))
        elif name != customer.display_name:
            tally.lines.append(ImportLine(line.row.number, "added", name, customer.display_name, customer.id))


def _remember(line: _Line, customer_id: int, tally: _Tally) -> None:
    """Keep whom a line names, its parent and its owner, until what it is about is in."""
    if owner := _owner(line.row):
        tally.named.append(Named(line.row.number, line.row.get("name"), customer_id, owner))
    if line.row.get("parent_id"):
        tally.parents.append((customer_id, line.row.get("parent_id")))


def _link(connection: Connection, tools: Tools, tally: _Tally, system: str) -> int:
    """Make the links the list states; a parent that is not in the list or the database is told."""
    wanted = {(system, parent) for _, parent in tally.parents}
    parents = lookup.by_external_ids(connection, wanted)
    links = []
    for child, parent in dict.fromkeys(tally.parents):
        found = parents.get((system, parent), ())
        if len(found) == 1:
            links.append(Link(child, found[0].id, RelationType.BRANCH_OF, LinkSource.IMPORT, LinkStatus.CONFIRMED))
        else:
            tally.lines.append(ImportLine(0, "not linked", str(child), f"parent {parent} is unknown", child))
    made = 0
    for link, outcome in zip(links, linking.propose(connection, tools, links), strict=True):
        made += isinstance(outcome, (Added, Relinked))
        if isinstance(outcome, Refusal):
            note = f"under customer {link.parent_id}: {outcome.code}"
            tally.lines.append(ImportLine(0, "not linked", str(link.child_id), note, link.child_id))
    return made


def _link_by_name(connection: Connection, tools: Tools, tally: _Tally) -> int:
    """Put new branches under what their names say, or under the nearest known branch of their bank."""
    units = {one: parse for one, parse in tally.branches.items() if parse.kind is Kind.BANK_BRANCH}
    others = {one: parse for one, parse in tally.branches.items() if one not in units}
    found: dict[int, Decision] = dict(recognising.written_parents(connection, tools, others))
    finder = Finder(tools, connection, names.ResidentPostings.of(connection)) if units else None
    for one, parse in units.items():
        assert finder is not None
        parent = finder.parent(named(tools, parse), besides=one)
        if parent is not None:
            found[one] = Related(Candidate(parent, "", 1.0, ("lattice",)))
    return recognising.link(connection, tools, found, {one: one for one in found})
