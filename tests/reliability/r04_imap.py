"""R4: a mailbox behind a bad line, or on a server in trouble; thirteen faults at every place of the conversation."""

import itertools
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from daysheet.errors import FolderMissing, LoginRefused, MailboxError, MailboxUnreachable
from daysheet.patience import BYTES_PER_SECOND
from daysheet.store import tables
from tests.acceptance.house import until
from tests.reliability.frame import Counts, Stage, Sweep, Trial
from tests.reliability.post import Post, a_report, imap_box, left, new_user, standing
from tests.services.dovecot import DovecotServer
from tests.services.proxy import Fault, Proxy, standing_before

DEADLINE = 1.0
"""What one step may take."""
GRACE = 1.0
"""What all the work of a poll may take beside waiting for a server in trouble, on a busy machine."""
MAILS = 4
PADDING = 200_000
"""What makes a message long enough to break off within."""

PLACES = {
    "connect": "",
    "login": r"^\w+ LOGIN ",
    "list": r"^\w+ LIST ",
    "select": r"^\w+ SELECT ",
    "search": r"UID SEARCH UNKEYWORD",
    "sizes": r"UID FETCH .*RFC822\.SIZE",
    "fetch": r"UID FETCH .*BODY\.PEEK",
    "move": r"UID MOVE ",
    "verify": r"UID SEARCH .*UID \d",
    "count": r"UID SEARCH UNKEYWORD",
    "logout": r"^\w+ LOGOUT",
}
SEARCHES = 2
"""Before the first poll is over, the waiting messages are searched for twice: to take them and to count the rest."""


@dataclass
class Scene:
    """A mailbox with mails in it behind a proxy."""

    post: Post
    server: DovecotServer
    proxy: Proxy
    user: str
    sent: int = 0
    folder: str = "INBOX"

    def deliver(self, number: int = MAILS) -> None:
        """So many reps mail their reports, the second a long one."""
        for _ in range(number):
            padding = PADDING if self.sent % 3 == 1 else 0
            self.server.append(self.user, a_report(self.sent, padding), folder=self.folder)
            self.sent += 1

    def troubled(self, *, extra: float = 0.0, **changes: Any) -> MailboxError | None:
        """Poll, which must end in time and in a sentence that is kept, or go well; return the error."""
        began, error = time.monotonic(), None
        try:
            self.post.poll(**changes)
        except MailboxError as raised:
            error = raised
        took = time.monotonic() - began
        assert took <= 2 * DEADLINE + GRACE + extra, (
            f"a poll took {took:.1f} s where a step may take {DEADLINE}: {error}"
        )
        if error is not None:
            assert self.post.last_error() == str(error), "the reason was not kept"
            assert "127.0.0.1" in str(error) or "folder" in str(error), f"says nothing: {error}"
        return error

    def mended(self, **changes: Any) -> None:
        """The fault is gone: the next poll works, and takes everything."""
        self.proxy.fault = None
        if self.proxy.is_refusing:
            self.proxy.listen()
        began = time.monotonic()
        received = self.post.poll(**changes)
        assert time.monotonic() - began <= 2 * DEADLINE + GRACE
        assert (received.waiting, self.post.last_error()) == (0, ""), received

    def counts(self, faults: int, *, duplicates: int = 0, wanted: int | None = None) -> Counts:
        """Prove the zeros."""
        counted = self.post.proof(self.sent if wanted is None else wanted, duplicates=duplicates)
        remaining = left(self.server, self.user, self.folder)
        assert remaining == 0, f"{remaining} messages are left in the mailbox"
        assert faults > 0, "the fault never struck"
        return counted + Counter(faults=faults, polls=self.post.polls) | Counter(left=remaining)


@contextmanager
def scene(
    stage: Stage, *, folder: str = "INBOX", deliver: int = MAILS, tls: bool = False, **box: Any
) -> Iterator[Scene]:
    """Give a mailbox with mails behind a proxy that does nothing yet."""
    server, user = stage.dovecot, new_user()
    with standing_before(server.tls_port if tls else server.port) as proxy:
        if tls:
            box = {"security": "tls", "ca_file": server.ca_file} | box
        made = imap_box(server, user, proxy.port, timeout_seconds=DEADLINE, folder=folder, **box)
        with standing(stage, mailboxes={"reports": made}) as post:
            if folder != "INBOX":
                with server.session(user) as client:
                    client.create_folder(folder)
            one = Scene(post, server, proxy, user, folder=folder)
            one.deliver(deliver)
            yield one


# ---- a line that breaks ------------------------------------------------------------------------

LINE_FAULTS = {
    "stall": "02-stall",
    "cut": "03-cut",
    "fin": "04-fin",
    "half-open": "05-half-open",
    "garble": "06-garbled",
    "bye": "07-bye",
    "drip": "14-drip",
}
GARBAGE = (
    b"* \xff\xfe what? ((\r\n",
    b"A999999 OK of another\r\n",
    b"* 1 FETCH (UID 1 BODY[] {5}\r\nab\r\n)\r\n" + b"(" * 3000 + b"\r\n",
    b"\x00\x00\x00\r\n" * 3,
)


def line(stage: Stage, kind: str, place: str, nth: int, inside: int | None, times: int, text: bytes = b"") -> Counts:
    """One fault of the line at one place, then the next poll."""
    with scene(stage) as one:
        fault = Fault(kind, PLACES[place], nth=nth, inside=inside, times=times, text=text or GARBAGE[0])
        one.proxy.fault = fault
        # what has come of a long message lets it take longer: a line must not be fast, only alive
        error = one.troubled(extra=(inside or 0) / BYTES_PER_SECOND if kind == "drip" else 0.0)
        if times > 1 and nth == 1 and place not in ("logout", "move", "verify") and kind != "garble":
            assert error is not None, "a poll under a lasting fault said nothing"
        struck = fault.struck
        one.mended()
        return one.counts(struck)


def _lines() -> Iterator[Trial]:
    for (kind, name), place in itertools.product(LINE_FAULTS.items(), PLACES):
        nth = {"count": SEARCHES}.get(place, 1)
        insides: dict[str, int | None] = {"unheard": None, "first": 1, "begun": 12}
        if place == "fetch":
            insides = {"unheard": None, "begun": 12, "within": 1000}
        if kind == "drip":
            insides = {"begun": 1}
        for how, inside in insides.items():
            if place == "connect" and how == "unheard" and kind == "drip":
                continue
            for times in (1, 1000):
                yield _line_trial(name, kind, place, nth, how, inside, times)
        if place == "fetch":
            for number, inside in ((2, 90_000), (2, 200_000), (3, 700), (MAILS, None)):
                yield _line_trial(name, kind, place, number, f"message-{number}-{inside}", inside, 1)
                yield _line_trial(name, kind, place, number, f"message-{number}-{inside}", inside, 1000)
    for number, (place, text) in enumerate(itertools.product(("login", "select", "search", "fetch", "move"), GARBAGE)):
        yield Trial(
            f"06-garbled/{place}/text-{number % len(GARBAGE)}",
            lambda stage, place=place, text=text: line(stage, "garble", place, 1, None, 1, text),
        )


def _line_trial(name: str, kind: str, place: str, nth: int, how: str, inside: int | None, times: int) -> Trial:
    lasting = "once" if times == 1 else "lasting"
    return Trial(
        f"{name}/{place}/{how}-{lasting}",
        lambda stage: line(stage, kind, place, nth, inside, times),
    )


def under_tls(stage: Stage, kind: str, after: int, times: int) -> Counts:
    """The same where nobody on the way can read along: so many bytes into what the server says."""
    with scene(stage, tls=True) as one:
        fault = Fault(kind, "", inside=after, times=times)
        one.proxy.fault = fault
        one.troubled(extra=after / BYTES_PER_SECOND if kind == "drip" else 0.0)
        struck = fault.struck
        one.mended()
        return one.counts(struck)


def _tls() -> Iterator[Trial]:
    for (kind, name), after, times in itertools.product(
        LINE_FAULTS.items(), (0, 60, 2000, 5000, 20_000, 120_000), (1, 1000)
    ):
        if kind != "bye":
            yield Trial(
                f"{name}/tls/{after}-{'once' if times == 1 else 'lasting'}",
                lambda stage, kind=kind, after=after, times=times: under_tls(stage, kind, after, times),
            )


# ---- a server in trouble -----------------------------------------------------------------------


def acting(stage: Stage, place: str, nth: int, act: Callable[[Scene], None], *, times: int = 1, **box: Any) -> Counts:
    """Something happens to the server or the mailbox at one place of the conversation, whose words are passed on."""
    with scene(stage, **box) as one:
        fault = Fault("none", PLACES[place], nth=nth, times=times, act=lambda: act(one))
        one.proxy.fault = fault
        one.troubled()
        until(lambda: fault.acted == fault.struck)  # it may take longer than the poll
        one.mended()
        return one.counts(fault.struck)


def refused(stage: Stage, place: str, nth: int, polls: int) -> Counts:
    """From some moment on nobody listens, for so many polls."""
    with scene(stage) as one:
        if place == "before":
            one.proxy.refuse()
            struck = 1
        else:
            fault = Fault("cut", PLACES[place], nth=nth, act=one.proxy.refuse)
            one.proxy.fault = fault
        for _ in range(polls):
            error = one.troubled()
            assert isinstance(error, MailboxUnreachable) or place in ("logout",), error
        if place != "before":
            struck = fault.struck
        one.mended()
        return one.counts(struck + polls - 1)


def kill_children(one: Scene) -> None:
    """Kill every process that serves a logged-in session."""
    assert one.server.process is not None
    killed = 0
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            name, _, rest = (path / "stat").read_text().partition("(")[2].rpartition(")")
            if name == "imap" and int(rest.split()[2]) == one.server.process.pid:
                os.kill(int(path.name), signal.SIGKILL)
                killed += 1
    assert killed, "no process was there to be killed"


def restart(one: Scene, how: str) -> None:
    """The server goes down and comes back at once."""
    if how == "crash":
        one.server.crash()
    else:
        one.server.stop()
        until(lambda: not _listens(one.server.port))  # its login processes outlive it for a moment
    one.server.start()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def down(stage: Stage, place: str, nth: int) -> Counts:
    """The server crashes during a poll and comes back after it."""
    with scene(stage) as one:
        fault = Fault("none", PLACES[place], nth=nth, act=one.server.crash)
        one.proxy.fault = fault
        try:
            error = one.troubled()
            assert error is not None
        finally:
            one.server.start()
        one.mended()
        return one.counts(fault.struck)


def _at(*places: str) -> Iterator[tuple[str, int, str]]:
    for place in places:
        for nth in (1, 2, MAILS) if place == "fetch" else ({"count": SEARCHES}.get(place, 1),):
            yield place, nth, f"{place}-{nth}" if place == "fetch" else place


def _servers() -> Iterator[Trial]:
    for polls in (1, 2, 3):
        yield Trial(f"01-refused/before/{polls}-polls", lambda stage, polls=polls: refused(stage, "before", 1, polls))
    for place, nth, name in _at("login", "select", "search", "fetch", "move", "count", "logout"):
        yield Trial(f"01-refused/{name}/from-then-on", lambda s, place=place, nth=nth: refused(s, place, nth, 1))
    everywhere = ("login", "list", "select", "search", "sizes", "fetch", "move", "verify", "count", "logout")
    for place, nth, name in _at(*everywhere[2:]):
        yield Trial(
            f"08-child-killed/{name}/once", lambda s, place=place, nth=nth: acting(s, place, nth, kill_children)
        )
        yield Trial(
            f"08-child-killed/{name}/twice",
            lambda s, place=place, nth=nth: acting(s, place, nth, kill_children, times=2),
        )
    for how, (place, nth, name) in itertools.product(("crash", "stop"), _at(*everywhere)):
        yield Trial(
            f"09-restart/{name}/{how}",
            lambda s, place=place, nth=nth, how=how: acting(s, place, nth, lambda one: restart(one, how)),
        )
    for place, nth, name in _at("login", "select", "search", "fetch", "move", "count"):
        yield Trial(f"09-restart/{name}/down-until-later", lambda s, place=place, nth=nth: down(s, place, nth))
    for place, nth, name in _at(*everywhere):
        for number in (1, 3):
            yield Trial(
                f"13-appends/{name}/{number}",
                lambda s, place=place, nth=nth, number=number: acting(s, place, nth, lambda one: one.deliver(number)),
            )
    yield Trial("13-appends/fetch-every/1", lambda s: acting(s, "fetch", 1, lambda one: one.deliver(1), times=MAILS))


# ---- folders -----------------------------------------------------------------------------------

SHARED = "Reports"


def make_anew(one: Scene, raws: list[bytes]) -> None:
    """Delete the folder and make it again with *raws* in it, as a restored backup has it: other epoch, same uids."""
    with one.server.session(one.user) as client:
        with suppress(Exception):
            client.delete_folder(SHARED)
        client.create_folder(SHARED)
        for raw in raws:
            client.append(SHARED, raw)


def contents(one: Scene, folder: str) -> list[bytes]:
    """Return the messages of *folder*."""
    with one.server.session(one.user) as client:
        client.select_folder(folder, readonly=True)
        found = client.fetch(client.search(), ["BODY.PEEK[]"])
    return [found[uid][b"BODY[]"] for uid in sorted(found)]


def epoch_between(stage: Stage, how: str) -> Counts:
    """The folder is another one at the next poll: messages that were taken are back, or some not yet moved are."""
    with scene(stage, folder=SHARED) as one:
        raws = contents(one, SHARED)
        if how == "unsettled":  # known, not moved: the move is refused
            one.proxy.fault = Fault("cut", PLACES["move"], times=1000)
            one.troubled()
            one.proxy.fault = None
        elif how != "nothing-seen":
            one.mended()
        before = one.post.select(sa.select(tables.mailbox.c.epoch))[0][0] if how != "nothing-seen" else 0
        make_anew(one, raws if how != "new-mail" else [])
        if how == "new-mail":
            one.deliver(2)
        one.mended()
        after = one.post.select(sa.select(tables.mailbox.c.epoch))[0][0]
        assert before != after
        return one.counts(1, duplicates=len(raws) if how in ("unsettled", "restored") else 0)


def epoch_during(stage: Stage, place: str, nth: int) -> Counts:
    """The folder is deleted and made anew while it is polled."""
    with scene(stage, folder=SHARED) as one:
        raws = contents(one, SHARED)
        fault = Fault("none", PLACES[place], nth=nth, act=lambda: make_anew(one, raws))
        one.proxy.fault = fault
        one.troubled()
        one.mended()
        return one.counts(fault.struck)


def uid_list_lost(stage: Stage) -> Counts:
    """The server loses its list of uids and numbers the messages anew, in another epoch."""
    with scene(stage) as one:
        one.proxy.fault = Fault("cut", PLACES["move"], times=1000)
        one.troubled()
        home = one.server.root / "mail" / one.user
        for path in [*home.glob("dovecot-uid*"), *home.glob("dovecot.index*")]:
            path.unlink()
        one.mended()
        return one.counts(1)


def processed_missing(stage: Stage, how: str) -> Counts:
    """The folder of done messages is not there, or vanishes during the poll, or cannot be made."""
    with scene(stage) as one:

        def delete() -> None:
            with one.server.session(one.user) as client:
                client.delete_folder("Processed")

        if how == "never-made":
            one.mended()
        elif how == "deleted-between":
            one.mended()
            delete()
            one.deliver(2)
            one.mended()
        elif how == "cannot-be-made":
            error = one.troubled(processed="a/" * 300 + "b")
            assert isinstance(error, FolderMissing), error
            one.mended()
        else:
            place = how.removeprefix("deleted-at-")
            one.proxy.fault = Fault("none", PLACES[place], act=delete)
            error = one.troubled()
            assert error is not None, "nothing could be moved, and nobody was told"
            one.mended()
        return one.counts(1)


def source_missing(stage: Stage, how: str) -> Counts:
    """The folder that is polled is not there."""
    with scene(stage, folder=SHARED) as one:
        raws = contents(one, SHARED)

        def delete() -> None:
            with one.server.session(one.user) as client:
                client.delete_folder(SHARED)

        if how == "before":
            delete()
        else:
            one.proxy.fault = Fault("none", PLACES[how], act=delete)
        error = one.troubled()
        if how == "before":
            assert isinstance(error, FolderMissing), error
        again = one.troubled() if how != "before" else error
        assert again is not None
        make_anew(one, raws)
        one.mended()
        return one.counts(1)


def hiding(*names: bytes) -> Callable[[bytes], bytes]:
    """Return what takes capabilities out of what the server says."""

    def change(said: bytes) -> bytes:
        for name in names:
            said = said.replace(b" " + name, b"")
        return said

    return change


MOVES = {
    "copy": r"UID COPY ",
    "store": r"UID STORE ",
    "expunge": r"UID EXPUNGE ",
    "verify": PLACES["verify"],
    "nowhere": r"^never$",
}


def without_move(stage: Stage, hidden: tuple[bytes, ...], place: str, kind: str) -> Counts:
    """The server can only copy and mark; the line breaks in the midst of it."""
    with scene(stage) as one:
        one.proxy.change = hiding(*hidden)
        fault = Fault(kind, MOVES[place])
        one.proxy.fault = fault
        one.troubled()
        one.mended()
        assert not any("UID MOVE" in said for said in one.proxy.lines)
        return one.counts(max(fault.struck, place == "nowhere"))


def _folders() -> Iterator[Trial]:
    for how in ("restored", "unsettled", "new-mail", "nothing-seen"):
        yield Trial(f"10-uidvalidity/between/{how}", lambda s, how=how: epoch_between(s, how))
    for place, nth, name in _at("search", "sizes", "fetch", "move", "verify", "count"):
        yield Trial(f"10-uidvalidity/{name}/made-anew", lambda s, place=place, nth=nth: epoch_during(s, place, nth))
    yield Trial("10-uidvalidity/between/uid-list-lost", uid_list_lost)
    for how in ("never-made", "deleted-between", "cannot-be-made", "deleted-at-search", "deleted-at-fetch"):
        yield Trial(f"11-folder-missing/processed/{how}", lambda s, how=how: processed_missing(s, how))
    yield Trial("11-folder-missing/processed/deleted-at-move", lambda s: processed_missing(s, "deleted-at-move"))
    for how in ("before", "search", "fetch", "move"):
        yield Trial(f"11-folder-missing/source/{how}", lambda s, how=how: source_missing(s, how))
    for hidden, names in (((b"MOVE",), "move"), ((b"MOVE", b"UIDPLUS"), "move-and-uidplus")):
        for place, kind in itertools.product(MOVES, ("cut", "stall", "bye")):
            if (place == "expunge" and len(hidden) > 1) or (place == "nowhere" and kind != "cut"):
                continue
            yield Trial(
                f"12-no-move/{place}/{names}-{kind}",
                lambda s, hidden=hidden, place=place, kind=kind: without_move(s, hidden, place, kind),
            )


# ---- lies, and doors that stay shut ------------------------------------------------------------


def handshake(stage: Stage, text: bytes) -> Counts:
    """What answers is no TLS."""
    with scene(stage, tls=True) as one:
        fault = Fault("garble", "", times=1000, text=text)
        one.proxy.fault = fault
        error = one.troubled()
        assert isinstance(error, MailboxUnreachable), error
        one.mended()
        return one.counts(fault.struck)


def certificate(stage: Stage, how: str) -> Counts:
    """The server's certificate is nobody's we trust, or another's."""
    with scene(stage, tls=how != "starttls") as one:
        changes = {"security": "tls" if how != "starttls" else "starttls", "ca_file": None}
        error = one.troubled(**changes)
        assert "not trusted" in str(error), error
        assert not any("LOGIN" in said for said in one.proxy.lines), "the password went to a stranger"
        one.mended()
        return one.counts(1)


def login_refused(stage: Stage, polls: int) -> Counts:
    """The password is wrong for a while."""
    from pydantic import SecretStr

    with scene(stage) as one:
        for _ in range(polls):
            error = one.troubled(password=SecretStr("another"))
            assert isinstance(error, LoginRefused), error
        one.mended()
        return one.counts(polls)


def a_million_numbers(stage: Stage, number: int, times: int) -> Counts:
    """The server names very many messages, most of which are not there."""
    text = b"* SEARCH " + b" ".join(b"%d" % at for at in range(1000, 1000 + number)) + b"\r\n"
    with scene(stage) as one:
        fault = Fault("garble", PLACES["search"], times=times, text=text)
        one.proxy.fault = fault
        with suppress(MailboxError):
            one.post.poll()
        one.mended()
        return one.counts(fault.struck)


def literal(stage: Stage, size: bytes) -> Counts:
    """The server announces more bytes than it sends."""
    with scene(stage) as one:

        def change(said: bytes) -> bytes:
            head, mark, rest = said.partition(b"BODY[] {")
            return head + mark + size + b"}" + rest.partition(b"}")[2] if mark else said

        one.proxy.change = change
        error = one.troubled()
        assert error is not None
        one.proxy.change = bytes
        one.mended()
        return one.counts(1)


def size_lie(stage: Stage, size: bytes) -> Counts:
    """RFC822.SIZE says too little; the message counts as it is."""
    import re

    with scene(stage) as one:
        one.proxy.change = lambda said: re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE " + size, said)
        one.troubled()
        one.proxy.change = bytes
        one.mended()
        return one.counts(1)


def vanished(stage: Stage, place: str, nth: int, how: str) -> Counts:
    """Somebody with a mail program takes the third message away during the poll: it may count or not, but once."""
    with scene(stage) as one:

        def take_away() -> None:
            with one.server.session(one.user) as client:
                client.select_folder("INBOX")
                if how == "deleted":
                    client.delete_messages([3])
                    client.expunge()
                else:
                    client.create_folder("Elsewhere")
                    client.move([3], "Elsewhere")

        fault = Fault("none", PLACES[place], nth=nth, act=take_away)
        one.proxy.fault = fault
        one.troubled()
        one.mended()
        one.post.work()
        known = one.post.number(tables.inbound)
        assert known in (MAILS - 1, MAILS), known
        return one.counts(fault.struck, wanted=known)


def _lies() -> Iterator[Trial]:
    texts = (b"* OK this is no TLS\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 50, b"HTTP/1.1 400 Bad Request\r\n\r\n")
    for number, text in enumerate(texts):
        yield Trial(f"15-handshake/connect/{number}", lambda s, text=text: handshake(s, text))
    for how in ("unknown-authority", "starttls"):
        yield Trial(f"16-certificate/connect/{how}", lambda s, how=how: certificate(s, how))
    for polls in (1, 2, 5):
        yield Trial(f"17-login-refused/login/{polls}", lambda s, polls=polls: login_refused(s, polls))
    for number, times in ((10_000, 1), (1_000_000, 1), (3_000_000, 1)):
        yield Trial(f"18-many-numbers/search/{number}", lambda s, n=number, t=times: a_million_numbers(s, n, t))
    for size in (b"999999", b"400000000", b"99999999999", b"9" * 5000):
        yield Trial(f"19-literal/fetch/{size[:12].decode()}", lambda s, size=size: literal(s, size))
    for size in (b"0", b"1", b"20000000"):
        yield Trial(f"20-size-lie/sizes/{size.decode()}", lambda s, size=size: size_lie(s, size))
    for (place, nth, name), how in itertools.product(_at("sizes", "fetch", "move", "verify"), ("deleted", "moved")):
        yield Trial(
            f"21-vanished/{name}/{how}",
            lambda s, place=place, nth=nth, how=how: vanished(s, place, nth, how),
        )


def trials(stage: Stage) -> Iterable[Trial]:
    """Give every trial, the faults in turn: an early stop has tried a bit of each."""
    del stage
    groups: dict[str, list[Trial]] = {}
    for trial in itertools.chain(_servers(), _folders(), _lies(), _lines(), _tls()):
        groups.setdefault(trial.key.partition("/")[0], []).append(trial)
    for row in itertools.zip_longest(*groups.values()):
        yield from (trial for trial in row if trial is not None)


QUICK = (
    "01-refused/move/from-then-on",
    "02-stall/fetch/within-lasting",
    "03-cut/fetch/message-2-90000-once",
    "04-fin/fetch/message-2-90000-once",
    "05-half-open/move/unheard-once",
    "06-garbled/search/text-1",
    "07-bye/fetch/begun-once",
    "08-child-killed/fetch-2/once",
    "09-restart/move/crash",
    "10-uidvalidity/between/restored",
    "11-folder-missing/processed/deleted-at-move",
    "12-no-move/store/move-and-uidplus-cut",
    "13-appends/fetch-2/3",
    "14-drip/fetch/begun-once",
    "19-literal/fetch/400000000",
)

SWEEP = Sweep(
    id="R4",
    title="A mailbox behind a bad line or on a server in trouble",
    bar="every poll ends within 2 × its deadline, the next one works, and R1's zeros hold",
    trials=trials,
    broken=(
        "With the deadline of a whole step taken out, and only each wait within it bounded, 14-drip/login/begun-"
        "once said: hangs, not ended within 60 seconds. With every listed message moved, recorded or not, "
        "08-child-killed/fetch-2/twice said: 2 lost, 2 missing."
    ),
    zeros=("lost", "twice", "missing", "left"),
    least={"faults": 700},
    remarks=(
        "A real Dovecot stands behind a TCP proxy that strikes at every command of a poll, before the server has "
        "heard it or some way into its answer, once or for as long as the poll goes on, in the clear and under "
        "TLS. A step may take 1 s here; a poll that meets trouble must end within twice that and a second for its "
        "work (a long message may take longer, by its length, as long as it keeps coming), record a sentence, and "
        "the next one must take everything. 01–13 are the faults every mailbox meets; 14–21 a server that drips, "
        "no TLS, a certificate nobody vouches for, a refused login, millions of numbers, literals longer than what"
        " is sent, sizes that are lies, and messages that vanish. Packets dropped on the way are played by a proxy"
        " that says nothing more and does not hang up; looking up the server's name is the system's and has the "
        "system's deadline."
    ),
)
