"""What an import did and what a re-check proposes, as workbooks that somebody can hand round."""

from collections.abc import Sequence

from daysheet.i18n import text, verdict_text
from daysheet.model.names import NameParse, Verdict
from daysheet.naming.verdicts import FIXED, OK
from daysheet.services import likely
from daysheet.services.import_customers import Seen
from daysheet.services.recheck import Change, Line, Rechecked
from daysheet.services.tools import Tools
from daysheet.store import lookup, merges, relations
from daysheet.store.engine import Connection, chunks
from daysheet.templates_xlsx import listing

Cells = tuple[str | int | float | None, ...]

_IMPORT = (
    ("list.line", 8),
    ("list.typed", 36),
    ("list.outcome", 12),
    ("list.customer", 12),
    ("list.name", 40),
    ("list.changes", 44),
    ("list.lacks", 40),
    ("list.parent", 40),
    ("list.likely", 60),
)
_RECHECK = (
    ("list.change", 14),
    ("list.customer", 12),
    ("list.name", 40),
    ("list.other", 12),
    ("list.other-name", 40),
    ("list.score", 10),
    ("list.why", 30),
    ("list.former", 40),
    ("list.follows", 24),
)


class ImportReport:
    """Looks at what an import did (``import_file(inspect=…)``) and tells it line by line."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._lines: list[Cells] = []

    def __call__(self, connection: Connection, seen: Sequence[Seen]) -> None:
        """Take in every line; the transaction still has what a dry run forgets."""
        added = sorted({one.customer_id for one in seen if one.outcome == "added" and one.customer_id})
        same = _likely(connection, self._tools, added)
        for some in chunks(sorted(seen, key=lambda one: one.row)):
            ids = {one.customer_id for one in some if one.customer_id is not None}
            shown = lookup.by_ids(connection, ids)
            edges = relations.parents_of(connection, set(merges.roots_of(connection, ids).values()))
            parents = lookup.by_ids(connection, {edge.parent_root for edge in edges.values()})
            for one in some:
                customer = shown.get(one.customer_id or 0)
                edge = edges.get(customer.id) if customer else None
                parse = self._tools.naming.parse(one.name)
                line: Cells = (
                    one.row,
                    one.name,
                    text(f"outcome.{one.outcome}", self._tools.house.language),
                    customer.id if customer else None,
                    customer.display_name if customer else "",
                    changes(self._tools, parse),
                    lacks(self._tools, parse.verdict),
                    parents[edge.parent_root].display_name if edge else "",
                    "\n".join(same.get(customer.id, ())) if customer else "",
                )
                self._lines.append(line)

    def workbook(self) -> bytes:
        """Return the report."""
        return _built(self._tools, "list.import-title", _IMPORT, self._lines)


def recheck_workbook(tools: Tools, result: Rechecked) -> bytes:
    """Return the outcome of a re-check, or of its dry run."""
    return _built(tools, "list.recheck-title", _RECHECK, [_recheck_line(tools, line) for line in result.lines])


def _recheck_line(tools: Tools, line: Line) -> Cells:
    language = tools.house.language
    told = "told" if line.change is Change.SPLIT else "linked"
    return (
        text(f"change.{line.change}", language),
        line.customer_id,
        line.name,
        line.other_id,
        line.other,
        round(line.score, 2),
        why(tools, line.why),
        line.former,
        text(f"follows.{'asked' if line.asked else told}", language),
    )


def changes(tools: Tools, parse: NameParse) -> str:
    """Return what the rules made of a name, with the reasons; "" where they left it as it was."""
    return _said(tools, parse.verdict, is_change=True)


def lacks(tools: Tools, verdict: Verdict) -> str:
    """Return what keeps a name from being complete, or accepted."""
    return _said(tools, verdict, is_change=False)


def _said(tools: Tools, verdict: Verdict, *, is_change: bool) -> str:
    codes = [code for code in verdict.codes if code.code != OK and (code.code == FIXED) is is_change]
    return "\n".join(verdict_text(code, tools.house.language, tools.naming.lexicon.messages) for code in codes)


def why(tools: Tools, reason: str) -> str:
    """Return what a likeness rests on in words, with its code where it says more."""
    kind, _, detail = reason.partition(" ")
    try:
        said = text(f"why.{kind}", tools.house.language)
    except KeyError:
        return reason
    return f"{said} ({detail})" if detail else said


def _likely(connection: Connection, tools: Tools, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return whom each of *ids* is probably the same as, in words."""
    found: dict[int, list[str]] = {}
    if not ids:
        return found
    index = likely.postings(connection)
    for some in chunks(ids):
        for pair in likely.pairs(connection, tools, index, some):
            for one, other in ((pair.customer, pair.other), (pair.other, pair.customer)):
                said = f"{other.id} {other.display_name} ({why(tools, pair.why)})"
                if said not in found.setdefault(one.id, []):
                    found[one.id].append(said)
    return found


def _built(tools: Tools, title: str, columns: Sequence[tuple[str, int]], lines: Sequence[Cells]) -> bytes:
    language = tools.house.language
    return listing.build(text(title, language), [(text(key, language), width) for key, width in columns], lines)
