"""The spool: bytes are on the disk once they are put, and known to be damaged when they are."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import pytest

from daysheet.errors import StoreError, StoreUnreachable
from daysheet.ingest.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def file_of(tmp_path: Path, digest: str) -> Path:
    return tmp_path / "spool" / digest[:2] / digest


def test_what_is_put_comes_back_under_its_hash(spool: Spool, tmp_path: Path) -> None:
    digest = spool.put(b"message")
    assert digest == hashlib.sha256(b"message").hexdigest()
    assert spool.get(digest) == b"message"
    assert file_of(tmp_path, digest).read_bytes() == b"message"


def test_the_same_bytes_are_one_file(spool: Spool) -> None:
    assert spool.put(b"message") == spool.put(b"message")
    spool.put(b"")
    assert len(list(spool.hashes())) == 2


def test_bytes_are_flushed_before_the_name_appears_and_the_folder_after(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("flush"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda source, target: (done.append("name"), replace(source, target)))
    (tmp_path / "spool" / hashlib.sha256(b"message").hexdigest()[:2]).mkdir(parents=True)
    spool.put(b"message")
    assert done == ["flush", "name", "flush"]


def test_a_new_folder_is_flushed_into_the_one_above_before_anything_is_put_in(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (flushed.append(os.readlink(f"/proc/self/fd/{handle}")), fsync(handle))
    )
    digest = spool.put(b"message")
    assert flushed[:2] == [str(tmp_path), str(tmp_path / "spool")]
    assert flushed[-1] == str(tmp_path / "spool" / digest[:2])


def test_of_several_none_has_its_name_before_all_are_flushed_and_each_folder_is_flushed_once(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [bytes([number]) for number in range(3)]
    folders = {hashlib.sha256(content).hexdigest()[:2] for content in contents}
    for folder in folders:
        (tmp_path / "spool" / folder).mkdir(parents=True)
    done: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("flush"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda source, target: (done.append("name"), replace(source, target)))
    with spool.together() as batch:
        digests = [batch.put(content) for content in (*contents, contents[0])]
        assert done == []
        assert not any(spool.is_sound(digest) for digest in digests)
    assert done == ["flush"] * 3 + ["name"] * 3 + ["flush"] * len(folders)
    assert [spool.get(digest) for digest in digests] == [*contents, contents[0]]


def test_a_batch_that_breaks_off_leaves_nothing(spool: Spool, tmp_path: Path) -> None:
    with suppress(KeyError), spool.together() as batch:
        batch.put(b"message")
        raise KeyError
    assert [path for path in (tmp_path / "spool").rglob("*") if path.is_file()] == []


def test_a_file_that_was_cut_off_is_written_again(spool: Spool, tmp_path: Path) -> None:
    digest = spool.put(b"message")
    file_of(tmp_path, digest).write_bytes(b"mess")
    assert not spool.is_sound(digest)
    spool.put(b"message")
    assert spool.is_sound(digest)


def test_a_file_that_rotted_at_its_full_length_is_written_again(spool: Spool, tmp_path: Path) -> None:
    digest = spool.put(b"message")
    file_of(tmp_path, digest).write_bytes(b"massage")
    spool.put(b"message")
    assert spool.get(digest) == b"message"


def test_a_file_the_disk_cannot_read_any_more_is_written_again(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: Path) -> bytes:
        raise OSError(5, "Input/output error")

    digest = spool.put(b"message")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", lost)
        assert spool.put(b"message") == digest
    assert spool.get(digest) == b"message"


def test_a_file_that_may_not_be_read_is_the_world_s_fault(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    spool.put(b"message")
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(StoreUnreachable, match="Permission denied"):
        spool.put(b"message")


def test_damaged_bytes_are_not_given_out(spool: Spool, tmp_path: Path) -> None:
    digest = spool.put(b"message")
    file_of(tmp_path, digest).write_bytes(b"massage")
    with pytest.raises(StoreError, match="damaged"):
        spool.get(digest)


def test_missing_bytes_are_named(spool: Spool) -> None:
    with pytest.raises(StoreError, match="0123456789ab… are not in the spool"):
        spool.get("0123456789abcdef" * 4)
    assert not spool.is_sound("0123456789abcdef" * 4)


def test_a_disk_that_takes_nothing_leaves_nothing_behind(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnreachable, match="No space left on device"):
        spool.put(b"message")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not list(spool.hashes())


def test_a_place_that_is_no_folder_is_the_world_s_fault(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")
    with pytest.raises(StoreUnreachable, match="does not take a file"):
        Spool(tmp_path / "spool").put(b"message")


def test_files_not_finished_are_not_listed(spool: Spool, tmp_path: Path) -> None:
    digest = spool.put(b"message")
    (tmp_path / "spool" / digest[:2] / ".new-abc").write_bytes(b"half")
    assert list(spool.hashes()) == [digest]


def test_an_empty_spool_lists_nothing(spool: Spool) -> None:
    assert list(spool.hashes()) == []
