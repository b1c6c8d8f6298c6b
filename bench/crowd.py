"""
A database as a large company has it after a year, written past the store: what ``console.py`` looks at.

200 reps of five regions, their customers, a report of each on every working day, 5,000 open questions,
5,000 rows that wait and 2,000 messages set aside. One real report goes through the pipeline first: the
documents (an answer, an issue, a parked row) are copies of its own.
"""

import json
import multiprocessing
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from invented import Invented, invent
from lookup import PIECE, _describe

from daysheet.naming.initials import initials
from daysheet.services import ingest, people
from daysheet.services.tools import Tools

REPS, DAYS, REVIEWS, PARKED, ASIDE = 200, 250, 5_000, 5_000, 2_000
REGIONS = ("华东", "华南", "华北", "西南", "海外")
STAFF = """\
S1,林婉,steward,s1@bench.example,总部,总部,zh
S2,何川,steward,s2@bench.example,总部,总部,zh
A1,罗敏,admin,a1@bench.example,总部,总部,zh
"""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is."""

    customers: int = 100_000
    rows_each: int = 20  # of a report; 200 reps in 250 days make 50,000 reports

    @property
    def confirmed(self) -> int:
        """Customers that are in no question; the last are provisional."""
        return self.customers - REVIEWS


# ---- names -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """A customer's name with what is stored of it."""

    name: str
    key: str
    profile: str
    keys: list[int]
    initials: str
    brand: str


def _named(customers: Sequence[Invented]) -> list[Named]:
    described = _describe([one.name for one in customers])
    return [
        Named(name, key, profile, keys, initials(name), one.brand)
        for one, (name, key, profile, keys) in zip(customers, described, strict=True)
    ]


def named(number: int) -> list[Named]:
    """Describe invented customers in two processes."""
    customers = invent(number)
    pieces = [tuple(customers[at : at + PIECE]) for at in range(0, number, PIECE)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return [one for piece in pool.imap(_named, pieces) for one in piece]


# ---- one real report -----------------------------------------------------------------------------


def staff(tools: Tools) -> None:
    """Import the people."""
    reps = (f"R{n:03d},代表{n:03d},rep,r{n}@bench.example,{_team(n)},{REGIONS[n % 5]},zh\n" for n in range(REPS))
    listed = f"number,name,role,addresses,team,region,language\n{''.join(reps)}{STAFF}"
    people.import_file(tools, "people.csv", listed.encode())


def _team(number: int) -> str:
    return f"{REGIONS[number % 5]}{number % 10 // 5 + 1}组"


def one_report(tools: Tools, folder: Path, day: date) -> None:
    """Take a report with one good and one wrong row in."""
    from daysheet.demo.post import Letter, csv_of

    good = {
        "visit_date": day,
        "start_time": time(9, 30),
        "customer": "杭州云杉自动化有限公司",
        "contact": "周敏",
        "phone": "13812345678",
        "way": "上门拜访",
        "purpose": "需求沟通",
        "content": "谈了明年的改造计划，希望月底前看到方案和报价。",
        "outcome": "有进展",
        "next_step": "提交方案",
    }
    content = csv_of(tools.specs[0], [good, good | {"way": "打球", "start_time": time(11, 0)}])
    letter = Letter("代表000", "r0", f"日报 {day:%Y-%m-%d}", "请查收。", content, "日报.csv", "csv", "bench.example")
    path = folder / "one.eml"
    path.write_bytes(letter.written(datetime.combine(day, time(18), UTC)))
    ingest.ingest_file(tools, path)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Documents of the real report, to be copied, and the ids that begin after it."""

    answer: Any
    issue: Any
    landed: dict[str, Any]
    parked: dict[str, Any]
    reps: list[int]
    stewards: list[int]
    raws: list[str]  # messages whose bytes are there


def patterns(tools: Tools, raws: Sequence[bytes]) -> Patterns:
    """Read what is to be copied."""
    import sqlalchemy as sa

    from daysheet.store import tables as core

    visits = tools.tables.table("visits")
    with tools.database.reading() as connection:
        rows = {row["state"]: dict(row) for row in connection.execute(sa.select(visits)).mappings()}
        found = connection.execute(sa.select(core.person.c.id, core.person.c.role).order_by(core.person.c.id)).all()
        return Patterns(
            connection.scalar(sa.select(core.outbox.c.payload)),
            connection.scalar(sa.select(core.issue.c.detail).where(core.issue.c.severity == "error")),
            rows["landed"],
            rows["parked"],
            [row.id for row in found if row.role == "rep"],
            [row.id for row in found if row.role == "steward"],
            [tools.spool.put(raw) for raw in raws],
        )


# ---- writing -----------------------------------------------------------------------------------

Table = tuple[str, str, Iterable[Row]]  # name, columns, rows


def write_sqlite(path: Path, some: Iterable[Table], journal: str = "WAL") -> None:
    """Write tables past the store; a very large transaction is quicker without a *journal*."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = OFF")
        for name, columns, rows in some:
            marks = ", ".join("?" for _ in columns.split(","))
            stored = (tuple(map(_for_sqlite, row)) for row in rows)
            connection.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", stored)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, date) else _document(value)


def write_postgres(url: str, some: Iterable[Table]) -> None:
    """Write tables past the store."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection, connection.cursor() as cursor:
        for name, columns, rows in some:
            with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(tuple(map(_document, row)))
            if columns.startswith("id,"):
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        cursor.execute("VACUUM ANALYZE")


def _document(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


# ---- the tables ----------------------------------------------------------------------------------


class Crowd:
    """All there is, table by table, from fixed dice. Ids begin at 10: the real report has the first ones."""

    FIRST = 10

    def __init__(self, sizes: Sizes, names: Sequence[Named], known: Patterns, now: datetime) -> None:
        self.sizes, self.names, self.known, self.now = sizes, names, known, now
        self._dice = random.Random(11)
        self.days = [day for n in range(400) if (day := now.date() - timedelta(days=400 - n)).weekday() < 5][-DAYS:]

    def tables(self) -> Iterator[Table]:
        """Give every table, each after those it points to."""
        yield (
            "customer",
            "id,display_name,short_name,kind,status,merged_into,root_id,credit_code,city,industry,level,ruleset_version,created_at",
            self._customers(),
        )
        yield "customer_alias", "customer_id,text,key,profile,source,at,initials", self._aliases()
        filed = sorted((key, self._id(at)) for at, one in enumerate(self.names) for key in one.keys)
        yield "name_key", "key,customer_id", filed
        yield "assignment", "customer_id,person_id,role,source,from_on,last_report_on", self._assignments()
        yield "customer_relation", "child_id,parent_id,type,source,confidence,status,valid_from", self._relations()
        yield "customer_field", "customer_id,field,value,source,is_proposal,at", self._fields()
        yield "contact", "id,customer_id,name,name_key,phone,created_at", self._contacts()
        yield "contact_field", "contact_id,field,value,at", self._contact_fields()
        yield "opportunity", "id,customer_id,project,project_key,created_at", self._opportunities()
        yield (
            "inbound",
            "id,raw_sha256,as_number,source,file_name,size,is_truncated,message_id,sender,subject,state,reason,codes,detail,attempts,first_seen_at,finished_at",
            self._inbound(),
        )
        yield (
            "submission",
            "id,inbound_id,position,rep_id,sender_id,template_id,template_version,report_date,revision,is_current,is_waiting,file_name,workbook_sha256,state,reason,rows_landed,rows_parked,headers,received_at",
            self._submissions(),
        )
        columns = [name for name in self.known.landed if name != "id"]
        yield "visits", ",".join(columns), self._visits(columns)
        yield (
            "opportunities",
            "submission_id,row_number,state,customer_id,opportunity_id,raw,customer,project,stage,amount,currency",
            self._deals(),
        )
        yield "issue", "submission_id,code,severity,sheet,row_number,field,detail", self._issues()
        yield (
            "review",
            "id,kind,customer_id,submission_id,state,detail,opened_at,decided_at,person_id,says,reason,actor,brand",
            self._reviews(),
        )
        yield "judgement", "id,left_id,right_id,says,reason,person_id,at,actor,review_id", self._judgements()
        yield "merge_event", "id,winner_id,loser_id,before,judgement_id,person_id,at,actor", self._merges()
        yield (
            "outbox",
            'id,inbound_id,submission_id,kind,recipient,cc,message_id,in_reply_to,"references",payload,state,attempts,unknowns,next_at,last_error,created_at,sent_at',
            self._outbox(),
        )
        yield "audit", "at,actor,action,entity,entity_id,before,after", self._audit()
        yield "alarm", "kind,subject,detail,raised_at", self._alarms()

    # ---- customers ---------------------------------------------------------------------------

    def _id(self, at: int) -> int:
        return self.FIRST + at

    def _rep(self, at: int) -> int:
        return self.known.reps[at % REPS]

    def _is_merged(self, at: int) -> bool:
        return at % 40 == 7 and at < self.sizes.confirmed

    def _root(self, at: int) -> int:
        return self._id(at - 1 if self._is_merged(at) else at)

    def _at(self, days: int) -> datetime:
        return self.now - timedelta(days=days % 400, minutes=days % 1000)

    def _customers(self) -> Iterator[Row]:
        for at, one in enumerate(self.names):
            status = "confirmed" if at < self.sizes.confirmed else "provisional"
            root = self._root(at)
            merged = root if self._is_merged(at) else None
            code = f"91{at:016d}" if at % 3 == 0 else None
            level = "ABCD"[at % 4] if at % 2 else None
            yield self._id(at), one.name, "", "", status, merged, root, code, "杭州", "制造", level, "", self._at(at)

    def _aliases(self) -> Iterator[Row]:
        for at, one in enumerate(self.names):
            yield self._id(at), one.name, one.key, one.profile, "canonical", self._at(at), one.initials
            if at % 3 == 0:
                yield self._id(at), f"{one.name}（旧）", one.key, None, "report", self._at(at), one.initials

    def _assignments(self) -> Iterator[Row]:
        today = self.now.date()
        for at in range(self.sizes.customers):
            begun = today - timedelta(days=at % 400)
            yield self._id(at), self._rep(at), "owner", "report", begun, today
            if at % 10 == 0:
                yield self._id(at), self._rep(at + 1), "participant", "report", begun, today

    def _relations(self) -> Iterator[Row]:
        for at in range(3, self.sizes.confirmed, 10):
            yield self._id(at), self._id(at - 3), "branch_of", "lattice", "high", "proposed", self._at(at)
        for at in range(11, min(4_000, self.sizes.confirmed), 20):  # one head office with 200 branches
            yield self._id(at), self._id(0), "branch_of", "import", "certain", "confirmed", self._at(at)

    def _fields(self) -> Iterator[Row]:
        for at in range(self.sizes.customers):
            yield self._id(at), "city", "杭州", "import", False, self._at(at)
            yield self._id(at), "industry", "制造", "report", at % 5 == 0, self._at(at)

    def _contacts(self) -> Iterator[Row]:
        for at in range(self.sizes.customers):
            yield self._id(at), self._id(at), f"联系人{at % 997}", f"联系人{at % 997}", f"138{at:08d}", self._at(at)

    def _contact_fields(self) -> Iterator[Row]:
        for at in range(self.sizes.customers):
            yield self._id(at), "title", "设备科科长", self._at(at)
            yield self._id(at), "phone", f"138{at:08d}", self._at(at)

    def _opportunities(self) -> Iterator[Row]:
        for at in range(0, self.sizes.customers, 3):
            yield self._id(at), self._id(at), f"改造{at}期", f"改造{at}期", self._at(at)

    # ---- reports -----------------------------------------------------------------------------

    def _reports(self) -> Iterator[tuple[int, int, date]]:
        """Give number, rep's place and day of every report, in order of time."""
        for number in range(DAYS * REPS):
            yield number, number % REPS, self.days[number // REPS]

    def _inbound(self) -> Iterator[Row]:
        for number, rep, day in self._reports():
            at = datetime.combine(day, time(10), UTC)
            yield self._message(number, f"r{rep}@bench.example", "accepted", "ok", at)
        for number in range(ASIDE):
            state, reason = ("quarantined", "malformed") if number % 2 else ("ignored", "stranger")
            at = self._at(number % 60)
            raw = self.known.raws[number] if number < len(self.known.raws) else ""
            yield self._message(DAYS * REPS + number, f"r{number % REPS}@bench.example", state, reason, at, raw)

    def _message(self, number: int, sender: str, state: str, reason: str, at: datetime, raw: str = "") -> Row:
        mail, subject = f"<{number}@bench.example>", f"日报 {at:%Y-%m-%d}"
        raw = raw or f"{number:064x}"
        return (
            self._id(number),
            raw,
            "",
            "mail",
            "",
            30_000,
            False,
            mail,
            sender,
            subject,
            state,
            reason,
            [],
            "",
            1,
            at,
            at,
        )

    def _submissions(self) -> Iterator[Row]:
        for number, rep, day in self._reports():
            at, has_parked = datetime.combine(day, time(10), UTC), self._has_parked(number)
            is_waiting = number > DAYS * REPS - 100
            state, reason = ("partly", "waits-for-replace") if is_waiting else ("accepted", "ok")
            person = self.known.reps[rep]
            # of those that wait the current one is another
            yield (
                *(self._id(number), self._id(number), 0, person, person, "daily_report", 1, day, 1),
                *(not is_waiting, is_waiting, "日报.xlsx", f"{number:064x}", state, reason),
                *(self.sizes.rows_each - has_parked, has_parked, {}, at),
            )

    def _has_parked(self, number: int) -> int:
        """The reports of the last weeks have a row each that waits."""
        return int(number >= DAYS * REPS - PARKED)

    def _visits(self, columns: Sequence[str]) -> Iterator[Row]:
        own = self.sizes.customers // REPS
        for number, rep, day in self._reports():
            for slot in range(self.sizes.rows_each):
                # some customers are seen every week, others once a year
                turn = min(int(self._dice.expovariate(6 / own)), own - 1) if slot % 2 else self._dice.randrange(own)
                at = turn * REPS + rep
                is_parked = slot == 0 and self._has_parked(number)
                row = (self.known.parked if is_parked else self.known.landed) | {
                    "submission_id": self._id(number),
                    "row_number": slot + 3,
                    "customer_id": None if is_parked else self._id(at),
                    "contact_id": None if is_parked else self._id(at),
                    "visit_date": day,
                    "customer": self.names[at].name,
                }
                yield tuple(row[name] for name in columns)

    def _deals(self) -> Iterator[Row]:
        for at in range(0, self.sizes.customers, 3):
            for month in range(2):
                number = (month * 100 + at % 100) * REPS + at % REPS
                deal = (self._id(at), self._id(at), {"project": "改造"}, self.names[at].name, f"改造{at}期")
                stage = ("quoted", "won")[month]
                yield self._id(number), 100 + at, "landed", *deal, stage, "500000", "CNY"

    def _issues(self) -> Iterator[Row]:
        detail = self.known.issue
        for number, _, _ in self._reports():
            if self._has_parked(number):
                yield self._id(number), detail["code"], "error", "visits", 3, "way", detail

    # ---- stewards ----------------------------------------------------------------------------

    def _reviews(self) -> Iterator[Row]:
        last = DAYS * REPS - 1
        for at in range(REVIEWS):
            kind = ("name", "name", "name", "name", "name", "name", "name", "duplicate", "duplicate", "parent")[at % 10]
            own = self.sizes.confirmed + at
            others = [self._dice.randrange(self.sizes.confirmed // 40) * 40 for _ in range(1 + at % 5)]
            detail = self._detail([(own - 200 * 7) // 200 * 200 + own % 200, *others][: 1 + at % 5])
            asked = self._id(last - at % 20_000), "open", detail, self._at(at % 90), None, None, None, None, None
            yield self._id(at), kind, self._id(own), *asked, self.names[own].brand
        for at in range(20_000):
            own = at * 7 % self.sizes.confirmed
            says = ("same", "different", "related", "same")[at % 4]
            done = self._at(at % 360), self._at(at % 360), self.known.stewards[at % 2], says, "", f"S{at % 2 + 1}"
            detail = self._detail([(own + 40) % self.sizes.confirmed // 40 * 40])
            yield self._id(REVIEWS + at), "name", self._id(own), None, "decided", detail, *done, self.names[own].brand

    def _detail(self, others: Sequence[int]) -> dict[str, Any]:
        ranked = [
            {"customer_id": self._id(at), "display_name": self.names[at].name, "score": 0.9 - n / 20, "reasons": ["A2"]}
            for n, at in enumerate(dict.fromkeys(others))
        ]
        return {"candidates": ranked, "versions": {"ruleset": "2026.1"}}

    def _judgements(self) -> Iterator[Row]:
        for at in range(7, self.sizes.confirmed, 40):
            pair = (self._id(at - 1), self._id(at), "same", "", self.known.stewards[0], self._at(at), "S1")
            yield self._id(at), *pair, None

    def _merges(self) -> Iterator[Row]:
        for at in range(7, self.sizes.confirmed, 40):
            winner, loser = self._id(at - 1), self._id(at)
            before = {"winner": {"id": winner}, "moved": [{"id": loser}]}
            yield self._id(at), winner, loser, before, self._id(at), self.known.stewards[0], self._at(at), "S1"

    # ---- the rest ----------------------------------------------------------------------------

    def _outbox(self) -> Iterator[Row]:
        for number, rep, day in self._reports():
            at, state = datetime.combine(day, time(10, 5), UTC), "failed" if number % 250 == 0 else "sent"
            mail = (self._id(number), self._id(number), "report", f"r{rep}@bench.example", [], f"<a{number}@b.example>")
            error = "550 no such mailbox" if state == "failed" else ""
            yield self._id(number), *mail, "", [], self.known.answer, state, 1, 0, at, error, at, at

    def _audit(self) -> Iterator[Row]:
        for at in range(2 * self.sizes.customers):
            action, entity = (("customer.merged", "customer"), ("review.answered", "review"))[at % 2]
            own = self._id(at // 2 % (self.sizes.customers if at % 2 == 0 else REVIEWS + 20_000))
            after = {"says": "same", "customer": own, "reason": ""}
            yield (
                self._at(400 - at * 400 // (2 * self.sizes.customers)),
                f"S{at % 2 + 1}",
                action,
                entity,
                own,
                None,
                after,
            )

    def _alarms(self) -> Iterator[Row]:
        for number in range(50):
            yield "quarantined", str(self._id(number)), "malformed", self._at(number)
