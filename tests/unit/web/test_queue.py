"""The lists of questions: order, groups, filters, what may be seen, how much is asked of the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.memory import ReviewKind
from daysheet.store.tables import customer, review
from tests.builders import TODAY, a_visit
from tests.unit.web.conftest import Console
from tests.unit.web.questions import SUZHOU, UNCLEAR, WUXI, answer, asked, id_of, known, text_of, unclear

MANY = [f"北京{one}{two}包装有限公司" for one in "青云松柏金" for two in "禾杉石木麦竹梅菊海川湖"]
TABS = ("names", "duplicates", "parents")


def names(page: str) -> list[str]:
    """The questions of a list, from top to bottom."""
    return re.findall(r'<a href="/reviews/\d+\?[^"]*">([^<]+)</a>', page)


def counted(page: str) -> list[str]:
    return re.findall(r'<td class="num">(\d+)</td>', page)


@contextmanager
def statements(console: Console) -> Iterator[list[str]]:
    """Collect what is asked of the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_the_queue_opens_at_the_first_tab_with_work(console: Console) -> None:
    browser = console.browser("S1")
    browser.get("/queue")
    assert browser.at == "/queue/names"
    known(console, WUXI)
    asked(console, WUXI, SUZHOU, kind=ReviewKind.PARENT)
    browser.get("/queue")
    assert browser.at == "/queue/parents"


def test_a_question_shows_what_was_typed_what_it_may_be_and_what_waits(console: Console) -> None:
    unclear(console)
    console.clock.now += timedelta(hours=3)
    page = text_of(console.browser("S1").get("/queue/names"))
    for part in (UNCLEAR, SUZHOU, WUXI, "93%", "3 小时", "名称待认 1"):
        assert part in page


def test_those_with_more_rows_come_first_and_a_brand_stands_together(console: Console) -> None:
    a, b, c = "宁波听潮泵业有限公司", "宁波听潮潮泵业有限公司", "杭州听潮泵业有限公司"
    known(console, a, b, c, WUXI)
    for name in (a, b, WUXI):
        asked(console, name, c if name != c else a)
    day = TODAY
    for name, rows in ((a, 1), (WUXI, 3), (b, 1)):
        day -= timedelta(days=1)
        visits = [a_visit(name, visit_date=day, contact=f"李{number}") for number in range(rows)]
        console.report(*visits, report_date=day)
    page = console.browser("S1").get("/queue/duplicates")
    assert names(page)[0] == WUXI
    assert counted(page) == ["3", "1", "1"]
    asked(console, c, a)
    page = console.browser("S1").get("/queue/duplicates")
    assert "听潮 2 个问题，1 行等待" in text_of(page)
    at = names(page)
    assert abs(at.index(a) - at.index(c)) == 1, "of one brand"


def test_what_stands_alone_is_not_under_the_heading_of_the_brand_before_it(console: Console) -> None:
    a, b = "宁波听潮泵业有限公司", "杭州听潮泵业有限公司"
    alone = ("北京青禾包装有限公司", "合肥松石阀门有限公司")
    known(console, a, b, *alone)
    for name in alone:
        asked(console, name, SUZHOU)
    browser = console.browser("S1")
    assert 'scope="rowgroup"' not in browser.get("/queue/duplicates"), "no brand, no end of one"
    for name in (a, b):
        asked(console, name, SUZHOU)
    console.report(a_visit(a))
    parts = re.findall(r"<tbody>(.*?)</tbody>", browser.get("/queue/duplicates"), re.DOTALL)
    headings = [text_of(part.partition("</th></tr>")[0]) for part in parts]
    assert headings == ["听潮 2 个问题，1 行等待", "单独的问题"]
    assert [names(part) for part in parts] == [[a, b], list(alone)]


def test_the_oldest_of_equally_many_rows_comes_first(console: Console) -> None:
    known(console, WUXI, "北京青禾包装有限公司")
    asked(console, "北京青禾包装有限公司", SUZHOU)
    console.clock.now += timedelta(days=1)
    asked(console, WUXI, SUZHOU)
    with console.tools.database.writing() as connection:
        connection.execute(review.update().values(brand=""))  # as those that were put by an older version
    assert names(console.browser("S1").get("/queue/duplicates")) == ["北京青禾包装有限公司", WUXI]


def test_a_view_is_narrowed_by_everything_its_address_says(console: Console) -> None:
    known(console, WUXI, "Nordlicht Maschinenbau GmbH", "Nordlicht Machinenbau GmbH")
    asked(console, WUXI, SUZHOU)
    console.clock.now += timedelta(days=8)
    german = asked(console, "Nordlicht Machinenbau GmbH", "Nordlicht Maschinenbau GmbH")
    browser = console.browser("S1")
    browser.get(f"/reviews/{german}")
    browser.post(f"/reviews/{german}/assign", assignee="me", was="")
    latin = "Nordlicht Machinenbau GmbH"
    for asked_for, found in (
        ({}, {WUXI, latin}),
        ({"assignee": "me"}, {latin}),
        ({"assignee": "nobody"}, {WUXI}),
        ({"assignee": "S2"}, set()),
        ({"assignee": "nobody at all"}, set()),
        ({"age": "7"}, {WUXI}),
        ({"age": "30"}, set()),
        ({"lang": "zh"}, {WUXI}),
        ({"lang": "en"}, {latin}),
        ({"q": "无锡"}, {WUXI}),
        ({"q": "苏州蓝鲸"}, {WUXI}),
        ({"q": "nordlicht masch"}, {latin}),
        ({"q": "%"}, set()),
        ({"q": '"'}, set()),
        ({"state": "decided"}, set()),
        ({"age": "often", "lang": "fr", "state": "lost"}, {WUXI, latin}),
    ):
        assert set(names(browser.get("/queue/duplicates", **asked_for))) == found, asked_for
    assert names(console.browser("S2").get("/queue/duplicates", assignee="me")) == []


def test_the_view_travels_into_the_questions_and_the_forms_of_the_list(console: Console) -> None:
    unclear(console)
    page = console.browser("S1").get("/queue/names", q="蓝鲸", age="")
    assert re.search(r'href="/reviews/\d+\?in=names&amp;q=%E8%93%9D%E9%B2%B8"', page)
    assert 'value="in=names&amp;q=%E8%93%9D%E9%B2%B8"' in page
    assert 'value="蓝鲸"' in page


def test_what_was_settled_is_listed_with_who_said_what(console: Console) -> None:
    known(console, WUXI)
    browser = console.browser("S1")
    answer(browser, asked(console, WUXI, SUZHOU), "different", reason="两家工厂")
    for path, asked_for in (("/queue/decided", {}), ("/queue/duplicates", {"state": "decided"})):
        page = text_of(browser.get(path, **asked_for))
        assert f"{WUXI}" in page
        assert "不同 两家工厂" in page
        assert "林婉" in page
    assert names(browser.get("/queue/decided", state="withdrawn")) == []


def test_what_was_settled_says_as_whom_and_as_none_of_whom(console: Console) -> None:
    a, b, c, d = "宁波听潮泵业有限公司", "宁波市听潮泵业有限公司", "北京青禾包装有限公司", "天津云杉包装有限公司"
    known(console, a, b, c, d, WUXI)
    browser = console.browser("S1")
    answer(browser, asked(console, a, b), "same")
    answer(browser, asked(console, c, SUZHOU, WUXI), "different")
    answer(browser, asked(console, d, SUZHOU, WUXI), "related")
    rows = re.findall(r"<tr data-item>(.*?)</tr>", browser.get("/queue/decided"), re.DOTALL)
    said = [text_of(row.partition("林婉")[0]) for row in rows]
    assert said == [f"{d} 上下级 {SUZHOU}", f"{c} 不同 {SUZHOU}{WUXI}", f"{a} 相同 {b}"]
    assert f'href="/customers/{id_of(console, b)}">{b}</a>' in rows[2]


def test_the_answer_and_its_reason_name_nobody_of_another_region(console: Console) -> None:
    known(console, WUXI, "广州云杉仪器有限公司", "深圳松石阀门有限公司")
    console.report(a_visit(SUZHOU), by="E1")
    console.report(a_visit("广州云杉仪器有限公司"), a_visit("深圳松石阀门有限公司"), by="E2")
    browser = console.browser("S1")
    answer(browser, asked(console, "广州云杉仪器有限公司", SUZHOU), "related", reason=f"归{SUZHOU}")
    answer(browser, asked(console, "深圳松石阀门有限公司", SUZHOU), "different", reason=f"不是{SUZHOU}")
    page = console.browser("S3").get("/queue/decided")
    assert len(names(page)) == 2
    assert page.count("其他区域的客户") == 2
    assert SUZHOU not in page


def test_more_than_a_page_is_paged(console: Console) -> None:
    others = MANY[:52]
    known(console, *others)
    for name in others:
        asked(console, name, SUZHOU)
    browser = console.browser("S1")
    first, second = browser.get("/queue/duplicates"), browser.get("/queue/duplicates", page=2)
    assert len(names(first)) == 50
    assert len(names(second)) == 2
    assert set(names(first)) | set(names(second)) == set(others)
    browser.get("/queue/duplicates", 422, page=0)


def test_a_longer_list_asks_no_more_of_the_database(console: Console) -> None:
    others = MANY[:50]
    known(console, *others)
    browser = console.browser("S1")
    asked_of: list[int] = []
    for some in (others[:5], others[5:]):
        for name in some:
            asked(console, name, SUZHOU, others[0] if name != others[0] else others[1])
        browser.get("/queue/duplicates")
        with statements(console) as seen:
            browser.get("/queue/duplicates")
        asked_of.append(len(seen))
    assert asked_of[0] == asked_of[1]
    assert asked_of[0] < 30


# ---- who sees what -----------------------------------------------------------------------------


@pytest.mark.parametrize("tab", [*TABS, "decided"])
def test_a_manager_has_no_queue(console: Console, tab: str) -> None:
    console.browser("E9").get(f"/queue/{tab}", 403)


def test_a_southern_steward_sees_southern_questions_and_no_northern_name(console: Console) -> None:
    known(console, WUXI)
    console.report(a_visit(SUZHOU), a_visit("北京青禾包装有限公司"), by="E1")
    console.report(a_visit(UNCLEAR), a_visit(WUXI), by="E2")
    asked(console, "北京青禾包装有限公司", SUZHOU)
    south = console.browser("S3")
    page = south.get("/queue/names")
    assert names(page) == [UNCLEAR]
    assert SUZHOU not in page
    assert "其他区域的客户" in page
    assert WUXI in page
    assert names(south.get("/queue/duplicates")) == []
    assert names(south.get("/queue/names", q="苏州")) == [], "nobody learns by searching that a customer exists"
    assert names(south.get("/queue/names", q="无锡")) == [UNCLEAR]
    assert names(console.browser("S1").get("/queue/names", q="苏州")) == [UNCLEAR]


def test_hostile_names_are_shown_as_text(console: Console) -> None:
    known(console, WUXI)
    asked(console, WUXI, SUZHOU)
    with console.tools.database.writing() as connection:
        hostile = {"display_name": "<script>alert(1)</script>\u202e鲸"}
        connection.execute(customer.update().where(customer.c.id == id_of(console, WUXI)).values(hostile))
    page = console.browser("S1").get("/queue/duplicates", q="<script>alert(1)")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;␣鲸" in page
    assert "<script>alert" not in page
