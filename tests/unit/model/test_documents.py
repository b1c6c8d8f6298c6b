"""Issues and answers go into JSON and come back as they were."""

import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome, GoneRow, SheetCount
from daysheet.model.documents import answer_from_document, answer_to_document, issue_from_document, issue_to_document
from daysheet.model.issues import MAX_FOUND, Issue, IssueCode, Place, Severity, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.text import Language

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 2_000_000)
rows = st.none() | numbers

places = st.builds(
    Place,
    file=words,
    sheet=words,
    row=rows,
    column=st.none() | st.sampled_from(["A", "D", "AA"]),
    field=st.none() | words.filter(bool),
    last_row=rows,
    sheet_key=st.none() | words.filter(bool),
)
issues = st.builds(
    Issue,
    code=st.sampled_from(IssueCode),
    severity=st.sampled_from(Severity),
    place=places,
    found=words,
    params=st.dictionaries(words, words, max_size=3),
    suggestions=st.lists(words, max_size=3).map(tuple),
    is_fixed=st.booleans(),
)
returns = st.builds(
    Returns,
    since=st.dates(),
    until=st.dates(),
    month=st.dictionaries(words, st.integers(1, 999) | st.decimals("0.01", "1e12", places=2), max_size=3),
    decided=st.lists(
        st.builds(Decided, st.sampled_from(DecidedKind), words, words, words, words, st.none() | st.dates()), max_size=3
    ).map(tuple),
    overdue=st.lists(
        st.builds(Overdue, words, words, st.none() | st.dates(), numbers, numbers, numbers, numbers), max_size=3
    ).map(tuple),
    more_decided=numbers,
    more_overdue=numbers,
)
answers = st.builds(
    Answer,
    kind=st.sampled_from(AnswerKind),
    language=st.sampled_from(Language),
    state=st.sampled_from(MessageState),
    reason=st.sampled_from(Reason),
    rep_name=words,
    file_name=words,
    subject=words,
    report_date=st.none() | st.dates(),
    revision=numbers,
    replaces=st.none() | numbers,
    template_id=words,
    sheets=st.lists(st.builds(SheetCount, words, words, numbers, numbers), max_size=3).map(tuple),
    issues=st.lists(issues, max_size=4).map(tuple),
    customers=st.lists(
        st.builds(CustomerLine, words, words, st.sampled_from(CustomerOutcome), numbers), max_size=3
    ).map(tuple),
    gone=st.lists(st.builds(GoneRow, words, numbers, words, words, words), max_size=3).map(tuple),
    fixed=numbers,
    still_open=numbers,
    kept=numbers,
    link=words,
    leave=st.none() | st.tuples(st.dates(), st.dates()),
    returns=st.none() | returns,
)


@given(issues)
def test_an_issue_comes_back_from_json_as_it_was(found: Issue) -> None:
    assert issue_from_document(json.loads(json.dumps(issue_to_document(found)))) == found


@given(answers)
def test_an_answer_comes_back_from_json_as_it_was(answer: Answer) -> None:
    assert answer_from_document(json.loads(json.dumps(answer_to_document(answer)))) == answer


@given(answers)
def test_every_part_of_an_answer_is_written(answer: Answer) -> None:
    assert set(answer_to_document(answer)) == set(Answer.__dataclass_fields__)


@given(issues)
def test_what_is_empty_is_left_out(found: Issue) -> None:
    document = issue_to_document(found)
    assert {"code", "severity", "place"} <= set(document)
    assert all(value not in ("", None, {}, []) for key, value in document.items() if key != "place")
    assert all(value not in ("", None) for value in document["place"].values())


def test_the_smallest_answer_of_an_earlier_version_is_understood() -> None:
    answer = Answer(AnswerKind.REPORT, Language.ZH, MessageState.ACCEPTED, Reason.OK)
    document = answer_to_document(answer)
    for later in ("link", "gone_in_a_later_version", "still_open", "replaces", "returns"):
        document.pop(later, None)
    assert answer_from_document(document) == answer


def test_keys_of_a_later_version_are_left_alone() -> None:
    answer = Answer(
        AnswerKind.REPORT, Language.EN, MessageState.PARTLY, Reason.HAS_ISSUES, report_date=date(2026, 3, 2)
    )
    assert answer_from_document(answer_to_document(answer) | {"mood": "good"}) == answer


def test_rows_are_counted_over_the_sheets() -> None:
    answer = Answer(AnswerKind.REPORT, Language.EN, MessageState.PARTLY, Reason.HAS_ISSUES)
    answer = replace(answer, sheets=(SheetCount("拜访", "Visits", 3, 1), SheetCount("商机", "Deals", 2, 4)))
    assert (answer.rows_landed, answer.rows_parked) == (5, 5)


def test_an_issue_is_made_with_the_usual_severity_and_texts_only() -> None:
    found = issue(IssueCode.CELL_TOO_LONG, Place(row=4, column="D"), "x" * 500, limit=80, params={"length": 500})
    assert found.severity is Severity.ERROR
    assert len(found.found) == MAX_FOUND
    assert found.params == {"limit": "80", "length": "500"}
    assert issue(IssueCode.CUSTOMER_UNKNOWN, Place(), severity=Severity.ERROR).is_error
    assert not issue(IssueCode.CUSTOMER_UNKNOWN, Place()).is_error


def test_a_place_is_written_as_excel_does() -> None:
    assert Place().cell == ""
    assert Place(row=4).cell == "4:4"
    assert Place(row=4, last_row=9).cell == "4:9"
    assert Place(row=4, column="D").cell == "D4"
    assert Place(row=4, column="D", last_row=19).cell == "D4:D19"
