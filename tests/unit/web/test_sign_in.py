"""Coming in: by link, by password, not at all; what was typed outlives the session."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from daysheet.errors import UsageError
from daysheet.model.memory import OPERATOR
from daysheet.services import access
from daysheet.web.app import create
from tests import builders
from tests.unit.web.conftest import Console

PASSWORD = "a long enough secret"


def test_a_link_opens_once_and_leads_to_choosing_a_password(console: Console) -> None:
    token = access.grant(console.tools, "S1", sees_all=True, by=OPERATOR)
    browser = console.nobody()
    browser.get("/enter", token=token)  # looked at, by a mail filter perhaps: not used up
    assert "请设置密码" in browser.post("/enter", token=token)
    assert browser.at == "/account?first=1"
    assert "已使用或已过期" in console.nobody().post("/enter", 410, token=token)


def test_a_link_runs_out_after_a_day(console: Console) -> None:
    token = access.grant(console.tools, "S1", sees_all=True, by=OPERATOR)
    console.clock.now += timedelta(hours=25)
    console.nobody().get("/enter", 410, token=token)
    console.nobody().post("/enter", 410, token=token)


def test_a_newer_link_ends_the_older(console: Console) -> None:
    older = access.grant(console.tools, "S1", sees_all=True, by=OPERATOR)
    access.new_link(console.tools, "S1", OPERATOR)
    console.nobody().post("/enter", 410, token=older)


def test_number_or_address_and_password_open_the_door(console: Console) -> None:
    console.browser("S1").post("/account/password", password=PASSWORD, again=PASSWORD)
    for name in ("S1", "lin@corp.example", " S1 "):
        browser = console.nobody()
        browser.post("/sign-in", name=name, password=PASSWORD, to="/account")
        assert browser.at == "/account"


@pytest.mark.parametrize(("name", "password"), [("S1", "wrong"), ("nobody", PASSWORD), ("E1", PASSWORD), ("", "")])
def test_what_does_not_fit_is_refused_in_one_sentence(console: Console, name: str, password: str) -> None:
    console.browser("S1").post("/account/password", password=PASSWORD, again=PASSWORD)
    assert "工号或密码不对" in console.nobody().post("/sign-in", 401, name=name, password=password)


def test_many_tries_have_to_wait_even_with_the_right_password(console: Console) -> None:
    console.browser("S1").post("/account/password", password=PASSWORD, again=PASSWORD)
    browser = console.nobody()
    for _ in range(10):
        browser.post("/sign-in", 401, name="S1", password="wrong")
    assert "尝试次数过多" in browser.post("/sign-in", 429, name="s1", password=PASSWORD)


def test_a_rep_gets_no_account_and_a_steward_only_with_a_view(console: Console) -> None:
    with pytest.raises(UsageError, match="only stewards"):
        access.grant(console.tools, "E1", sees_all=True, by=OPERATOR)
    with pytest.raises(UsageError, match="--all, --region"):
        access.grant(console.tools, "S1", by=OPERATOR)


def test_a_closed_account_ends_its_sessions_at_once(console: Console) -> None:
    browser = console.browser("S1")
    browser.get("/account")
    access.disable(console.tools, "S1", OPERATOR)
    browser.get("/account", 401)


def test_a_session_ends_after_half_a_day_and_use_prolongs_it(console: Console) -> None:
    browser = console.browser("S1")
    for _ in range(3):
        console.clock.now += timedelta(hours=11)
        browser.get("/account")
    console.clock.now += timedelta(hours=13)
    browser.get("/account", 401)


def test_what_was_typed_outlives_the_session(console: Console) -> None:
    browser = console.browser("S1")
    browser.post("/account/password", password=PASSWORD, again=PASSWORD)
    console.clock.now += timedelta(hours=13)
    asked = browser.post("/account/look", 401, theme="dark", to="/account")
    assert 'name="kept.theme" value="dark"' in asked
    fields = {"kept.theme": "dark", "kept.to": "/account"}
    again = browser.post("/sign-in", name="S1", password=PASSWORD, to="/account/look", **fields)
    assert 'name="theme" value="dark"' in again
    browser.post("/account/look", theme="dark", to="/account")
    assert 'data-theme="dark"' in browser.get("/account")


def test_a_form_without_the_pages_token_has_no_effect_but_is_not_lost(console: Console) -> None:
    browser = console.browser("S1")
    browser.csrf = "another"
    assert 'name="theme" value="dark"' in browser.post("/account/look", 409, theme="dark")
    assert 'data-theme="auto"' in browser.get("/account")


def test_a_password_is_never_shown_again(console: Console) -> None:
    browser = console.browser("S1")
    browser.csrf = "another"
    assert PASSWORD not in browser.post("/account/password", 409, password=PASSWORD, again=PASSWORD)
    assert access.sign_in(console.tools, "S1", PASSWORD) is None


def test_a_form_of_another_site_is_refused(console: Console) -> None:
    browser = console.browser("S1")
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.client.post("/account/look", data={"csrf": browser.csrf}, headers=headers)
        assert answer.status_code == 403


def test_a_form_too_large_to_be_ours_is_refused_unread(console: Console) -> None:
    browser = console.browser("S1")
    answer = browser.client.post("/account/look", data={"csrf": browser.csrf, "to": "x" * 2**21})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"]
)
def test_signing_in_leads_nowhere_else(console: Console, to: str) -> None:
    console.browser("S1").post("/account/password", password=PASSWORD, again=PASSWORD)
    answer = console.nobody().client.post(
        "/sign-in", data={"name": "S1", "password": PASSWORD, "to": to}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


def test_a_password_must_be_long_and_twice_the_same(console: Console) -> None:
    browser = console.browser("S1")
    assert "至少 10 个字符" in browser.post("/account/password", 422, password="short", again="short")
    assert "不一致" in browser.post("/account/password", 422, password=PASSWORD, again=f"{PASSWORD}r")


def test_every_answer_carries_the_headers_that_keep_strangers_out(console: Console) -> None:
    for path in ("/sign-in", "/static/console.js", "/nowhere"):
        headers = console.nobody().client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("address", "is_secure"), [("https://daysheet.example", True), (None, False)])
def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(
    console: Console, address: str | None, is_secure: bool
) -> None:
    console.browser("S1")  # has an account
    settings = builders.settings(console.folder, web={"public_url": address})
    client = TestClient(create(settings, console.tools), base_url=address or "http://testserver")
    token = access.new_link(console.tools, "S1", OPERATOR)
    answer = client.post("/enter", data={"token": token}, follow_redirects=False)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.split("=")[0].endswith("daysheet")]
    said = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= said
    assert ("secure" in said) == is_secure
    assert cookie.startswith("__Host-") == is_secure
    assert token not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert ("strict-transport-security" in answer.headers) == is_secure


def test_signing_out_ends_the_session(console: Console) -> None:
    browser = console.browser("S1")
    browser.post("/sign-out")
    browser.get("/account", 401)


def test_a_form_is_taken_from_the_name_people_reach_the_console_by(console: Console) -> None:
    settings = builders.settings(console.folder, web={"public_url": "https://daysheet.example"})
    client = TestClient(create(settings, console.tools))
    for origin, status in (("https://daysheet.example", 401), ("https://elsewhere.example", 403)):
        fields = {"name": "S1", "password": "wrong"}
        assert client.post("/sign-in", data=fields, headers={"Origin": origin}).status_code == status


def test_a_new_password_ends_the_links_that_were_not_used(console: Console) -> None:
    browser = console.browser("S1")
    token = access.new_link(console.tools, "S1", OPERATOR)
    browser.post("/account/password", password=PASSWORD, again=PASSWORD)
    console.nobody().post("/enter", 410, token=token)


def test_a_managers_view_is_called_alike_on_the_own_page_and_among_the_people(console: Console) -> None:
    own, people = console.browser("E9").get("/account"), console.browser("A1").get("/people")
    assert "本人下属" in own
    assert "本人下属" in people
