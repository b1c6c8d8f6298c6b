"""A pipeline on a database of its own: mails in, outcomes and answers out."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from daysheet import wiring
from daysheet.model.answers import Answer
from daysheet.model.documents import answer_from_document
from daysheet.services import outbox
from daysheet.services.ingest import FileLine, ingest_file
from daysheet.services.tools import Tools
from daysheet.store import outbox as outbox_store
from tests import builders
from tests.builders import Clock


@dataclass
class Pipeline:
    """What a test drives: a mail in, the line that says what became of it."""

    tools: Tools
    clock: Clock
    folder: Path
    numbers: Iterator[int]

    def feed(self, raw: bytes, *, as_number: str = "", name: str = "") -> FileLine:
        """Feed one mail (or, with a name that says so, a workbook)."""
        path = self.folder / (name or f"{next(self.numbers):03d}.eml")
        path.write_bytes(raw)
        return ingest_file(self.tools, path, as_number)

    def answers(self) -> list[Answer]:
        """Every answer in the outbox, oldest first."""
        with self.tools.database.reading() as connection:
            return [answer_from_document(mail.payload) for mail in outbox_store.waiting(connection)]

    def mails(self) -> list[EmailMessage]:
        """Every answer in the outbox as the mail it will be."""
        with self.tools.database.reading() as connection:
            waiting = outbox_store.waiting(connection)
        made = [message_from_bytes(outbox.make(self.tools, mail), policy=default) for mail in waiting]
        return cast("list[EmailMessage]", made)

    def rows(self, sheet: str, *states: str) -> list[dict[str, Any]]:
        """The stored rows of *sheet* in one of *states*, in order."""
        table = self.tools.tables.table(sheet)
        query = sa.select(table).where(table.c.state.in_(states or ("landed",)))
        with self.tools.database.reading() as connection:
            found = connection.execute(query.order_by(table.c.submission_id, table.c.row_number))
            return [dict(row) for row in found.mappings()]

    def select(self, query: sa.Select[Any]) -> list[Any]:
        """Whatever a test wants to see of the database."""
        with self.tools.database.reading() as connection:
            return list(connection.execute(query))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has people and customers, to copy."""
    folder = tmp_path_factory.mktemp("prepared")
    with builders.open_tools(builders.settings(folder)):
        pass
    return folder


@pytest.fixture
def pipeline(prepared: Path, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline whose clock stands."""
    shutil.copy(prepared / "daysheet.db", tmp_path / "daysheet.db")
    clock = Clock()
    chosen = builders.settings(tmp_path)
    with wiring.open_tools(chosen) as tools:
        yield Pipeline(replace(tools, clock=clock), clock, tmp_path, count(1))
