"""Make a database, or bring one up to date."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from daysheet.model.template import TemplateSpec
from daysheet.store import migrate, renewal
from daysheet.store.engine import Database
from daysheet.store.migrate import UpgradeReport


def upgrade(
    database: Database, specs: Sequence[TemplateSpec], now: datetime, *, dry_run: bool = False
) -> UpgradeReport:
    """Apply what is missing, or only say so; raises SchemaOutdated where the database is newer than the program."""
    if dry_run:
        return migrate.plan(database, specs)
    report = migrate.upgrade(database, specs, now)
    filled = fill_initials(database)
    done = (f"find {filled} names by their initials",) if filled else ()
    return replace(report, changes=(*report.changes, *done))


def fill_initials(database: Database) -> int:
    """
    Give names stored without them the initials they are searched by, and return how many got some.

    A transaction for each few thousand: one that is interrupted goes on the next time.
    """
    last, filled = 0, 0
    while True:
        with database.writing() as connection:
            at, found = renewal.fill_initials(connection, last)
        filled += found
        if at == last:
            return filled
        last = at
