"""The read API: what a token's owner sees, in pages, and nothing else; as described, whatever is asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from httpx2 import Response
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from daysheet.config import Settings
from daysheet.model.memory import OPERATOR
from daysheet.services import access
from daysheet.store import tables
from daysheet.web.app import create
from tests import builders
from tests.builders import a_deal, a_visit
from tests.effort import examples
from tests.unit.web.conftest import GRANTS, Console, opened

NORTH, SOUTH = "北方重工集团有限公司", "南海仪表科技有限公司"


@pytest.fixture
def filed(console: Console) -> Console:
    """A console with a northern customer of E1 and a southern one of E2, each with a visit and a deal."""
    for number, name in (("E1", NORTH), ("E2", SOUTH)):
        line = console.report(a_visit(name), a_visit(name, contact="李雷"), by=number)
        assert line.state == "accepted"
    return console


def ask(console: Console, number: str, path: str, **params: Any) -> Response:
    """Ask as a program with a token of *number*."""
    access.grant(console.tools, number, **GRANTS[number], by=OPERATOR)
    token = access.new_token(console.tools, number, "test", OPERATOR)
    answer: Response = console.client.get(path, params=params, headers={"Authorization": f"Bearer {token}"})
    return answer


def read(console: Console, number: str, path: str, **params: Any) -> Any:
    answer = ask(console, number, path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def id_of(console: Console, name: str) -> int:
    found = console.select(sa.select(tables.customer.c.id).where(tables.customer.c.display_name == name))
    return int(found[0].id)


def test_customers_are_listed_by_id_page_by_page(filed: Console) -> None:
    names, after = [], 0
    while True:
        page = read(filed, "S1", "/api/v1/customers", limit=1, after=after)
        names += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert {NORTH, SOUTH} <= set(names)
    assert len(names) == len(set(names))


def test_a_search_finds_by_part_of_a_name_page_by_page(filed: Console) -> None:
    (found,) = read(filed, "S1", "/api/v1/customers", q="重工")["items"]
    assert (found["name"], found["status"]) == (NORTH, "provisional")
    first = read(filed, "S1", "/api/v1/customers", q="有限公司", limit=1)
    second = read(filed, "S1", "/api/v1/customers", q="有限公司", limit=1, after=first["next"])
    assert first["items"][0]["id"] != second["items"][0]["id"]


def test_a_customer_comes_with_names_and_rows_typed(filed: Console) -> None:
    own = id_of(filed, NORTH)
    found = read(filed, "S1", f"/api/v1/customers/{own}")
    assert (found["name"], found["aliases"][0]["text"]) == (NORTH, NORTH)
    page = read(filed, "S1", f"/api/v1/customers/{own}/rows")
    assert [row["row_number"] for row in page["items"]] == sorted(row["row_number"] for row in page["items"])
    row = page["items"][0]
    assert (row["rep"], row["report_date"], row["sheet"]) == ("E1", "2026-03-04", "visits")
    assert row["values"]["visit_date"] == "2026-03-04"
    assert row["values"]["start_time"] == "09:00:00"
    rest = read(filed, "S1", f"/api/v1/customers/{own}/rows", limit=1, after=1)
    assert (len(rest["items"]), rest["next"]) == (1, None)


def test_a_merged_customers_id_leads_to_what_it_became(filed: Console) -> None:
    from daysheet.services import merging

    winner, loser = id_of(filed, NORTH), id_of(filed, SOUTH)
    merging.merge(filed.tools, merging.Request(winner, loser, {}))
    assert read(filed, "S1", f"/api/v1/customers/{loser}")["id"] == winner
    assert len(read(filed, "S1", f"/api/v1/customers/{winner}/rows")["items"]) == 4
    # who sees one side of the merge sees the customer, but only the rows of their own people
    assert read(filed, "S3", f"/api/v1/customers/{winner}")["merged_ids"] == [loser]
    assert {row["rep"] for row in read(filed, "S3", f"/api/v1/customers/{winner}/rows")["items"]} == {"E2"}


def test_amounts_come_as_texts_without_loss(filed: Console) -> None:
    book = builders.a_workbook(
        cover={"rep_number": "E2", "report_date": builders.TODAY}, opportunities=[a_deal(SOUTH, amount="1234567.89")]
    )
    filed.feed(book, as_number="E2", name="deals.xlsx")
    rows = read(filed, "S1", f"/api/v1/customers/{id_of(filed, SOUTH)}/rows")["items"]
    assert [row["values"]["amount"] for row in rows if row["sheet"] == "opportunities"] == ["1234567.89"]


def test_reports_are_listed_by_rep_and_day(filed: Console) -> None:
    page = read(filed, "S1", "/api/v1/submissions")
    assert [one["rep"] for one in page["items"]] == ["E1", "E2"]
    (one,) = read(filed, "S1", "/api/v1/submissions", rep="E2", since="2026-03-04", until="2026-03-04")["items"]
    assert (one["rep"], one["report_date"], one["state"], one["rows_landed"]) == ("E2", "2026-03-04", "accepted", 2)
    assert read(filed, "S1", "/api/v1/submissions", until="2026-03-03")["items"] == []
    first = read(filed, "S1", "/api/v1/submissions", limit=1)
    assert read(filed, "S1", "/api/v1/submissions", after=first["next"])["items"][0]["rep"] == "E2"


def test_a_question_hides_candidates_of_another_region(filed: Console) -> None:
    filed.report(a_visit("南海仪表科技"), by="E2")
    ids = {name: id_of(filed, name) for name in (NORTH, SOUTH)}
    detail = {
        "candidates": [
            {"customer_id": ids[NORTH], "display_name": NORTH, "score": 0.9, "reasons": []},
            {"customer_id": ids[SOUTH], "display_name": SOUTH, "score": 0.8, "reasons": []},
        ]
    }
    with filed.tools.database.writing() as connection:
        connection.execute(tables.review.delete())
        connection.execute(
            tables.review.insert().values(
                kind="duplicate", customer_id=ids[SOUTH], state="open", detail=detail, opened_at=filed.clock()
            )
        )
    (theirs,) = read(filed, "S3", "/api/v1/reviews", state="open", kind="duplicate")["items"]
    assert [one["name"] for one in theirs["candidates"]] == [None, SOUTH]
    assert theirs["candidates"][0] == {"customer_id": None, "name": None, "score": None, "is_elsewhere": True}
    (all_seen,) = read(filed, "S1", "/api/v1/reviews")["items"]
    assert [one["name"] for one in all_seen["candidates"]] == [NORTH, SOUTH]
    assert read(filed, "S1", "/api/v1/reviews", state="decided")["items"] == []


def test_the_southern_steward_reads_nothing_of_the_north(filed: Console) -> None:
    north = id_of(filed, NORTH)
    for path in ("/api/v1/customers", "/api/v1/submissions", "/api/v1/reviews", "/api/v1/health"):
        assert NORTH not in ask(filed, "S3", path).text
    assert read(filed, "S3", "/api/v1/customers", q="北方")["items"] == []
    assert [one["name"] for one in read(filed, "S3", "/api/v1/customers")["items"]] == [SOUTH]
    assert [one["rep"] for one in read(filed, "S3", "/api/v1/submissions")["items"]] == ["E2"]
    for path in (f"/api/v1/customers/{north}", f"/api/v1/customers/{north}/rows"):
        answer = ask(filed, "S3", path)
        assert (answer.status_code, answer.json()) == (404, {"error": "not-found", "detail": ""})


def test_a_relative_outside_is_left_out(filed: Console) -> None:
    from daysheet.services import linking

    north, south = id_of(filed, NORTH), id_of(filed, SOUTH)
    linking.link(filed.tools, south, north)
    assert [one["name"] for one in read(filed, "S1", f"/api/v1/customers/{south}")["parents"]] == [NORTH]
    assert [one["name"] for one in read(filed, "S1", f"/api/v1/customers/{north}")["children"]] == [SOUTH]
    assert read(filed, "S3", f"/api/v1/customers/{south}")["parents"] == []


def test_people_are_for_administrators_and_questions_for_who_decides(filed: Console) -> None:
    people = read(filed, "A1", "/api/v1/people", limit=3)
    assert (len(people["items"]), people["next"] is not None) == (3, True)
    assert people["items"][0]["addresses"] == ["wang.li@corp.example"]
    for number, path in (("S1", "people"), ("E9", "people"), ("E9", "reviews")):
        answer = ask(filed, number, f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["error"]) == (403, "not-allowed")
    assert ask(filed, "E9", "/api/v1/customers").status_code == 200


def test_without_a_token_that_holds_nothing_is_read(filed: Console) -> None:
    access.grant(filed.tools, "S1", sees_all=True, by=OPERATOR)
    token = access.new_token(filed.tools, "S1", "test", OPERATOR)
    access.disable(filed.tools, "S1", OPERATOR)
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Bearer {token}"},
    ):
        answer = filed.client.get("/api/v1/customers", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json() == {"error": "sign-in-needed", "detail": ""}


def test_a_signed_in_browser_reads_too(filed: Console) -> None:
    assert NORTH in filed.browser("S1").get("/api/v1/customers")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("customers", {"limit": 0}),
        ("customers", {"limit": 201}),
        ("customers", {"after": -1}),
        ("customers", {"after": "x"}),
        ("customers", {"q": "x" * 101}),
        ("submissions", {"since": "0"}),  # no number of seconds
        ("submissions", {"until": "2026-13-01"}),
        ("reviews", {"state": "closed"}),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(console: Console, path: str, params: dict[str, Any]) -> None:
    answer = ask(console, "S1", f"/api/v1/{path}", **params)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert answer.json()["detail"][0]["at"] == ["query", *params]


def test_the_description_holds_the_api_and_nothing_else(console: Console) -> None:
    described = console.client.get("/openapi.json").json()
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    for path, methods in described["paths"].items():
        assert set(methods) == {"get"}
        (operation,) = methods.values()
        assert {"401", "403", "422"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) == ("{" in path)
        assert operation["security"] == [{"HTTPBearer": []}]
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_every_address_is_documented_and_no_other(console: Console) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "console.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(/api/v1/\S+)` \|", page, re.MULTILINE))
    described = console.client.get("/openapi.json").json()["paths"]
    assert documented == {path.replace("{customer_id}", "{id}") for path in described}


def test_using_a_token_is_noted(filed: Console) -> None:
    read(filed, "S1", "/api/v1/customers")
    assert [row.used_at for row in filed.select(sa.select(tables.api_token))] == [filed.clock()]


# ---- whatever is asked ---------------------------------------------------------------------------


app = create(Settings(), None)  # type: ignore[arg-type]  # only described; the fixture below gives it its tools
schema = schemathesis.openapi.from_asgi(
    "/openapi.json",
    app,
    config=SchemathesisConfig.from_dict(
        {"generation": {"deterministic": True, "database": "none", "allow-extra-parameters": False}}
    ),
)


@pytest.fixture(scope="module")
def headers(staffed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the app a database with something in it; return what a request of an administrator's program carries."""
    with opened(staffed, tmp_path_factory.mktemp("api")) as console:
        for number, name in (("E1", NORTH), ("E2", SOUTH)):
            console.report(a_visit(name), by=number)
        access.grant(console.tools, "A1", by=OPERATOR)
        token = access.new_token(console.tools, "A1", "test", OPERATOR)
        app.state.tools, app.state.settings = console.tools, builders.settings(console.folder)
        yield {"Authorization": f"Bearer {token}"}


@schema.parametrize()
@settings(
    max_examples=examples(25),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    deadline=None,
    database=None,
)
def test_nothing_that_is_asked_brings_an_error_that_is_not_described(case: Any, headers: dict[str, str]) -> None:
    case.call_and_validate(headers=headers)
