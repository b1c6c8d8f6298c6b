"""Everything a process of a trial needs, imported before it is forked."""

from importlib import import_module

from daysheet.config import Settings
from daysheet.wiring import open_naming

for name in (
    "daysheet.cli",
    "daysheet.commands.serve",
    "daysheet.commands.session",
    "daysheet.dedupe.judge",
    "daysheet.ingest.imap",
    "daysheet.ingest.spool",
    "daysheet.ingest.workbook",
    "daysheet.reports.delivery",
    "daysheet.scheduler",
    "daysheet.services.digest_makers",
    "daysheet.store.migrate",
    "daysheet.web.app",
    "daysheet.web.server",
    "psycopg",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "tests.reliability.dying",
):
    import_module(name)
open_naming(Settings())  # the lexicons are read once
