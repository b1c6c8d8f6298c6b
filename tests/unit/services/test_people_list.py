"""``people import``: what of a list is accepted, and what is said of the rest."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl.workbook import Workbook

from daysheet.errors import UsageError
from daysheet.model.text import Language
from daysheet.services import organisation
from daysheet.services.people import PeopleImported, import_file
from daysheet.store import people, postings
from tests.unit.services.conftest import Pipeline


def faults(pipeline: Pipeline, *lines: str) -> list[str]:
    return [fault.message for fault in import_file(pipeline.tools, "p.csv", "\n".join(lines).encode()).faults]


def test_a_wrong_line_is_told_and_the_others_are_taken(pipeline: Pipeline) -> None:
    said = faults(pipeline, "number,name,role", "Z1,高远,rep", "Z2,方圆,boss", ",无号,rep")
    assert said == [
        "unknown role 'boss'; write one of: rep, assistant, manager, steward, admin",
        "the employee number or the name is missing",
    ]
    with pipeline.tools.database.reading() as connection:
        assert people.find_by_number(connection, "Z1") is not None
        assert people.find_by_number(connection, "Z2") is None


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "北京"])
def test_a_time_zone_that_does_not_exist_is_refused(pipeline: Pipeline, zone: str) -> None:
    said = faults(pipeline, "number,name,timezone", f"Z1,高远,{zone}", "Z2,方圆,Europe/Berlin")
    assert said == [f"{zone!r} is not a time zone such as Asia/Shanghai"]


@pytest.mark.parametrize(
    "address", ["gao", "gao@", "@corp.example", "gao@a@b", "gao yuan@corp.example", "gao\rbcc@corp.example",
                "gao,fang@corp.example", "高 <gao@corp.example>"]
)  # fmt: skip
def test_what_no_mail_can_be_sent_to_is_no_address(pipeline: Pipeline, address: str) -> None:
    said = faults(pipeline, "number\tname\taddresses", f'Z1\t高远\t"{address}"', "Z2\t方圆\tfang.yuan+日报@例子.公司")
    assert said == [f"{address.strip()!r} is not an e-mail address"]


def test_a_file_without_the_required_columns_is_a_usage_error(pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="missing: number"):
        faults(pipeline, "姓名,邮箱", "高远,gao@corp.example")


# ---- since, reports and units ------------------------------------------------------------------

UNITS = """\
类型,名称,上级区域,负责人工号,时区,语言,工作日历
区域,中国,,E9,,,
大区,华东,中国,,Asia/Urumqi,,default
团队,一组,华东,E3,,en,
"""


def stood(pipeline: Pipeline, number: str) -> list[tuple[str, date, date | None]]:
    with pipeline.tools.database.reading() as connection:
        person = people.find_by_number(connection, number)
        assert person is not None
        return [(one.team, one.from_on, one.to_on) for one in postings.all_postings(connection).get(person.id, ())]


def units(pipeline: Pipeline, content: str, **options: bool) -> PeopleImported:
    return import_file(pipeline.tools, "units.csv", content.encode(), **options)


@pytest.mark.parametrize("day", ["2026-02-01", "2026/2/1", "2026.2.1", "2026年2月1日", "2026-02-01 00:00:00"])
def test_since_when_is_understood_as_people_write_days(pipeline: Pipeline, day: str) -> None:
    assert faults(pipeline, "工号,姓名,团队,入职日期,日报频率", f"Z1,高远,一组,{day},每周") == []
    assert stood(pipeline, "Z1") == [("一组", date(2026, 2, 1), None)]
    with pipeline.tools.database.reading() as connection:
        person = people.find_by_number(connection, "Z1")
    assert person is not None
    assert person.reports == "weekly"


def test_since_and_reports_that_say_nothing_are_told(pipeline: Pipeline) -> None:
    said = faults(pipeline, "number,name,since,reports", "Z1,高远,昨天,", "Z2,方圆,2026-02-30,", "Z3,丁一,,hourly")
    assert said == [
        "'昨天' is not a day such as 2026-11-02",
        "'2026-02-30' is not a day such as 2026-11-02",
        "unknown reports 'hourly'; write one of: daily, weekly, none",
    ]


def test_today_is_the_companys_day(pipeline: Pipeline) -> None:
    pipeline.clock.now = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)  # 01:00 on Tuesday in Shanghai
    faults(pipeline, "number,name,team", "Z1,高远,一组")
    assert stood(pipeline, "Z1") == [("一组", date(2026, 3, 10), None)]


def test_units_are_known_by_their_headers_and_imported(pipeline: Pipeline) -> None:
    done = units(pipeline, UNITS)
    assert (done.units_added, done.units_updated, done.added, done.faults, done.notes) == (2, 1, 0, (), ())
    again = units(pipeline, UNITS)
    assert (again.units_added, again.units_updated, again.units_unchanged) == (0, 0, 3)
    with pipeline.tools.database.reading() as connection:
        whole = organisation.load(connection, pipeline.tools)
    rep = whole.by_number["E1"]
    assert (whole.zone_of(rep), whole.language_of(rep, Language.ZH)) == ("Asia/Urumqi", Language.ZH)
    assert {whole.people[one].number for one in whole.above(whole.postings[rep.id][-1])} == {"E3", "E9"}
    assert whole.calendars["default"] is pipeline.tools.policy.calendars()["default"]


def test_a_rehearsal_leaves_everything_as_it_was(pipeline: Pipeline) -> None:
    assert units(pipeline, UNITS, dry_run=True).units_added == 2
    assert units(pipeline, UNITS, dry_run=True).units_added == 2


def test_a_wrong_unit_is_told_and_the_others_are_taken(pipeline: Pipeline) -> None:
    lines = [
        "kind,name,parent,manager,timezone,language,calendar",
        "squad,甲,,,,,",
        "region,,,,,,",
        "region,乙,,,Mars/Base,,",
        "team,丙,,,,klingon,",
        "team,丁,,,,,夏令",
        "region,戊,戊,,,,",
        "region,己,庚,,,,",
        "region,庚,己,,,,",
        "team,辛,,,,,",
        "team,辛,,,,,",
        "region,辛,,,,,",
    ]
    done = units(pipeline, "\n".join(lines))
    assert [(fault.row, fault.message) for fault in done.faults] == [
        (2, "unknown kind 'squad'; write one of: team, region"),
        (3, "the region has no name"),
        (4, "'Mars/Base' is not a time zone such as Asia/Shanghai"),
        (5, "unknown language 'klingon'; write zh or en"),
        (6, "the settings have no calendar '夏令'; under calendars there is: default"),
        (7, "the region 戊 is its own parent"),
        (8, "the region 己 is above itself: 己 < 庚 < 己"),
        (9, "the region 庚 is above itself: 庚 < 己 < 庚"),
        (11, "the team 辛 is in the list twice"),
    ]
    assert done.units_added == 2


def test_regions_may_change_places_but_not_make_a_circle_with_what_is_known(pipeline: Pipeline) -> None:
    head = "kind,name,parent\n"
    units(pipeline, f"{head}region,甲,\nregion,乙,甲\n")
    swapped = units(pipeline, f"{head}region,甲,乙\nregion,乙,\n")
    assert (swapped.units_updated, swapped.faults) == (2, ())
    closing = units(pipeline, f"{head}region,乙,甲\n")
    assert [fault.message for fault in closing.faults] == ["the region 乙 is above itself: 乙 < 甲 < 乙"]


def test_what_a_list_leaves_open_is_noted_and_taken(pipeline: Pipeline) -> None:
    done = units(pipeline, "kind,name,parent,manager\nregion,甲,天外,E77\nteam,乙,甲,E77\nteam,丙,甲,E9\n")
    assert (done.units_added, done.faults) == (3, ())
    assert [(note.row, note.message) for note in done.notes] == [
        (2, "the manager E77 is not known yet, nor in 1 more: import the people too"),
        (2, "no region is called '天外': nothing is above 甲"),
    ]
    listed = import_file(pipeline.tools, "p.csv", "number,name,manager\nZ1,高远,E78\nZ2,方圆,Z1\n".encode())
    assert (listed.added, [(note.row, note.message) for note in listed.notes]) == (
        2,
        [(2, "the manager E78 is nobody's employee number here")],
    )


def test_a_list_of_people_tells_how_many_teams_it_made_and_the_units_that_nothing_is_new_of(pipeline: Pipeline) -> None:
    listed = "number,name,team,region\nZ1,高远,三组,华东\nZ2,方圆,四组,华东\nZ3,严明,一组,华东\n".encode()
    assert import_file(pipeline.tools, "p.csv", listed, dry_run=True).teams_made == 2
    assert import_file(pipeline.tools, "p.csv", listed).teams_made == 2
    assert import_file(pipeline.tools, "p.csv", listed).teams_made == 0
    done = units(pipeline, "kind,name,parent\nregion,华东,\nteam,三组,华东\nteam,四组,华东\nteam,五组,华东\n")
    assert (done.units_added, done.units_updated, done.units_unchanged, done.teams_made) == (2, 0, 2, 0)


def test_a_workbook_with_both_lists_imports_units_first(pipeline: Pipeline) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "说明"
    book.active.append(["这张表怎么填"])
    staff = book.create_sheet("人员")
    for row in (
        ["工号", "姓名", "团队", "起始日期"],
        [1007, "孙悦", "西北组", date(2026, 2, 2)],
        [1008, "", "西北组", None],
    ):
        staff.append(row)
    units_sheet = book.create_sheet("组织")
    for row in (["类型", "名称", "上级区域", "负责人工号", "时区"], ["team", "西北组", "西北", "1007", "Asia/Urumqi"]):
        units_sheet.append(row)
    buffer = BytesIO()
    book.save(buffer)
    done = import_file(pipeline.tools, "all.xlsx", buffer.getvalue())
    assert (done.added, done.units_added) == (1, 1)
    assert [(fault.sheet, fault.row) for fault in done.faults] == [("人员", 3)]
    assert [(note.sheet, note.row) for note in done.notes] == [("组织", 2)], "nobody has listed the region"
    assert stood(pipeline, "1007") == [("西北组", date(2026, 2, 2), None)]
    with pipeline.tools.database.reading() as connection:
        person = people.find_by_number(connection, "1007")
    assert person is not None
    assert pipeline.tools.day_of(datetime(2026, 3, 1, 17, 0, tzinfo=UTC), person) == date(2026, 3, 1), "23:00 there"


def test_a_rep_who_moves_in_mid_week_has_worked_at_two_places(pipeline: Pipeline) -> None:
    """Of a team in Berlin until the clocks go forward, then of one in London."""
    units(pipeline, "kind,name,timezone\nteam,柏林,Europe/Berlin\nteam,伦敦,Europe/London\n")
    head = "number,name,team,since"
    faults(pipeline, head, "Z1,高远,柏林,2026-01-01")
    pipeline.clock.now = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
    faults(pipeline, head, "Z1,高远,伦敦,2026-04-01")
    with pipeline.tools.database.reading() as connection:
        whole = organisation.load(connection, pipeline.tools)
        now = people.find_by_number(connection, "Z1")
    rep = whole.by_number["Z1"]
    before, after = (whole.posting_on(rep.id, day) for day in (date(2026, 3, 31), date(2026, 4, 1)))
    assert before is not None
    assert after is not None
    assert (before.team, after.team) == ("柏林", "伦敦")
    assert (whole.zone_of(rep, before), whole.zone_of(rep, after), whole.zone_of(rep)) == (
        "Europe/Berlin",
        "Europe/London",
        "Europe/London",
    )
    assert now is not None
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # the night in which summer time begins
    assert pipeline.tools.day_of(late, now) == date(2026, 3, 28)
    assert pipeline.tools.day_of(late + timedelta(days=1), now) == date(2026, 3, 30)
    assert late.astimezone(ZoneInfo(whole.zone_of(rep, before))).date() == date(2026, 3, 29)
