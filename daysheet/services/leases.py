"""Work that only one process may do at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from daysheet.errors import LeaseHeld
from daysheet.services.tools import Tools
from daysheet.store import leases

LEASE = timedelta(minutes=5)
"""Longer than any one step between two renewals; a process that dies blocks its work no longer than this."""


@contextmanager
def held(tools: Tools, name: str) -> Iterator[Callable[[], None]]:
    """
    Hold the lease *name* for the block; gives a function that renews it.

    Raises LeaseHeld where another process has it, at the start or (a renewal) because this one
    was too slow.
    """
    seconds = LEASE.total_seconds()
    with tools.database.writing() as connection:
        if not leases.acquire(connection, name, tools.holder, tools.clock(), seconds):
            raise LeaseHeld(f"{name} is being worked by another process; it is free again within {LEASE}")

    def renew() -> None:
        with tools.database.writing() as connection:
            if not leases.renew(connection, name, tools.holder, tools.clock(), seconds):
                raise LeaseHeld(f"{name} was taken over by another process")

    try:
        yield renew
    finally:
        with tools.database.writing() as connection:
            leases.release(connection, name, tools.holder)
