"""A Maildir: in order, never twice, and calm when files vanish under its hands."""

from pathlib import Path

import pytest

from daysheet.errors import FolderMissing, MailboxError
from daysheet.ingest.mailbox import MessageRef
from daysheet.ingest.maildir import MaildirMailbox

MAIL = b"From: a@corp.example\r\nSubject: x\r\n\r\nbody\r\n\r\nmore"


@pytest.fixture
def box(tmp_path: Path) -> MaildirMailbox:
    """An open Maildir."""
    made = MaildirMailbox("reports", tmp_path / "mail")
    assert made.open() == 0
    return made


def deliver(tmp_path: Path, name: str, content: bytes = MAIL, part: str = "new") -> Path:
    path = tmp_path / "mail" / part / name
    path.write_bytes(content)
    return path


def test_opening_makes_what_is_missing(tmp_path: Path, box: MaildirMailbox) -> None:
    made = {str(path.relative_to(tmp_path / "mail")) for path in (tmp_path / "mail").rglob("*")}
    assert made == {"cur", "new", "tmp", ".Processed", ".Processed/cur", ".Processed/new", ".Processed/tmp"}
    assert box.pending(10) == ()


def test_opening_where_nothing_can_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(FolderMissing, match="cannot be made"):
        MaildirMailbox("reports", tmp_path / "mail").open()


def test_messages_come_in_the_order_of_their_names_from_both_folders(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1003.c.host")
    deliver(tmp_path, "1001.a.host:2,S", part="cur")
    deliver(tmp_path, "1002.b.host", b"longer" + MAIL)
    assert [ref.uid for ref in box.pending(10)] == ["1001.a.host", "1002.b.host", "1003.c.host"]
    assert [ref.size for ref in box.pending(2)] == [len(MAIL), len(MAIL) + 6]
    assert box.count() == 3


def test_files_that_are_not_there_yet_are_passed_over(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, ".hidden")
    deliver(tmp_path, "1.eml.tmp")
    deliver(tmp_path, "1", part="tmp")
    (tmp_path / "mail" / "new" / "folder").mkdir()
    assert box.pending(10) == ()
    assert box.count() == 0


def test_a_message_is_fetched_without_being_touched(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    assert box.fetch(ref) == MAIL
    assert path.exists()


@pytest.mark.parametrize(
    ("content", "head"),
    [
        (MAIL, b"From: a@corp.example\r\nSubject: x\r\n\r\n"),
        (MAIL.replace(b"\r\n", b"\n"), b"From: a@corp.example\nSubject: x\r\n\r\n"),
        (b"Subject: only", b"Subject: only\r\n\r\n"),
        (b"a: b\n\nbody\r\n\r\n", b"a: b\r\n\r\n"),
    ],
)
def test_of_a_large_message_only_the_headers_are_fetched(
    tmp_path: Path, box: MaildirMailbox, content: bytes, head: bytes
) -> None:
    deliver(tmp_path, "1", content)
    (ref,) = box.pending(10)
    assert box.fetch_headers(ref) == head


def test_headers_without_end_are_cut(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1", b"x" * 10**6)
    (ref,) = box.pending(10)
    assert len(box.fetch_headers(ref) or b"") == 256 * 2**10 + 4


def test_a_message_that_vanished_is_none(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    path.unlink()
    assert (box.fetch(ref), box.fetch_headers(ref)) == (None, None)
    assert box.fetch(MessageRef("never seen", 1)) is None
    assert box.fetch_headers(MessageRef("never seen", 1)) is None


def test_a_message_that_vanishes_while_it_is_listed_is_passed_over(
    tmp_path: Path, box: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = deliver(tmp_path, "1"), deliver(tmp_path, "2")
    monkeypatch.setattr(box, "_waiting", lambda: [("1", gone), ("2", kept)])
    gone.unlink()
    assert [ref.uid for ref in box.pending(10)] == ["2"]


def test_headers_of_a_message_that_vanishes_at_that_moment_are_none(
    tmp_path: Path, box: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    path.unlink()
    monkeypatch.setattr(Path, "exists", lambda self: True)  # whatever a look beforehand would have said
    assert box.fetch_headers(ref) is None


def test_headers_that_cannot_be_read_are_the_world_s_fault(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    path.unlink()
    path.mkdir()
    for fetch in (box.fetch, box.fetch_headers):
        with pytest.raises(MailboxError, match="cannot be read"):
            fetch(ref)


def test_settled_messages_are_in_the_other_folder_and_wait_no_more(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1")
    deliver(tmp_path, "2:2,", part="cur")
    deliver(tmp_path, "3")
    refs = box.pending(2)
    assert box.settle_many(refs) == {"1", "2"}
    assert {path.name for path in (tmp_path / "mail" / ".Processed" / "cur").iterdir()} == {"1:2,S", "2:2,S"}
    assert [ref.uid for ref in box.pending(10)] == ["3"]


def test_settling_what_is_gone_already_counts_as_gone(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    refs = box.pending(10)
    path.unlink()
    assert box.settle_many([*refs, MessageRef("never seen", 1)]) == {"1", "never seen"}


def test_a_folder_that_cannot_be_read_is_the_world_s_fault(tmp_path: Path, box: MaildirMailbox) -> None:
    (tmp_path / "mail" / "new").rmdir()
    with pytest.raises(MailboxError, match="cannot be read"):
        box.pending(10)


def test_a_message_that_cannot_be_moved_is_the_world_s_fault(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1")
    refs = box.pending(10)
    blocked = tmp_path / "mail" / ".Processed" / "cur" / "1:2,S"
    blocked.mkdir()
    with pytest.raises(MailboxError, match="cannot be moved"):
        box.settle_many(refs)


def test_closing_forgets_what_was_listed(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    box.close()
    assert box.fetch(ref) is None
