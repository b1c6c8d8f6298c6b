"""``doctor`` sees a database or a spool that is damaged, and how old the last backup is."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from daysheet.services import backup, doctor
from daysheet.services.doctor import Finding
from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.safety.conftest import Place


def found(place: Place, check: str) -> Finding:
    findings = doctor.examine(place.tools, place.settings.data_dir, {}, lambda: pytest.fail("nothing is sent"))
    return next(one for one in findings if one.check == check)


def test_what_is_sound_is_said_to_be(place: Place) -> None:
    place.feed(a_mail(a_workbook([a_visit()])))
    assert found(place, "integrity") == Finding("integrity", True, "the database and the 1 newest raw mails are sound")


def test_a_raw_mail_that_is_damaged_is_a_fault(place: Place) -> None:
    place.feed(a_mail(a_workbook([a_visit()])))
    (digest,) = place.tools.spool.hashes()
    path = place.tools.spool.path_of(digest)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    finding = found(place, "integrity")
    assert not finding.is_fine
    assert f"1 of the newest raw mails are missing or damaged, such as {digest[:12]}" in finding.note


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_row_that_belongs_to_nothing_is_a_fault(place: Place) -> None:
    path = place.tools.database.path
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as file:  # which minds no foreign keys
        file.execute("INSERT INTO posting (person_id, region, manager, from_on) VALUES (999, '', '', '2026-01-01')")
    assert "of posting belongs to a row of person that is not there" in found(place, "integrity").note


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_damaged_page_is_a_fault(place: Place) -> None:
    path = place.tools.database.path
    assert path is not None
    with place.tools.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO alarm (kind, subject, detail, raised_at) VALUES ('x', 'y', 'z', '2026-01-01')"
        )
        page = connection.scalar(sa.text("SELECT rootpage FROM sqlite_master WHERE name = 'audit'"))
    place.tools.database.close()
    overwrite(path, (int(page or 0) - 1) * 4096)
    finding = found(place, "integrity")
    assert not finding.is_fine


def overwrite(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_an_index_that_is_not_valid_is_a_fault(place: Place) -> None:
    with place.tools.database.writing() as connection:
        connection.execute(sa.text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_audit_at'::regclass"))
    assert "the index ix_audit_at is not valid: REINDEX it" in found(place, "integrity").note


def test_the_age_of_the_last_backup_is_told_and_a_fault_after_a_week(place: Place, tmp_path: Path) -> None:
    assert found(place, "backup").note == "none was made with daysheet db backup"
    backup.make(place.tools, tmp_path / "copy.tar")
    assert found(place, "backup").is_fine
    assert "copy.tar" in found(place, "backup").note
    place.clock.now += timedelta(days=8)
    finding = found(place, "backup")
    assert not finding.is_fine
    assert "the last one is 8 days old" in finding.note
