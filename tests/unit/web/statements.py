"""Count the statements that a page costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from daysheet.store.engine import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect every statement that is sent to *database* meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    sa.event.listen(database._engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", note)
