"""A backup holds everything, reads back, and is put back whole or not at all."""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daysheet import wiring
from daysheet.errors import BackupDamaged, BackupRefused, LeaseHeld, SchemaOutdated, UsageError
from daysheet.services import archive, backup, erasures, restoring, retention
from daysheet.services.account import account
from daysheet.services.leases import held
from daysheet.services.restoring import Restored
from daysheet.store import dumping, migrate, programs
from daysheet.store.engine import Database
from daysheet.store.tables import inbound
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.safety.conftest import Land, Place

BOOK = a_workbook([a_visit()])


@pytest.fixture
def made(place: Place) -> backup.Made:
    """A backup of a place that has two messages."""
    place.feed(a_mail(BOOK))
    place.feed(a_mail(BOOK, sender="nobody@else.example"))
    return backup.make(place.tools)


def put_back(land: Land, path: Path) -> tuple[Restored, Place]:
    settings = land.settings(is_empty=True)
    with wiring.open_tools(settings, check_schema=False) as tools:
        done = restoring.restore(tools, path)
    assert isinstance(done, Restored)
    with land.open(settings) as opened:
        return done, opened


def test_a_backup_is_put_back_with_all_that_was_in_it(land: Land, place: Place, made: backup.Made) -> None:
    done, other = put_back(land, made.path)
    assert done.accounts is not None
    assert done.accounts.is_closed, done.accounts.faults
    with land.open(other.settings) as opened:
        assert opened.tables() == {**place.tables(), "lease": 0}
        assert opened.spool == place.spool
        assert opened.feed(a_mail(BOOK)).state == "duplicate"
        day = {"report_date": a_visit()["visit_date"] - timedelta(days=1)}
        assert opened.feed(a_mail(a_workbook([a_visit()], cover=day))).submissions, "work goes on: ids are new"


def test_only_its_owner_may_read_it_and_nothing_else_is_left(place: Place, made: backup.Made) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert os.listdir(made.path.parent) == [made.path.name]
    latest = backup.latest(place.settings.data_dir)
    assert latest == backup.Latest(place.clock.now, str(made.path))


def test_older_ones_go_when_asked_and_nothing_else_does(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "daysheet-mine.tar").write_text("")
    for _ in range(3):
        place.clock.now += timedelta(hours=1)
        done = backup.make(place.tools, folder, keep=2)
    assert len(done.removed) == 1
    assert len(list(folder.glob("daysheet-2*.tar"))) == 2
    assert (folder / "daysheet-mine.tar").exists()
    with pytest.raises(UsageError, match="folder"):
        backup.make(place.tools, tmp_path / "own.tar", keep=2)


def test_nothing_is_overwritten(place: Place, made: backup.Made) -> None:
    with pytest.raises(UsageError, match="there already"):
        backup.make(place.tools, made.path)


def test_a_lost_mail_is_told_and_the_rest_is_kept(land: Land, place: Place) -> None:
    place.feed(a_mail(BOOK))
    place.feed(a_mail(BOOK, subject="noch einmal"))
    lost = min(place.spool)
    (place.folder / "var" / "spool" / lost[:2] / lost).write_bytes(b"damaged")
    done = backup.make(place.tools)
    assert (done.manifest.missing, done.manifest.mails) == ((lost,), 1)
    restored, _ = put_back(land, done.path)
    assert restored.accounts is not None
    assert not restored.accounts.is_closed


def test_removed_bytes_are_not_missed(land: Land, place: Place, made: backup.Made) -> None:
    with place.tools.database.writing() as connection:
        connection.execute(inbound.update().where(inbound.c.id == 1).values(bytes_removed_at=place.clock.now))
    done = backup.make(place.tools, made.path.with_name("other.tar"))
    assert (done.manifest.mails, done.manifest.missing) == (1, ())
    restored, _ = put_back(land, done.path)
    assert restored.accounts is not None
    assert restored.accounts.is_closed


def test_retention_and_another_backup_wait(place: Place) -> None:
    other = replace(place.tools, holder="another")
    with held(other, retention.LEASE), pytest.raises(LeaseHeld):
        backup.make(place.tools)


@pytest.mark.parametrize("cut", [0.02, 0.5, 0.97])
def test_a_cut_file_is_refused_and_touches_nothing(land: Land, made: backup.Made, cut: float) -> None:
    path = made.path.with_name("cut.tar")
    path.write_bytes(made.path.read_bytes()[: int(made.size * cut)])
    refused(land, path, BackupDamaged)


def test_a_changed_byte_anywhere_is_found(land: Land, made: backup.Made) -> None:
    content = bytearray(made.path.read_bytes())
    with tarfile.open(made.path) as tar:
        places = [head.offset_data + head.size // 2 for head in tar]
    for number, at in enumerate(places):
        changed = bytearray(content)
        changed[at] ^= 0x41
        path = made.path.with_name(f"changed-{number}.tar")
        path.write_bytes(changed)
        refused(land, path, UsageError)


def refused(land: Land, path: Path, error: type[Exception]) -> None:
    settings = land.settings(is_empty=True)
    with wiring.open_tools(settings, check_schema=False) as tools:
        with pytest.raises(error):
            restoring.restore(tools, path)
        assert migrate.is_empty(tools.database)
        assert list(tools.spool.hashes()) == []
    left = {item.name for item in settings.data_dir.parent.iterdir()} | {
        one.name for one in settings.data_dir.iterdir()
    }
    assert left <= {"var", "daysheet.db", "spool"}


def test_a_backup_is_put_only_where_nothing_is(land: Land, place: Place, made: backup.Made) -> None:
    before = place.tables()
    with pytest.raises(BackupRefused, match="not empty"):
        restoring.restore(place.tools, made.path)
    assert place.tables() == before

    settings = land.settings(is_empty=True)
    with wiring.open_tools(settings, check_schema=False) as tools:
        tools.spool.put(b"somebody's")
        with pytest.raises(BackupRefused, match="spool"):
            restoring.restore(tools, made.path)
        assert migrate.is_empty(tools.database)


def test_an_interrupted_restore_can_be_begun_again(
    land: Land, made: backup.Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = land.settings(is_empty=True)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with wiring.open_tools(settings, check_schema=False) as tools:
        with monkeypatch.context() as patch:
            patch.setattr(dumping, "load", crash)
            with pytest.raises(KeyboardInterrupt):
                restoring.restore(tools, made.path)
        assert len(list(tools.spool.hashes())) == 2
        done = restoring.restore(tools, made.path)
    assert isinstance(done, Restored)
    assert done.accounts is not None
    assert done.accounts.is_closed


def test_looking_writes_nothing(land: Land, made: backup.Made) -> None:
    settings = land.settings(is_empty=True)
    with wiring.open_tools(settings, check_schema=False) as tools:
        manifest = restoring.restore(tools, made.path, dry_run=True)
        assert isinstance(manifest, archive.Manifest)
        assert manifest == made.manifest
        assert migrate.is_empty(tools.database)
        assert list(tools.spool.hashes()) == []


def changed_manifest(made: backup.Made, **changes: object) -> Path:
    """Write the same backup with another manifest."""
    path = made.path.with_name("other-manifest.tar")
    with tarfile.open(made.path) as old, archive.writing(path, made.manifest.at) as new:
        for head in old:
            content = old.extractfile(head)
            assert content is not None
            said = content.read()
            name = head.name
            if name.startswith(archive.MANIFEST):
                said = json.dumps(json.loads(said) | changes).encode()
                name = f"{archive.MANIFEST}{hashlib.sha256(said).hexdigest()}.json"
            new.add(name, said)
    return path


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"revision": "9999"}, SchemaOutdated, "newer"),
        ({"format": 99}, UsageError, "newer"),
        ({"dialect": "other"}, BackupRefused, "own kind"),
        ({"mails": 5}, BackupDamaged, "raw mails"),
    ],
)
def test_what_cannot_be_used_here_is_said(
    land: Land, made: backup.Made, changes: dict[str, object], error: type[Exception], says: str
) -> None:
    path = changed_manifest(made, **changes)
    empty = wiring.open_tools(land.settings(is_empty=True), check_schema=False)
    with empty as tools, pytest.raises(error, match=says):
        restoring.restore(tools, path)


def test_erasures_since_are_named(land: Land, place: Place, made: backup.Made) -> None:
    settings = land.settings(is_empty=True)
    settings.data_dir.mkdir()
    erasures.note(settings.data_dir, made.manifest.at - timedelta(days=1), erasures.PERSON, [1])
    erasures.note(settings.data_dir, made.manifest.at + timedelta(days=1), erasures.PERSON, [2])
    erasures.note(settings.data_dir, made.manifest.at + timedelta(days=2), erasures.CONTACT, [7, 3])
    with wiring.open_tools(settings, check_schema=False) as tools:
        done = restoring.restore(tools, made.path)
    assert isinstance(done, Restored)
    assert [one.ids for one in done.erasures] == [(2,), (7, 3)]
    assert done.again == ("daysheet people forget E2", "daysheet customers contacts forget 3")


def test_a_damaged_database_in_it_is_found_when_it_is_read_back(
    place: Place, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = dumping.table_counts
    with monkeypatch.context() as patch:
        patch.setattr(dumping, "_sqlite_counts", lambda path: {"inbound": 3})
        patch.setattr(dumping, "_dump_counts", lambda path: {"inbound": 3})
        with pytest.raises(BackupDamaged, match="other rows"):
            backup.make(place.tools)
    assert list((place.settings.data_dir / "backups").iterdir()) == []
    assert counted is dumping.table_counts


def test_the_password_is_on_no_command_line(place: Place, dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if dialect == "sqlite":
        assert "password" not in place.tools.database.parameters()
        return
    database = Database("postgresql://somebody:geheim@127.0.0.1:5/none?sslmode=disable")
    at, environment = programs.connecting(database)
    assert "geheim" not in at
    assert "sslmode=disable" in at
    assert environment["PGPASSWORD"] == "geheim"


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="postgresql-client-99"):
        programs.find("pg_dump", 99)
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BackupRefused, match="postgresql-client-15"):
        programs.find("pg_dump", 15)


def test_a_left_write_ahead_log_is_no_place_for_a_backup(tmp_path: Path) -> None:
    (tmp_path / "daysheet.db-wal").write_bytes(b"of another database")
    with pytest.raises(BackupRefused, match="wal"):
        dumping.refuse_to_load(Database(f"sqlite:///{tmp_path / 'daysheet.db'}"))


def test_what_was_deleted_is_not_in_the_file(place: Place, dialect: str) -> None:
    if dialect != "sqlite":
        return
    with closing(sqlite3.connect(place.folder / "daysheet.db")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.execute("INSERT INTO notes VALUES ('geheimnisvoll')")
        connection.commit()
        connection.execute("DROP TABLE notes")
        connection.commit()
    done = backup.make(place.tools)
    assert b"geheimnisvoll" not in done.path.read_bytes()
    assert account(place.tools).is_closed
