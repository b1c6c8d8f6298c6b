"""What the trials of dying processes share: mails of every kind, a place to work them, what must become of them."""

import json
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from multiprocessing.context import ForkServerProcess
from typing import Any

import sqlalchemy as sa

from daysheet import config, wiring
from tests.acceptance.house import SILENT, House, a_recent_day
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.reliability import dying
from tests.reliability.dying import Fate, Task
from tests.reliability.frame import Stage
from tests.services.dovecot import PASSWORD
from tests.services.smtp import Received

DATABASES = ("sqlite", "postgresql")
PATIENCE = 60
"""Seconds until a process that should have ended is held to hang."""
STRANGER = "nobody@elsewhere.example"
_UNKNOWN = "苏州远帆精密机械有限公司"
_BLUE = "苏州蓝鲸精密机械有限公司"


# ---- the mails ---------------------------------------------------------------------------------


def people(reps: int) -> str:
    """Return the list of people: *reps* of them, and their manager, who gets a digest."""
    head = "number,name,role,addresses,team,language,manager\n"
    listed = "".join(f"R{n},销售{n},rep,r{n}@corp.example,一组,zh,M1\n" for n in range(1, reps + 1))
    return f"{head}{listed}M1,赵敏,manager,m1@corp.example,,zh,\n"


def report(rep: int, back: int, *, subject: str = "日报", wrong: bool = False, more: int = 0) -> bytes:
    """Return a mail with the report of *back* days ago; *wrong*: a row that must wait; *more* rows that are new."""
    return a_mail(
        workbook(back, wrong=wrong, more=more),
        sender=f"r{rep}@corp.example",
        subject=subject,
        message_id=f"<{rep}.{back}.{subject.encode().hex()}.{more}@corp.example>",
    )


def workbook(back: int, *, wrong: bool = False, more: int = 0) -> bytes:
    """Return a report of *back* days ago; its cover leaves the rep to the sender."""
    day = a_recent_day(back)
    visits = [a_visit(visit_date=day), a_visit(_BLUE, visit_date=day, contact="江总")]
    visits += [a_visit(_UNKNOWN, visit_date=day, contact=f"客户{number}") for number in range(more)]
    if wrong:
        visits[1] = visits[1] | {"way": "打球"}
    return a_workbook(visits, cover={"rep_number": None, "report_date": day}, opportunities=[a_deal()])


def without_workbook(rep: int) -> bytes:
    """Return a mail that brings nothing, and is told so."""
    return a_mail(None, sender=f"r{rep}@corp.example", message_id=f"<empty.{rep}@corp.example>")


def stranger(number: int) -> bytes:
    """Return our form, from an address that is not listed."""
    return a_mail(workbook(8), sender=STRANGER, message_id=f"<strange.{number}@elsewhere.example>")


def two_workbooks(rep: int, back: int) -> bytes:
    """Return a mail with two reports, each filed in a transaction of its own."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"r{rep}@corp.example", "daily@corp.example", "两天的日报"
    mail["Message-ID"] = f"<two.{rep}.{back}@corp.example>"
    mail.set_content("请查收。")
    for day in (back, back + 1):
        kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        mail.add_attachment(workbook(day), maintype="application", subtype=kind, filename=f"日报{day}.xlsx")
    raw = mail.as_bytes()
    # the boundary is drawn by lot: the same mail must be the same bytes in every trial
    return raw.replace(str(mail.get_boundary()).encode(), b"=====together=====")


def bounce(number: int) -> bytes:
    """Return what a server says of a mail it could not deliver."""
    return (
        "From: MAILER-DAEMON@corp.example\r\nTo: daily@corp.example\r\nSubject: Undelivered\r\n"
        f"Message-ID: <bounce.{number}@corp.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=part\r\n\r\n"
        "--part\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--part\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; corp.example\r\n\r\nFinal-Recipient: rfc822; gone@corp.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n--part--\r\n"
    ).encode()


def mails(reps: int) -> tuple[bytes, ...]:
    """
    Return eight mails from each pair of *reps*, an end of every kind among them.

    The same bytes each time within a process, for what is compared is told apart by them.
    """
    if reps not in _MAILS:
        made: list[bytes] = []
        for rep in range(1, reps + 1, 2):
            first = report(rep, 8, more=1)
            made += [
                first,
                report(rep + 1, 9, wrong=True),
                without_workbook(rep),
                report(rep, 8, subject="日报 替换", more=2),
                first,
                stranger(rep),
                bounce(rep),
                two_workbooks(rep + 1, 10),
            ]
        _MAILS[reps] = tuple(made)
    return _MAILS[reps]


_MAILS: dict[int, tuple[bytes, ...]] = {}
STATES = {"accepted": 3, "partly": 1, "rejected": 1, "ignored": 2}
"""What becomes of eight mails; the eighth is a duplicate sighting."""


# ---- a place to work them ----------------------------------------------------------------------


@dataclass
class Place:
    """One trial's own installation: folder, database, mailbox; and the mails that came to the server since it began."""

    stage: Stage
    house: House
    user: str
    database: str = ""  # of the PostgreSQL server
    started: list[tuple[Task, ForkServerProcess]] = field(default_factory=list)

    @property
    def sent(self) -> list[Received]:
        """Return what the mail server was given."""
        return self.stage.sink.mails

    def start(self, what: str = "rounds", fate: Fate = Fate()) -> tuple[Task, ForkServerProcess]:  # noqa: B008
        """Start a process."""
        task = Task(self.house.folder, self.house.environment, what, f"p{len(self.started)}", fate)
        self.started.append((task, dying.start(task)))
        return self.started[-1]

    def run(self, fate: Fate = Fate(), seconds: float = PATIENCE) -> tuple[Task, int]:  # noqa: B008 - frozen
        """Run a process that does what there is to do, to its end or its fate; return it and its exit code."""
        task, process = self.start(fate=fate)
        return task, dying.end_of(process, seconds)

    def settle(self) -> Mapping[str, Any]:
        """Run until there is nothing left to do, and return the books."""
        task, code = self.run()
        assert code == 0, f"the last run ended {code}: {self.log()[-1500:]}"
        books: dict[str, Any] = json.loads((self.house.folder / f"{task.name}.books").read_text())
        return books

    def log(self) -> str:
        """Return what the processes said."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.house.folder.glob("p*.log")))

    def put_away(self) -> None:
        """End what still runs, and remove everything."""
        for _, process in self.started:
            if process.exitcode is None:
                process.kill()
                process.join(10)
        if self.database:
            self.stage.postgres.drop(self.database)
        shutil.rmtree(self.house.folder, ignore_errors=True)


def settings(stage: Stage, user: str, url: str, **schedule: Any) -> dict[str, Any]:
    """Return the settings of an installation."""
    box = {"host": "127.0.0.1", "port": stage.dovecot.port, "security": "plain", "username": user, "trust": "none"}
    return {
        "database": {"url": url},
        "mailboxes": {"reports": box},
        "smtp": {
            "host": "127.0.0.1",
            "port": stage.sink.port,
            "security": "plain",
            "sender": "daily@corp.example",
            "per_minute": 10000,
            "answers_per_hour": 1000,
            "refusals_per_hour": 1000,
        },
        "schedule": {"poll_seconds": 1, "send_seconds": 1, **SILENT, "weekly": "mon 00:00", **schedule},
        "digests": {"charts": False},
        "web": {"enabled": False},
        "log": {"level": "info", "format": "json"},
    }


def place(stage: Stage, database: str, reps: int, *, deliver: bool = True, **schedule: Any) -> Place:
    """Return a new installation with the mails of *reps* in its mailbox; the tables are copied, not made."""
    model = _model(stage, database, reps)
    folder, user = stage.folder(), f"daily-{uuid.uuid4().hex[:12]}"
    name = stage.postgres.new_database(model) if database == "postgresql" else ""
    if not name:
        shutil.copy(model, folder / "daysheet.db")
    url = stage.postgres.url(name) if name else "sqlite:///daysheet.db"
    environment = {"DAYSHEET_MAILBOXES__REPORTS__PASSWORD": PASSWORD}
    house = House(folder, settings(stage, user, url, **schedule), environment).write()
    stage.sink.mails.clear()
    if deliver:
        stage.dovecot.append(user, *mails(reps))
    return Place(stage, house, user, name)


def _model(stage: Stage, database: str, reps: int) -> str:
    """Return the database that the others are copied from: people and customers, no mail."""
    known: dict[tuple[str, int], str] = stage.__dict__.setdefault("models", {})
    if (database, reps) not in known:
        folder = stage.folder()
        name = stage.postgres.new_database() if database == "postgresql" else ""
        url = stage.postgres.url(name) if name else "sqlite:///daysheet.db"
        house = House(folder, settings(stage, "nobody", url)).set_up(people(reps))
        known[(database, reps)] = name or str(house.database)
    return known[(database, reps)]


# ---- what must have become of them -------------------------------------------------------------

_OF_MESSAGE = "JOIN inbound i ON i.id = s.inbound_id"
_QUESTIONS = {
    "messages": "SELECT message_id, sender, state, reason FROM inbound",
    "sightings": f"SELECT i.message_id, s.is_duplicate, s.settled_at IS NULL FROM sighting s {_OF_MESSAGE}",
    "submissions": "SELECT i.message_id, s.position, p.number, s.report_date, s.revision, s.is_current, s.state, "
    f"s.reason, s.rows_landed, s.rows_parked FROM submission s {_OF_MESSAGE} LEFT JOIN person p ON p.id = s.rep_id",
    "visits": "SELECT i.message_id, s.position, v.row_number, v.state, c.display_name FROM visits v "
    f"JOIN submission s ON s.id = v.submission_id {_OF_MESSAGE} LEFT JOIN customer c ON c.id = v.customer_id",
    "opportunities": "SELECT i.message_id, s.position, v.row_number, v.state, c.display_name FROM opportunities v "
    f"JOIN submission s ON s.id = v.submission_id {_OF_MESSAGE} LEFT JOIN customer c ON c.id = v.customer_id",
    "issues": "SELECT i.message_id, s.position, x.code, x.sheet, x.row_number FROM issue x "
    f"JOIN submission s ON s.id = x.submission_id {_OF_MESSAGE}",
    "customers": "SELECT display_name, status FROM customer",
    "aliases": "SELECT c.display_name, a.text, a.source FROM customer_alias a JOIN customer c ON c.id = a.customer_id",
    "contacts": "SELECT c.display_name, x.name FROM contact x JOIN customer c ON c.id = x.customer_id",
    "reviews": "SELECT r.kind, r.state, c.display_name FROM review r LEFT JOIN customer c ON c.id = r.customer_id",
    "decided": "SELECT action, entity FROM audit",
    "answers": "SELECT message_id, recipient, kind, state FROM outbox",
    "digests": "SELECT d.kind, d.first_on, p.number, o.message_id FROM digest d JOIN person p ON p.id = d.person_id "
    "LEFT JOIN outbox o ON o.id = d.outbox_id",
    "runs": "SELECT kind, zone, first_on, mails FROM digest_run",
    "alarms": "SELECT kind, subject FROM alarm WHERE kind <> 'quarantined'",
}

State = Mapping[str, Sequence[str]]


def ask(place: Place, query: str) -> list[Any]:
    """Return the rows that *query* asks of the database."""
    database = wiring.open_database(config.load(place.house.config))
    with closing(database), database.reading() as connection:
        return list(connection.execute(sa.text(query)))


def state_of(place: Place) -> State:
    """Return all that counts in the database, without what is drawn by lot or clock."""
    database = wiring.open_database(config.load(place.house.config))
    with closing(database), database.reading() as connection:
        return {
            what: sorted(" | ".join(map(_plain, row)) for row in connection.execute(sa.text(query)))
            for what, query in _QUESTIONS.items()
        }


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Reference:
    """What becomes of the mails where nothing is killed, and how often each point is come by."""

    state: State
    mails: frozenset[str]  # Message-IDs
    passings: Counter[str]


def reference(stage: Stage, database: str, reps: int, batch: int | None = None) -> Reference:
    """Return what becomes of the mails of *reps* in a run that nobody disturbs; worked out once."""
    known: dict[tuple[str, int, int | None], Reference] = stage.__dict__.setdefault("references", {})
    key = (database, reps, batch)
    if key not in known:
        spot = place(stage, database, reps)
        try:
            task, code = spot.run(Fate(batch=batch))
            assert code == 0, spot.log()[-2000:]
            books = spot.settle()
            pairs = reps // 2
            found = {state: number for state, number in books["by_state"].items() if "sightings" not in state}
            assert found == {state: number * pairs for state, number in STATES.items()}, books
            ids = Counter(one.message_id for one in spot.sent)
            assert set(ids.values()) == {1}
            known[key] = Reference(state_of(spot), frozenset(ids), dying.passings(task))
        finally:
            spot.put_away()
    return known[key]


def check(place: Place, books: Mapping[str, Any], wanted: Reference, copies: Mapping[str, int] | None = None) -> int:
    """
    Hold what became of the mails against *wanted*; return how many mails the server was given once too often.

    *copies*: how many more of which mail there may be, by Message-ID; without it any mail may be there
    once more for each time that it was found half-sent.
    """
    assert books["faults"] == [], books
    assert books["unfinished"] == 0, books
    found = state_of(place)
    for what, rows in wanted.state.items():
        lost, twice = Counter(rows) - Counter(found[what]), Counter(found[what]) - Counter(rows)
        assert not lost, f"{what} lost: {sorted(lost)[:5]}; instead: {sorted(twice)[:5]}"
        assert not twice, f"{what} twice, or not as they should be: {sorted(twice)[:5]}"
    server = place.stage.dovecot
    there = (server.messages(place.user), server.messages(place.user, "Processed"))
    assert there == (0, books["sightings"]), f"in the inbox and in Processed: {there}"
    files = {path.name for path in (place.house.folder / "var").glob("**/??/*") if not path.name.startswith(".")}
    hashes = {row.raw_sha256 for row in ask(place, "SELECT raw_sha256 FROM inbound")}
    assert files == hashes, "the spool and the database differ"
    if copies is None:
        half_sent = ask(place, "SELECT message_id, unknowns FROM outbox WHERE unknowns > 0")
        copies = {row.message_id: row.unknowns for row in half_sent}
    return _extra(place.sent, wanted.mails, copies)


def _extra(sent: Sequence[Received], wanted: frozenset[str], copies: Mapping[str, int]) -> int:
    number = Counter(one.message_id for one in sent)
    assert number.keys() == wanted, f"missing: {sorted(wanted - number.keys())}; new: {sorted(number.keys() - wanted)}"
    extra = {message_id: count - 1 for message_id, count in number.items() if count > 1}
    unforeseen = {one: count for one, count in extra.items() if count > copies.get(one, 0)}
    assert not unforeseen, f"sent twice without need: {unforeseen}"
    whom = {(one.message_id, one.recipients) for one in sent}
    assert len(whom) == len(number), "the second copy went to others than the first"
    return sum(extra.values())


def once(tried: Callable[[Place], Mapping[str, int]], place: Place) -> Mapping[str, int]:
    """Run a trial and put its place away; what the processes said last is told where it fails."""
    try:
        return tried(place)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{place.log()[-1200:]}") from error
    finally:
        place.put_away()
