"""A Maildir: in order, never twice, and calm when files vanish under its hands."""

import os
from collections.abc import Iterable
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


def names(refs: Iterable[MessageRef]) -> list[str]:
    return [ref.uid.partition(",")[0] for ref in refs]


def done(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (tmp_path / "mail" / ".Processed" / "cur").iterdir()}


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
    assert names(box.pending(10)) == ["1001.a.host", "1002.b.host", "1003.c.host"]
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
    assert box.settle_many(refs) == {ref.uid for ref in refs}
    assert set(done(tmp_path)) == {"1:2,S", "2:2,S"}
    assert names(box.pending(10)) == ["3"]


def test_settling_what_is_gone_already_counts_as_gone(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    refs = box.pending(10)
    path.unlink()
    assert box.settle_many(refs) == {refs[0].uid}


def test_what_was_never_listed_is_not_said_to_be_gone(box: MaildirMailbox) -> None:
    assert box.settle_many([MessageRef("never seen", 1)]) == frozenset()


def test_a_name_that_comes_again_is_another_message_and_both_are_kept(tmp_path: Path, box: MaildirMailbox) -> None:
    seen = set()
    for content in (b"first", b"second", b"third"):
        deliver(tmp_path, "report.eml", content)
        refs = box.pending(10)
        seen |= box.settle_many(refs)
    assert len(seen) == 3
    assert sorted(done(tmp_path).values()) == [b"first", b"second", b"third"]


def test_one_name_in_both_folders_is_two_messages(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1", b"new")
    deliver(tmp_path, "1:2,S", b"read", part="cur")
    refs = box.pending(10)
    assert {box.fetch(ref) for ref in refs} == {b"new", b"read"}
    assert box.settle_many(refs) == {ref.uid for ref in refs}
    assert sorted(done(tmp_path).values()) == [b"new", b"read"]


def test_one_file_under_two_names_is_moved_bit_by_bit_and_never_over_itself(
    tmp_path: Path, box: MaildirMailbox
) -> None:
    path = deliver(tmp_path, "1")
    for part in ("new", "cur"):
        os.link(path, tmp_path / "mail" / part / "1:2,S")
    for left in (2, 1, 0):
        box.settle_many(box.pending(10))
        assert box.count() == left
    assert len(done(tmp_path)) == 3


def test_a_message_that_a_person_looks_at_stays_the_same(tmp_path: Path, box: MaildirMailbox) -> None:
    path = deliver(tmp_path, "1")
    before = box.pending(10)
    path.rename(tmp_path / "mail" / "cur" / "1:2,S")
    assert box.pending(10) == before


def test_a_name_in_no_known_writing_can_be_stored(tmp_path: Path, box: MaildirMailbox) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path / "mail" / "new") + "/日报".encode("gb18030"))).write_bytes(MAIL)
    (ref,) = box.pending(10)
    ref.uid.encode()
    assert box.fetch(ref) == MAIL
    assert box.settle_many([ref]) == {ref.uid}


def test_a_folder_that_cannot_be_read_is_the_world_s_fault(tmp_path: Path, box: MaildirMailbox) -> None:
    (tmp_path / "mail" / "new").rmdir()
    with pytest.raises(MailboxError, match="cannot be read"):
        box.pending(10)


def test_a_message_that_cannot_be_moved_is_the_world_s_fault(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1")
    refs = box.pending(10)
    (tmp_path / "mail" / ".Processed" / "cur").rmdir()
    with pytest.raises(MailboxError, match="cannot be moved"):
        box.settle_many(refs)
    assert box.count() == 1


def test_one_that_cannot_be_moved_does_not_keep_the_others(
    tmp_path: Path, box: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1", "2", "3"):
        deliver(tmp_path, name)
    rename = Path.rename

    def refuses_one(self: Path, target: Path) -> Path:
        if self.name == "1":
            raise PermissionError(1, "Operation not permitted")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuses_one)
    with pytest.raises(MailboxError, match="not permitted"):
        box.settle_many(box.pending(10))
    assert names(box.pending(10)) == ["1"]


def test_what_was_listed_can_be_worked_after_a_new_start(tmp_path: Path, box: MaildirMailbox) -> None:
    deliver(tmp_path, "1")
    (ref,) = box.pending(10)
    box.close()
    box.open()
    assert box.fetch(ref) == MAIL
    assert box.settle_many([ref]) == {ref.uid}
