"""Every figure of a small story, counted by hand, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from daysheet.model.digests import Topic
from daysheet.model.organisation import NOBODY
from daysheet.model.periods import Period
from daysheet.services import merging
from daysheet.services.merging import Merged, Request, Unmerged
from daysheet.store import tables
from tests.contract.figures.story import (
    FRIDAY,
    MONDAY,
    NOW,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    WEEK,
    Story,
    noon,
    yuan,
)

BEFORE = MONDAY - timedelta(days=4)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def rep(story: Story) -> tuple[int, int]:
    """A rep and where they stand."""
    person = story.person("E1")
    return person, story.posting(person)


# ---- reports and data quality --------------------------------------------------------------------


def test_a_report_without_an_error_is_clean(story: Story, rep: tuple[int, int]) -> None:
    customer = story.customer("杭州云杉自动化有限公司")
    visit = {"customer_id": customer, "customer": "杭州云杉自动化有限公司", "contact": "周敏"}
    story.report(rep[0], MONDAY, visits=[visit, visit | {"customer": "云杉"}])
    assert story.of(rep[1], "reports", "rows", "names", "cells") == {
        "reports.sent": 1,
        "reports.clean": 1,
        "rows.sent": 2,
        "rows.accepted": 2,
        "rows.landed": 2,
        "names.typed": 2,
        "names.standard": 1,
        "cells.wanted": 30,  # fifteen columns
        "cells.filled": 6,
    }


def test_cells_are_those_of_the_form_that_was_used(story: Story, rep: tuple[int, int]) -> None:
    visit = {"customer_id": story.customer("甲"), "customer": "甲", "contact": "周敏"}
    story.report(rep[0], MONDAY, visits=[visit], form="lite")
    assert story.of(rep[1], "cells") == {"cells.wanted": 8, "cells.filled": 3}


def test_a_report_that_was_mended_is_corrected_after_the_minutes_it_took(story: Story, rep: tuple[int, int]) -> None:
    visit = {"customer_id": story.customer("甲"), "customer": "甲"}
    first = story.report(rep[0], MONDAY, visits=[visit], parked=1, errors=[("visits", 5)])
    again = story.report(
        rep[0],
        MONDAY,
        visits=[visit],
        parked=1,
        errors=[("visits", 5)],
        replaces=first,
        received_at=noon(MONDAY) + 30 * MINUTES,
    )
    story.report(rep[0], MONDAY, visits=[visit, visit], replaces=again, received_at=noon(MONDAY) + 95.9 * MINUTES)
    assert story.of(rep[1], "reports", "rows") == {
        "reports.sent": 1,
        "reports.corrected": 1,
        "reports.correction_minutes": 95,
        "rows.sent": 2,
        "rows.accepted": 1,
        "rows.landed": 2,
    }


def test_a_report_that_is_still_wrong_is_open(story: Story, rep: tuple[int, int]) -> None:
    visit = {"customer_id": story.customer("甲"), "customer": "甲"}
    story.report(rep[0], MONDAY, visits=[visit], parked=1, errors=[("visits", 5)])
    assert story.of(rep[1], "reports") == {"reports.sent": 1, "reports.open": 1}


def test_what_a_steward_repairs_is_corrected_but_was_not_accepted_at_once(story: Story, rep: tuple[int, int]) -> None:
    sent = story.report(rep[0], MONDAY, parked=2, errors=[("visits", 4), ("visits", 5)])
    story.decide(sent, 4, "repaired", noon(MONDAY) + 20 * MINUTES)
    assert story.of(rep[1], "reports") == {"reports.sent": 1, "reports.open": 1}
    story.decide(sent, 5, "dropped", noon(MONDAY) + 45 * MINUTES)
    assert story.of(rep[1], "reports", "rows") == {
        "reports.sent": 1,
        "reports.corrected": 1,
        "reports.correction_minutes": 45,
        "rows.sent": 2,
        "rows.landed": 1,
    }


def test_what_is_only_sent_back_is_still_open(story: Story, rep: tuple[int, int]) -> None:
    sent = story.report(rep[0], MONDAY, errors=[("visits", 4)])
    story.decide(sent, 4, "returned", noon(MONDAY))
    assert story.of(rep[1], "reports") == {"reports.sent": 1, "reports.open": 1}


def test_a_refused_or_waiting_workbook_is_no_report(story: Story, rep: tuple[int, int]) -> None:
    refused = story.report(rep[0], MONDAY, errors=[("", 0)])
    with story.tools.database.writing() as connection:
        connection.execute(
            tables.submission.update()
            .where(tables.submission.c.id == refused)
            .values(is_current=False, state="rejected")
        )
    assert story.of(rep[1], "reports", "rows") == {}


def test_help_on_the_cover_counts_by_report_date(story: Story, rep: tuple[int, int]) -> None:
    story.report(rep[0], MONDAY, help_needed="请派售前")
    story.report(rep[0], TUESDAY, help_needed="  ")
    story.report(rep[0], BEFORE, help_needed="上周的事")
    collected = story.collect()
    assert collected.cells[rep[1]]["help.count"] == 1
    [line] = [item for item in collected.items if item.topic is Topic.HELP]
    assert (line.rep, line.detail) == ("E1", {"text": "请派售前", "on": "2026-03-02"})


# ---- visits and customers ------------------------------------------------------------------------


def test_visits_count_by_their_own_date_and_belong_to_where_the_rep_stood_when_reporting(story: Story) -> None:
    one, two = story.team("一组"), story.team("二组")
    rep = story.person("E1")
    old = story.posting(rep, one, until=TUESDAY)
    new = story.posting(rep, two, since=WEDNESDAY)
    customer = {"customer_id": story.customer("甲", industry="机械")}
    story.report(rep, MONDAY, visits=[customer])
    story.report(rep, WEDNESDAY, visits=[customer | {"visit_date": TUESDAY}, customer | {"visit_date": BEFORE}])
    story.report(rep, SUNDAY + timedelta(days=1), visits=[customer | {"visit_date": SUNDAY}])
    assert story.of(old, "visits", "industry") == {"visits.done": 1, "industry.visits.机械": 1}
    assert story.of(new, "visits", "industry") == {"visits.done": 2, "industry.visits.机械": 2}
    assert story.of(NOBODY, "visits") == {"visits.customers": 1}


def test_customers_are_seen_as_often_as_promised_or_not(story: Story, rep: tuple[int, int]) -> None:
    key, other = rep
    seen, short, unseen = (story.customer(name, owner=key, level="A") for name in ("甲", "乙", "丙"))
    story.customer("丁", owner=key, level="D")
    story.customer("戊", owner=key, level="A", status="inactive")
    story.customer("己", owner=key, level="C")
    story.report(key, MONDAY, visits=[{"customer_id": seen}, {"customer_id": short}])
    story.report(key, FRIDAY, visits=[{"customer_id": seen}, {"customer_id": seen}])
    story.report(key, date(2026, 2, 4), visits=[{"customer_id": unseen}])
    collected = story.collect()
    found = collected.cells[other]
    assert {name: number for name, number in found.items() if name.startswith(("level", "customers"))} == {
        "level.A.customers": 3,
        "level.A.promised": 9,
        "level.A.done": 4,
        "level.A.short": 2,
        "level.A.neglected": 1,
        "level.C.customers": 1,
        "level.C.promised": 1,
        "level.C.short": 1,
        "level.C.neglected": 1,
        "level.D.customers": 1,
        "customers.count": 5,
        "customers.neglected": 2,
    }
    lines = [(item.topic, item.name, item.detail.get("days")) for item in collected.items]
    assert lines == [
        (Topic.NEGLECTED, "丙", 32),
        (Topic.NEGLECTED, "己", None),
        (Topic.SHORT, "乙", 6),
    ]


def test_an_owner_is_whoever_had_the_customer_at_the_periods_end(story: Story) -> None:
    people = [story.person(number) for number in ("E1", "E2")]
    first, second = (story.posting(person) for person in people)
    customer = story.customer("甲")
    story.assign(customer, people[0], until=SUNDAY)  # handed over on Sunday
    story.assign(customer, people[1], since=SUNDAY)
    assert story.of(second, "customers") == {"customers.count": 1}
    assert story.of(first, "customers") == {}
    assert story.of(first, "customers", period=WEEK.previous) == {"customers.count": 1}


def test_a_customer_is_new_on_the_day_it_has_in_the_companys_zone(story: Story) -> None:
    late = noon(SUNDAY) + timedelta(hours=11, minutes=59)  # 23:59 in Shanghai
    story.customer("甲", created_at=late)
    story.customer("乙", created_at=late + MINUTES)  # Monday
    assert story.of(NOBODY, "customers") == {"customers.count": 1, "customers.new": 1}


def test_a_customer_filed_after_the_period_was_visited_in_it_all_the_same(story: Story, rep: tuple[int, int]) -> None:
    later = SUNDAY + timedelta(days=1)
    customer = story.customer("甲", level="A", filed=later, owner=rep[0], since=later)
    story.report(rep[0], later, visits=[{"customer_id": customer, "visit_date": SUNDAY}])
    assert story.of(rep[1], "visits") == {"visits.done": 1}
    assert story.of(NOBODY, "visits", "customers", "level") == {"visits.customers": 1}


def test_spot_checks_belong_to_the_owner(story: Story, rep: tuple[int, int]) -> None:
    customer = story.customer("甲", owner=rep[0])
    with story.tools.database.writing() as connection:
        drawn = {"drawn_at": NOW, "drawn_on": MONDAY, "actor": "S1", "size": 1, "seed": 1, "by_region": False}
        check = connection.execute(tables.spot_check.insert().values(**drawn)).inserted_primary_key
        assert check is not None
        values = {"spot_check_id": check[0], "customer_id": customer, "stratum": "", "printed": {"city": "杭州"}}
        values |= {"outcome": "reached", "wrong": {"city": "宁波"}, "checked_on": FRIDAY, "judged": ["city", "phone"]}
        connection.execute(tables.spot_item.insert().values(**values))
    found = story.of(rep[1], "spot")
    assert (found["spot.customers"], found["spot.customers_wrong"], found["spot.fields_wrong"]) == (1, 1, 1)


def test_questions_belong_to_the_rep_who_wrote_the_name_and_the_customer_to_its_owner(story: Story) -> None:
    people = [story.person(number) for number in ("E1", "E2")]
    first, second = (story.posting(person) for person in people)
    customer = story.customer("甲", owner=people[1])
    report = story.report(people[0], MONDAY)
    story.question(customer, "name", opened=MONDAY, submission_id=report)
    story.question(customer, "duplicate", opened=TUESDAY)
    story.question(customer, "parent", opened=MONDAY, state="decided", decided_at=noon(SATURDAY))
    other = story.customer("乙", owner=people[1])
    story.question(other, "parent", opened=MONDAY, state="decided", decided_at=NOW)  # after the week
    story.question(other, "name", opened=SUNDAY + timedelta(days=1))
    assert story.of(first, "queue") == {"queue.name": 1}
    assert story.of(second, "queue", "customers.q") == {
        "queue.duplicate": 1,
        "queue.parent": 1,
        "customers.questioned": 1,
    }


# ---- deals ---------------------------------------------------------------------------------------


def test_deals_stand_move_and_are_expected(story: Story, rep: tuple[int, int]) -> None:
    customer = story.customer("甲", industry="机械")

    def deal(project: str, stage: str, **more: object) -> dict[str, object]:
        return {"customer_id": customer, "project": project, "stage": stage, **more}

    story.report(
        rep[0],
        BEFORE,
        deals=[
            deal("一", "quoted", amount=yuan(100), expected_date=SUNDAY),
            deal("二", "tender", amount=yuan(200)),
            deal("三", "lead"),
            deal("四", "on_hold", amount=yuan(400)),
            deal("五", "won", amount=yuan(500)),
            deal("六", "lost"),
        ],
    )
    story.report(
        rep[0],
        MONDAY,
        deals=[
            deal("一", "agreed", amount=yuan(100), expected_date=SUNDAY, competitor="启明", support_needed="求助"),
            deal("二", "sample", amount=yuan(250), currency="USD", expected_date=SUNDAY + timedelta(days=14)),
            deal("三", "won", amount=yuan(300), reason="price"),
            deal(
                "七", "sold_not_booked", amount=yuan(700), probability=Decimal("12.5"), expected_date=date(2026, 3, 23)
            ),
        ],
    )
    story.report(
        rep[0],
        TUESDAY,
        deals=[
            deal("一", "agreed", amount=yuan(110), expected_date=SUNDAY, competitor=" 启明 "),
            deal("八", "lost", reason="terms", competitor="远海"),
            deal("六", "lead", expected_date=SUNDAY + timedelta(days=43)),  # taken up again
        ],
    )
    story.report(rep[0], SUNDAY + timedelta(days=1), deals=[deal("一", "won", amount=yuan(999))])  # next week's
    found = story.of(rep[1], "deals", "moved", "entered", "sold", "agreed", "won", "lost")
    assert found == {
        "deals.agreed.count": 1,
        "deals.agreed.amount.CNY": 110,
        "agreed.count": 1,
        "agreed.amount.CNY": 110,
        "deals.sample.count": 1,
        "deals.sample.amount.USD": 250,
        "deals.won.count": 2,
        "deals.won.amount.CNY": 800,
        "deals.on_hold.count": 1,
        "deals.on_hold.amount.CNY": 400,
        "deals.sold_not_booked.count": 1,
        "deals.sold_not_booked.amount.CNY": 700,
        "sold_not_booked.count": 1,
        "sold_not_booked.amount.CNY": 700,
        "deals.lost.count": 1,
        "deals.lead.count": 1,
        "moved.on": 1,
        "moved.back": 1,
        "entered.agreed": 1,
        "entered.sample": 1,
        "entered.won": 1,
        "entered.sold_not_booked": 1,
        "entered.lost": 1,
        "entered.lead": 1,
        "won.count": 1,
        "won.amount.CNY": 300,
        "won.reason.price": 1,
        "lost.count": 1,
        "lost.reason.terms": 1,
    }
    assert story.of(rep[1], "forecast", "beyond", "competitor", "help", "industry") == {
        "forecast.overdue.count": 1,
        "forecast.overdue.amount.CNY": 110,
        "forecast.0.count": 1,
        "forecast.0.amount.USD": 250,
        "forecast.1.count": 1,
        "forecast.1.amount.CNY": 700,
        "forecast.1.weighted.CNY": Decimal("87.5"),
        "forecast.later.count": 1,
        "beyond.count": 2,
        "beyond.amount.CNY": 700,
        "competitor.启明": 1,
        "competitor.远海": 1,
        "help.count": 1,
        "industry.deals.机械": 4,
        "industry.amount.CNY.机械": 810,
        "industry.amount.USD.机械": 250,
        "industry.won.机械": 1,
    }


def test_a_deal_is_the_latest_reporters(story: Story) -> None:
    people = [story.person(number) for number in ("E1", "E2")]
    first, second = (story.posting(person) for person in people)
    deal = {"customer_id": story.customer("甲"), "project": "一", "stage": "lead"}
    another = deal | {"project": "二"}
    story.report(people[0], MONDAY, deals=[another, another, deal])
    story.report(people[1], MONDAY, deals=[deal | {"stage": "quoted"}, another])  # the same day, but later
    assert story.of(second, "deals") == {"deals.quoted.count": 1, "deals.lead.count": 1}
    assert story.of(first, "deals", "entered") == {}


def test_a_replaced_row_of_a_deal_was_never_told(story: Story, rep: tuple[int, int]) -> None:
    deal = {"customer_id": story.customer("甲"), "project": "一", "stage": "won"}
    first = story.report(rep[0], MONDAY, deals=[deal])
    story.report(rep[0], MONDAY, deals=[deal | {"stage": "quoted"}], replaces=first)
    assert story.of(rep[1], "deals", "won") == {"deals.quoted.count": 1}


# ---- merges --------------------------------------------------------------------------------------


def test_numbers_survive_a_merge_and_an_unmerge(story: Story) -> None:
    people = [story.person(number) for number in ("E1", "E2")]
    first, second = (story.posting(person) for person in people)
    left = story.customer("杭州云杉自动化有限公司", owner=people[0], level="A", industry="机械")
    right = story.customer("云杉自动化", owner=people[1], since=TUESDAY, filed=TUESDAY)
    story.report(people[0], MONDAY, deals=[{"customer_id": left, "project": "一期", "stage": "lead"}])
    twin = {"customer_id": right, "project": "一 期", "stage": "quoted"}
    story.report(people[1], THURSDAY, visits=[{"customer_id": right, "customer": "云杉自动化"}], deals=[twin])
    before = story.collect()
    assert before.cells[first]["deals.lead.count"] == before.cells[second]["deals.quoted.count"] == 1
    assert before.cells[second]["names.standard"] == 1
    assert before.cells[first]["level.A.neglected"] == 1

    done = merging.merge(story.tools, Request(left, right, {}))
    assert isinstance(done, Merged)
    assert done.event is not None
    merged = story.collect()
    assert merged.cells[first]["customers.count"] == 1
    assert "customers.count" not in merged.cells[second]
    assert "customers.new" not in merged.cells[second]
    assert merged.cells[first]["level.A.done"] == 1
    assert "level.A.neglected" not in merged.cells[first]
    assert "deals.lead.count" not in merged.cells[first]
    assert merged.cells[second]["deals.quoted.count"] == 1
    assert merged.cells[second]["industry.visits.机械"] == 1
    assert "names.standard" not in merged.cells[second]
    assert merged.cells[first]["visits.customers"] == 1

    assert isinstance(merging.unmerge(story.tools, event_id=done.event.id), Unmerged)
    assert story.collect() == before


def test_a_merge_counts_in_the_week_it_was_made_unless_it_was_undone(story: Story, rep: tuple[int, int]) -> None:
    left, right, third = (story.customer(name, owner=rep[0]) for name in ("甲公司", "乙公司", "丙公司"))
    done = merging.merge(story.tools, Request(left, right, {}))
    undone = merging.merge(story.tools, Request(left, third, {}))
    assert isinstance(undone, Merged)
    assert undone.event is not None
    merging.unmerge(story.tools, event_id=undone.event.id)
    week = Period.of(WEEK.kind, NOW.date())
    assert isinstance(done, Merged)
    found = story.collect(week)
    assert found.cells[rep[1]]["customers.merged"] == 1
    [line] = [item for item in found.items if item.topic is Topic.MERGED]
    assert (line.name, line.detail["was"]) == ("甲公司", "乙公司")
    assert "customers.merged" not in story.collect().cells[rep[1]]


def test_counts_are_whole_numbers_on_every_database(story: Story, rep: tuple[int, int]) -> None:
    customer = story.customer("甲", owner=rep[0], level="A", industry="机械")
    deal = {"customer_id": customer, "project": "一", "stage": "lead", "amount": yuan(1)}
    story.report(rep[0], MONDAY, visits=[{"customer_id": customer, "customer": "甲"}], deals=[deal], parked=1)
    story.question(customer, opened=MONDAY)
    collected = story.collect()
    numbers = {name: number for cell in collected.cells.values() for name, number in cell.items()}
    assert {name for name, number in numbers.items() if type(number) is not int} == {
        "deals.lead.amount.CNY",
        "forecast.none.amount.CNY",
        "industry.amount.CNY.机械",
    }
    assert all(type(value) in (int, str) for item in collected.items for value in item.detail.values())


# ---- what it costs -------------------------------------------------------------------------------


def test_more_people_and_customers_take_no_more_statements(story: Story) -> None:
    seen: list[object] = []

    def note(*given: object) -> None:
        seen.append(given[2])

    def of_company(number: int) -> int:
        for _ in range(number):
            person = story.person(f"E{len(story.company().people) + 1}")
            story.posting(person)
            customer = story.customer(f"客户{person}", owner=person, level="A")
            deal = {"customer_id": customer, "project": "一", "stage": "lead"}
            story.report(person, MONDAY, visits=[{"customer_id": customer}], deals=[deal])
            story.question(customer, opened=MONDAY)
        seen.clear()
        assert story.collect().cells
        return len(seen)

    sa.event.listen(story.tools.database._engine, "before_cursor_execute", note)
    assert of_company(1) == of_company(6)


# ---- one rep's own -------------------------------------------------------------------------------


def test_a_reps_own_figures_are_those_of_their_postings(story: Story) -> None:
    people = [story.person(number) for number in ("E1", "E2")]
    first, _ = (story.posting(person) for person in people)
    customer = story.customer("甲", owner=people[0], filed=MONDAY)
    deal = {"customer_id": customer, "project": "一", "stage": "lead"}
    story.report(people[0], BEFORE, deals=[deal])
    story.report(people[1], MONDAY, visits=[{"customer_id": customer, "customer": "甲"}])
    story.report(
        people[0],
        TUESDAY,
        visits=[{"customer_id": customer, "customer": "甲"}],
        deals=[deal | {"stage": "won", "amount": yuan(5)}],
    )
    own = story.own(people[0])
    assert own["visits.done"] == own["won.count"] == own["customers.new"] == own["reports.clean"] == 1
    cell = story.collect().cells[first]
    left_out = ("deals.", "industry.", "visits.customers", "level.")
    assert own == {name: number for name, number in cell.items() if not name.startswith(left_out)} | {
        "industry.visits.": 1
    }
