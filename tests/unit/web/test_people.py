"""Administrators let people in, limit what they see, and close the door; nobody else does."""

import re
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from daysheet.model.memory import OPERATOR
from daysheet.services import access, people, staff
from daysheet.services.staff import Trouble, View
from daysheet.store import tables
from tests.builders import a_visit
from tests.unit.web.conftest import STAFF, Browser, Console

DEEDS = ("grant", "view", "link", "disable", "sessions", "tokens")


def seen_of(page: str) -> str:
    """What the page's form says it has shown."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None
    return found[1]


def link_on(page: str) -> str:
    """The one-time link a page shows."""
    found = re.search(r'value="(http\S+/enter\?token=[\w-]+)"', page)
    assert found is not None
    return found[1]


def token_of(link: str) -> str:
    return link.partition("token=")[2]


def audited(console: Console, action: str) -> list[tuple[str, object, object]]:
    log = tables.audit
    query = sa.select(log.c.actor, log.c.before, log.c.after).where(log.c.action == action).order_by(log.c.id)
    return [tuple(row) for row in console.select(query)]


def test_the_list_shows_everybody_with_account_and_last_sign_in(console: Console) -> None:
    admin = console.browser("A1")
    console.browser("S3")
    page = admin.get("/people")
    for name in ("王丽", "Tom Baker", "赵敏", "林婉", "何川", "罗敏"):
        assert name in page
    assert "2026-03-04 18:00" in page  # S3 and A1, in the company's zone
    assert page.index("何川") < page.index("王丽")  # those with an account come first


@pytest.mark.parametrize(
    ("asked", "there", "absent"),
    [
        ({"q": "Baker"}, "Tom Baker", "王丽"),
        ({"q": "WANG.LI@corp"}, "王丽", "Tom Baker"),
        ({"q": "E2"}, "Tom Baker", "王丽"),
        ({"role": "rep"}, "王丽", "林婉"),
        ({"region": "华南"}, "何川", "王丽"),
        ({"team": "一组"}, "王丽", "何川"),
        ({"state": "invited"}, "罗敏", "王丽"),
        ({"state": "none"}, "王丽", "admin"),
    ],
)
def test_the_list_can_be_narrowed(console: Console, asked: dict[str, str], there: str, absent: str) -> None:
    page = console.browser("A1").get("/people", **asked).partition("<table>")[2]
    assert there in page
    assert absent not in page


def test_what_nobody_fits_is_said(console: Console) -> None:
    admin = console.browser("A1")
    for asked in ({"q": "%"}, {"role": "emperor"}, {"page": 9}):
        assert "没有符合条件的人员" in admin.get("/people", **asked)


def test_a_person_is_shown_with_addresses_and_whom_they_may_submit_for(console: Console) -> None:
    page = console.browser("A1").get("/people/E2")
    assert "tom@corp.example" in page
    assert 'href="/handover?from=E2"' in page
    assert "没有账号" in page  # a rep works by mail
    console.browser("A1").get("/people/E404", 404)


def test_letting_in_shows_a_link_once_that_opens_the_door(console: Console) -> None:
    admin = console.browser("A1")
    seen = seen_of(admin.get("/people/S1"))
    shown = admin.post("/people/S1/grant", sees="some", regions=["华南"], seen=seen)
    link = link_on(shown)
    assert "/enter?token=" not in admin.get("/people/S1")
    token = token_of(link)
    let_in = console.nobody()
    let_in.post("/enter", token=token)
    assert let_in.at == "/account?first=1"
    assert audited(console, "account.granted")[-1] == (
        "A1",
        None,
        {"sees_all": False, "regions": ["华南"], "teams": []},
    )
    # neither the log nor any notice holds what opens the door
    for table in (tables.audit, tables.web_session, tables.login_link, tables.account):
        assert token not in str(console.select(sa.select(table)))


def test_letting_in_twice_gives_a_second_link_and_one_account(console: Console) -> None:
    admin = console.browser("A1")
    seen = seen_of(admin.get("/people/S1"))
    first = link_on(admin.post("/people/S1/grant", sees="all", seen=seen))
    second = link_on(admin.post("/people/S1/grant", sees="all", seen=seen))
    console.nobody().get("/enter", 410, token=token_of(first))
    console.nobody().get("/enter", token=token_of(second))


@pytest.mark.parametrize(
    ("number", "fields", "said"),
    [
        ("S1", {"sees": "some"}, "请选择数据管家的可见范围"),
        ("S1", {"sees": "some", "regions": ["火星"]}, "所选区域或团队不存在"),
        ("E1", {"sees": "all"}, "该角色不能开通账号"),
    ],
)
def test_a_view_that_cannot_be_is_refused_and_kept(
    console: Console, number: str, fields: dict[str, object], said: str
) -> None:
    admin = console.browser("A1")
    assert said in admin.post(f"/people/{number}/grant", 422, **fields)
    assert audited(console, "account.granted") == audited(console, "account.granted")[:1]  # the administrator's own
    admin.post("/people/E404/grant", 404, sees="all")


def test_a_changed_view_counts_from_the_next_page_and_is_audited(console: Console) -> None:
    admin, steward = console.browser("A1"), console.browser("S1")
    assert "可见全部客户" in steward.get("/account") or "全部" in steward.get("/account")
    seen = seen_of(admin.get("/people/S1"))
    assert "可见范围已修改" in admin.post("/people/S1/view", sees="some", teams=["二组"], seen=seen)
    assert "二组" in steward.get("/account")
    assert audited(console, "account.granted")[-1] == (
        "A1",
        {"sees_all": True, "regions": [], "teams": []},
        {"sees_all": False, "regions": [], "teams": ["二组"]},
    )
    before = len(audited(console, "account.granted"))
    admin.post("/people/S1/view", sees="some", teams=["二组"], seen=seen)  # the form once more
    assert len(audited(console, "account.granted")) == before


def test_of_two_administrators_the_second_sees_what_the_first_did(console: Console) -> None:
    console.browser("S1")
    first, second = console.browser("A1"), console.browser("A1")
    seen = seen_of(second.get("/people/S1"))
    first.get("/people/S1")
    first.post("/people/S1/view", sees="some", regions=["华南"], seen=seen)
    page = second.post("/people/S1/view", 409, sees="some", regions=["华东"], seen=seen)
    assert "刚被他人修改" in page
    assert "最近修改：A1" in page
    assert re.search(r'value="华东" checked', page)  # what was chosen is kept
    assert audited(console, "account.granted")[-1][2] == {"sees_all": False, "regions": ["华南"], "teams": []}
    second.post("/people/S1/view", sees="some", regions=["华东"], seen=seen_of(page))
    assert audited(console, "account.granted")[-1][2] == {"sees_all": False, "regions": ["华东"], "teams": []}


def test_a_new_link_ends_the_older(console: Console) -> None:
    admin = console.browser("A1")
    console.browser("S1")
    first, second = (link_on(admin.post("/people/S1/link")) for _ in range(2))
    console.nobody().get("/enter", 410, token=token_of(first))
    console.nobody().get("/enter", token=token_of(second))
    assert "没有可用的账号" in admin.post("/people/S2/link", 422)


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(console: Console) -> None:
    admin, steward = console.browser("A1"), console.browser("S1")
    token = access.new_token(console.tools, "S1", "报表", OPERATOR)
    assert "账号已停用" in admin.post("/people/S1/disable")
    steward.get("/account", 401)
    assert access.program(console.tools, token) is None
    assert audited(console, "account.disabled") == [("A1", {"sees_all": True, "regions": [], "teams": []}, None)]
    admin.post("/people/S1/disable")  # once more: one effect
    assert len(audited(console, "account.disabled")) == 1
    link_on(admin.post("/people/S1/grant", sees="all", seen=seen_of(admin.get("/people/S1"))))


def test_nobody_closes_their_own_account(console: Console) -> None:
    admin = console.browser("A1")
    assert "不能停用自己的账号" in admin.post("/people/A1/disable", 422)
    admin.get("/people")


def test_two_administrators_who_close_each_other_at_once_leave_one(console: Console) -> None:
    from daysheet.services import people

    people.import_file(console.tools, "more.csv", "number,name,role\nA2,第二,admin\n".encode())
    visitors = []
    for number in ("A1", "A2"):
        entered = access.use_link(console.tools, access.grant(console.tools, number, by=OPERATOR))
        assert entered is not None
        visitors.append(entered.visitor)
    done: list[object] = []
    start = threading.Barrier(2)

    def close(by: int, other: str) -> None:
        start.wait()
        done.append(staff.disable(console.tools, visitors[by], other))

    threads = [threading.Thread(target=close, args=args) for args in ((0, "A2"), (1, "A1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, done)) == ["None", str(Trouble.LAST_ADMIN)]


def test_signing_somebody_out_ends_every_session_of_theirs_only(console: Console) -> None:
    admin = console.browser("A1")
    stewards, other = [console.browser("S1"), console.browser("S1")], console.browser("S2")
    assert "2026-03-04" in admin.get("/people/S1")
    admin.post("/people/S1/sessions")
    for steward in stewards:
        steward.get("/account", 401)
    other.get("/account")
    admin.get("/people")
    assert audited(console, "account.sessions-ended") == [("A1", None, {"sessions": 2})]
    admin.post("/people/S1/sessions")
    assert len(audited(console, "account.sessions-ended")) == 1


def test_an_administrator_who_ends_their_own_sessions_signs_in_anew(console: Console) -> None:
    admin = console.browser("A1")
    admin.get("/people/A1")
    admin.post("/people/A1/sessions")
    assert admin.at == "/sign-in"
    admin.get("/people", 401)


def test_a_token_is_listed_by_its_name_and_revoked(console: Console) -> None:
    admin = console.browser("A1")
    console.browser("S1")
    token = access.new_token(console.tools, "S1", "报表 <b>", OPERATOR)
    page = admin.get("/people/S1")
    assert "报表 &lt;b&gt;" in page
    assert token not in page
    admin.post("/people/S1/tokens", name="报表 <b>")
    assert access.program(console.tools, token) is None
    admin.post("/people/S1/tokens", name="报表 <b>")
    assert audited(console, "account.token-revoked") == [("A1", {"name": "报表 <b>"}, None)]


def test_a_person_shows_what_they_decided_last(console: Console) -> None:
    admin = console.browser("A1")
    console.browser("S1")
    admin.get("/people/S1")
    admin.post("/people/S1/link")
    page = admin.get("/people/A1")
    assert "account.link" in page
    assert 'href="/audit?actor=A1"' in page


def test_an_account_of_somebody_who_has_left_says_so(console: Console) -> None:
    from daysheet.services import people

    console.browser("S1")
    people.import_file(console.tools, "left.csv", "number,name,role,active\nS1,林婉,steward,no\n".encode())
    admin = console.browser("A1")
    assert "不可登录" in admin.get("/people/S1")
    assert "已离职" in admin.get("/people")
    assert "该角色不能开通账号" in admin.post("/people/S1/grant", 422, sees="all")


@pytest.mark.parametrize("number", ["S1", "S3", "E9"])
def test_only_administrators_look_and_change(console: Console, number: str) -> None:
    browser = console.browser(number)
    browser.get("/account")
    for path in ("/people", "/people/A1", "/people/A1/grant"):
        browser.get(path, 403)
    before = console.select(sa.select(tables.account))
    for deed in DEEDS:
        browser.post(f"/people/S1/{deed}", 403, sees="all", name="x")
    assert console.select(sa.select(tables.account)) == before


def test_hostile_names_are_shown_as_text(console: Console) -> None:
    from daysheet.services import people

    rows = 'number,name,role,team,region\nX1,"<script>x</script>",steward,"<i>组",华东\nX2,=cmd(),steward,,\n'
    people.import_file(console.tools, "odd.csv", rows.encode())
    admin = console.browser("A1")
    for path in ("/people", "/people/X1"):
        page = admin.get(path)
        assert "<script>x" not in page
        assert "&lt;script&gt;" in page
    assert link_on(admin.post("/people/X1/grant", sees="some", teams=["<i>组"], seen=seen_of(page)))


def test_the_pages_are_in_english_too(console: Console) -> None:
    browser: Browser = console.browser("A1")
    browser.client.cookies.set("lang", "en")
    assert "Who may sign in" in browser.get("/people")
    assert "Sign out everywhere" in browser.get("/people/A1")


def test_an_answered_forms_address_leads_back_when_it_is_opened_again(console: Console) -> None:
    admin = console.browser("A1")
    admin.get("/people/S1/link")
    assert admin.at == "/people/S1"
    admin.get("/people/S1/nothing", 404)


def test_a_grant_that_lasts_longer_than_a_link_can_be_renewed(console: Console) -> None:
    admin = console.browser("A1")
    link = link_on(admin.post("/people/S1/grant", sees="all", seen=seen_of(admin.get("/people/S1"))))
    assert "已生成，尚未使用" in admin.get("/people/S1")
    console.clock.now += timedelta(hours=25)
    console.nobody().get("/enter", 410, token=token_of(link))


def test_views_are_held_against_the_places_there_are(console: Console) -> None:
    entered = access.use_link(console.tools, access.grant(console.tools, "A1", by=OPERATOR))
    assert entered is not None
    console.browser("S3")
    found = staff.change_view(console.tools, entered.visitor, "S3", View(regions=("nowhere",)), "")
    assert found is Trouble.NO_PLACE


def test_whoever_is_no_administrator_any_more_no_longer_sees_everything(console: Console) -> None:
    console.report(a_visit("无锡蓝鲸精密机械有限公司"), by="E1")
    browser = console.browser("A1")
    assert "无锡蓝鲸" in browser.get("/customers")
    people.import_file(console.tools, "staff.csv", STAFF.replace("A1,罗敏,admin", "A1,罗敏,manager").encode())
    assert "无锡蓝鲸" not in browser.get("/customers")
