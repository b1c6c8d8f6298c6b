"""What a line of a spot check says, and why it cannot be taken."""

from collections.abc import Mapping
from datetime import date, datetime

import pytest

from daysheet.model.spot_checks import Finding, Outcome, RawLine, Unread, Why
from daysheet.services.spot_lines import read

DRAWN, TODAY = date(2026, 3, 2), date(2026, 3, 6)
PRINTED = {"name": "杭州云杉自动化有限公司", "contact": "周敏", "phone": "0571-87000000", "address": "", "city": "杭州"}


def said(*lines: Mapping[str, object], customer_id: int | None = 41) -> tuple[list[Finding], tuple[Unread, ...]]:
    raw = [RawLine(6 + number, customer_id, {"name": PRINTED["name"], **one}) for number, one in enumerate(lines)]
    return read(raw, {41: PRINTED}, DRAWN, TODAY)


def finding(**cells: object) -> Finding:
    found, unread = said({key.replace("__", "."): value for key, value in cells.items()})
    assert unread == ()
    return found[0]


def test_right_wrong_and_not_asked_are_three_things() -> None:
    found = finding(
        reached="是 yes", name__mark="对 right", phone__mark="错 wrong", phone__right="0571-1", note="前台说的"
    )
    assert found == Finding(
        41, Outcome.REACHED, ("name", "phone"), {"phone": "0571-1"}, TODAY, "前台说的"
    )  # the city was not asked
    assert found.faults == ("phone",)


@pytest.mark.parametrize("mark", ["对", "right", "对 right", "√", "Y", 1, 1.0, True, " RIGHT "])
def test_right_is_written_in_many_ways(mark: object) -> None:
    assert finding(city__mark=mark).faults == ()


@pytest.mark.parametrize("mark", ["错", "wrong", "错 wrong", "×", "x", 0, "否", "ＷＲＯＮＧ"])
def test_wrong_is_written_in_many_ways(mark: object) -> None:
    assert finding(city__mark=mark).faults == ("city",)


def test_wrong_without_what_is_right_is_wrong_all_the_same() -> None:
    assert finding(contact__mark="错").wrong == {"contact": ""}


def test_what_is_right_alone_says_that_the_value_is_wrong_or_right() -> None:
    assert finding(city__right="苏州", phone__right="0571-87000000").wrong == {"city": "苏州"}
    assert finding(city__right="苏州", phone__right="0571-87000000").judged == ("phone", "city")


def test_a_value_for_what_was_not_known_is_kept_and_is_no_fault() -> None:
    found = finding(reached="是", name__mark="对", address__right="江南大道 1 号")
    assert (found.wrong, found.faults, found.judged) == ({"address": "江南大道 1 号"}, (), ("name",))


def test_who_judged_something_has_reached_somebody() -> None:
    assert finding(name__mark="对").outcome is Outcome.REACHED


def test_nobody_reached_is_an_outcome() -> None:
    assert finding(reached="否 no", note="空号") == Finding(41, Outcome.UNREACHED, (), {}, TODAY, "空号")


@pytest.mark.parametrize("day", [date(2026, 3, 3), datetime(2026, 3, 3, 9), "2026-03-03", "3月3日", "2026/3/3"])
def test_the_day_of_the_call_is_read_as_people_write_it(day: object) -> None:
    assert finding(name__mark="对", checked_on=day).checked_on == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("cells", "why", "found"),
    [
        ({"name.mark": "大概"}, Why.MARK, "大概"),
        ({"reached": "也许"}, Why.REACHED, "也许"),
        ({"note": "再打"}, Why.REACHED, ""),
        ({"reached": "是"}, Why.NOTHING_JUDGED, ""),
        ({"reached": "是", "address.right": "江南大道"}, Why.NOTHING_JUDGED, ""),
        ({"reached": "否", "name.mark": "对"}, Why.NOT_REACHED, ""),
        ({"reached": "否", "address.right": "江南大道"}, Why.NOT_REACHED, ""),
        ({"city.mark": "对", "city.right": "苏州"}, Why.RIGHT_AND_OTHER, "苏州"),
        ({"name.mark": "对", "checked_on": "下周"}, Why.DATE, "下周"),
        ({"name.mark": "对", "checked_on": date(2026, 3, 7)}, Why.AHEAD, "2026-03-07"),
        ({"name.mark": "对", "checked_on": date(2026, 3, 1)}, Why.AHEAD, "2026-03-01"),
        ({"name.mark": "对", "name": "苏州蓝鲸"}, Why.MOVED, "苏州蓝鲸"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(cells: Mapping[str, object], why: Why, found: str) -> None:
    findings, unread = said(cells)
    assert findings == []
    assert unread == (Unread(6, why, found),)


def test_a_customer_of_another_check_is_not_taken() -> None:
    assert said({"name.mark": "对"}, customer_id=42)[1][0].why is Why.UNKNOWN
    assert said({"name.mark": "对"}, customer_id=None)[1][0].why is Why.UNKNOWN


def test_of_two_lines_of_a_customer_the_first_counts_and_the_second_is_told() -> None:
    found, unread = said({"name.mark": "对"}, {"name.mark": "错"})
    assert (found[0].faults, unread[0].line, unread[0].why) == ((), 7, Why.TWICE)


def test_an_empty_line_is_none_whoever_it_is_of() -> None:
    assert said({"phone": "0571-87000000"}, customer_id=99) == ([], ())
