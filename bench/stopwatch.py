"""
Where the time of a run goes: each step's own time, without that of the steps it calls.

Only the main thread is timed: what another one does meanwhile costs the run no time but waiting.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from daysheet.store.engine import Database

GLUE = "everything else"


class Stopwatch:
    """Seconds by heading."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.whole = 0.0
        self._inner: list[float] = []  # seconds spent in the steps called by each open step

    @contextmanager
    def watching(self, *steps: tuple[Any, str, str]) -> Iterator[None]:
        """Time the functions *steps* names (owner, name, heading) during the block."""
        originals = [(owner, name, getattr(owner, name)) for owner, name, _ in steps]
        for (owner, name, original), (_, _, heading) in zip(originals, steps, strict=True):
            setattr(owner, name, self._timed(original, heading))
        try:
            yield
        finally:
            for owner, name, original in originals:
                setattr(owner, name, original)

    @contextmanager
    def watching_commits(self, database: Database) -> Iterator[None]:
        """Time the database's commits during the block: on SQLite, one fsync of the log each."""
        dialect = database._engine.dialect
        with self.watching((dialect, "do_commit", "commit: fsync of the log")):
            yield

    def _timed(self, call: Any, heading: str) -> Any:
        @wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return call(*arguments, **named)
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                took = time.perf_counter() - start
                self.spent[heading] = self.spent.get(heading, 0.0) + took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return timed

    def ranked(self) -> list[tuple[str, float]]:
        """Return heading and seconds, the longest first, what is left last."""
        ranked = sorted(self.spent.items(), key=lambda item: -item[1])
        return [*ranked, (GLUE, self.whole - sum(self.spent.values()))]
