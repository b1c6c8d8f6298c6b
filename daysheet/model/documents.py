"""Issues, answers and what comes back to a rep as plain data for JSON, and back, exactly."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from daysheet.model import figures
from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, GoneRow, SheetCount
from daysheet.model.issues import Issue, IssueCode, Place, Severity
from daysheet.model.mail import MessageState, Reason
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.text import Language

_PLACE = ("file", "sheet", "row", "column", "field", "last_row", "sheet_key")


def issue_to_document(found: Issue) -> dict[str, Any]:
    """Return *found* as plain data; what is empty is left out."""
    place = {name: value for name in _PLACE if (value := getattr(found.place, name)) not in (None, "")}
    document: dict[str, Any] = {"code": str(found.code), "severity": str(found.severity), "place": place}
    if found.found:
        document["found"] = found.found
    if found.params:
        document["params"] = dict(found.params)
    if found.suggestions:
        document["suggestions"] = list(found.suggestions)
    if found.is_fixed:
        document["is_fixed"] = True
    return document


def issue_from_document(document: Mapping[str, Any]) -> Issue:
    """Return the issue that ``issue_to_document`` wrote."""
    return Issue(
        code=IssueCode(document["code"]),
        severity=Severity(document["severity"]),
        place=Place(**document.get("place", {})),
        found=document.get("found", ""),
        params=document.get("params", {}),
        suggestions=tuple(document.get("suggestions", ())),
        is_fixed=document.get("is_fixed", False),
    )


def answer_to_document(answer: Answer) -> dict[str, Any]:
    """Return *answer* as plain data."""
    simple = (
        "rep_name",
        "file_name",
        "subject",
        "revision",
        "replaces",
        "template_id",
        "link",
        "note",
        "by",
        "review",
        "digest",
    )
    counts = ("fixed", "still_open", "kept")
    return {
        "kind": str(answer.kind),
        "language": str(answer.language),
        "state": str(answer.state),
        "reason": str(answer.reason),
        "report_date": _iso(answer.report_date),
        "sheets": [_fields(sheet) for sheet in answer.sheets],
        "issues": [issue_to_document(found) for found in answer.issues],
        "customers": [_fields(line) | {"outcome": str(line.outcome)} for line in answer.customers],
        "gone": [_fields(row) for row in answer.gone],
        "candidates": list(answer.candidates),
        "leave": [day.isoformat() for day in answer.leave] if answer.leave is not None else None,
        "returns": returns_to_document(answer.returns) if answer.returns is not None else None,
        **{name: getattr(answer, name) for name in simple + counts},
    }


def _fields(value: SheetCount | CustomerLine | GoneRow | Decided | Overdue) -> dict[str, Any]:
    """Return a value whose fields are plain by their names; ``asdict`` would copy each of them deeply."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def answer_from_document(document: Mapping[str, Any]) -> Answer:
    """Return the answer that ``answer_to_document`` wrote; keys of a later version are left alone."""
    known = {name: document[name] for name in Answer.__dataclass_fields__ if name in document}
    return Answer(
        **known
        | {
            "kind": AnswerKind(document["kind"]),
            "language": Language(document["language"]),
            "state": MessageState(document["state"]),
            "reason": Reason(document["reason"]),
            "report_date": _day(document.get("report_date")),
            "sheets": tuple(SheetCount(**sheet) for sheet in document["sheets"]),
            "issues": tuple(issue_from_document(found) for found in document["issues"]),
            "customers": tuple(
                CustomerLine(**line | {"outcome": CustomerOutcome(line["outcome"])}) for line in document["customers"]
            ),
            "gone": tuple(GoneRow(**row) for row in document["gone"]),
            "candidates": tuple(document.get("candidates", ())),
            "leave": _span(document.get("leave")),
            "returns": returns_from_document(document["returns"]) if document.get("returns") else None,
        }
    )


def returns_to_document(returns: Returns) -> dict[str, Any]:
    """Return *returns* as plain data; figures that are zero are left out."""
    return {
        "since": returns.since.isoformat(),
        "until": returns.until.isoformat(),
        "month": figures.to_document(returns.month),
        "decided": [_fields(one) | {"kind": str(one.kind), "on": _iso(one.on)} for one in returns.decided],
        "overdue": [_fields(one) | {"last_on": _iso(one.last_on)} for one in returns.overdue],
        "more_decided": returns.more_decided,
        "more_overdue": returns.more_overdue,
    }


def returns_from_document(document: Mapping[str, Any]) -> Returns:
    """Return what ``returns_to_document`` wrote."""
    return Returns(
        since=date.fromisoformat(document["since"]),
        until=date.fromisoformat(document["until"]),
        month=figures.from_document(document["month"]),
        decided=tuple(
            Decided(**_known(Decided, one) | {"kind": DecidedKind(one["kind"]), "on": _day(one["on"])})
            for one in document["decided"]
        ),
        overdue=tuple(
            Overdue(**_known(Overdue, one) | {"last_on": _day(one["last_on"])}) for one in document["overdue"]
        ),
        more_decided=document["more_decided"],
        more_overdue=document["more_overdue"],
    )


def _known(kind: type[Decided | Overdue], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *kind* has a field for; keys of a later version are left alone."""
    return {name: document[name] for name in kind.__dataclass_fields__ if name in document}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written is not None else None


def _span(written: Sequence[str] | None) -> tuple[date, date] | None:
    return (date.fromisoformat(written[0]), date.fromisoformat(written[1])) if written else None
