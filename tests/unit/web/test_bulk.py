"""Many questions at once: previewed, done once, left alone where things moved on, and taken back together."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.model.memory import ReviewKind, ReviewState, Says
from daysheet.services import merging
from daysheet.services.merging import Merged, Request
from daysheet.store.tables import customer, merge_event, review
from tests.builders import a_visit
from tests.unit.web.conftest import Browser, Console
from tests.unit.web.questions import SUZHOU, WUXI, answer, asked, id_of, known, root_of, text_of, the
from tests.unit.web.test_queue import MANY, statements

A, B, C, D = MANY[:4]


def sent(page: str) -> dict[str, Any]:
    """Return what the form of a preview carries."""
    found = dict(re.findall(r'<input type="hidden" name="(view|does|batch|to)" value="([^"]*)"', page))
    return found | {"step": re.findall(r'name="step" value="([^"]+)"', page)}


def previewed(browser: Browser, numbers: list[int], does: str, **more: Any) -> str:
    browser.get("/queue/duplicates")
    return browser.post(
        "/queue/bulk/preview", id=[str(one) for one in numbers], does=does, view="in=duplicates", **more
    )


def done(browser: Browser, numbers: list[int], does: str, **more: Any) -> str:
    return browser.post("/queue/bulk", **sent(previewed(browser, numbers, does)) | more)


def batches(console: Console) -> list[str]:
    return [row.batch for row in console.select(sa.select(review.c.batch).distinct()) if row.batch]


def merges_of(console: Console) -> int:
    return len(console.select(sa.select(merge_event.c.id).where(merge_event.c.undone_at.is_(None))))


def test_the_preview_says_of_each_what_would_happen_and_does_nothing(console: Console) -> None:
    known(console, A, B, C)
    first, second, settled = asked(console, A, SUZHOU), asked(console, B, SUZHOU), asked(console, C, SUZHOU)
    browser = console.browser("S1")
    answer(browser, settled, "different")
    page = text_of(previewed(browser, [first, second, settled], "same"))
    assert "将处理 2 个问题" in page
    assert page.count(f"并入 {SUZHOU}") == 2
    assert "另有 1 个保持原样" in page
    assert "已处理 不同" in page
    assert merges_of(console) == 0
    assert the(console, first).state is ReviewState.OPEN


def test_what_was_previewed_is_done_and_taken_back_by_one_undo(console: Console) -> None:
    known(console, A, B, C)
    numbers = [asked(console, name, SUZHOU) for name in (A, B, C)]
    browser = console.browser("S1")
    page = done(browser, numbers, "same", reason="同一集团")
    assert browser.at == "/queue/duplicates"
    assert "已合并 3 个" in page
    assert {root_of(console, id_of(console, name)) for name in (A, B, C)} == {id_of(console, SUZHOU)}
    assert {the(console, one).reason for one in numbers} == {"同一集团"}
    [batch] = batches(console)
    assert f'action="/queue/bulk/{batch}/undo"' in page
    assert "已撤销 3 个" in browser.post(f"/queue/bulk/{batch}/undo", to="/queue/duplicates?q=")
    assert merges_of(console) == 0
    assert all(the(console, one).state is ReviewState.OPEN for one in numbers)
    browser.post(f"/queue/bulk/{batch}/undo", 404)


@pytest.mark.parametrize(("does", "kind"), [("different", ReviewKind.DUPLICATE), ("related", ReviewKind.PARENT)])
def test_other_answers_are_given_to_many_likewise(console: Console, does: str, kind: ReviewKind) -> None:
    known(console, A, B, WUXI)
    numbers = [asked(console, A, SUZHOU, kind=kind), asked(console, B, WUXI, kind=kind)]
    browser = console.browser("S1")
    done(browser, numbers, does)
    assert {the(console, one).says for one in numbers} == {Says(does)}
    browser.post(f"/queue/bulk/{batches(console)[0]}/undo")
    assert all(the(console, one).state is ReviewState.OPEN for one in numbers)


def test_a_batch_sent_twice_is_done_once(console: Console) -> None:
    known(console, A, B)
    browser = console.browser("S1")
    form = sent(previewed(browser, [asked(console, A, SUZHOU), asked(console, B, SUZHOU)], "same"))
    for _ in range(2):
        assert "已合并 2 个" in browser.post("/queue/bulk", **form)
    assert merges_of(console) == 2


def test_what_was_settled_or_moved_on_meanwhile_is_left_alone_and_named(console: Console) -> None:
    known(console, A, B, C, D, WUXI)
    numbers = [asked(console, name, SUZHOU) for name in (A, B, C)]
    browser, other = console.browser("S1"), console.browser("S2")
    form = sent(previewed(browser, numbers, "same"))
    answer(other, numbers[0], "different", reason="两家")
    asked(console, B, D, SUZHOU)  # a better candidate now
    page = text_of(browser.post("/queue/bulk", **form))
    assert A in page
    assert "S2" in page
    assert "两家" in page
    assert "情况已有变化" in page
    assert the(console, numbers[0]).says is Says.DIFFERENT
    assert the(console, numbers[1]).state is ReviewState.OPEN
    assert the(console, numbers[2]).says is Says.SAME


def test_what_the_batch_itself_would_change_waits_for_its_own_decision(console: Console) -> None:
    known(console, A, B, C)
    chain = [asked(console, A, B), asked(console, B, C)]
    browser = console.browser("S1")
    page = text_of(previewed(browser, chain, "same"))
    assert "本批的其他合并会改变它的内容" in page
    done(browser, chain, "same")
    assert merges_of(console) == 1


def test_what_cannot_be_merged_says_why_before(console: Console) -> None:
    known(console, A, B)
    for name, code in ((A, "91440300708461136T"), (SUZHOU, "914403001922038216")):
        with console.tools.database.writing() as connection:
            statement = customer.update().where(customer.c.id == id_of(console, name)).values(credit_code=code)
            connection.execute(statement)
    browser = console.browser("S1")
    page = previewed(browser, [asked(console, A, SUZHOU)], "same")
    assert "91440300708461136T" in page
    assert sent(page)["step"] == []


def test_an_undo_names_what_could_not_be_taken_back(console: Console) -> None:
    known(console, A, B, C, WUXI)
    numbers = [asked(console, A, SUZHOU), asked(console, B, WUXI)]
    browser = console.browser("S1")
    done(browser, numbers, "same")
    later = merging.merge(console.tools, Request(id_of(console, C), id_of(console, SUZHOU), {}), by="S2")
    assert isinstance(later, Merged)
    assert later.event is not None
    page = browser.post(f"/queue/bulk/{batches(console)[0]}/undo")
    assert f"m{later.event.id}" in page
    assert A in page
    assert "已撤销 1 个" in page
    assert the(console, numbers[1]).state is ReviewState.OPEN


def test_an_answer_given_anew_is_no_longer_of_the_batch(console: Console) -> None:
    known(console, A, B)
    numbers = [asked(console, A, SUZHOU), asked(console, B, SUZHOU)]
    browser = console.browser("S1")
    done(browser, numbers, "same")
    [batch] = batches(console)
    browser.post(f"/reviews/{numbers[0]}/undo", to="")
    answer(browser, numbers[0], "different")
    browser.post(f"/queue/bulk/{batch}/undo")
    assert the(console, numbers[0]).says is Says.DIFFERENT
    assert the(console, numbers[1]).state is ReviewState.OPEN


def test_everything_of_a_view_is_chosen_at_once_and_no_more_than_the_cap(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(console, A, B, C, WUXI)
    for name in (A, B, C, WUXI):
        asked(console, name, SUZHOU)
    browser = console.browser("S1")
    browser.get("/queue/duplicates")
    page = browser.post("/queue/bulk/preview", does="same", all="1", view="in=duplicates&q=包装")
    assert len(sent(page)["step"]) == 3
    assert WUXI not in page
    for module in ("daysheet.web.views.bulk", "daysheet.services.bulk"):
        monkeypatch.setattr(f"{module}.CAP", 2)
    page = browser.post("/queue/bulk/preview", does="same", all="1", view="in=duplicates")
    assert len(sent(page)["step"]) == 2
    assert "一次最多处理前 2 个" in page


def test_a_preview_of_fifty_asks_no_more_of_the_database(console: Console) -> None:
    known(console, *MANY[:50])
    numbers = [asked(console, name, SUZHOU) for name in MANY[:50]]
    browser = console.browser("S1")
    asked_of = []
    for some in (numbers[:5], numbers[:5], numbers):
        browser.get("/account")
        with statements(console) as seen:
            browser.post("/queue/bulk/preview", id=[str(one) for one in some], does="same", view="in=duplicates")
        asked_of.append(len(seen))
    assert asked_of[1] == asked_of[2]


def test_many_are_given_to_somebody(console: Console) -> None:
    known(console, A, B)
    numbers = [asked(console, A, SUZHOU), asked(console, B, SUZHOU)]
    console.browser("S2")
    browser = console.browser("S1")
    page = previewed(browser, numbers, "assign", to="S2")
    assert page.count("交给 Ann Cole") == 2
    assert "已指派给 Ann Cole：2 个" in browser.post("/queue/bulk", **sent(page))
    assert {the(console, one).assignee for one in numbers} == {"S2"}
    browser.post("/queue/bulk", **sent(previewed(browser, numbers, "assign", to="nobody")))
    assert {the(console, one).assignee for one in numbers} == {""}
    previewed(browser, numbers, "assign", to="me")
    browser.post("/queue/bulk/preview", 422, id=[str(numbers[0])], does="assign", to="E1")


def test_nothing_chosen_and_nonsense_do_nothing(console: Console) -> None:
    browser = console.browser("S1")
    assert "没有选择任何问题" in previewed(browser, [], "same")
    browser.post("/queue/bulk/preview", 422, id=["1"], does="guess")
    for fields in (
        {"step": ["x"]},
        {"step": ["1"]},
        {"step": ["1.2"], "batch": "../x"},
        {"step": ["1.2"], "batch": ""},
    ):
        browser.post("/queue/bulk", 422, does="same", **fields)
    browser.get("/queue/bulk/preview")
    assert browser.at.startswith("/queue/")


# ---- who sees and does what --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/queue/bulk/preview", "/queue/bulk", "/queue/bulk/0123456789abcdef/undo"])
def test_only_those_who_decide_may(console: Console, path: str) -> None:
    console.nobody().post(path, 401, does="same")
    manager = console.browser("E9")
    manager.get("/")
    manager.post(path, 403, does="same")


def test_a_southern_steward_moves_nothing_northern_by_any_of_it(console: Console) -> None:
    known(console, A, B)
    console.report(a_visit(A), a_visit(SUZHOU), by="E1")
    console.report(a_visit(B), by="E2")
    northern, mixed = asked(console, A, SUZHOU), asked(console, B, SUZHOU)
    south = console.browser("S3")
    for does in ("same", "different"):
        page = previewed(south, [northern, mixed], does)
        assert A not in page
        assert SUZHOU not in page
        assert sent(page)["step"] == []
        forged = {"step": [f"{northern}.{id_of(console, SUZHOU)}", f"{mixed}.{id_of(console, SUZHOU)}"]}
        answered = south.post("/queue/bulk", does=does, batch="0123456789abcdef", view="in=duplicates", **forged)
        assert SUZHOU not in answered
    south.post("/queue/bulk", does="assign", step=[f"{northern}.0"], to="me")
    assert the(console, northern).assignee == ""
    assert merges_of(console) == 0
    north = console.browser("S1")
    done(north, [northern], "same")
    south.post(f"/queue/bulk/{batches(console)[0]}/undo", 404)
    assert the(console, northern).state is ReviewState.DECIDED
