from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from daysheet.errors import SchemaOutdated, StoreError, StoreUnreachable, TemplateChangeRefused
from daysheet.store import migrate
from daysheet.store.engine import Database
from daysheet.store.people import all_people
from daysheet.store.postings import all_postings
from daysheet.store.tables import metadata
from tests.contract.store.specs import COVER, SPECS, VISITS, a_column, a_sheet, a_template

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def table_names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def set_revision(database: Database, revision: str) -> None:
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_the_program_knows_every_revision_and_the_newest() -> None:
    script = ScriptDirectory.from_config(migrate.alembic_config())
    assert script.get_current_head() == migrate.HEAD
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(migrate.KNOWN)


def test_the_migrated_schema_is_the_one_the_store_works_with(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_ids_are_never_used_again(database: Database) -> None:
    if database.dialect == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
    else:
        numbered_ids = "column_name = 'id' AND column_default LIKE 'nextval%'"
        names = f"SELECT table_name FROM information_schema.columns WHERE {numbered_ids}"
    with database.reading() as connection:
        numbered = set(connection.execute(sa.text(names)).scalars())
    assert numbered == {
        *(table.name for table in metadata.tables.values() if "id" in table.c),
        *("cover", "visits", "opportunities"),
    }


def test_the_revisions_go_down_and_up_again(empty_url: str) -> None:
    database = Database(empty_url)
    migrate.upgrade(database, [], NOW)
    assert table_names(database) == set(metadata.tables)
    with database.migrating() as connection:
        command.downgrade(migrate.alembic_config(connection), "base")
    assert table_names(database) == set()
    migrate.upgrade(database, [], NOW)
    assert table_names(database) == set(metadata.tables)
    migrate.check(database, [])
    database.close()


def test_everybody_stands_where_they_stood_after_an_upgrade_with_people(empty_url: str) -> None:
    database = Database(empty_url)
    with database.migrating() as connection:
        command.upgrade(migrate.alembic_config(connection), "0004")
    with database.writing() as connection:
        for statement in (
            "INSERT INTO team (id, name, region) VALUES (7, 'Team 7', 'North')",
            "INSERT INTO person (id, number, name, role, team_id, region, manager, is_active)"
            " VALUES (1, 'E1', 'Wang', 'rep', 7, 'North', 'M1', true), (2, 'E2', 'Li', 'rep', NULL, '', '', false)",
        ):
            connection.execute(sa.text(statement))
    for _ in range(2):  # the second time after a downgrade
        migrate.upgrade(database, [], NOW)
        with database.reading() as connection:
            postings = all_postings(connection)
            people = {person.number: person for person in all_people(connection)}
        began = date(1900, 1, 1)
        (there,), (gone,) = postings[1], postings[2]
        assert (there.team, there.region, there.manager) == ("Team 7", "North", "M1")
        assert (there.from_on, there.to_on) == (began, None)
        assert (gone.from_on, gone.to_on) == (began, began), "who has left owes nothing"
        assert (people["E1"].team, people["E1"].reports, people["E2"].is_active) == ("Team 7", None, False)
        with database.migrating() as connection:
            command.downgrade(migrate.alembic_config(connection), "0004")
        with database.reading() as connection:
            assert connection.execute(sa.text("SELECT name FROM person ORDER BY id")).scalars().all() == ["Wang", "Li"]
    database.close()


def test_an_upgrade_says_what_it_did_and_does_it_once(empty_url: str) -> None:
    database = Database(empty_url)
    assert migrate.is_empty(database)
    planned = migrate.plan(database, SPECS)
    assert migrate.is_empty(database), "a plan changes nothing"
    report = migrate.upgrade(database, SPECS, NOW)
    assert report == planned
    assert (report.before, report.after) == (None, migrate.HEAD)
    assert report.changes == (
        *(f"core revision {revision}" for revision in migrate.KNOWN),
        "create table cover",
        "create table visits",
        "create table opportunities",
        "record template daily version 1",
    )
    assert migrate.upgrade(database, SPECS, NOW).changes == ()
    assert migrate.plan(database, SPECS).changes == ()
    assert not migrate.is_empty(database)
    database.close()


def test_an_upgraded_database_passes_the_check(database: Database) -> None:
    migrate.check(database, SPECS)
    migrate.check(database, [])


def test_a_database_that_was_never_filled_names_the_command(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(SchemaOutdated, match="daysheet db upgrade"):
        migrate.check(database, SPECS)
    assert database.path is None or not database.path.exists(), "asking makes no file"
    database.close()


def test_an_empty_file_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "daysheet.db").touch()
    database = Database(f"sqlite:///{tmp_path}/daysheet.db")
    with pytest.raises(SchemaOutdated, match="is empty; fill it with: daysheet db upgrade"):
        migrate.check(database, SPECS)
    database.close()


def test_a_database_newer_than_the_program_is_refused(database: Database) -> None:
    set_revision(database, "9999")
    for attempt in (migrate.check, migrate.plan, lambda d, s: migrate.upgrade(d, s, NOW)):
        with pytest.raises(SchemaOutdated, match="upgraded by a newer Daysheet"):
            attempt(database, SPECS)


def test_an_older_database_names_the_command(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "HEAD", "9999")
    monkeypatch.setattr(migrate, "KNOWN", (*migrate.KNOWN, "9999"))
    with pytest.raises(SchemaOutdated, match=r"older version .*make a backup, then run: daysheet db upgrade"):
        migrate.check(database, SPECS)


def test_a_changed_template_names_the_command(database: Database) -> None:
    changed = a_template(version=2, digest="d2")
    with pytest.raises(SchemaOutdated, match=r"daily \(version 2\) is new or was changed.*daysheet db upgrade"):
        migrate.check(database, [changed])
    migrate.upgrade(database, [changed], NOW)
    migrate.check(database, [changed])


def test_a_refused_template_changes_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    migrate.upgrade(database, SPECS, NOW)
    refused = a_template(
        [COVER, a_sheet("visits", VISITS.columns[1:]), a_sheet("extra", [a_column("note")])], digest="d2"
    )
    with pytest.raises(TemplateChangeRefused, match="column visit_date"):
        migrate.upgrade(database, [refused], NOW)
    assert "extra" not in table_names(database)
    migrate.check(database, SPECS)
    database.close()


def test_two_upgrades_at_once_do_not_meet(empty_url: str) -> None:
    database, other = Database(empty_url), Database(empty_url, busy_seconds=0.2)
    with database.migrating() as connection:
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER)"))
        with pytest.raises(StoreUnreachable, match="is locked"):
            migrate.upgrade(other, SPECS, NOW)
    database.close()
    other.close()


def test_a_change_that_breaks_foreign_keys_is_taken_back_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "daysheet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    orphan = sa.text("INSERT INTO person_address (address, person_id, position) VALUES ('a@b', 99, 0)")
    with (
        pytest.raises(StoreError, match="without what they point to: person_address"),
        database.migrating() as connection,
    ):
        connection.execute(orphan)
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM person_address")).scalar_one() == 0
    with pytest.raises(StoreError, match="FOREIGN KEY"), database.writing() as connection:
        connection.execute(orphan)
    database.close()
