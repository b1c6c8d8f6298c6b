"""Work that only one process may do at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from daysheet import points
from daysheet.errors import LeaseHeld
from daysheet.points import Point
from daysheet.services.tools import Tools
from daysheet.store import leases

LEASE = timedelta(minutes=5)
"""Longer than any one step between two renewals; a process that dies blocks its work no longer than this."""
RENEWAL = timedelta(seconds=20)
"""A lease younger than this is not renewed: a commit after each message would cost more than the message."""


@contextmanager
def held(tools: Tools, name: str) -> Iterator[Callable[[], None]]:
    """
    Hold the lease *name* for the block; gives a function that renews it, to be called after every step.

    A lease whose holder has died on this machine is taken over at once. Raises LeaseHeld where
    another process has it, at the start or (a renewal) because this one was too slow.
    """
    seconds = LEASE.total_seconds()
    _acquire(tools, name, seconds)
    points.reached(Point.LEASE_TAKEN)
    renewed_at = tools.clock()

    def renew() -> None:
        nonlocal renewed_at
        now = tools.clock()
        if now - renewed_at < RENEWAL:
            return
        with tools.database.writing() as connection:
            if not leases.renew(connection, name, tools.holder, now, seconds):
                raise LeaseHeld(f"{name} was taken over by another process")
        renewed_at = now

    try:
        yield renew
    finally:
        with tools.database.writing() as connection:
            leases.release(connection, name, tools.holder)
        points.reached(Point.LEASE_RETURNED)


def _acquire(tools: Tools, name: str, seconds: float) -> None:
    now = tools.clock()
    with tools.database.writing() as connection:
        if leases.acquire(connection, name, tools.holder, now, seconds):
            return
        holder = leases.holder_of(connection, name, now)
        if holder is not None and tools.is_gone(holder):
            leases.release(connection, name, holder)
            if leases.acquire(connection, name, tools.holder, now, seconds):
                return
    raise LeaseHeld(f"{name} is being worked by another process ({holder}); it is free again within {LEASE}")
