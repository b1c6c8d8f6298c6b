"""
Deadlines for a conversation with a server: for every step as a whole, not only for each wait within it.

A socket's timeout begins anew with every byte that arrives: a server that sends one a second keeps
a program for good. Here a step ends when its time is up, whatever has come by then.
"""

import io
import socket
import time

BYTES_PER_SECOND = 64 * 2**10
"""What a line must carry at the least: for so many bytes that have come, a step may take a second longer."""


class Patience:
    """How long the step under way may still take, and how much it may still bring. *seconds*: for one step."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._wait = seconds
        self._until = 0.0
        self._room = 0

    def begin(self, most: int, seconds: float | None = None) -> None:
        """A step begins, which must not bring more than *most* bytes."""
        self._wait = self.seconds if seconds is None else seconds
        self._until = time.monotonic() + self._wait
        self._room = most

    def left(self) -> float:
        """Return how long to wait for what comes next; raises TimeoutError where the step has had its time."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return min(left, self._wait)

    def arrived(self, number: int) -> None:
        """So many bytes have come, or have gone; raises ConnectionError where they are too many for a step."""
        self._until += number / BYTES_PER_SECOND
        self._room -= number
        if self._room < 0:
            raise ConnectionError("says more than any answer holds")

    def takes(self, size: int) -> bool:
        """Say whether *size* bytes more are not too many."""
        return size <= self._room


class _Socket(io.RawIOBase):
    """What a socket says, for as long as there is patience."""

    def __init__(self, source: socket.socket, patience: Patience) -> None:
        self._source = source
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """Wait for what comes next."""
        self._source.settimeout(self._patience.left())
        number = self._source.recv_into(buffer)
        self._patience.arrived(number)
        return number


def reader(source: socket.socket, patience: Patience) -> io.BufferedReader:
    """Return a file to read from *source* for as long as there is *patience*."""
    return io.BufferedReader(_Socket(source, patience))
