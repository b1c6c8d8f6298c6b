"""Make a database, or bring one up to date."""

from collections.abc import Sequence
from datetime import datetime

from daysheet.model.template import TemplateSpec
from daysheet.store import migrate
from daysheet.store.engine import Database
from daysheet.store.migrate import UpgradeReport


def upgrade(
    database: Database, specs: Sequence[TemplateSpec], now: datetime, *, dry_run: bool = False
) -> UpgradeReport:
    """Apply what is missing, or only say so; raises SchemaOutdated where the database is newer than the program."""
    return migrate.plan(database, specs) if dry_run else migrate.upgrade(database, specs, now)
