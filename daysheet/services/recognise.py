"""
Say which customer each name of a report is, and file the ones nobody knows yet.

One lookup of each kind for the whole workbook, then one decision per name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from daysheet.model.answers import CustomerLine, CustomerOutcome
from daysheet.model.customers import Customer, CustomerStatus, NewCustomerFields
from daysheet.model.decisions import Candidate, Evidence, Matched, NeedsReview
from daysheet.model.issues import Issue, IssueCode, Place, Severity, issue
from daysheet.model.names import NameParse, Status
from daysheet.model.rows import Record
from daysheet.model.template import Meaning, TemplateSpec
from daysheet.naming.verdicts import issue_code
from daysheet.services import recognising
from daysheet.services.finding import described
from daysheet.services.prepare import Prepared, customer_columns
from daysheet.services.tools import Tools
from daysheet.store import customers


@dataclass(frozen=True, slots=True)
class Filed:
    """
    What became of one name: its customer, or None where nobody knows it and all its rows wait.

    *customer* is what is shown; *owner_id* is what is stored: the same, or a customer merged into
    it whose name this is.
    """

    typed: str
    parse: NameParse
    customer: Customer | None
    outcome: CustomerOutcome
    owner_id: int | None = None
    nearest: tuple[Candidate, ...] = ()
    evidence: Evidence | None = None


def file_customers(connection: Connection, tools: Tools, prepared: Prepared, submission_id: int) -> Mapping[str, Filed]:
    """
    Return what each name of *prepared* is, by the name as typed.

    New customers are added as provisional, linked to their parents where these are known; what only
    a steward can say becomes a question. A name of rows that all wait for a correction is looked up
    and adds nothing: it may be corrected too.
    """
    parses = {typed: parse for typed, parse in prepared.names.items() if not parse.is_rejected}
    recognised = recognising.recognise(connection, tools, parses)
    landing = _landing_names(prepared)
    decisions = {
        typed: made for typed, made in recognised.decisions.items() if typed in landing or isinstance(made, Matched)
    }
    unknown = {typed: parses[typed] for typed, made in decisions.items() if not isinstance(made, Matched)}
    added = _add_unknown(connection, tools, prepared, unknown, submission_id)
    new_ids = {typed: added[parse.key].id for typed, parse in unknown.items()}
    recognising.ask(connection, tools, decisions, new_ids, submission_id)
    recognising.link(connection, tools, decisions, new_ids)
    filed = {}
    for typed, parse in prepared.names.items():
        made = decisions.get(typed)
        if made is None:
            filed[typed] = Filed(typed, parse, None, CustomerOutcome.NEW)
        elif isinstance(made, Matched):
            customer = recognised.customers[recognised.owners[typed]]
            is_same = parse.canonical == customer.display_name
            outcome = CustomerOutcome.KNOWN if is_same else CustomerOutcome.RENAMED
            filed[typed] = Filed(typed, parse, customer, outcome, recognised.owners[typed], evidence=made.evidence)
        elif isinstance(made, NeedsReview):
            customer = added[parse.key]
            mine = recognising.of_rep(connection, prepared, made.candidates)
            filed[typed] = Filed(typed, parse, customer, CustomerOutcome.REVIEW, customer.id, mine)
        else:
            customer = added[parse.key]
            filed[typed] = Filed(typed, parse, customer, CustomerOutcome.NEW, customer.id)
    return filed


def _landing_names(prepared: Prepared) -> frozenset[str]:
    """Return the names of rows that nothing keeps from landing: neither their cells nor another name in them."""
    return frozenset(
        name
        for record, names in _rows_with_names(prepared)
        if record.is_ok and not any(prepared.names[name].is_rejected for name in names)
        for name in names
    )


def _add_unknown(
    connection: Connection,
    tools: Tools,
    prepared: Prepared,
    unknown: Mapping[str, NameParse],
    submission_id: int,
) -> dict[str, Customer]:
    """Add one provisional customer per match key; two spellings of one new name are one customer."""
    by_key: dict[str, list[tuple[str, NameParse]]] = {}
    for typed, parse in unknown.items():
        by_key.setdefault(parse.key, []).append((typed, parse))
    new = []
    for key, spellings in by_key.items():
        profiles, lookup_keys = described(tools, [parse for _, parse in spellings])
        new.append(
            NewCustomerFields(
                display_name=spellings[0][1].canonical,
                key=key,
                aliases=tuple(dict.fromkeys(typed for typed, _ in spellings)),
                fields=_known_fields(prepared, {typed for typed, _ in spellings}, spellings[0][1]),
                profiles=profiles,
                lookup_keys=lookup_keys,
            )
        )
    added = customers.add_many(
        connection,
        new,
        status=CustomerStatus.PROVISIONAL,
        source="report",
        submission_id=submission_id,
        ruleset_version=tools.naming.version,
        now=prepared.received_at,
    )
    return dict(zip(by_key, added, strict=True))


_RECORD_FIELDS = {Meaning.CUSTOMER_CITY: "city", Meaning.CUSTOMER_INDUSTRY: "industry"}


def _known_fields(prepared: Prepared, typed: set[str], parse: NameParse) -> dict[str, str]:
    """Return what the rows themselves say of a new customer: city and industry, and a credit code typed as the name."""
    fields = {"credit_code": parse.uscc} if parse.uscc else {}
    for record, names in _rows_with_names(prepared):
        if record.is_ok and not typed.isdisjoint(names) and prepared.spec is not None:
            sheet = prepared.spec.sheet(record.sheet)
            for meaning, field in _RECORD_FIELDS.items():
                column = sheet.meaning(meaning)
                value = record.values.get(column.key) if column else None
                if value and field not in fields:
                    fields[field] = str(value)
    return fields


def _rows_with_names(prepared: Prepared) -> Sequence[tuple[Record, tuple[str, ...]]]:
    """Return every record with the names in its cells, both in the order of the report."""
    assert prepared.spec is not None
    assert prepared.checked is not None
    keys = {sheet.key: customer_columns(sheet) for sheet in prepared.spec.data_sheets}
    return [
        (record, tuple(dict.fromkeys(str(v) for key in keys.get(record.sheet, ()) if (v := record.values.get(key)))))
        for record in prepared.checked.records
    ]


# ---- what the sender is told of it -------------------------------------------------------------


def name_issues(prepared: Prepared, filed: Mapping[str, Filed]) -> tuple[Issue, ...]:
    """
    Return what the sender should know about the names.

    A rejected name is an error in each of its cells, for each of those rows waits; everything else
    is said once, at the first cell that holds the name.
    """
    assert prepared.spec is not None
    assert prepared.checked is not None
    issues: list[Issue] = []
    said: set[str] = set()
    for record in prepared.checked.records:
        for key in customer_columns(prepared.spec.sheet(record.sheet)):
            typed = str(record.values.get(key) or "")
            result = filed.get(typed)
            if result is None:
                continue
            place = _place(prepared, prepared.spec, record, key)
            if result.parse.is_rejected:
                issues += _verdict_issues(prepared.spec, result, place)
            elif typed not in said:
                said.add(typed)
                issues += _told_once(prepared.spec, result, place)
    return tuple(issues)


def _place(prepared: Prepared, spec: TemplateSpec, record: Record, key: str) -> Place:
    assert prepared.checked is not None
    return Place(
        file=prepared.file_name,
        sheet=prepared.checked.sheet_names.get(record.sheet, record.sheet),
        row=record.row_number,
        column=prepared.checked.columns.get(record.sheet, {}).get(key),
        field=key,
        sheet_key=record.sheet,
    )


def _labels(spec: TemplateSpec, place: Place) -> dict[str, str]:
    label = spec.sheet(place.sheet_key or "").column(place.field or "").label
    return {"label_zh": label.zh, "label_en": label.en}


def _verdict_issues(spec: TemplateSpec, result: Filed, place: Place, severity: Severity | None = None) -> list[Issue]:
    found = []
    for code in result.parse.verdict.codes:
        mapped = issue_code(code)
        if mapped is not None:
            params = {"canonical": result.parse.canonical} | _labels(spec, place) | dict(code.params)
            found.append(
                replace(
                    issue(mapped, place, result.typed, suggestions=result.parse.verdict.suggestions, severity=severity),
                    params=params,
                    is_fixed=mapped is IssueCode.NAME_FIXED,
                )
            )
    return found


def _told_once(spec: TemplateSpec, result: Filed, place: Place) -> list[Issue]:
    labels = _labels(spec, place)
    customer = result.customer
    if customer is None:
        return _verdict_issues(spec, result, place)  # nothing is filed yet, and nothing is said of it
    if result.outcome is CustomerOutcome.RENAMED:
        # the name it is filed under says more than how the typed one was tidied
        return [
            issue(IssueCode.CUSTOMER_OTHER_NAME, place, result.typed, canonical=customer.display_name, params=labels)
        ]
    if result.outcome is CustomerOutcome.KNOWN:
        return _verdict_issues(spec, result, place, Severity.INFO)
    names = tuple(candidate.display_name for candidate in result.nearest[:3])
    code = IssueCode.CUSTOMER_AMBIGUOUS if result.outcome is CustomerOutcome.REVIEW else IssueCode.CUSTOMER_UNKNOWN
    told = issue(code, place, result.typed, suggestions=names, canonical=customer.display_name, params=labels)
    if result.parse.verdict.status is Status.CONFORMANT:
        return [told]
    return [*_verdict_issues(spec, result, place), told]


def customer_lines(prepared: Prepared, filed: Mapping[str, Filed]) -> tuple[CustomerLine, ...]:
    """Return one line per name that was filed, in the order of the report, with the number of its rows."""
    rows: dict[str, int] = {}
    for _, names in _rows_with_names(prepared):
        for name in names:
            rows[name] = rows.get(name, 0) + 1
    return tuple(
        CustomerLine(typed, result.customer.display_name, result.outcome, count)
        for typed, count in rows.items()
        if (result := filed[typed]).customer is not None
    )
