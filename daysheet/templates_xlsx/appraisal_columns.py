"""What an appraisal sheet shows of a line, and how each number is made."""

from collections.abc import Callable
from dataclasses import dataclass

from daysheet.model.appraisal import Line
from daysheet.model.text import Bilingual

Shown = str | int | float | None


def _format(number: str) -> str:
    """Return the format with a little room at the right: an indent there is not kept by every program."""
    return f"{number}_);-{number}_);{number}_);@_)"


_WHOLE, _SHARE, _HOURS = _format("#,##0"), _format("0.0%"), _format("0.0")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: *number* is its format, "" for text; *how* says where the number comes from."""

    label: Bilingual
    width: int
    of: Callable[[Line], Shown]
    number: str = ""
    how: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one band."""

    label: Bilingual
    columns: tuple[Column, ...]


def _count(name: str) -> Callable[[Line], Shown]:
    return lambda line: line.count(name)


NAME = Column(Bilingual(zh="姓名", en="Name"), 20, lambda line: line.name)
NUMBER = Column(Bilingual(zh="工号", en="Number"), 12, lambda line: line.number)
TEAM = Column(Bilingual(zh="团队", en="Team"), 20, lambda line: line.team)
REGION = Column(Bilingual(zh="大区", en="Region"), 16, lambda line: line.region)
TEAM_NAME = Column(Bilingual(zh="团队", en="Team"), 24, lambda line: line.name)
REGION_NAME = Column(Bilingual(zh="大区", en="Region"), 28, lambda line: line.name)
PART_OF = Column(Bilingual(zh="上级大区", en="Part of"), 18, lambda line: line.region)

GROUPS = (
    Group(
        Bilingual(zh="日清日结", en="Reporting discipline"),
        (
            Column(
                Bilingual(zh="应报", en="Owed"),
                8,
                _count("discipline.due"),
                _WHOLE,
                Bilingual(
                    zh="应交日报的份数：在岗期间每个工作日一份（按周上报者每周一份），含请假；截止时间未到的不计。",
                    en="Reports owed: one for every workday in post (or one a week where that is what is owed), leave "
                    "included. What is not yet due does not count.",
                ),
            ),
            Column(
                Bilingual(zh="请假", en="Leave"),
                8,
                _count("discipline.leave"),
                _WHOLE,
                Bilingual(
                    zh="其中日报封面注明请假的天数；事先或事后补报均可。",
                    en="Of these, days that the cover of a report says were leave, told beforehand or afterwards.",
                ),
            ),
            Column(
                Bilingual(zh="按时", en="On time"),
                8,
                _count("discipline.on_time"),
                _WHOLE,
                Bilingual(
                    zh="其中在截止时间（下一个工作日 {cut_off}，当地时间）之前收到的份数。以第一次收到为准，"
                    "之后更正不影响。",
                    en="Of these, received before the cut-off: {cut_off} on the next workday, local time. The first "
                    "sending counts; correcting it later changes nothing.",
                ),
            ),
            Column(
                Bilingual(zh="迟交", en="Late"),
                8,
                _count("discipline.late"),
                _WHOLE,
                Bilingual(zh="其中在截止时间之后才收到的份数。", en="Of these, received after the cut-off."),
            ),
            Column(
                Bilingual(zh="缺交", en="Missing"),
                8,
                _count("discipline.missing"),
                _WHOLE,
                Bilingual(
                    zh="其中截止时间已过、至今仍未收到的份数；无法读取的文件不算收到。",
                    en="Of these, not received by now although the cut-off has passed. A file that could not be read "
                    "has not been received.",
                ),
            ),
            Column(
                Bilingual(zh="按时率", en="On-time rate"),
                10,
                lambda line: line.on_time,
                _SHARE,
                Bilingual(zh="按时 ÷（应报 − 请假）。", en="On time ÷ (owed − leave)."),
            ),
        ),
    ),
    Group(
        Bilingual(zh="数据质量", en="Data quality"),
        (
            Column(
                Bilingual(zh="首报行数", en="Rows sent"),
                10,
                _count("rows.sent"),
                _WHOLE,
                Bilingual(zh="各份日报第一次报送时的行数。", en="Rows of the first sending of each report."),
            ),
            Column(
                Bilingual(zh="一次入库率", en="Accepted at once"),
                11,
                lambda line: line.acceptance,
                _SHARE,
                Bilingual(
                    zh="首报行中无需修改、当即入库的比例。",
                    en="Of the rows sent, those that were in at once, with nothing to mend.",
                ),
            ),
            Column(
                Bilingual(zh="完整率", en="Complete"),
                10,
                lambda line: line.completeness,
                _SHARE,
                Bilingual(
                    zh="已入库拜访行中，表格所列栏目已填写的比例，含非必填栏目。",
                    en="Of the cells that the form asks for in the visits, those that are filled, optional ones "
                    "included.",
                ),
            ),
            Column(
                Bilingual(zh="已更正", en="Corrected"),
                10,
                _count("reports.corrected"),
                _WHOLE,
                Bilingual(
                    zh="首报有错误、后来已全部改正的日报份数。",
                    en="Reports whose first sending had errors and which have none any more.",
                ),
            ),
            Column(
                Bilingual(zh="更正小时数", en="Hours to correct"),
                11,
                lambda line: line.correction_hours,
                _HOURS,
                Bilingual(
                    zh="从首报到第一次没有错误的平均小时数，只计已更正的日报。",
                    en="From the first sending to the first one without errors, on average, over the corrected ones.",
                ),
            ),
            Column(
                Bilingual(zh="未更正", en="Still open"),
                10,
                _count("reports.open"),
                _WHOLE,
                Bilingual(zh="仍有错误未改的日报份数。", en="Reports that still have errors."),
            ),
        ),
    ),
    Group(
        Bilingual(zh="电话抽查", en="Spot checks"),
        (
            Column(
                Bilingual(zh="抽查客户", en="Checked"),
                9,
                _count("spot.customers"),
                _WHOLE,
                Bilingual(
                    zh="本期电话抽查并联系上的客户数，记在客户负责人名下。",
                    en="Customers reached by phone in this period's spot checks, put down to their owner.",
                ),
            ),
            Column(
                Bilingual(zh="正确率", en="Correct"),
                9,
                lambda line: line.correctness,
                _SHARE,
                Bilingual(
                    zh="1 − 有误的客户 ÷ 抽查客户。客户数少时仅供参考。",
                    en="1 − customers with a fault ÷ customers checked. Of few customers it says little.",
                ),
            ),
        ),
    ),
    Group(
        Bilingual(zh="工作量", en="Work"),
        (
            Column(
                Bilingual(zh="拜访", en="Visits"),
                8,
                _count("visits.done"),
                _WHOLE,
                Bilingual(
                    zh="本期内已入库的拜访次数，按拜访日期。", en="Visits of the period that are in, by date of visit."
                ),
            ),
        ),
    ),
)
