"""The first page: what waits and how the deciding goes, of what the visitor sees."""

from datetime import timedelta

import pytest

from daysheet.model.memory import ReviewKind
from tests.builders import a_visit
from tests.unit.web.conftest import Console
from tests.unit.web.questions import SUZHOU, WUXI, answer, asked, known, text_of, unclear


def figures(page: str) -> list[str]:
    return [text_of(part.partition("</b>")[0]) for part in page.split("<b>")[1:]]


def test_it_counts_every_queue_and_leads_there(console: Console) -> None:
    unclear(console)
    asked(console, WUXI, SUZHOU)
    asked(console, WUXI, SUZHOU, kind=ReviewKind.PARENT)
    console.report(a_visit(SUZHOU), a_visit("暂无"), by="E2")
    page = console.browser("S1").get("/")
    assert "4 件事等您处理" in page
    assert figures(page)[:7] == ["1", "1", "1", "1", "0", "0", "0"]
    assert 'href="/queue/duplicates"' in page


def test_nothing_to_do_is_said_kindly(console: Console) -> None:
    page = console.browser("S1").get("/")
    assert "没有待答复的客户问题" in page
    assert figures(page)[-4:] == ["0", "–", "–", "–"]


def test_it_tells_the_oldest_age_and_how_the_deciding_goes(console: Console) -> None:
    a, b, c, d = known(console, "宁波听潮泵业有限公司", "宁波听潮潮泵业有限公司", "北京青禾包装有限公司", "青禾包装")
    assert len({a, b, c, d}) == 4
    browser = console.browser("S1")
    answer(browser, asked(console, "宁波听潮泵业有限公司", "宁波听潮潮泵业有限公司"), "same")
    wrong = asked(console, "青禾包装", "北京青禾包装有限公司")
    answer(browser, wrong, "different")
    asked(console, SUZHOU, "北京青禾包装有限公司")
    console.clock.now += timedelta(hours=5)
    assert figures(browser.get("/"))[-4:] == ["2", "5 小时", "0 %", "50 %"]
    browser.post(f"/reviews/{wrong}/undo")
    assert figures(browser.get("/"))[-4:] == ["1", "5 小时", "50 %", "0 %"]
    console.clock.now += timedelta(hours=11)
    browser.get("/account")
    console.clock.now += timedelta(hours=11)
    assert figures(browser.get("/"))[-4] == "0", "today is another day"


def test_a_manager_sees_figures_and_no_way_to_decide(console: Console) -> None:
    unclear(console)
    page = console.browser("E9").get("/")
    assert figures(page)[0] == "1"
    assert 'href="/queue' not in page
    assert "1 件事在等数据管家处理" in page
    assert "等您处理" not in page


def test_a_southern_steward_counts_what_is_southern(console: Console) -> None:
    unclear(console, by="E1")
    console.report(a_visit("暂无"), by="E1")
    south = console.browser("S3")
    assert figures(south.get("/"))[:7] == ["0"] * 7
    console.report(a_visit("苏州蓝鲸"), a_visit("暂无"), by="E2")
    assert figures(south.get("/"))[3] == "1"


@pytest.mark.parametrize(
    "path", ["/", "/queue", "/queue/names", "/queue/duplicates", "/queue/parents", "/queue/decided"]
)
def test_nobody_is_asked_to_sign_in(console: Console, path: str) -> None:
    console.nobody().get(path, 401)
