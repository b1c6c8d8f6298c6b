"""The last days: what the stewards have not come to yet, something in every queue of the console."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

from daysheet.demo.company import DOMAIN, LEAVING
from daysheet.demo.months import Past, Row, book, settle, sheet, visit
from daysheet.demo.post import Letter
from daysheet.demo.territory import CRM, REPS, Rep
from daysheet.errors import DeliveryRefused
from daysheet.model.memory import Says
from daysheet.services import import_customers, recheck
from daysheet.services.process import CLAIM
from daysheet.services.reviews import Answer
from daysheet.store import inbound
from daysheet.store import outbox as waybills

BY_NUMBER = {rep.number: rep for rep in REPS}

NAMES: Mapping[int, Mapping[str, Mapping[str, int]]] = {
    9: {"E1011": {"鹿鸣食品": 4, "海舟船舶工程": 1}, "E1012": {"云帆科技": 3, "沐森环保": 2}},
    8: {"E1006": {"星澜电子": 5, "云帆软件": 1}, "E1013": {"澄观测控": 2, "海淀区教委": 2}},
    7: {"E1012": {"林原生物": 3, "杭州云帆": 1, "南京林原": 1}, "E1003": {"Blue Harbor": 2}},
    6: {"E1009": {"天河区教育局": 2, "听雨智能": 3}, "E1011": {"鹿鸣": 2, "海舟船工": 1, "附属第一医院": 2}},
    5: {"E1006": {"惠州星澜": 1, "惠州星澜电子科技有限公司": 2}, "E1013": {"北京澄观技术有限公司": 1}},
    4: {"E1012": {"云帆": 2, "沐森环保科技公司": 1, "林原医药": 1, "苏州林原生物科技有限公司": 1}},
    3: {"E1011": {"广东鹿鸣食品有限公司": 2, "佛山鹿鸣": 1, "珠海海舟工程有限公司": 1, "中大": 1}},
    2: {"E1009": {"广州听雨智能": 1, "佛山鹿鸣食品厂": 1}, "E1006": {"云帆科技公司": 1, "星澜": 2}},
    1: {"E1012": {"浙江沐森环保有限公司": 1}, "E1013": {"津沽重工机械": 1, "澄观": 1}},
}
"""What reps wrote, working days back: to the number of the rep, names nobody can be sure of, and in how many rows."""

WRONG: Mapping[int, Mapping[str, Sequence[Row]]] = {
    6: {"E1013": ({"visit_date": "昨天下午"}, {"way": "打球"}, {"contact": None})},
    4: {"E1006": ({"customer": "暂无"}, {"customer": "客户"}, {"outcome": "还行"}, {"start_time": "九点多"})},
    3: {"E1009": ({"visit_date": "31/2"}, {"purpose": "吃饭"}, {"customer": "？？？", "contact": None})},
    2: {"E1012": ({"outcome": "不清楚"}, {"content": None}), "E1003": ({"way": "Golf"}, {"visit_date": "soon"})},
    1: {"E1011": ({"customer": "张老板"}, {"purpose": "陪同"}, {"visit_date": "下周三"}, {"contact": None})},
}
"""Cells of rows that could not be taken; the reps have not sent them again."""

JUST_NOW = (
    ("海舟船工", "珠海海舟船舶工程有限公司", "E1031"),
    ("惠州星澜", "惠州市星澜电子有限公司", "E1032"),
)
"""Questions that other stewards have settled today: what is the same as what, and who said so."""

HOSTILE = "<script>alert('x')</script>\u202e有限公司"
"""A name that somebody typed to see what happens, and what else they wrote."""
PROBES: Row = {
    "content": "<img src=x onerror=alert(1)> {{ 7 * 7 }}",
    "next_step": '=HYPERLINK("http://x.example","点这里")',
}


def pile_up(past: Past) -> None:
    """Let the last days go by: questions, rows, messages and answers that wait for a steward."""
    now = past.at
    days = _working_days(now.date(), max(NAMES))
    for back, day in days.items():
        past.set(day, 18, 5)
        past.mail(_reports(past, back))
        if back == 5:
            past.set(day, 20)
            import_customers.import_file(past.tools, "crm.csv", CRM.encode(), system="crm")
            recheck.recheck(past.tools)
        if back == 3:
            _half_sent(past, BY_NUMBER["E1006"])
        if back == 2:
            _half_sent(past, BY_NUMBER["E1013"])
            _replied(past, days[max(NAMES)])
            past.mail(_strange_mails(past.today))
        if back == 1:
            _broken(past)
            _refused(past)
    past.at = now - timedelta(minutes=20)
    for typed, other, by in JUST_NOW:
        settle(past, typed, Answer(Says.SAME, past.named(other)), by)
    past.at = now


def _working_days(now: date, number: int) -> Mapping[int, date]:
    """Return the last *number* working days, by how many of them lie between each and *now*, the earliest first."""
    found: list[date] = []
    at = now
    while len(found) < number:
        at -= timedelta(days=1)
        found += [at] if at.weekday() < 5 else []
    return {back: found[back - 1] for back in range(number, 0, -1)}


def _reports(past: Past, back: int) -> Sequence[Letter]:
    named, wrong = NAMES[back], WRONG.get(back, {})
    letters = []
    for number in dict.fromkeys((*named, *wrong)):
        rep = BY_NUMBER[number]
        names = [name for name, times in named.get(number, {}).items() for _ in range(times)]
        rows = [_plain(past.today, rep, name, slot) for slot, name in enumerate(names)]
        rows += [
            {**_plain(past.today, rep, rep.customers[slot % len(rep.customers)], len(names) + slot), **change}
            for slot, change in enumerate(wrong.get(number, ()))
        ]
        letters.append(book(past, rep, rows) if number in wrong and back > 2 else sheet(past, rep, rows))
    return letters


def _plain(day: date, rep: Rep, name: str, slot: int) -> Row:
    return {**visit(day, rep, name, slot, day.toordinal() % 5), "start_time": time(8 + slot, 30)}


def _half_sent(past: Past, rep: Rep) -> None:
    """A whole report in the afternoon, and in the evening one more row alone: was the first to be replaced?"""
    rows = [_plain(past.today, rep, name, slot) for slot, name in enumerate(rep.customers[:5])]
    past.set(past.today, 16)
    past.mail([sheet(past, rep, rows, " 下午")])
    past.set(past.today, 21)
    past.mail([sheet(past, rep, [_plain(past.today, rep, rep.customers[-1], 7)], " 晚上")])


def _replied(past: Past, asked_on: date) -> None:
    """A rep answers our mail of a day in words: a note on the questions of that report."""
    rep = BY_NUMBER["E1011"]
    with past.tools.database.reading() as connection:
        sent = [one for one in waybills.list_mails(connection, ("sent",), 200) if one.recipient.startswith(rep.user)]
        found = waybills.get(connection, next(one.id for one in sent if one.created_at.date() == asked_on))
    assert found is not None
    ours = found[0].message_id
    headers = {"In-Reply-To": ours, "References": ours}
    text = "“鹿鸣食品”说的是佛山那家，上次去的也是佛山工厂。"
    past.mail([Letter(rep.name, rep.user, "Re: 日报", text, headers=headers)])


# ---- what is no report -------------------------------------------------------------------------


def _strange_mails(day: date) -> Sequence[Letter]:
    """Mails that were left aside: from a stranger, a list, a calendar, a machine, and one that is too much to open."""
    pictures = "\n".join(f"content-type: image/jpeg; name=IMG_{number}.jpg" for number in range(140))
    tang, wu = BY_NUMBER["E1011"], BY_NUMBER["E1006"]
    bounce = {"Auto-Submitted": "auto-replied", "X-Failed-Recipients": f"feng.lei@{DOMAIN}"}
    return (
        Letter(wu.name, wu.user, f"日报 {day:%Y-%m-%d} 现场照片", f"今天的照片都在里面。\n\n{pictures}"),
        Letter("老周", "zhou.buyer", "询价：检测台两套", "请报个价，下周要。", domain="customer.example"),
        Letter(
            "行业周刊", "weekly", "本周要闻", "……", domain="news.example", headers={"List-Id": "<weekly.news.example>"}
        ),
        Letter(tang.name, tang.user, "自动回复：休假", "本周休假。", headers={"Auto-Submitted": "auto-replied"}),
        Letter("Mail Delivery", "mailer-daemon", "Undelivered", "550 no such user", headers=bounce),
    )


def _broken(past: Past) -> None:
    """A report on which the program died each time it was opened: the power failed, but nobody can know that."""
    rep = BY_NUMBER["E1013"]
    past.set(past.today, 19)
    past.put(sheet(past, rep, [_plain(past.today, rep, rep.customers[0], 0)], " 补").written(past.at))
    tries = past.tools.house.max_attempts
    for inbound_id in past.receive():
        for _ in range(tries):
            with past.tools.database.writing() as connection:
                inbound.claim_one(connection, inbound_id, "gone", past.at, CLAIM.total_seconds(), tries)
            past.at += CLAIM + timedelta(minutes=1)
    past.work()


class _NoSuchMailbox:
    """The mail server of somebody who has left."""

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Refuse everything."""
        del message, sender
        raise DeliveryRefused(f"550 5.1.1 <{recipients[0]}>: mailbox disabled")

    def check(self) -> str:
        """Say how mails leave: not at all."""
        return "every mail is refused"

    def close(self) -> None:
        """Nothing is held."""


def _refused(past: Past) -> None:
    """Two reports of a rep who is leaving: the answers come back."""
    rep = BY_NUMBER[LEAVING]
    for hour, customer in ((17, rep.customers[1]), (18, HOSTILE)):
        past.set(past.today, hour, 40)
        row = {**_plain(past.today, rep, customer, hour - 15), **(PROBES if customer == HOSTILE else {})}
        note = " <b>补</b>" if customer == HOSTILE else " 17"
        past.mail([sheet(past, rep, [row], note)], _NoSuchMailbox())
