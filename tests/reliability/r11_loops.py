"""
R11: programs that answer our answers: each mail brings at most one, a null path none, a day no more than the caps let.

Whole pipelines in one process, a post office that carries mails between them and the other parties until all are
quiet, or a day has passed, and a clock that goes from one event to the next.
"""

import heapq
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from itertools import count
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from daysheet import wiring
from daysheet.model.alarms import AlarmKind
from daysheet.model.digests import DigestKind, Reminder
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.text import Language
from daysheet.services import digest_mails, outbox, people, watch
from daysheet.services.ingest import ingest_file
from daysheet.services.outbox import Flushed
from daysheet.services.tools import Tools
from daysheet.store import alarms, tables
from daysheet.store import outbox as outbox_store
from daysheet.store import people as people_store
from tests import builders
from tests.builders import NOW, TODAY, Clock, a_mail, a_visit, a_workbook
from tests.reliability.frame import Counts, Stage, Sweep, Trial

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SHORT = 6 * HOUR
"""A day of those that send twenty workbooks an hour round would take a minute to simulate."""
TRAVEL = timedelta(seconds=20)
MOST_EVENTS = 6000
US, THEM = "daily@corp.example", "berichte@partner.example"
REP, BOSS, ADMIN, ASSISTANT = "wang.li@corp.example", "zhao@corp.example", "admin@corp.example", "chen@corp.example"
MORE = f"A1,林婉,admin,{ADMIN},,zh,,,2025-09-01\n"
OTHERS = "B1,伙伴,rep,{address},一组,zh,E9,,2025-09-01\n"


# ---- the parties ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    """A mail on its way: *path* is the envelope's sender, "" the null path."""

    raw: bytes
    path: str
    to: str

    @property
    def mail(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.raw, policy=default))


Answering = Callable[["Letter", int], Sequence[Letter]]
"""What a party does with a letter: what it sends; the number is new each time."""


class Office:
    """Carries letters between parties until all are quiet or the day is over."""

    def __init__(self, clock: Clock, lasts: timedelta) -> None:
        self.clock = clock
        self.ends_at = clock.now + lasts
        self.parties: dict[str, Answering] = {}
        self.houses: dict[str, House] = {}
        self.answered = Counter[str]()
        self._queue: list[tuple[datetime, int, Letter]] = []
        self._numbers = count(1)

    def post(self, letter: Letter) -> None:
        heapq.heappush(self._queue, (self.clock.now + TRAVEL, next(self._numbers), letter))

    def run(self) -> None:
        """Deliver, answer, send and watch, event by event."""
        watched_at = self.clock.now
        for _ in range(MOST_EVENTS):
            for house in self.houses.values():
                house.send()
            due = [at for house in self.houses.values() if (at := house.next_at()) is not None]
            due += [self._queue[0][0]] if self._queue else []
            due = [max(at, self.clock.now) for at in due]
            if not due or min(due) > self.ends_at:
                return
            self.clock.now = min(due)
            if self.clock.now - watched_at >= HOUR / 2:
                watched_at = self.clock.now
                for house in self.houses.values():
                    house.watch()
            while self._queue and self._queue[0][0] <= self.clock.now:
                self._deliver(heapq.heappop(self._queue)[2])
        raise AssertionError(f"not quiet after {MOST_EVENTS} events: {self.clock.now}")

    def _deliver(self, letter: Letter) -> None:
        if letter.to in self.houses:
            self.houses[letter.to].receive(letter)
        elif letter.to in self.parties:
            answers = self.parties[letter.to](letter, next(self._numbers))
            self.answered[letter.to] += len(answers)
            for one in answers:
                self.post(one)


@dataclass
class House:
    """One installation: what is delivered to it is worked at once; it sends when the office asks it to."""

    office: Office
    tools: Tools
    folder: Path
    address: str
    received: int = 0
    null_paths: set[str] = field(default_factory=set)  # the hashes of what came from the null path
    sent: list[tuple[datetime, str, str, str]] = field(default_factory=list)  # when, to whom, what kind, Message-ID
    memory: watch.Memory = field(default_factory=watch.Memory)

    def receive(self, letter: Letter) -> None:
        """Take a letter as the last mail server hands it over: with the path it came by."""
        self.received += 1
        head = f"Return-Path: <{letter.path}>\r\nDelivered-To: {self.address}\r\n".encode()
        path = self.folder / f"{self.received:05}.eml"
        path.write_bytes(head + letter.raw)
        line = ingest_file(self.tools, path)
        assert line.state in ("accepted", "partly", "rejected", "ignored", "duplicate", "quarantined"), line
        path.unlink()
        if not letter.path:
            with self.tools.database.reading() as connection:
                newest = sa.select(tables.inbound.c.raw_sha256).order_by(tables.inbound.c.id.desc()).limit(1)
                self.null_paths.add(connection.execute(newest).scalar_one())

    def send(self) -> Flushed:
        return outbox.flush(self.tools, _Posting(self))

    def next_at(self) -> datetime | None:
        query = sa.select(sa.func.min(tables.outbox.c.next_at)).where(tables.outbox.c.state == "queued")
        with self.tools.database.reading() as connection:
            found: datetime | None = connection.scalar(query)
        return found

    def watch(self) -> None:
        watch.look(self.tools, watch.Watched((), self.folder), self.memory)


class _Posting:
    """Hands what a house sends to the office."""

    def __init__(self, house: House) -> None:
        self._house = house

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        house = self._house
        mail = message_from_bytes(message, policy=default)
        own_id = str(mail["Message-ID"]).strip()  # it may stand in a line of its own
        for recipient in recipients[:1]:
            house.sent.append((house.office.clock.now, recipient, own_id.split(".")[1], own_id))
        for recipient in recipients:
            house.office.post(Letter(message, sender, recipient))

    def check(self) -> str:
        return "posted"

    def close(self) -> None:
        pass


# ---- what the other side does --------------------------------------------------------------------


def a_letter(
    number: int,
    *,
    sender: str,
    to: str = US,
    subject: str = "",
    text: str = "",
    path: str | None = None,
    headers: dict[str, str] | None = None,
    files: Sequence[bytes] = (),
    carried: bytes = b"",
) -> Letter:
    """A mail as a program writes it, whose Message-ID is new."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{number}@{sender.partition('@')[2]}>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(f"{text}\n{number}\n")
    for content in files:
        mail.add_attachment(content, maintype="application", subtype=builders.XLSX, filename="日报.xlsx")
    if carried:
        mail.add_attachment(message_from_bytes(carried, policy=default))
    return Letter(mail.as_bytes(), sender if path is None else path, to)


def _subject(letter: Letter) -> str:
    return str(letter.mail["Subject"] or "")


def _files(letter: Letter) -> list[bytes]:
    return [
        part.get_content() for part in letter.mail.iter_attachments() if part.get_content_maintype() == "application"
    ]


def _words(letter: Letter) -> str:
    body = letter.mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def _thread(letter: Letter) -> dict[str, str]:
    own = str(letter.mail["Message-ID"]).strip()
    return {"In-Reply-To": own, "References": own}


def vacation(me: str, shape: str) -> Answering:
    """A vacation responder that marks nothing, and answers everything, to whom it is from."""

    def answer(letter: Letter, number: int) -> Sequence[Letter]:
        to = str(letter.mail["From"].addresses[0].addr_spec)
        known: dict[str, dict[str, Any]] = {
            "plain": {"subject": "我在休假"},
            "subject quoted": {"subject": f"Re: {_subject(letter)}"},
            "notice": {"subject": f"自动回复：{_subject(letter)}"},
            "threaded": {"subject": f"Re: {_subject(letter)}", "headers": _thread(letter)},
            "whole text quoted": {"subject": _subject(letter), "text": "> " + _words(letter).replace("\n", "\n> ")},
            "workbook sent back": {"subject": f"Re: {_subject(letter)}", "files": _files(letter)},
            "workbook sent back in the thread": {
                "subject": f"Re: {_subject(letter)}",
                "headers": _thread(letter),
                "files": _files(letter),
            },
            "cloud link": {"subject": "我在休假", "text": "资料见 https://pan.baidu.com/s/1abcdefg"},
            "subscribes": {"subject": "订阅 早报"},
            "unsubscribes": {"subject": "退订", "headers": _thread(letter)},
            "marked": {"subject": "Away", "headers": {"Auto-Submitted": "auto-replied"}},
            "marked by its vendor": {"subject": "Away", "headers": {"X-Autoreply": "yes", "Precedence": "bulk"}},
            "from the null path": {"subject": "我在休假", "path": ""},
        }
        return [a_letter(number, sender=me, to=to, **known[shape])]

    return answer


def report(shape: str) -> Answering:
    """A mail server that cannot deliver our mails, or says that they are late."""

    def answer(letter: Letter, number: int) -> Sequence[Letter]:
        if not letter.path:
            return []  # no server reports what came from the null path
        own = str(letter.mail["Message-ID"]).strip()
        action, status = ("delayed", "4.4.7") if shape == "delayed" else ("failed", "5.1.1")
        status_part = (
            f"Reporting-MTA: dns; mx.corp.example\r\n\r\nFinal-Recipient: rfc822; {letter.to}\r\n"
            f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n"
        )
        head = letter.raw.partition(b"\r\n\r\n")[0]
        words = "550 5.1.1 no such user"
        sender = {"from the rep": letter.to}.get(shape, "MAILER-DAEMON@mx.corp.example")
        path = letter.to if shape in ("from the rep", "with a path") else ""
        lines = [f"From: {sender}", f"To: {letter.path}", f"Message-ID: <{number}@mx.corp.example>"]
        if shape == "in words":
            lines += ["Subject: failure notice", "", words, "--- Below this line is a copy of the message.", ""]
            return [Letter("\r\n".join(lines).encode() + b"\r\n" + letter.raw, path, letter.path)]
        if shape == "without the mail":
            lines += [f"In-Reply-To: {own}"]
        kind = {"header only": "text/rfc822-headers"}.get(shape, "message/rfc822")
        parts = [f"Content-Type: text/plain\r\n\r\n{words}".encode()]
        parts.append(f"Content-Type: message/delivery-status\r\n\r\n{status_part}".encode())
        if shape != "without the mail":
            parts.append(
                f"Content-Type: {kind}\r\n\r\n".encode() + (head + b"\r\n\r\n" if "only" in shape else letter.raw)
            )
        lines.append('Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"')
        body = b"".join(b"--=_r\r\n" + part + b"\r\n" for part in parts) + b"--=_r--\r\n"
        return [Letter("\r\n".join(lines).encode() + b"\r\n\r\n" + body, path, letter.path)]

    return answer


def mailing_list(shape: str) -> Answering:
    """A list that the rep's address belongs to, and we as well: what we send comes back to us."""

    def answer(letter: Letter, number: int) -> Sequence[Letter]:
        bounces = "sales-bounces+daily=corp.example@lists.example"
        if shape == "as it was":
            return [Letter(letter.raw, letter.path, US)]
        if shape == "with its marks":
            return [Letter(b"List-Id: <sales.lists.example>\r\nPrecedence: list\r\n" + letter.raw, bounces, US)]
        marks = {
            "rewritten, with its id": {"List-Id": "<sales.lists.example>"},
            "rewritten, with its precedence": {"Precedence": "list"},
            "rewritten, with its path": {},
            "rewritten, bare": {},
        }[shape]
        path = REP if shape.endswith("bare") else bounces
        subject = f"[sales] {_subject(letter)}"
        return [
            a_letter(
                number, sender=REP, subject=subject, text=_words(letter), headers=marks, path=path, files=_files(letter)
            )
        ]

    return answer


def receipt(shape: str) -> Answering:
    """A mail program that says that our mail was read."""

    def answer(letter: Letter, number: int) -> Sequence[Letter]:
        lines = [
            f"From: {REP}",
            f"To: {US}",
            f"Subject: Read: {_subject(letter)[:60].encode('ascii', 'ignore').decode()}",
        ]
        lines.append(f"Message-ID: <{number}@corp.example>")
        said = f"Final-Recipient: rfc822; {REP}\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
        if shape == "in words":
            return [a_letter(number, sender=REP, subject=f"已读: {_subject(letter)}", text="您的邮件已被阅读")]
        if shape == "in words, threaded":
            return [a_letter(number, sender=REP, subject=f"已读: {_subject(letter)}", headers=_thread(letter))]
        if shape == "bare":
            lines += ["Content-Type: message/disposition-notification", "", said]
            return [Letter("\r\n".join(lines).encode(), REP, US)]
        path = "" if shape == "by the standard" else REP
        lines.append('Content-Type: multipart/report; report-type=disposition-notification; boundary="=_r"')
        parts = [
            "Content-Type: text/plain\r\n\r\nread",
            f"Content-Type: message/disposition-notification\r\n\r\n{said}",
        ]
        body = "".join(f"--=_r\r\n{part}\r\n" for part in parts) + "--=_r--\r\n"
        return [Letter(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), path, US)]

    return answer


def returned(shape: str) -> Answering:
    """Somebody's rule, or server, that sends our mail back whole."""

    def answer(letter: Letter, number: int) -> Sequence[Letter]:
        whole: dict[str, Callable[[], Letter]] = {
            "redirected": lambda: Letter(letter.raw, REP, US),
            "redirected from the null path": lambda: Letter(letter.raw, "", US),
            "carried": lambda: a_letter(number, sender=REP, subject=f"Fwd: {_subject(letter)}", carried=letter.raw),
            "carried in the thread": lambda: a_letter(
                number, sender=REP, subject="Fwd:", carried=letter.raw, headers=_thread(letter)
            ),
            "carried by a server": lambda: a_letter(
                number, sender="postmaster@corp.example", subject="Returned mail", carried=letter.raw, path=""
            ),
            "forwarded with its workbook": lambda: a_letter(
                number, sender=REP, subject=f"Fwd: {_subject(letter)}", text=_words(letter), files=_files(letter)
            ),
        }
        return [whole[shape]()]

    return answer


# ---- the trials ----------------------------------------------------------------------------------


def _open(stage: Stage, stack: ExitStack, office: Office, address: str, other: str) -> House:
    folder = stage.folder()
    template = _prepared(stage)
    shutil.copy(template / "daysheet.db", folder / "daysheet.db")
    smtp = {"sender": address, "folder": folder / "answers"}
    alarms_ = {"free_mib": 1}
    chosen = builders.settings(folder, smtp=smtp, alarms=alarms_)
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    tools = replace(stack.enter_context(wiring.open_tools(chosen)), clock=office.clock)
    listed = builders.PEOPLE + MORE + OTHERS.format(address=other)
    people.import_file(tools, "people.csv", listed.encode())
    house = House(office, tools, folder, address)
    office.houses[address] = house
    return house


_TEMPLATES: dict[Path, Path] = {}


def _prepared(stage: Stage) -> Path:
    if stage.root not in _TEMPLATES:
        folder = stage.folder()
        with builders.open_tools(builders.settings(folder)):
            pass
        _TEMPLATES[stage.root] = folder
    return _TEMPLATES[stage.root]


def _seed(office: Office, house: House, kind: str, sender: str = REP) -> None:
    """Let *house* have something to say to somebody."""
    tools = house.tools
    if kind == "report":
        office.post(Letter(a_mail(a_workbook([a_visit()]), sender=sender), sender, house.address))
    elif kind == "faulty report":
        office.post(Letter(a_mail(a_workbook([a_visit(way="飞过去")]), sender=sender), sender, house.address))
    elif kind == "no report":
        office.post(Letter(a_mail(text="忘了附件", sender=sender), sender, house.address))
    elif kind == "alarm":
        with tools.database.writing() as connection:
            alarms.raise_once(connection, AlarmKind.DIGEST, "weekly 2026-W09", "TypeError", office.clock.now)
        house.watch()
    elif kind == "reminder":
        with tools.database.writing() as connection:
            rep = people_store.find_by_address(connection, sender)
            assert rep is not None
            said = Reminder(Language.ZH, rep.name, TODAY, "09:00", TODAY, ())
            mail = digest_mails.new_mail(tools, DigestKind.REMINDER, Period.of(PeriodKind.DAY, TODAY), rep, said)
            outbox_store.enqueue(connection, mail, office.clock.now)


def _judge(office: Office, *, most: int | None) -> Counts:
    """Count what every house did, and hold it against what was promised; *most*: answers, where they must end."""
    counted = Counter[str]()
    for house in office.houses.values():
        with house.tools.database.reading() as connection:
            made = connection.execute(
                sa.select(tables.outbox.c.inbound_id, sa.func.count(), tables.inbound.c.raw_sha256)
                .join_from(tables.outbox, tables.inbound, tables.inbound.c.id == tables.outbox.c.inbound_id)
                .group_by(tables.outbox.c.inbound_id, tables.inbound.c.raw_sha256)
            ).all()
        counted["mails in"] += house.received
        counted["mails out"] += len(house.sent)
        counted["answers"] += sum(row[1] for row in made)
        counted["second answers"] += sum(row[1] - 1 for row in made)
        counted["to a null path"] += sum(row[1] for row in made if row[2] in house.null_paths)
        counted["beyond the caps"] += _beyond_caps(house)
        counted["sent twice"] += len(house.sent) - len({own_id for *_, own_id in house.sent})
    assert counted["second answers"] == 0, "a mail brought more than one"
    assert counted["to a null path"] == 0, "a mail from the null path was answered"
    assert counted["beyond the caps"] == 0, "an address got more in an hour than it may"
    assert counted["sent twice"] == 0
    if most is not None:
        assert counted["answers"] <= most, f"{counted['answers']} answers, where marks end it after {most}"
    # each mail a program answered once, and each of its answers was answered at most once
    assert counted["mails out"] <= counted["mails in"] + 40, dict(counted)
    return counted


def _bounced(office: Office) -> int:
    query = sa.select(sa.func.count()).where(tables.outbox.c.state == "bounced")
    found = 0
    for house in office.houses.values():
        with house.tools.database.reading() as connection:
            found += connection.execute(query).scalar_one()
    return found


def _beyond_caps(house: House) -> int:
    """Count the answers sent within an hour of so many others to the same address that they should have waited."""
    caps = {False: house.tools.house.answers_per_hour, True: house.tools.house.refusals_per_hour}
    query = sa.select(tables.outbox.c.message_id).where(
        tables.outbox.c.kind == "refused", tables.outbox.c.submission_id.is_(None)
    )
    with house.tools.database.reading() as connection:
        refusals = set(connection.execute(query).scalars())
        answers = set(
            connection.execute(
                sa.select(tables.outbox.c.message_id).where(tables.outbox.c.inbound_id.is_not(None))
            ).scalars()
        )
    found = 0
    times: dict[tuple[str, bool], list[datetime]] = {}
    for at, recipient, _, own_id in house.sent:
        if own_id in answers:
            times.setdefault((recipient, own_id in refusals), []).append(at)
    for (_, is_refusal), when in times.items():
        cap = caps[is_refusal]
        found += sum(when[number] - when[number - cap] < HOUR for number in range(cap, len(when)))
    return found


@dataclass(frozen=True)
class Loop:
    """One way of going round: who answers, what begins it, and after how many answers marks must end it."""

    kind: str
    shape: str
    seed: str
    set_up: Callable[[Office], None]
    most: int | None = None
    sender: str = REP
    houses: int = 1
    lasts: timedelta = DAY

    @property
    def key(self) -> str:
        return f"{self.kind}: {self.shape}, after {self.seed}"

    def run(self, stage: Stage) -> Counts:
        office = Office(Clock(NOW), self.lasts)
        with ExitStack() as stack:
            _open(stage, stack, office, US, THEM)
            if self.houses == 2:
                _open(stage, stack, office, THEM, US)
            self.set_up(office)
            _seed(office, office.houses[US], self.seed, self.sender)
            office.run()
            counted = dict(_judge(office, most=self.most))
            counted["marked as come back"] = _bounced(office)
        assert counted["mails out"], "nothing was ever sent: the trial shows nothing"
        if self.kind == "bounce":
            assert (counted["marked as come back"] > 0) is (self.shape != "delayed"), "the bounce was not matched"
        return counted | {self.kind: 1}


def _party(address: str, answering: Answering) -> Callable[[Office], None]:
    def set_up(office: Office) -> None:
        office.parties[address] = answering

    return set_up


def _stripped(*names: str, renamed: bool = False) -> Callable[[Office], None]:
    """Both houses' mails pass a gateway that takes marks off, and may give mails an id of its own."""

    def set_up(office: Office) -> None:
        post = office.post
        numbers = count(1)

        def passing(letter: Letter) -> None:
            if letter.to in office.houses and letter.path in office.houses:
                mail = letter.mail
                for name in names:
                    del mail[name]
                if renamed:
                    mail.replace_header("Message-ID", f"<gateway.{next(numbers)}@gw.example>")
                    del mail["In-Reply-To"]
                    del mail["References"]
                letter = Letter(mail.as_bytes(policy=SMTP), letter.path, letter.to)
            post(letter)

        office.post = passing  # type: ignore[method-assign]

    return set_up


MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Daysheet-Loop", "List-Id")
SEEDS = ("report", "no report", "reminder")


_WORKBOOKS_ROUND = ("workbook sent back", "workbook sent back in the thread", "rewritten, bare")


def loops() -> Iterator[Loop]:
    """Every loop, one kind after the other."""
    own = "two of ours"
    for seed in ("report", "no report"):
        for shape, set_up, most in (
            ("as they are", _stripped(), 1),
            ("no Auto-Submitted", _stripped("Auto-Submitted"), 1),
            ("no mark but the id", _stripped(*MARKS), 1),
            ("another id", _stripped(renamed=True), 1),
            ("another id, no Auto-Submitted", _stripped("Auto-Submitted", renamed=True), 1),
            ("no mark at all", _stripped(*MARKS, renamed=True), None),
        ):
            yield Loop(own, shape, seed, set_up, most, THEM, houses=2)
    shapes: dict[str, tuple[Callable[[str], Answering], dict[str, int | None]]] = {
        "vacation": (
            lambda shape: vacation(REP, shape),
            {
                "plain": None,
                "subject quoted": None,
                "notice": 1,
                "threaded": 1,
                "whole text quoted": None,
                "workbook sent back": None,
                "workbook sent back in the thread": None,
                "cloud link": None,
                "subscribes": None,
                "unsubscribes": None,
                "marked": 1,
                "marked by its vendor": 1,
                "from the null path": 1,
            },
        ),
        "bounce": (
            report,
            dict.fromkeys(
                ("whole", "header only", "without the mail", "delayed", "in words", "from the rep", "with a path"), 1
            ),
        ),
        "list": (
            mailing_list,
            {
                "as it was": 1,
                "with its marks": 1,
                "rewritten, with its id": 1,
                "rewritten, with its precedence": 1,
                "rewritten, with its path": 1,
                "rewritten, bare": None,
            },
        ),
        "receipt": (
            receipt,
            {"by the standard": 1, "with a path": 1, "bare": 1, "in words": None, "in words, threaded": 1},
        ),
        "returned": (
            returned,
            {
                "redirected": 1,
                "redirected from the null path": 1,
                "carried": 1,
                "carried in the thread": 1,
                "carried by a server": 1,
                "forwarded with its workbook": None,
            },
        ),
    }
    for seed in SEEDS:
        for kind, (made, known) in shapes.items():
            for shape, most in known.items():
                is_long = seed == "report" and shape in _WORKBOOKS_ROUND
                yield Loop(kind, shape, seed, _party(REP, made(shape)), most, lasts=SHORT if is_long else DAY)
    for kind, (made, known) in shapes.items():
        if kind != "vacation":
            shape = next(iter(known))
            yield Loop(kind, shape, "faulty report", _party(REP, made(shape)), known[shape])
    yield from _together()


def _together() -> Iterator[Loop]:
    """Several programs at once, and the mails that answer nobody in a loop of their own."""

    def both(shape: str) -> Callable[[Office], None]:
        def set_up(office: Office) -> None:
            office.parties[REP] = vacation(REP, shape)
            office.parties[ASSISTANT] = vacation(ASSISTANT, shape)

        return set_up

    for shape in ("plain", "subject quoted", "workbook sent back"):
        lasts = SHORT if shape in _WORKBOOKS_ROUND else DAY
        name = f"the sender's and the rep's responder, {shape}"
        yield Loop("together", name, "report", both(shape), None, ASSISTANT, lasts=lasts)
    for shape in ("plain", "subject quoted", "threaded", "marked"):
        yield Loop("together", f"an administrator's responder, {shape}", "alarm", _party(ADMIN, vacation(ADMIN, shape)))
    yield Loop("together", "an administrator's address that bounces", "alarm", _party(ADMIN, report("whole")))

    def all_of_them(office: Office) -> None:
        office.parties[REP] = vacation(REP, "subject quoted")
        office.parties[ADMIN] = report("whole")
        office.parties[ASSISTANT] = returned("forwarded with its workbook")
        office.parties[BOSS] = vacation(BOSS, "plain")
        for sender in (ASSISTANT, BOSS):
            _seed(office, office.houses[US], "no report", sender)
        _seed(office, office.houses[US], "alarm")

    yield Loop("together", "all of them", "report", all_of_them)


def trials(stage: Stage) -> Iterator[Trial]:
    """Every loop is a trial; the kinds take turns."""
    del stage
    by_kind: dict[str, list[Loop]] = {}
    for one in loops():
        by_kind.setdefault(one.kind, []).append(one)
    while any(by_kind.values()):
        for some in by_kind.values():
            if some:
                one = some.pop(0)
                yield Trial(one.key, one.run)


SWEEP = Sweep(
    id="R11",
    title="Loops with other programs",
    bar="at most one automatic mail per inbound mail, none to a null path, no more in an hour than the caps let",
    trials=trials,
    broken="With the caps taken out of `store/outbox`, a vacation responder without marks got 2,160 answers in a day: "
    "“an address got more in an hour than it may”. With the null path no longer seen in `ingest/automatic`: “a mail "
    "from the null path was answered”. With the form of our Message-IDs not looked at, two of ours went round: “2 "
    "answers, where marks end it after 1”.",
    zeros=("second answers", "to a null path", "beyond the caps", "sent twice"),
    least={"two of ours": 10, "vacation": 30, "bounce": 20, "list": 15, "receipt": 12, "returned": 15, "together": 8},
    remarks="Each trial is a simulated day (six hours where twenty workbooks an hour go round). A program that marks "
    "nothing cannot be told from a person; the caps hold it: an hour brings an address at most 20 answers and one to "
    "mail without a report. A rep's copy of the answer to whoever sent for them goes with that answer's cap.",
)
