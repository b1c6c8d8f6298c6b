"""The stewards' queues: what waits, for whom, and how the deciding goes."""

from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import queue
from daysheet.store.queue import Counts

__all__ = ["Counts", "counts"]


def counts(tools: Tools, visitor: Visitor) -> Counts:
    """Return how much waits in each queue of what the visitor sees."""
    with tools.database.reading() as connection:
        return queue.counts(connection, visitor.scope)
