"""
Every route, as everybody: who may not use it is refused, whatever is asked is answered, and the south sees no north.

Routes, their forms and links are found by asking the app and following it; a new one is held to the same.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import pytest

from daysheet.model.access import Right, rights_of
from daysheet.model.people import Role
from tests.unit.web import two_regions
from tests.unit.web.conftest import Browser, Console, opened
from tests.unit.web.routes import PUBLIC, Route, follow, routes_of, text_of
from tests.unit.web.two_regions import MARK, World

ROLES = {"E9": Role.MANAGER, "S3": Role.STEWARD, "S1": Role.STEWARD, "A1": Role.ADMIN}
OWN = frozenset({"/sign-out", "/account", "/account/password", "/account/look"})
"""What everybody does for themselves, whatever they may do otherwise."""
MADE_UP = ("999999", str(2**70), "-1", "nothing", "%00", "%E2%80%AE")
MOST_COMBINATIONS = 40


@pytest.fixture(scope="module")
def regions(staffed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of both regions, to copy."""
    folder = tmp_path_factory.mktemp("regions")
    with opened(staffed, folder) as console:
        two_regions.make(console)
    return folder


@pytest.fixture(scope="module")
def mixed(regions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both regions, with questions and links from one to the other; tests only look."""
    with opened(regions, tmp_path_factory.mktemp("mixed")) as console:
        two_regions.mix(console)
        yield two_regions.read(console)


@pytest.fixture
def world(regions: Path, tmp_path: Path) -> Iterator[World]:
    """Both regions, each for itself: all work that waits is the north's."""
    with opened(regions, tmp_path) as console:
        yield two_regions.read(console)


def routes(console: Console) -> list[Route]:
    return routes_of(console.client.app)  # type: ignore[arg-type]


def signed_in(console: Console, number: str) -> Browser:
    browser = console.browser(number)
    browser.get("/account")
    return browser


def send(browser: Browser, route: Route, path: str) -> int:
    """Use a route, with nothing in its form but the token; return the status."""
    answer = browser.client.request(
        route.method, path, data={"csrf": browser.csrf} if route.method != "GET" else None, follow_redirects=False
    )
    return int(answer.status_code)


# ---- who may -------------------------------------------------------------------------------------


def test_every_route_says_who_may_use_it_but_the_few_that_are_open(console: Console) -> None:
    found = routes(console)
    assert {route.path for route in found if route.is_open} == PUBLIC
    assert {route.path for route in found if not route.is_open and route.right is None} == OWN


def test_every_form_asks_for_more_than_looking(console: Console) -> None:
    for route in routes(console):
        if route.method != "GET" and route.path not in PUBLIC | OWN:
            assert route.right in (Right.DECIDE, Right.ADMINISTER), route


def test_nobody_gets_nothing(console: Console) -> None:
    stranger = console.nobody()
    for route in routes(console):
        if not route.is_open:
            assert send(stranger, route, route.at(dict.fromkeys(route.params, "1"))) == 401, route


@pytest.mark.parametrize("number", ROLES)
def test_each_role_is_refused_what_is_not_its_own(console: Console, number: str) -> None:
    browser = signed_in(console, number)
    for route in routes(console):
        if route.path in PUBLIC | OWN:
            continue
        status = send(browser, route, route.at(dict.fromkeys(route.params, "999999")))
        if route.right not in rights_of(ROLES[number]):
            assert status == 403, route
        else:
            assert status < 500, route
            assert status != 401, route


# ---- whatever is asked ---------------------------------------------------------------------------


@pytest.mark.parametrize("made_up", MADE_UP)
def test_what_is_not_there_is_not_found(mixed: World, made_up: str) -> None:
    admin = signed_in(mixed.console, "A1")
    for route in routes(mixed.console):
        if not route.params:
            continue
        status = send(admin, route, route.at(dict.fromkeys(route.params, made_up)))
        assert status < 500, route
        if route.method == "GET":
            # 303: the address of an answered form leads back to its page, which says 404 then
            assert status in (303, 400, 404, 422), route


def test_whatever_stands_in_the_address_is_answered(mixed: World) -> None:
    admin = signed_in(mixed.console, "A1")
    odd = ("", "0", "-1", "999999999999999999999999", "nothing", "%", "\u202e", "x" * 5000, "1' OR '1'='1")
    for route in routes(mixed.console):
        if route.method == "GET" and not route.params:
            for name, value in product(route.queries, odd):
                path = f"{route.path}?{urlencode({name: value})}"
                assert admin.client.get(path).status_code < 500, path


# ---- the south sees no north ---------------------------------------------------------------------


def openings(world: World) -> list[str]:
    """Return where to begin: every page without an id, also asked for what is the north's."""
    found = []
    asked = ("北", "bmzg", "E1", "wang.li", str(world.north["customer_id"][0]))
    for route in routes(world.console):
        if route.method == "GET" and not route.params and route.path not in ("/sign-in", "/enter"):
            found.append(route.path)
            found += [f"{route.path}?{urlencode({name: value})}" for name in route.queries for value in asked]
    return found


def combinations(world: World, route: Route) -> list[dict[str, object]]:
    """Return the north's ids for a route's path; what a parameter of unknown name means is tried with all there are."""
    everything = sorted({value for values in world.north.values() for value in values}, key=str)
    pools = [world.north.get(name, everything) for name in route.params]
    return [dict(zip(route.params, values, strict=True)) for values in product(*pools)][:MOST_COMBINATIONS]


def test_a_steward_who_sees_all_is_shown_the_north(mixed: World) -> None:
    seen = follow(signed_in(mixed.console, "S1"), openings(mixed))
    showing = {path.partition("?")[0] for path, text in seen.pages.items() if MARK in text}
    # what shows nothing to S1 would prove nothing of S3
    assert {
        "/customers",
        "/queue/names",
        "/queue/duplicates",
        "/queue/parents",
        "/queue/rows",
        "/operations",
    } <= showing


def test_no_page_search_or_export_shows_the_north_to_the_southern_steward(mixed: World) -> None:
    seen = follow(signed_in(mixed.console, "S3"), openings(mixed))
    leaks = [path for path, text in seen.pages.items() if MARK in text]
    assert leaks == []
    assert any(two_regions.SOUTH in text for text in seen.pages.values())


def test_no_program_of_the_southern_steward_reads_the_north(mixed: World) -> None:
    from daysheet.model.memory import OPERATOR
    from daysheet.services import access

    signed_in(mixed.console, "S3")
    token = access.new_token(mixed.console.tools, "S3", "test", OPERATOR)
    for route in routes(mixed.console):
        if route.path.startswith("/api/"):
            for values in combinations(mixed, route) or [{}]:
                headers = {"Authorization": f"Bearer {token}"}
                answer = mixed.console.client.get(route.at(values), headers=headers)
                assert MARK not in text_of(answer), route
                assert answer.status_code == (404 if values else 403 if route.path.endswith("people") else 200), route


def test_what_is_the_norths_is_not_there_for_the_southern_steward(mixed: World) -> None:
    everybodys, southern = signed_in(mixed.console, "S1"), signed_in(mixed.console, "S3")
    for route in routes(mixed.console):
        if route.method != "GET" or not route.params or route.right is Right.ADMINISTER:
            continue
        for values in combinations(mixed, route):
            path = route.at(values)
            answer = southern.client.get(path)
            assert MARK not in text_of(answer), path
            is_named = all(name in mixed.north for name in route.params)
            if is_named and everybodys.client.get(path).status_code == 200:
                assert answer.status_code == 404, path


def test_no_form_of_the_southern_steward_changes_the_north(world: World) -> None:
    southern = signed_in(world.console, "S3")
    for route in routes(world.console):
        if route.method == "GET" or route.right is not Right.DECIDE:
            continue
        for values in combinations(world, route)[:8] or [{}]:
            path = route.at(values)
            for form in ({}, filled(world, route)):
                with world.unchanged(path):
                    answer = southern.client.post(path, data={"csrf": southern.csrf, **form}, follow_redirects=False)
                assert answer.status_code < 500, path
                assert MARK not in text_of(answer), path


def filled(world: World, route: Route) -> dict[str, list[str]]:
    """Return a form with something in every field: ids of the north where an id is asked for."""
    some = [str(value) for value in world.north["review_id"] if "review" in route.path] or [
        str(value) for value in world.north["customer_id"]
    ]
    words = {"says": "same", "assignee": "me", "sees": "all", "to": "E2", "from": "E1"}
    return {
        name: [words[name]] if name in words else some if name.rstrip("s").endswith("id") else ["written"]
        for name in route.fields
    }


def test_no_form_that_others_are_shown_changes_anything_when_the_southern_steward_sends_it(world: World) -> None:
    others = follow(signed_in(world.console, "A1"), openings(world))  # who is shown every form there is
    southern = signed_in(world.console, "S3")
    own = follow(southern, openings(world))
    southern.get("/account")
    tried = 0
    for key, form in others.forms.items():
        if key in own.forms or form.action in OWN:
            continue
        for sending in form.sendings():
            data = sending | {"csrf": [southern.csrf]}
            what = f"{form.action} of {form.page}: {sending}"
            with world.unchanged(what):
                answer = southern.client.post(form.action, data=data, follow_redirects=False)
            tried += 1
            assert answer.status_code < 500, what
            assert MARK not in text_of(answer), what
    assert tried > 10


def test_a_nul_in_a_form_is_refused_and_reaches_no_database(mixed: World) -> None:
    admin = signed_in(mixed.console, "A1")
    for route in routes(mixed.console):
        if route.method == "GET" or route.path in PUBLIC:
            continue
        with mixed.unchanged(str(route)):
            data = {"csrf": admin.csrf, "text": "a\0b"}
            answer = admin.client.post(route.at(dict.fromkeys(route.params, "1")), data=data, follow_redirects=False)
        assert answer.status_code == 400, route
