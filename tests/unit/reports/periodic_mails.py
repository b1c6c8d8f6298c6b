"""One of every mail that goes out by the clock, of an invented company, for the tests and the golden files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from daysheet.model.digests import Digest, DigestKind, Escalation, Item, Missing, Reminder, Restated, Topic, Unit
from daysheet.model.figures import Figures, Number
from daysheet.model.periods import Period
from daysheet.model.returns import Decided, DecidedKind, Morning, Overdue, Returns
from daysheet.model.text import Language
from daysheet.reports.periodic import Content

COMPANY = "汉诚集团"
EVIL = '<b onload="x">甲</b>\n== All ==\u202e"&'
WEEK = Period.parse("2026-W48")
MONTH = Period.parse("2026-11")

STAGES = {
    "lead": {"zh": "线索", "en": "Lead"},
    "qualified": {"zh": "已确认需求", "en": "Qualified"},
    "quoted": {"zh": "已报价", "en": "Quoted"},
    "tender": {"zh": "投标", "en": "Tender"},
    "negotiation": {"zh": "商务谈判", "en": "Negotiation"},
    "agreed": {"zh": "已谈定未下单", "en": "Agreed, not ordered"},
    "sold_not_booked": {"zh": "已销售未入统计", "en": "Sold, not booked"},
    "won": {"zh": "赢单", "en": "Won"},
    "lost": {"zh": "丢单", "en": "Lost"},
    "on_hold": {"zh": "暂停", "en": "On hold"},
}
REASONS = {
    "price": {"zh": "价格", "en": "Price"},
    "relationship": {"zh": "客户关系", "en": "Relationship"},
    "delivery": {"zh": "交货期", "en": "Delivery time"},
}


def names(language: Language, zh: str, en: str) -> str:
    """Return the name that fits the language of the mail: a Chinese digest has Chinese customers."""
    return zh if language is Language.ZH else en


def reports(on_time: int, late: int = 0, missing: int = 0, leave: int = 0) -> dict[str, Number]:
    """Return figures of discipline."""
    due = on_time + late + missing + leave
    return {
        f"discipline.{k}": v
        for k, v in zip(
            ("due", "on_time", "late", "missing", "leave"), (due, on_time, late, missing, leave), strict=True
        )
    }


FIGURES: Figures = {
    **reports(122, 5, 3, 4),
    "reports.sent": 127,
    "reports.clean": 112,
    "reports.corrected": 12,
    "reports.open": 3,
    "reports.correction_minutes": 2520,
    "rows.sent": 640,
    "rows.accepted": 604,
    "cells.wanted": 8200,
    "cells.filled": 7710,
    "names.typed": 612,
    "names.standard": 571,
    "visits.done": 412,
    "visits.customers": 287,
    "level.A.customers": 60,
    "level.A.promised": 180,
    "level.A.done": 158,
    "level.A.short": 14,
    "level.A.neglected": 9,
    "level.B.customers": 140,
    "level.B.promised": 140,
    "level.B.done": 133,
    "level.B.short": 7,
    "level.B.neglected": 7,
    "level.C.customers": 310,
    "level.C.promised": 310,
    "level.C.done": 322,
    "deals.lead.count": 31,
    "deals.lead.amount.CNY": 8_650_000,
    "deals.qualified.count": 18,
    "deals.qualified.amount.CNY": 12_300_000,
    "deals.quoted.count": 24,
    "deals.quoted.amount.CNY": 21_480_000,
    "deals.negotiation.count": 9,
    "deals.negotiation.amount.CNY": 15_920_000,
    "deals.agreed.count": 4,
    "deals.agreed.amount.CNY": 3_150_000,
    "deals.sold_not_booked.count": 2,
    "deals.sold_not_booked.amount.CNY": 860_000,
    "entered.quoted": 6,
    "entered.negotiation": 3,
    "entered.lead": 5,
    "moved.on": 11,
    "moved.back": 2,
    "sold_not_booked.count": 2,
    "sold_not_booked.amount.CNY": 860_000,
    "agreed.count": 4,
    "agreed.amount.CNY": 3_150_000,
    "beyond.count": 37,
    "beyond.amount.CNY": 41_200_000,
    "forecast.overdue.count": 6,
    "forecast.overdue.amount.CNY": 2_400_000,
    "forecast.overdue.weighted.CNY": 960_000,
    "forecast.0.count": 14,
    "forecast.0.amount.CNY": 9_600_000,
    "forecast.0.weighted.CNY": 6_720_000,
    "forecast.1.count": 11,
    "forecast.1.amount.CNY": 8_100_000,
    "forecast.1.weighted.CNY": 4_050_000,
    "forecast.2.count": 9,
    "forecast.2.amount.CNY": 7_450_000,
    "forecast.2.weighted.CNY": 2_980_000,
    "forecast.later.count": 32,
    "forecast.later.amount.CNY": 30_100_000,
    "forecast.later.weighted.CNY": 6_020_000,
    "forecast.none.count": 14,
    "forecast.none.amount.CNY": 3_850_000,
    "won.count": 5,
    "won.amount.CNY": 4_260_000,
    "won.reason.relationship": 3,
    "won.reason.price": 2,
    "lost.count": 3,
    "lost.amount.CNY": 1_980_000,
    "lost.reason.price": 2,
    "lost.reason.": 1,
    "competitor.Northwind": 6,
    "competitor.Contoso": 4,
    "competitor.远山仪器": 3,
    "help.count": 2,
    "customers.count": 1284,
    "customers.new": 17,
    "customers.merged": 3,
    "customers.neglected": 16,
    "customers.questioned": 21,
    "queue.name": 12,
    "queue.duplicate": 5,
    "queue.parent": 2,
    "spot.customers": 94,
    "spot.customers_wrong": 19,
    "spot.fields": 248,
    "spot.fields_wrong": 36,
    "spot.fields_squared": 690,
    "spot.wrong_squared": 98,
    "spot.wrong_times_fields": 121,
}

FORMER: Figures = {
    **FIGURES,
    **reports(117, 8, 5, 2),
    "rows.sent": 610,
    "rows.accepted": 561,
    "cells.filled": 7600,
    "names.standard": 559,
    "visits.done": 388,
    "deals.quoted.amount.CNY": 19_800_000,
    "customers.count": 1267,
    "customers.new": 19,
    "customers.questioned": 26,
    "competitor.Northwind": 2,
    "agreed.count": 3,
    "beyond.count": 40,
    "won.count": 4,
    "lost.count": 3,
    "queue.name": 20,
    "queue.duplicate": 5,
}


def trend(now: Figures, periods: int, kind: str) -> tuple[tuple[str, Figures], ...]:
    """Return *periods* periods that lead to *now*, each a little better than the one before."""
    found: list[tuple[str, Figures]] = []
    at = Period.parse(kind)
    for back in range(periods):
        worse: dict[str, Number] = dict(now)
        worse["discipline.on_time"] = now["discipline.on_time"] - 3 * back
        worse["rows.accepted"] = now["rows.accepted"] - 12 * back
        worse["cells.filled"] = now["cells.filled"] - 150 * back
        worse["names.standard"] = now["names.standard"] - 14 * back
        worse["customers.questioned"] = now["customers.questioned"] + 4 * back
        found.append((at.label, worse))
        at = at.previous
    return tuple(reversed(found))


def units(language: Language) -> tuple[Unit, ...]:
    """Return five teams, one of them all on time."""
    teams = (
        ("上海一队", "Shanghai one", reports(38, 1, 1)),
        ("上海二队", "Shanghai two", reports(26, 3, 2, 4)),
        ("杭州", "Hangzhou", reports(29, 1)),
        ("苏州", "Suzhou", reports(20)),
        ("南京", "Nanjing", reports(9)),
    )
    return tuple(Unit("team", names(language, zh, en), figures) for zh, en, figures in teams)


def items(language: Language) -> tuple[Item, ...]:
    """Return named lines of every topic."""

    def item(
        topic: Topic, name: tuple[str, str], rep: tuple[str, str], number: int | None = None, **detail: Any
    ) -> Item:
        return Item(topic, 1, 1.0, names(language, *name), names(language, *rep), number, detail)

    li, wang, zhao = ("李薇", "Vera Lind"), ("王磊", "Leo Wang"), ("赵敏", "Mina Zhao")
    hospital, bureau = ("东海市第一人民医院", "Eastport General Hospital"), ("云川县水务局", "Cloud River Waterworks")
    works, school = (
        ("北辰精密机械有限公司", "Northstar Precision Ltd"),
        ("南湖师范学院", "South Lake Teachers' College"),
    )
    lab = ("恒泰检测技术（苏州）有限公司", "Hengtai Testing (Suzhou) Ltd")
    money = {"currency": "CNY"}
    return (
        item(Topic.MISSING, ("", ""), wang, days=3, last_on="2026-11-24"),
        item(Topic.MISSING, ("", ""), zhao, days=1, last_on="2026-11-26"),
        item(Topic.NEGLECTED, hospital, li, 101, level="A", days=32, last_on="2026-10-28"),
        item(Topic.NEGLECTED, bureau, zhao, 102, level="A"),
        item(Topic.NEGLECTED, school, zhao, 103, level="B", days=41, last_on="2026-10-19"),
        item(
            Topic.SOLD_NOT_BOOKED,
            works,
            wang,
            104,
            project=names(language, "三坐标测量机", "Measuring machine"),
            amount="520000",
            days=16,
            **money,
        ),
        item(
            Topic.AGREED,
            lab,
            li,
            105,
            project=names(language, "光谱仪", "Spectrometer"),
            amount="1350000",
            days=12,
            **money,
        ),
        item(
            Topic.HELP,
            hospital,
            li,
            101,
            text=names(language, "请售前下周到场讲解", "Presales on site next week, please"),
            project=names(language, "检验科改造", "Laboratory refit"),
        ),
        item(Topic.SHORT, lab, li, 105, level="A", done=1, promised=3),
        item(Topic.SHORT, works, wang, 104, level="A", done=2, promised=3),
        item(
            Topic.MOVED_ON,
            works,
            wang,
            104,
            was="quoted",
            stage="negotiation",
            project=names(language, "产线升级", "Line upgrade"),
            amount="2860000",
            **money,
        ),
        item(Topic.MOVED_ON, school, zhao, 103, was="lead", stage="quoted", amount="430000", **money),
        item(Topic.MOVED_BACK, bureau, zhao, 102, was="negotiation", stage="quoted", amount="980000", **money),
        item(
            Topic.BEYOND,
            hospital,
            li,
            101,
            project=names(language, "检验科改造", "Laboratory refit"),
            amount="6200000",
            expected_on="2027-02-15",
            **money,
        ),
        item(
            Topic.WON,
            lab,
            li,
            105,
            project=names(language, "恒温箱", "Incubator"),
            amount="1180000",
            reason="relationship",
            **money,
        ),
        item(
            Topic.LOST,
            bureau,
            zhao,
            102,
            project=names(language, "流量计", "Flow meters"),
            amount="760000",
            reason="price",
            competitor="Northwind",
            **money,
        ),
        item(
            Topic.NEW_CUSTOMER,
            ("青石新材料有限公司", "Bluestone Materials Ltd"),
            wang,
            106,
            on="2026-11-25",
            city=names(language, "无锡", "Wuxi"),
        ),
        item(Topic.MERGED, hospital, li, 101, was=names(language, "东海一院", "Eastport Hospital"), on="2026-11-26"),
        item(Topic.QUESTION, ("东海医院", "Eastport Clinic"), li, kind="name", days=9, rows=4),
        item(Topic.QUESTION, ("北辰机械", "Northstar"), wang, kind="duplicate", days=2),
    )


COUNTS = {
    Topic.NEGLECTED: 16,
    Topic.NEW_CUSTOMER: 17,
    Topic.AGREED: 4,
    Topic.SOLD_NOT_BOOKED: 2,
    Topic.QUESTION: 19,
    Topic.MOVED_ON: 11,
}


def a_digest(language: Language = Language.EN, **more: Any) -> Digest:
    """Return a week with something in every section but that by industry; *more* changes it."""
    return Digest(
        **{
            "kind": DigestKind.WEEKLY,
            "language": language,
            "period": WEEK,
            "name": names(language, "周岚", "Lan Zhou"),
            "scope": names(language, "华东区", "East region"),
            "figures": FIGURES,
            "former": FORMER,
            "trend": trend(FIGURES, 8, WEEK.label),
            "units": units(language),
            "items": items(language),
            "counts": COUNTS,
            "stages": STAGES,
            "reasons": REASONS,
            "windows": {"A": 7, "B": 7, "C": 28},
        }
        | more
    )


ABROAD: Figures = {
    "deals.lead.amount.USD": 300_000,
    "deals.quoted.amount.USD": 1_250_000,
    "deals.quoted.amount.EUR": 84_000,
    "won.amount.USD": 92_000,
    "forecast.0.amount.USD": 410_000,
    "forecast.0.weighted.USD": 287_000,
}
INDUSTRIES: Figures = {
    "industry.visits.医疗": 143,
    "industry.deals.医疗": 31,
    "industry.amount.CNY.医疗": 22_400_000,
    "industry.won.医疗": 2,
    "industry.visits.制造": 121,
    "industry.deals.制造": 28,
    "industry.amount.CNY.制造": 18_600_000,
    "industry.amount.USD.制造": 1_550_000,
    "industry.won.制造": 3,
    "industry.visits.教育": 66,
    "industry.deals.教育": 9,
    "industry.amount.CNY.教育": 4_300_000,
    "industry.visits.": 82,
    "industry.deals.": 18,
    "industry.amount.CNY.": 6_100_000,
    **{f"industry.visits.行业{number}": number for number in range(1, 9)},
}
RESTATED = (
    Restated("discipline.on_time", 115, 117),
    Restated("deals.quoted.amount.CNY", 19_500_000, 19_800_000),
    Restated("level.A.neglected", 11, 10),
    Restated("customers.count", 1270, 1267),
)


def a_quiet_week(language: Language, **more: Any) -> Digest:
    """Return a week of holidays: customers and deals stand as they stood, and nothing happens."""
    standing = {name: number for name, number in FIGURES.items() if name.startswith(("deals.", "customers.c"))}
    figures = {**standing, "discipline.due": 134, "discipline.leave": 134}
    base: dict[str, Any] = {"figures": figures, "former": FORMER, "units": (), "items": (), "counts": {}, "trend": ()}
    return a_digest(language, **base | {"period": Period.parse("2026-W40")} | more)


def a_morning(language: Language, **more: Any) -> Morning:
    """Return a morning mail with a workbook and something of each part."""
    returns = Returns(
        since=date(2026, 11, 1),
        until=date(2026, 11, 26),
        month={**reports(16, 1, 1), "visits.done": 41, "visits.customers": 23, "won.count": 1, "deals.quoted.count": 5},
        decided=(
            Decided(
                DecidedKind.SAME,
                names(language, "东海一院", "Eastport Hospital"),
                names(language, "东海市第一人民医院", "Eastport General Hospital"),
                names(language, "林婉", "Wan Lin"),
            ),
            Decided(
                DecidedKind.RETURNED,
                names(language, "拜访 第 6 行", "Visits, row 6"),
                by=names(language, "林婉", "Wan Lin"),
                note=names(language, "见面是哪一天？", "Which day was it?"),
            ),
        ),
        overdue=(
            Overdue(
                names(language, "东海市第一人民医院", "Eastport General Hospital"), "A", date(2026, 10, 28), 1, 3, 30, 7
            ),
            Overdue(names(language, "云川县水务局", "Cloud River Waterworks"), "A", None, 0, 3, 0, 7),
        ),
    )
    base = {
        "name": names(language, "李薇", "Vera Lind"),
        "number": "E1024",
        "day": date(2026, 11, 27),
        "returns": returns,
    }
    return Morning(
        **{"language": language, "has_workbook": True, "customers": 23, "deals": 5, "plans": 4} | base | more
    )


def a_reminder(language: Language, **more: Any) -> Reminder:
    """Return a reminder with two earlier days missing."""
    base = {
        "name": names(language, "王磊", "Leo Wang"),
        "day": date(2026, 11, 26),
        "cut_off": "09:00",
        "cut_off_on": date(2026, 11, 27),
    }
    return Reminder(language, **{**base, "missing": (date(2026, 11, 25), date(2026, 11, 20))} | more)


def an_escalation(language: Language, **more: Any) -> Escalation:
    """Return an escalation about two reps, one of whom has never reported."""
    last = date(2026, 11, 26)
    days = tuple(last - timedelta(days=back) for back in (0, 1, 2))
    missing = (
        Missing(
            names(language, "王磊", "Leo Wang"),
            "E1031",
            names(language, "上海二队", "Shanghai two"),
            days,
            date(2026, 11, 20),
        ),
        Missing(
            names(language, "赵敏", "Mina Zhao"),
            "E1044",
            names(language, "苏州", "Suzhou"),
            tuple(last - timedelta(days=back) for back in range(8)),
        ),
    )
    base = {"name": names(language, "周岚", "Lan Zhou"), "day": date(2026, 11, 27), "missing": missing}
    return Escalation(language, **base | more)


def a_steward_digest(language: Language, **more: Any) -> Digest:
    """Return a steward's queue with work in four places."""
    figures = {
        "queue.name": 12,
        "queue.duplicate": 5,
        "queue.rows": 3,
        "queue.messages": 1,
        "queue_rows.name": 31,
        "queue_rows.rows": 3,
        "queue_days.name": 9,
        "queue_days.duplicate": 2,
        "queue_days.rows": 1,
    }
    questions = tuple(item for item in items(language) if item.topic is Topic.QUESTION)
    base = {
        "kind": DigestKind.STEWARD,
        "period": Period.parse("2026-11-27"),
        "name": names(language, "林婉", "Wan Lin"),
    }
    rest = {
        "figures": figures,
        "former": {},
        "items": questions,
        "counts": {Topic.QUESTION: 17},
        "trend": (),
        "units": (),
    }
    return a_digest(language, **base | rest | more)


def every_mail(language: Language) -> Mapping[str, Content]:
    """Return every mail that goes out by the clock, by the name of its golden files."""
    month = a_digest(
        language,
        kind=DigestKind.MONTHLY,
        period=MONTH,
        windows={"A": 30, "B": 30, "C": 30},
        trend=trend(FIGURES, 6, MONTH.label),
    )
    evil = {"name": EVIL, "scope": EVIL, "figures": {**FIGURES, f"competitor.{EVIL}": 9, f"won.reason.{EVIL}": 1}}
    hostile = tuple(
        replace(
            item, name=EVIL, rep=EVIL, detail={**item.detail, "project": EVIL, "text": EVIL, "city": EVIL, "kind": EVIL}
        )
        for item in items(language)
    )
    good = {
        **reports(130),
        "visits.done": 40,
        "visits.customers": 30,
        "customers.count": 80,
        "level.A.promised": 9,
        "level.A.done": 9,
        "level.A.customers": 3,
    }
    return {
        "weekly": a_digest(language),
        "weekly-all-well": a_digest(
            language, figures=good, former={}, trend=(), units=units(language)[3:], items=(), counts={}
        ),
        "weekly-bad": a_digest(language, figures={**FIGURES, **reports(60, 30, 40)}, items=(), counts={}),
        "weekly-headquarters": a_digest(
            language,
            scope=names(language, "全公司", "The whole company"),
            figures={**FIGURES, **ABROAD, **INDUSTRIES},
            former={**FORMER, **ABROAD},
            rates={"CNY": "1", "USD": "7.1", "EUR": "7.8"},
            restated=RESTATED,
            sees_all=True,
            console="https://daysheet.corp.example",
        ),
        "weekly-currencies": a_digest(
            language, figures={**FIGURES, **ABROAD}, former={**FORMER, **ABROAD}, items=(), counts={}
        ),
        "weekly-restated": a_digest(language, restated=RESTATED, items=(), counts={}),
        "weekly-quiet": a_quiet_week(language),
        "weekly-first": a_digest(language, former={}, trend=trend(FIGURES, 1, WEEK.label), scope=""),
        "weekly-hostile": a_digest(language, **evil, items=hostile, units=(Unit("rep", EVIL, reports(3, 1)),)),
        "monthly": month,
        "monthly-quiet": a_quiet_week(language, kind=DigestKind.MONTHLY, period=Period.parse("2026-10")),
        "steward": a_steward_digest(language),
        "steward-links": a_steward_digest(language, console="https://daysheet.corp.example/"),
        "morning": a_morning(language),
        "morning-answered": a_morning(language, has_workbook=False),
        "morning-first": a_morning(
            language, returns=Returns(date(2026, 11, 1), date(2026, 11, 26)), customers=0, deals=0, plans=0
        ),
        "morning-hostile": a_morning(
            language,
            name=EVIL,
            returns=replace(
                a_morning(language).returns, decided=(Decided(DecidedKind.RENAMED, EVIL, EVIL, EVIL, EVIL),)
            ),
        ),
        "reminder": a_reminder(language),
        "reminder-first": a_reminder(language, missing=()),
        "escalation": an_escalation(language),
        "escalation-many": an_escalation(language, more=9),
    }


NAMES = tuple(every_mail(Language.EN))
