"""Deals: put together from what was told, and the forecast's windows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from daysheet.digests.attribution import Attribution
from daysheet.digests.cells import Cells, Lines
from daysheet.digests.pipeline import Pipeline, joined, window_of
from daysheet.model.facts import Deal, Told
from daysheet.model.organisation import Organisation, Posting
from daysheet.model.people import Person, Role
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.policy import Policy

LAST = date(2026, 3, 8)


def told(root: int, key: str, stage: str = "lead") -> Told:
    return Told(root, key, 1, LAST, "", "", key, stage, Decimal(1), "", None, None, "", "", "")


@pytest.mark.parametrize(
    ("days", "window"),
    [(-1, "overdue"), (0, "overdue"), (1, "0"), (14, "0"), (15, "1"), (28, "1"), (29, "2"), (42, "2"), (43, "later")],
)
def test_windows_of_the_forecast_begin_the_day_after_the_period(days: int, window: str) -> None:
    assert window_of(LAST + timedelta(days=days), LAST) == window


def test_a_deal_without_a_date_is_in_a_window_of_its_own() -> None:
    assert window_of(None, LAST) == "none"


def test_what_was_and_what_came_are_put_together_by_customer_and_project() -> None:
    before = [told(1, "a"), told(1, "b"), told(3, "a")]
    came = [told(1, "b", "quoted"), told(1, "c"), told(1, "b", "won"), told(2, "a"), told(4, "a")]
    deals = list(joined(before, came))
    assert [(d.now.root_id, d.now.key, d.before is not None, [t.stage for t in d.told]) for d in deals] == [
        (1, "a", True, []),
        (1, "b", True, ["quoted", "won"]),
        (1, "c", False, ["lead"]),
        (2, "a", False, ["lead"]),
        (3, "a", True, []),
        (4, "a", False, ["lead"]),
    ]
    assert deals[1].now.stage == "won"
    assert deals[0].now.stage == "lead"


def test_nothing_told_is_no_deal() -> None:
    assert list(joined([], [])) == []


def test_whoever_asked_for_help_is_told_of_where_they_stand_whoever_told_of_the_deal_last() -> None:
    people = {id_: Person(id_, f"E{id_}", name, Role.REP) for id_, name in ((1, "east"), (2, "west"))}
    postings = {id_: (Posting(10 * id_, id_, "", "", f"M{id_}", date(2026, 1, 1)),) for id_ in people}
    attribution = Attribution(Organisation(people, {}, {}, postings, {}, "Asia/Shanghai"))
    cells, lines = Cells(), Lines(attribution)
    period = Period.of(PeriodKind.WEEK, LAST)
    asked = told(1, "a")._replace(rep_id=1, support="a loan instrument")
    Pipeline(attribution, Policy(), ["lead"], period, cells, lines).count(
        [Deal(None, (asked, told(1, "a")._replace(rep_id=2)))]
    )
    assert {id_: some.get("help.count") for id_, some in cells.figures.items()} == {10: 1, 20: None}
    assert [(one.posting_id, one.rep, one.detail["text"]) for one in lines if one.topic == "help"] == [
        (10, "east", "a loan instrument")
    ]
