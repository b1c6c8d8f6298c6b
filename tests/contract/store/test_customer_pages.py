"""What the console reads and changes of customers, alike on both databases."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from daysheet.model.access import EVERYTHING, Account, Scope
from daysheet.model.text import Language
from daysheet.services import customer_edit, customer_merge, customer_people, customer_view, handing_over, linking
from daysheet.services.access import Visitor
from daysheet.services.customer_edit import Done
from daysheet.services.customer_merge import Merged, Preview
from daysheet.services.customer_view import CustomerPage
from daysheet.services.handing_over import HandedOver
from daysheet.services.merging import Unmerged
from daysheet.services.tools import Tools
from daysheet.store import people, search, tables
from daysheet.store.search import Wanted
from tests import builders
from tests.builders import Clock, a_deal, a_visit
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import CODE, add, everything, merge

A, B = "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司"


@pytest.fixture
def pipeline(prepared_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The whole pipeline on a fresh database."""
    clock = Clock()
    with builders.reopen_tools(builders.settings(tmp_path, database={"url": prepared_url}), clock) as tools:
        yield Pipeline(tools, clock, tmp_path, count(1))


@pytest.fixture
def tools(pipeline: Pipeline) -> Tools:
    """Its tools."""
    return pipeline.tools


def found(tools: Tools, text: str = "", visible: Scope = EVERYTHING, **filters: str) -> list[str]:
    with tools.database.reading() as connection:
        hits = search.find(connection, tools.tables, visible, Wanted(text, **filters))
    return [hit.customer.display_name for hit in hits]


def person(tools: Tools, number: str) -> int:
    with tools.database.reading() as connection:
        known = people.find_by_number(connection, number)
    assert known
    return known.id


def scope(tools: Tools, *numbers: str) -> Scope:
    return Scope(person_ids=frozenset(person(tools, number) for number in numbers))


def visitor(tools: Tools, visible: Scope = EVERYTHING) -> Visitor:
    with tools.database.reading() as connection:
        known = people.find_by_number(connection, "E9")
    assert known
    return Visitor(Account(known), visible)


def reports(pipeline: Pipeline) -> None:
    raw = builders.a_workbook(
        [a_visit(A), a_visit(A, contact="李明", city="杭州")],
        opportunities=[a_deal(A)],
        cover={"report_date": date(2026, 3, 3)},
    )
    pipeline.feed(raw, as_number="E1", name="1.xlsx")
    deals = [a_deal(A, stage="商务谈判", amount="620000.50"), a_deal(A, project="三期", stage="丢单", reason="价格")]
    pipeline.feed(builders.a_workbook([a_visit(A)], opportunities=deals), as_number="E1", name="2.xlsx")
    pipeline.feed(builders.a_workbook([a_visit(B)], cover={"rep_number": "E2"}), as_number="E2", name="3.xlsx")


def test_names_are_searched_alike(tools: Tools) -> None:
    add(tools, "Nordlicht GmbH", "50%_公司", "重庆银行", credit_code="")
    add(tools, "宁波听潮泵业有限公司", credit_code=CODE, level="B")
    assert found(tools, "云杉") == [A]
    assert found(tools, "HZYS") == [A]
    assert found(tools, "nordLICHT g") == ["Nordlicht GmbH"]
    assert found(tools, "NORD") == ["Nordlicht GmbH"]
    assert found(tools, "%_") == ["50%_公司"]
    assert found(tools, "\\") == []
    assert found(tools, "cqyh") == ["重庆银行"]
    assert found(tools, CODE.lower()) == ["宁波听潮泵业有限公司"]
    assert found(tools, "K2") == [B]
    assert found(tools, "", level="B") == ["宁波听潮泵业有限公司"]
    assert found(tools, "9" * 40) == []
    assert len(found(tools)) == 6


def test_a_scope_and_an_owner_bound_every_way_of_searching(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    reports(pipeline)
    tools = pipeline.tools
    for few in (search.FEW, 1):  # gathered once, or asked of each
        monkeypatch.setattr(search, "FEW", few)
        south = scope(tools, "E2")
        for text in ("", "公司", "有限公司", "K1", "szlj", "1", "2"):
            assert A not in found(tools, text, south), (few, text)
        assert found(tools, "公司", south) == [B]
        assert found(tools, "", south) == [B]
        assert found(tools, A, south) == []
        assert found(tools, "", owner="E1") == [A]
        assert found(tools, "", south, owner="E1") == []
        assert found(tools, "公司", Scope()) == []


def test_a_broad_search_goes_on_until_it_has_what_is_seen(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = pipeline.tools
    reports(pipeline)
    monkeypatch.setattr(search, "MOST_RANKED", 3)
    monkeypatch.setattr(search, "FEW", 1)
    names = add(tools, *(f"第{n}号机械公司" for n in range(9)))
    with tools.database.writing() as connection:
        connection.execute(
            tables.assignment.insert().values(
                customer_id=names[-1],
                person_id=person(tools, "E3"),
                role="owner",
                source="report",
                from_on=builders.TODAY,
            )
        )
    assert found(tools, "机械公司", scope(tools, "E3")) == ["第8号机械公司"]
    assert len(found(tools, "机械公司")) == 3


def the_page(tools: Tools, customer_id: int, visible: Scope = EVERYTHING) -> CustomerPage:
    page = customer_view.page(tools, visible, customer_id, Language.EN)
    assert isinstance(page, CustomerPage)
    return page


def test_the_page_reads_alike(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    reports(pipeline)
    [branch] = add(tools, "杭州云杉自动化有限公司宁波分公司")
    linking.link(tools, branch, 1)
    page = the_page(tools, 1)
    deals = {line.row.values["project"]: line.row for line in page.pieces["sheet-opportunities"].items}
    assert {name: (row.values["stage"], row.events) for name, row in deals.items()} == {
        "涂装线二期": ("negotiation", 2),
        "三期": ("lost", 1),
    }
    assert page.roll_up is not None
    assert (page.roll_up.customers, page.roll_up.visits, page.roll_up.last_report_on) == (2, 3, builders.TODAY)
    assert list(page.roll_up.deals.values()) == [(1, Decimal("620000.50"))]
    city = next(line for line in page.fields if line.field == "city")
    assert city.value == "杭州"
    assert city.said
    assert (city.said.source, city.said.person, city.said.report_date) == ("report", "王丽", date(2026, 3, 3))
    assert len(page.pieces["sources"].items) == 6
    assert [one.is_owner for one in page.pieces["people"].items] == [True]
    assert customer_view.page(tools, scope(tools, "E2"), 1, Language.EN) is None
    for key in (*customer_view.SECTIONS, *page.sheets):
        assert customer_view.section(tools, EVERYTHING, 1, key, 2, Language.ZH), key


def test_an_edit_of_fields_and_names_comes_and_goes_alike(tools: Tools) -> None:
    steward = visitor(tools)
    before = everything(tools)
    was = customer_edit.opened(tools, steward, 1)
    assert was
    done = customer_edit.edit(tools, steward, 1, {"display_name": "杭州云杉智能有限公司", "note": "重点"}, was)
    assert isinstance(done, Done)
    assert found(tools, "hzyszn") == ["杭州云杉智能有限公司"]
    assert customer_people.undo(tools, steward, 1, done.entry_id) == Done(1)
    assert everything(tools) == before
    added = customer_edit.add_alias(tools, steward, 1, "云山设备厂")
    assert isinstance(added, Done)
    customer_people.undo(tools, steward, 1, added.entry_id)
    assert everything(tools) == before


def test_a_merge_from_the_page_comes_and_goes_alike(pipeline: Pipeline) -> None:
    tools, steward = pipeline.tools, visitor(pipeline.tools)
    reports(pipeline)
    before = everything(tools)
    shown = customer_merge.preview(tools, steward, 1, 2)
    assert isinstance(shown, Preview)
    assert shown.moves == {"names": 1, "rows": 1, "contacts": 1, "links": 0, "people": 1}
    done = customer_merge.merge(tools, steward, 1, 2, {"display_name": "loser"}, "", shown.seen)
    assert isinstance(done, Merged)
    assert done.event
    assert the_page(tools, 1).customer.display_name == B
    assert found(tools, "蓝鲸") == [B]
    assert isinstance(customer_people.unmerge(tools, steward, 1, done.event.id), Unmerged)
    assert everything(tools) == before


def test_one_project_of_two_merged_customers_is_one_opportunity(pipeline: Pipeline) -> None:
    tools = pipeline.tools
    reports(pipeline)
    raw = builders.a_workbook([], opportunities=[a_deal(B, stage="投标")], cover={"report_date": date(2026, 3, 2)})
    pipeline.feed(raw, as_number="E1", name="4.xlsx")
    merge(tools, 1, 2)
    rows = [line.row for line in the_page(tools, 1).pieces["sheet-opportunities"].items]
    assert [(row.values["project"], row.events) for row in rows if row.values["project"] == "涂装线二期"] == [
        ("涂装线二期", 3)
    ]


def test_people_are_exchanged_and_taken_back_alike(pipeline: Pipeline) -> None:
    tools, steward = pipeline.tools, visitor(pipeline.tools)
    reports(pipeline)

    def standing() -> set[tuple[int, int, str]]:
        table = tables.assignment
        query = sa.select(table.c.customer_id, table.c.person_id, table.c.role).where(table.c.to_on.is_(None))
        return {tuple(row) for row in pipeline.select(query)}

    before = standing()
    owner = customer_people.set_owner(tools, steward, 1, "E2")
    assert isinstance(owner, Done)
    assert (1, person(tools, "E2"), "owner") in standing()
    customer_people.undo(tools, steward, 1, owner.entry_id)
    assert standing() == before
    preview = handing_over.preview(tools, steward, "E1")
    assert preview
    assert (preview.customers, preview.owned, preview.deals, preview.plans) == (1, 1, 1, 0)
    handed = handing_over.hand_over(tools, steward, "E1", "E2", None)
    assert isinstance(handed, HandedOver)
    assert handed.customers == 1
    assert {one[1] for one in standing()} == {person(tools, "E2")}
    back = handing_over.undo(tools, steward, handed.entry_id)
    assert isinstance(back, HandedOver)
    assert standing() == before
