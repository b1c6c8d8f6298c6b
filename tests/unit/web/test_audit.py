"""The log is read by administrators, narrowed, turned page by page, taken along as a file, and never changed."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.i18n import keys
from daysheet.model.text import Language
from daysheet.services import handing_over
from daysheet.services.customer_log import UNDOABLE
from daysheet.store import audit, tables
from daysheet.store.audit import Entry
from daysheet.web.page import Words
from daysheet.web.views.audit import labels
from tests.builders import NOW
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.statements import counted


@pytest.fixture
def admin(console: Console) -> Browser:
    """A1's browser, in a log of nothing else but what a test writes."""
    browser = console.browser("A1")
    with console.tools.database.writing() as connection:
        connection.execute(tables.audit.delete())
    return browser


def write(console: Console, *entries: Entry, at: datetime = NOW) -> None:
    with console.tools.database.writing() as connection:
        audit.append(connection, entries, at)


def a_merge(number: int = 1, **changes: Any) -> Entry:
    values: dict[str, Any] = {"before": {"name": f"甲{number}"}, "after": {"name": f"乙{number}"}, "actor": "S1"}
    return Entry("customer.merged", "customer", number, **values | changes)


def listed(page: str) -> str:
    """The table of a page, without the filters above it."""
    return page.partition("<tbody>")[2]


def test_an_entry_says_who_did_what_and_what_it_was_before(console: Console, admin: Browser) -> None:
    write(console, a_merge(7))
    page = listed(admin.get("/audit"))
    assert "林婉" in page  # by name, with a link to the person
    assert 'href="/people/S1"' in page
    assert "2026-03-04 18:00" in page
    assert 'href="/customers/7"' in page
    assert "甲7</del>" in page
    assert "乙7</ins>" in page


def test_what_stayed_the_same_is_left_out(console: Console, admin: Browser) -> None:
    write(console, a_merge(before={"name": "甲", "city": "杭州"}, after={"name": "乙", "city": "杭州"}))
    assert "杭州" not in listed(admin.get("/audit"))


def test_values_of_every_kind_can_be_read(console: Console, admin: Browser) -> None:
    after = {"flag": True, "list": ["一", "二"], "deep": {"a": [{"b": 1}]}, "number": 3, "none": None}
    write(console, a_merge(before=None, after=after))
    page = listed(admin.get("/audit"))
    for shown in ("✓", "一, 二", "{&#34;a&#34;: [{&#34;b&#34;: 1}]}", ">3</ins>"):
        assert shown in page
    assert "None" not in page


def test_fields_are_said_in_words_and_what_has_none_is_behind_a_fold(console: Console, admin: Browser) -> None:
    after = {"root_id": 3, "begun": [[111, "2026-11-05"]], "fields": {"city": "杭州"}}
    write(console, a_merge(before=None, after=after))
    told, fold, technical = listed(admin.get("/audit")).partition("<details")
    assert "<dt>归入编号</dt>" in told
    assert "<dt>城市</dt>" in told
    assert "begun" not in told
    assert fold
    assert "2026-11-05" in technical


@pytest.mark.parametrize("language", Language)
def test_each_action_has_words_that_tell_it_from_the_others_in_the_filter(language: Language) -> None:
    known = [key.removeprefix("audit.of.") for key in keys(language, "console_admin") if key.startswith("audit.of.")]
    words = labels(Words(language, "UTC"), [code for code in known if "." in code])
    assert len(set(words.values())) == len(words)
    assert words.keys() >= UNDOABLE | {handing_over.DONE, handing_over.UNDONE}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"actor": "S1"}, {"一"}),
        ({"actor": "林婉"}, {"一"}),  # whoever is called so
        ({"actor": "daysheet"}, {"二"}),
        ({"action": "review.answered"}, {"二"}),
        ({"entity": "customer"}, {"一", "三"}),
        ({"entity": "customer", "id": "3"}, {"三"}),
        ({"since": "2026-03-05"}, {"三"}),
        ({"until": "2026-03-04"}, {"一", "二"}),
        ({"since": "2026-03-04", "until": "2026-03-04"}, {"一", "二"}),
        ({"actor": "nobody"}, set()),
        ({"since": "yesterday", "id": "x"}, {"一", "二", "三"}),  # what cannot be meant limits nothing
    ],
)
def test_the_log_can_be_narrowed(console: Console, admin: Browser, asked: dict[str, str], found: set[str]) -> None:
    write(console, a_merge(1, after={"name": "一"}))
    write(console, Entry("review.answered", "review", 2, after={"name": "二"}))
    write(console, a_merge(3, after={"name": "三"}, actor="S2"), at=NOW + timedelta(hours=7))  # the next day there
    page = listed(admin.get("/audit", **asked))
    assert {name for name in "一二三" if f">{name}</ins>" in page} == found
    exported = admin.get("/audit.csv", **asked)
    assert {name for name in "一二三" if f'""{name}""' in exported} == found


def test_a_day_begins_where_the_visitor_is(console: Console, admin: Browser) -> None:
    write(console, a_merge(1, after={"name": "早"}), at=datetime(2026, 3, 3, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    write(console, a_merge(2, after={"name": "晚"}), at=datetime(2026, 3, 3, 15, 59, tzinfo=UTC))
    page = listed(admin.get("/audit", since="2026-03-04", until="2026-03-04"))
    assert "早" in page
    assert "晚" not in page


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_all_are_no_trouble(console: Console, admin: Browser, day: str) -> None:
    write(console, a_merge())
    admin.get("/audit", since=day, until=day)
    admin.get("/audit.csv", since=day, until=day)


def test_pages_lead_to_older_and_back_to_newer(console: Console, admin: Browser) -> None:
    write(console, *(a_merge(number, after={"name": f"第{number:03d}"}) for number in range(1, 121)))
    first = admin.get("/audit")
    assert "第120" in first
    assert "第070" not in first
    oldest = min(int(row.id) for row in console.select(sa.select(tables.audit.c.id)))
    second = admin.get("/audit", before=oldest + 70)
    assert "第070" in second
    assert "第071" not in second
    assert f"after={oldest + 69}" in second
    assert f"before={oldest + 20}" in second
    back = admin.get("/audit", after=oldest + 69)
    assert "第071" in back
    assert "第120" in back
    assert 'rel="next"' in back
    last = admin.get("/audit", before=oldest + 20)
    assert "第001" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize(
    "wrong", [{"before": "x"}, {"before": 0}, {"after": -1}, {"before": 2**70}, {"actor": "x" * 201}]
)
def test_a_place_that_cannot_be_is_refused(admin: Browser, wrong: dict[str, Any]) -> None:
    admin.get("/audit", 422, **wrong)


def test_an_id_too_large_to_be_one_limits_nothing(console: Console, admin: Browser) -> None:
    write(console, a_merge())
    assert "乙1" in listed(admin.get("/audit", id=str(2**70)))


def test_the_file_holds_what_the_filter_finds_and_runs_nothing(console: Console, admin: Browser) -> None:
    write(console, a_merge(1), a_merge(2, actor="=cmd()", before=None, after={"名": "换行\n"}))
    text = admin.client.get("/audit.csv", params={"entity": "customer"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["entity_id"], row["actor"], row["before"]) for row in rows] == [
        ("2", "'=cmd()", ""),
        ("1", "S1", '{"name": "甲1"}'),
    ]
    assert rows[1]["at"] == "2026-03-04T10:00:00+00:00"


def test_the_file_has_an_end(console: Console, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daysheet.services.auditing.MOST_EXPORTED", 5)
    write(console, *(a_merge(number) for number in range(1, 8)))
    assert len(admin.get("/audit.csv").splitlines()) == 1 + 5


def test_what_was_typed_is_shown_as_text(console: Console, admin: Browser) -> None:
    write(console, a_merge(after={"<b>": "<script>alert(1)</script>\u202e"}, actor="<i>"))
    page = admin.get("/audit")
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;i&gt;" in page


@pytest.mark.parametrize("number", ["S1", "S3", "E9"])
def test_only_administrators_read_it(console: Console, number: str) -> None:
    browser = console.browser(number)
    for path in ("/audit", "/audit.csv"):
        browser.get(path, 403)
        console.nobody().get(path, 401)


def test_nothing_changes_the_log(admin: Browser) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert admin.client.request(method, "/audit").status_code == 405


def test_reading_the_log_costs_no_query_per_entry(console: Console, admin: Browser) -> None:
    write(console, *(a_merge(number) for number in range(1, 4)))
    few = queries_of(console, admin)
    write(console, *(Entry("account.link", "person", number, actor="S2") for number in range(1, 45)))
    assert queries_of(console, admin) <= few + 3  # the people named, at once


def queries_of(console: Console, browser: Browser) -> int:
    with counted(console.tools.database) as statements:
        browser.get("/audit")
    return len(statements)
