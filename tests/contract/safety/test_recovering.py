"""Mails taken after a backup lie among the done ones: they are found by their hash, and counted once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from daysheet import wiring
from daysheet.config import MailboxSettings
from daysheet.errors import LeaseHeld, MailboxUnreachable
from daysheet.ingest.mailbox import Mailbox
from daysheet.services import backup, receive, recovering, restoring
from daysheet.services.account import account
from daysheet.services.leases import held
from daysheet.services.process import process_pending
from daysheet.services.recovering import Recovered
from tests.builders import TODAY, a_mail, a_visit, a_workbook
from tests.contract.mailbox.conftest import imap_settings, new_user
from tests.contract.safety.conftest import Land, Place
from tests.services.dovecot import DovecotServer


@dataclass
class Box:
    """A mailbox of either kind."""

    settings: MailboxSettings
    deliver: Callable[..., None]

    def open(self, *, is_backwards: bool = False) -> Mailbox:
        return wiring.open_mailbox("reports", self.settings, is_backwards=is_backwards)

    def waiting(self, *, is_backwards: bool = False) -> int:
        box = self.open(is_backwards=is_backwards)
        box.open()
        try:
            return box.count()
        finally:
            box.close()


@pytest.fixture(params=["imap", "maildir"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    if request.param == "imap":
        server: DovecotServer = request.getfixturevalue("dovecot")
        user = new_user()
        return Box(imap_settings(server, user), lambda *raws: server.append(user, *raws))
    folder = tmp_path / "maildir"

    def deliver(*raws: bytes) -> None:
        new = folder / "new"
        new.mkdir(parents=True, exist_ok=True)
        for raw in raws:
            (new / f"{abs(hash(raw))}.host").write_bytes(raw)

    return Box(MailboxSettings(kind="maildir", path=folder, trust="none"), deliver)


def a_report(day: int, sender: str = "wang.li@corp.example") -> bytes:
    on = TODAY - timedelta(days=day)
    return a_mail(a_workbook([a_visit(visit_date=on)], cover={"report_date": on}), message_id=f"<{day}@corp.example>")


def poll(place: Place, box: Box) -> int:
    """Take and work what waits; return how many messages were new."""
    taken = receive.poll(place.tools, box.open(), batch=100)
    list(process_pending(place.tools))
    return len(taken.inbound_ids)


def test_mails_taken_since_the_backup_are_taken_again_and_once(land: Land, place: Place, box: Box) -> None:
    box.deliver(*map(a_report, (0, 1, 6)))
    assert poll(place, box) == 3
    made = backup.make(place.tools)
    box.deliver(*map(a_report, (7, 8)), a_mail(text="no workbook"))
    assert poll(place, box) == 3
    rows = place.count("visits")

    settings = land.settings(is_empty=True)
    with wiring.open_tools(settings, check_schema=False) as tools:
        restoring.restore(tools, made.path)
    with land.open(settings) as other:
        looked = recovering.recover(other.tools, box.open(is_backwards=True), dry_run=True)
        assert looked == Recovered(seen=6, known=3, moved=3)
        assert box.waiting() == 0
        done = recovering.recover(other.tools, box.open(is_backwards=True))
        assert done == looked
        assert (box.waiting(), box.waiting(is_backwards=True)) == (3, 3)
        assert poll(other, box) == 3
        assert other.count("visits") == rows
        assert other.count("inbound") == 6
        assert other.count("submission") == place.count("submission")
        assert account(other.tools).is_closed
        again = recovering.recover(other.tools, box.open(is_backwards=True))
        assert again == Recovered(seen=6, known=6)
        assert (box.waiting(), box.waiting(is_backwards=True)) == (0, 6)


def test_only_what_came_since_is_looked_at(place: Place, box: Box) -> None:
    box.deliver(a_report(1))
    poll(place, box)
    today = date.today()  # the mailbox has a clock of its own
    later = recovering.recover(place.tools, box.open(is_backwards=True), since=today + timedelta(days=3))
    assert later.seen == 0
    assert recovering.recover(place.tools, box.open(is_backwards=True), since=today).seen == 1


def test_bytes_that_the_spool_lost_come_back(place: Place, box: Box) -> None:
    box.deliver(a_report(1))
    poll(place, box)
    (digest,) = place.spool
    place.tools.spool.path_of(digest).unlink()
    assert not account(place.tools).is_closed
    done = recovering.recover(place.tools, box.open(is_backwards=True))
    assert done == Recovered(seen=1, known=1, moved=0, mended=1)
    assert account(place.tools).is_closed


def test_it_goes_on_where_it_was_interrupted(place: Place, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.deliver(*map(a_report, (0, 1, 6)))
    other = box.open()
    other.open()
    other.settle_many(other.pending(10))  # done, and known to nobody
    other.close()
    monkeypatch.setattr(recovering, "TOGETHER", 1)
    backwards = box.open(is_backwards=True)
    fetch, fetched = backwards.fetch, []

    def breaks(ref: object) -> bytes | None:
        fetched.append(ref)
        if len(fetched) == 3:
            raise MailboxUnreachable("the line is dead")
        return fetch(ref)  # type: ignore[arg-type]

    backwards.fetch = breaks  # type: ignore[method-assign]
    with pytest.raises(MailboxUnreachable):
        recovering.recover(place.tools, backwards)
    assert box.waiting() == 2
    assert recovering.recover(place.tools, box.open(is_backwards=True)) == Recovered(seen=1, moved=1)
    assert poll(place, box) == 3
    assert account(place.tools).is_closed


def test_nobody_polls_meanwhile(place: Place, box: Box) -> None:
    from dataclasses import replace

    with held(replace(place.tools, holder="another"), "mailbox:reports"), pytest.raises(LeaseHeld):
        recovering.recover(place.tools, box.open(is_backwards=True))
