"""The fifteen mails of the demo, as the programs that sent them would have written them."""

import base64
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from importlib.resources import files

from daysheet.demo.company import BRANCH_BELOW, DOMAIN, MAILBOX, TRAP, TWO_SPELLINGS, UNCLEAR
from daysheet.demo.post import XLSX, Letter
from daysheet.demo.workbooks import Rows, Typed, filled
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail: its number, what it is in a few words, its bytes, and how it should end."""

    number: int
    about: str
    raw: bytes
    ends: str


def samples(daily: TemplateSpec, lite: TemplateSpec, now: datetime) -> list[Sample]:
    """Return the fifteen mails, dated today or the day before."""
    desk = _Desk(daily, lite, now)
    clean = desk.clean_chinese()
    return [
        Sample(1, "clean Chinese report", clean, "accepted"),
        Sample(2, "clean English report", desk.clean_english(), "accepted"),
        Sample(3, "eight different mistakes", desk.mistaken(), "partly"),
        Sample(4, "number 3, corrected", desk.corrected(), "accepted"),
        Sample(5, "number 1 again, same bytes", clean, "duplicate"),
        Sample(6, "saved by LibreOffice", desk.stored("sun.yue", "libreoffice.xlsx", "销售日报-孙悦.xlsx"), "accepted"),
        Sample(7, "legacy .xls", desk.stored("zhou.hang", "legacy.xls", "日报 周航.xls"), "accepted"),
        Sample(8, "CSV in GB18030", desk.csv(), "accepted"),
        Sample(9, "an assistant's mail for another rep", desk.for_another(), "accepted"),
        Sample(10, "a stranger with our template", desk.stranger(), "ignored"),
        Sample(11, "out-of-office reply", desk.out_of_office(), "ignored"),
        Sample(12, "encrypted workbook", desk.stored("sun.yue", "encrypted.xlsx", "日报.xlsx"), "rejected"),
        Sample(13, "inflate bomb", desk.bomb(), "rejected"),
        Sample(14, "Chinese file name in broken encoding", desk.broken_name(), "accepted"),
        Sample(15, "a cloud-disk link instead of a file", desk.link(), "rejected"),
    ]


def of_many_names(daily: TemplateSpec, lite: TemplateSpec, now: datetime) -> bytes:
    """Return one mail more: a report that writes its customers as people do."""
    return _Desk(daily, lite, now).of_many_names()


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the mails are written."""

    daily: TemplateSpec
    lite: TemplateSpec
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    # ---- reports -----------------------------------------------------------------------------

    def clean_chinese(self) -> bytes:
        visits: Rows = [
            self._visit("杭州云杉自动化有限公司", "周敏", "13812345678", time(9, 30), level="A"),
            self._visit("浙江大学", "何老师", "0571-88001234", time(14, 0), purpose="demo"),
            self._visit("杭州市西湖区教育局", "钱科长", "0571-87001122", time(16, 0), purpose="first"),
        ]
        deals: Rows = [self._deal("杭州云杉自动化有限公司", "涂装线二期", "quoted", "50万")]
        plans: Rows = [self._plan("杭州云杉自动化有限公司")]
        book = self._book(Language.ZH, "E1001", "王丽", visits, deals, plans)
        return self._mail(
            "王丽", "wang.li", f"日报 {self.today:%Y-%m-%d}", "各位好，今天的日报请查收。", book, "日报-王丽.xlsx"
        )

    def clean_english(self) -> bytes:
        visits: Rows = [
            {
                **self._visit("Nordlicht Maschinenbau GmbH", "Jana Vogt", "+49 40 5550123", time(10, 0)),
                "way": "Online meeting",
                "purpose": "Needs",
                "outcome": "Progress",
                "content": "Two lines to be refitted next year; they want a proposal by December.",
                "next_step": "Send the proposal",
            },
            {
                **self._visit("Harbour Light Optics Pte. Ltd.", "Grace Lim", "+65 6555 0188", time(15, 0)),
                "way": "Visit",
                "purpose": "First contact",
                "outcome": "To follow up",
                "content": "First meeting. They test lenses by hand today.",
            },
        ]
        book = self._book(Language.EN, "E1003", "Tom Baker", visits)
        return self._mail(
            "Tom Baker",
            "tom.baker",
            f"Daily report {self.today:%Y-%m-%d}",
            "Please find my report.",
            book,
            "Report Tom.xlsx",
        )

    def _li_qiang(self, visits: Rows, deals: Rows, subject: str, text: str) -> bytes:
        plans: Rows = [self._plan("深圳市海棠光电科技有限公司")]
        book = self._book(Language.ZH, "E1002", "李强", visits, deals, plans)
        return self._mail("李强", "li.qiang", subject, text, book, "日报-李强.xlsx")

    def mistaken(self) -> bytes:
        good = self._visit("深圳市海棠光电科技有限公司", "罗工", "13900001111", time(9, 0))
        visits: Rows = [
            good,
            {**self._visit("苏州蓝鲸精密机械有限公司", "吕经理", "13900002222", time(10, 0)), "visit_date": "下周三"},
            {**self._visit("苏州蓝鲸精密机械有限公司", "吕经理", "13900002222", time(11, 0)), "way": "打球"},
            {**self._visit("暂无", "张先生", "13900003333", time(12, 0))},
            {**self._visit("天津港湾重型机械股份有限公司", "", "13900004444", time(13, 0))},
            {
                **self._visit("天津港湾重型机械股份有限公司", "江总", "13900005555", time(14, 0)),
                "visit_date": self.today + timedelta(days=9),
                "next_date": None,
            },
        ]
        deals: Rows = [
            self._deal("深圳市海棠光电科技有限公司", "检测台", "quoted", "很多"),
            self._deal("天津港湾重型机械股份有限公司", "吊装监控", "won", None),
            self._deal("苏州蓝鲸精密机械有限公司", "主轴改造", "lost", "30万"),
        ]
        return self._li_qiang(visits, deals, f"日报 {self.today:%Y-%m-%d}", "请查收。")

    def corrected(self) -> bytes:
        visits: Rows = [
            self._visit("深圳市海棠光电科技有限公司", "罗工", "13900001111", time(9, 0)),
            self._visit("苏州蓝鲸精密机械有限公司", "吕经理", "13900002222", time(10, 0)),
            self._visit("苏州蓝鲸精密机械有限公司", "吕经理", "13900002222", time(11, 0)),
            self._visit("宁波听潮泵业有限公司", "张先生", "13900003333", time(12, 0)),
            self._visit("天津港湾重型机械股份有限公司", "江总", "13900004444", time(13, 0)),
            self._visit("天津港湾重型机械股份有限公司", "江总", "13900005555", time(14, 0)),
        ]
        deals: Rows = [
            self._deal("深圳市海棠光电科技有限公司", "检测台", "quoted", "120000"),
            self._deal("天津港湾重型机械股份有限公司", "吊装监控", "won", "88万"),
            {**self._deal("苏州蓝鲸精密机械有限公司", "主轴改造", "lost", "30万"), "reason": "价格"},
        ]
        return self._li_qiang(visits, deals, f"Re: 日报 {self.today:%Y-%m-%d}", "已按提示改好，请查收。")

    def for_another(self) -> bytes:
        visits: Rows = [self._visit("中国工商银行股份有限公司北京市分行", "冯处长", "010-66001234", time(9, 30))]
        book = self._book(Language.ZH, "E1007", "郑凯", visits)
        return self._mail(
            "陈静", "chen.jing", f"代郑凯提交日报 {self.today:%Y-%m-%d}", "郑凯出差，由我代交。", book, "日报-郑凯.xlsx"
        )

    def of_many_names(self) -> bytes:
        names = (*TWO_SPELLINGS, BRANCH_BELOW, TRAP[1], UNCLEAR)
        visits: Rows = [
            self._visit(name, "韩经理", f"1380000000{number}", time(9 + number, 0)) for number, name in enumerate(names)
        ]
        book = self._book(Language.ZH, "E1008", "高岚", visits)
        return self._mail("高岚", "gao.lan", f"日报 {self.today:%Y-%m-%d}", "请查收。", book, "日报-高岚.xlsx")

    def csv(self) -> bytes:
        lines = [
            "拜访日期,客户名称,联系人,电话,拜访方式,拜访目的,沟通内容,结果",
            f"{self.today:%Y-%m-%d},深圳市海棠光电科技有限公司,罗工,13900001111,上门拜访,需求沟通,确认了检测台的参数,有进展",
            f"{self.today:%Y-%m-%d},东莞市青禾包装有限公司,谢经理,13900006666,电话,首次拜访,介绍了产品；约下周见面,待跟进",
        ]
        content = "\r\n".join(lines).encode("gb18030")
        return self._mail(
            "吴桐",
            "wu.tong",
            f"日报 {self.today:%Y-%m-%d}",
            "手机上写的，用 CSV 发。",
            content,
            "日报.csv",
            "octet-stream",
        )

    def stored(self, user: str, file: str, name: str) -> bytes:
        content = (files("daysheet.demo") / "files" / file).read_bytes()
        people = {"sun.yue": "孙悦", "zhou.hang": "周航"}
        return self._mail(people[user], user, f"日报 {people[user]}", "请查收。", content, name)

    def stranger(self) -> bytes:
        visits: Rows = [self._visit("杭州云杉自动化有限公司", "周敏", "13812345678", time(9, 30))]
        book = self._book(Language.ZH, "E1001", "王丽", visits)
        return self._mail(
            "王丽", "wangli.private", "日报（手机发）", "用私人邮箱发的。", book, "日报.xlsx", domain="mail.example"
        )

    def out_of_office(self) -> bytes:
        return self._mail(
            "王丽",
            "wang.li",
            "自动回复：外出",
            "本人今日外出，有事请电话联系。",
            None,
            headers={"Auto-Submitted": "auto-replied"},
        )

    def bomb(self) -> bytes:
        content = io.BytesIO()
        book = self._book(Language.ZH, "E1005", "周航", [])
        with (
            zipfile.ZipFile(io.BytesIO(book)) as source,
            zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
        ):
            for entry in source.infolist():
                target.writestr(entry.filename, source.read(entry))
            target.writestr("xl/media/image1.bin", b"\0" * (300 * 2**20))
        return self._mail("周航", "zhou.hang", "日报", "附件请查收。", content.getvalue(), "日报.xlsx")

    def broken_name(self) -> bytes:
        row = self._visit("浙江大学", "何老师", "0571-88001234", time(9, 0))
        kept = {column.key for column in self.lite.data_sheets[0].columns}
        book = filled(self.lite, Language.ZH, {}, {"visits": [{k: v for k, v in row.items() if k in kept}]})
        # an old client: raw GB18030 bytes in the headers, where only ASCII is allowed
        head = (
            f"From: =?GB2312?B?{_b64('吴桐'.encode('gb2312'))}?= <wu.tong@{DOMAIN}>\r\nTo: {MAILBOX}\r\n"
            f"Date: {format_datetime(self.now)}\r\nMessage-ID: <14.demo@{DOMAIN}>\r\nMIME-Version: 1.0\r\nSubject: "
        ).encode() + f"手机日报 {self.today:%Y-%m-%d}".encode("gb18030")
        part = (
            b'\r\nContent-Type: multipart/mixed; boundary="b14"\r\n\r\n--b14\r\n'
            b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "请查收。".encode("gb18030")
            + b'\r\n--b14\r\nContent-Type: application/octet-stream; name="'
            + "手机日报-吴桐.xlsx".encode("gb18030")
            + b'"\r\nContent-Disposition: attachment; filename="'
            + "手机日报-吴桐.xlsx".encode("gb18030")
            + b'"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        )
        return head + part + base64.encodebytes(book).replace(b"\n", b"\r\n") + b"--b14--\r\n"

    def link(self) -> bytes:
        text = "文件太大，放网盘了：https://pan.baidu.com/s/1abcDEF 提取码 1234"
        return self._mail("郑凯", "zheng.kai", f"日报 {self.today:%Y-%m-%d}", text, None)

    # ---- pieces ------------------------------------------------------------------------------

    def _book(
        self, language: Language, number: str, name: str, visits: Rows, deals: Rows = (), plans: Rows = ()
    ) -> bytes:
        cover: dict[str, Typed] = {
            "rep_number": number,
            "rep_name": name,
            "report_date": self.today,
            "work_type": "外勤",
        }
        if language is Language.EN:
            cover["work_type"] = "Field work"
        return filled(self.daily, language, cover, {"visits": visits, "opportunities": deals, "plans": plans})

    def _visit(
        self, customer: str, contact: str, phone: str, at: time, *, purpose: str = "需求沟通", level: str | None = None
    ) -> dict[str, Typed]:
        named = {"demo": "产品演示 Demonstration", "first": "首次拜访 First contact"}
        return {
            "visit_date": self.today,
            "start_time": at,
            "customer": customer,
            "level": level,
            "contact": contact or None,
            "phone": phone,
            "way": "上门拜访",
            "purpose": named.get(purpose, purpose),
            "content": "了解现有设备和明年的计划，对方希望年底前看到方案。",
            "outcome": "有进展",
            "next_step": "提交方案",
            "next_date": self.today + timedelta(days=7),
        }

    def _deal(self, customer: str, project: str, stage: str, amount: str | None) -> dict[str, Typed]:
        return {
            "customer": customer,
            "project": project,
            "product": "设备",
            "stage": {"quoted": "已报价", "won": "赢单", "lost": "丢单"}[stage],
            "amount": amount,
            "currency": "人民币",
            "probability": 60,
            "expected_date": self.today + timedelta(days=60),
        }

    def _plan(self, customer: str) -> dict[str, Typed]:
        return {
            "plan_date": self.today + timedelta(days=7),
            "customer": customer,
            "purpose": "报价",
            "target": "确认预算",
        }

    def _mail(
        self,
        name: str,
        user: str,
        subject: str,
        text: str,
        content: bytes | None,
        file_name: str = "",
        subtype: str = XLSX,
        *,
        domain: str = DOMAIN,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        letter = Letter(name, user, subject, text, content, file_name, subtype, domain, headers or {})
        return letter.written(self.now)


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
