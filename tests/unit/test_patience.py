"""A step ends when its time is up, whatever has come by then."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from daysheet import patience
from daysheet.patience import BYTES_PER_SECOND, Patience

SECONDS = 0.15


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def begun(most: int = 10**6) -> Patience:
    step = Patience(SECONDS)
    step.begin(most)
    return step


def meanwhile(act: Callable[[], None]) -> threading.Thread:
    def work() -> None:
        with suppress(OSError):
            act()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_what_comes_in_time_is_read(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].sendall(b"* OK ready\r\n")
    assert patience.reader(pair[0], begun()).readline() == b"* OK ready\r\n"


def test_a_byte_now_and_then_buys_no_time(pair: tuple[socket.socket, socket.socket]) -> None:
    def drip() -> None:
        for _ in range(100):
            pair[1].sendall(b".")
            time.sleep(SECONDS / 5)

    began = time.monotonic()
    thread = meanwhile(drip)
    with pytest.raises(TimeoutError):
        patience.reader(pair[0], begun()).readline()
    assert time.monotonic() - began < 3 * SECONDS
    pair[0].shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_who_falls_silent_after_many_bytes_is_waited_for_no_longer_than_anybody(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    thread = meanwhile(lambda: pair[1].sendall(b"." * 3 * BYTES_PER_SECOND))
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        patience.reader(pair[0], begun()).readline()
    thread.join(5)
    assert time.monotonic() - began < 1


def test_many_bytes_may_take_longer_than_few() -> None:
    step = begun()
    step.arrived(BYTES_PER_SECOND)
    time.sleep(SECONDS)
    assert 0 < step.left() <= SECONDS


def test_who_never_stops_is_not_listened_to_for_good(pair: tuple[socket.socket, socket.socket]) -> None:
    thread = meanwhile(lambda: pair[1].sendall(b"." * 2**20))
    with pytest.raises(ConnectionError, match="more than any answer"):
        patience.reader(pair[0], begun(most=2**16)).readline()
    pair[0].shutdown(socket.SHUT_RDWR)
    thread.join(5)
