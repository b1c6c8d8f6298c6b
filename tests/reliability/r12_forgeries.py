"""
Figure R12: mails that pretend to be a listed person's, through the whole pipeline: none counts, none is answered.

And genuine mails, as many servers write them, which all count: a rule that refuses everything proves nothing.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from daysheet import wiring
from daysheet.model.mail import MessageState, Reason, Sighting
from daysheet.model.trust import Relaxed, Trust
from daysheet.services.outcome import Outcome
from daysheet.services.process import process_pending
from daysheet.services.tools import Tools
from daysheet.store import inbound, tables
from tests import builders, mail_routes
from tests.builders import Clock, a_mail, a_visit, a_workbook
from tests.reliability import forged as book
from tests.reliability.frame import Counts, Stage, Sweep, Trial

STRICT, LISTS = "strict", "lists"
"""Two mailboxes of a company: in the second a person's mail through a mailing list is read."""
ENDS = {
    (MessageState.QUARANTINED, Reason.UNAUTHENTICATED),
    (MessageState.QUARANTINED, Reason.MALFORMED),
    (MessageState.IGNORED, Reason.STRANGER),
    (MessageState.IGNORED, Reason.STRANGER_WITH_TEMPLATE),
    (MessageState.IGNORED, Reason.SEVERAL_SENDERS),
    (MessageState.IGNORED, Reason.NO_SENDER),
}
"""How a forged mail may end."""


# ---- what the mails bring ----------------------------------------------------------------------------


def _bodies() -> list[bytes]:
    """Return mails, header and all, of each sort that does something where its sender is believed."""
    report = a_workbook([a_visit()])
    own = "<daysheet.0123.0.report@corp.example>"
    return [
        a_mail(report),
        a_mail(report, subject="日报 替换"),
        a_mail(subject="订阅 早报"),
        a_mail(subject="订阅 周报", headers={"Auto-Submitted": "auto-generated"}),
        a_mail(subject="退订", headers={"In-Reply-To": own}),
        a_mail(subject="Re: 日报", text="这是新客户", headers={"In-Reply-To": own, "References": own}),
        a_mail(text="https://pan.example.com/s/1 请下载"),
        a_mail(a_workbook([a_visit(way="?")]), headers={"Reply-To": "a@evil.example"}),
    ]


def _mail(header: str, body: bytes, mailbox: str) -> bytes:
    """Return *body* under *header*: its own From and To are taken off."""
    block, _, rest = body.partition(b"\n\n")
    kept = [line for line in block.split(b"\n") if not line.startswith((b"From:", b"To:"))]
    marked = [b"List-Id: <reports.corp.example>", b"Precedence: list"] if mailbox == LISTS else []
    return b"\n".join((header.encode(), *marked, *kept)) + b"\n\n" + rest


# ---- trials ------------------------------------------------------------------------------------------


def _prepared(stage: Stage) -> Path:
    file = stage.root / "forgeries" / "daysheet.db"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with builders.open_tools(builders.settings(file.parent)):
            pass
    return file


@contextmanager
def _house(stage: Stage, trust: Trust) -> Iterator[Tools]:
    folder = stage.folder()
    shutil.copy(_prepared(stage), folder / "daysheet.db")
    with wiring.open_tools(builders.settings(folder)) as tools:
        both = {STRICT: trust, LISTS: replace(trust, relaxed=trust.relaxed | {Relaxed.LISTS})}
        yield replace(tools, clock=Clock(), trust=both)
    shutil.rmtree(folder)


def _spool(tools: Tools, mailbox: str, raw: bytes) -> int:
    """Take a message in, as polling *mailbox* does; return its id."""
    arrival = inbound.Arrival(tools.spool.put(raw), len(raw))
    seen = Sighting(mailbox, "INBOX", 1, sha256(raw).hexdigest())
    with tools.database.writing() as connection:
        return inbound.record(connection, arrival, seen, tools.clock()).inbound_id


def _work(tools: Tools) -> dict[int, Outcome]:
    return {one.inbound_id: one for one in process_pending(tools)}


def _number(tools: Tools, table: sa.Table) -> int:
    with tools.database.reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def forged(kind: str, stage: Stage) -> Counts:
    """Feed every forgery of a kind."""
    bodies = _bodies()
    route, _ = book.kinds()[kind]
    with _house(stage, route.trust) as tools:
        audited = _number(tools, tables.audit)
        names: dict[int, str] = {}
        for number, one in enumerate(book.of_kind(kind)):
            mailbox = (STRICT, LISTS)[number // len(bodies) % 2]
            names[_spool(tools, mailbox, _mail(one.header, bodies[number % len(bodies)], mailbox))] = one.name
        ended = _work(tools)
        got_in = [
            f"{name}: {ended[number].state} {ended[number].reason}"
            for number, name in names.items()
            if (ended[number].state, ended[number].reason) not in ENDS | _ignored(ended[number])
        ]
        answered, filed = _number(tools, tables.outbox), _number(tools, tables.submission)
        changed = _number(tools, tables.audit) - audited
        assert not got_in, got_in[:5]
        assert (answered, filed, changed) == (0, 0, 0)
    return {"kinds": 1, "forgeries": len(names), "accepted": filed + len(got_in), "answered": answered}


def _ignored(outcome: Outcome) -> set[tuple[MessageState, Reason]]:
    """What is marked as automatic is ignored, whoever sent it."""
    is_automatic = outcome.reason in (Reason.AUTO_REPLY, Reason.MAILING_LIST) and outcome.state is MessageState.IGNORED
    return {(outcome.state, outcome.reason)} if is_automatic else set()


def genuine(name: str, stage: Stage) -> Counts:
    """Feed a genuine mail of a server."""
    trust, header = mail_routes.genuine()[name]
    with _house(stage, trust) as tools:
        ids = [_spool(tools, box, _mail(header, _bodies()[0], box)) for box in (STRICT,)]
        (outcome,) = _work(tools).values()
        with tools.database.reading() as connection:
            believed = inbound.get(connection, ids[0]).believed
        assert outcome.state is MessageState.ACCEPTED, (outcome.state, outcome.reason, outcome.detail)
        assert believed
        answered = _number(tools, tables.outbox)
        assert answered == 1, answered
    return {"genuine": 1, "refused": 0}


def trials(_stage: Stage) -> Iterator[Trial]:
    """Give the genuine mails, then every kind of forgery, the companies in turn."""
    for name in mail_routes.genuine():
        yield Trial(f"genuine/{name}", partial(genuine, name))
    for kind in _in_turn(book.kinds()):
        yield Trial(kind, partial(forged, kind))


def _in_turn(kinds: Mapping[str, object]) -> list[str]:
    """Return kinds so that each trick comes early with some company."""
    by_trick: dict[str, list[str]] = {}
    for kind in kinds:
        by_trick.setdefault(kind.partition("/")[0], []).append(kind)
    longest = max(map(len, by_trick.values()))
    return [kinds[round_] for round_ in range(longest) for kinds in by_trick.values() if round_ < len(kinds)]


SWEEP = Sweep(
    id="R12",
    title="Forged senders, by trick, company and spelling, and genuine mails of as many servers",
    bar="at least 12 kinds of forgery, 0 accepted, 0 answered; at least 10 genuine mails, 0 refused",
    trials=trials,
    broken="With the guard that looks where findings stand taken out (every field counted as our own servers'), forged"
    " findings behind other servers' lines, and on mails that no server of ours had, were filed:"
    " 'results-of-nobody/postfix/0: accepted ok', and all four trials broke so. With unclosed brackets and a second"
    " 'by' let pass in Received lines, machines that call themselves a line of ours got in:"
    " 'names-that-become-a-line/gmail/32: accepted ok'.",
    zeros=("accepted", "answered", "refused"),
    least={"kinds": 300, "forgeries": 14000, "genuine": 35},
)
