"""
A process of its own that runs what is due by the clock, and dies where it is told to.

    python -m tests.acceptance.dying_digests CONFIG POINT NUMBER

kills itself (SIGKILL) at the NUMBER-th time it comes by POINT; "nowhere" lets it run to its end.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daysheet import config, wiring
from daysheet.model.digests import Digest, DigestKind
from daysheet.model.text import Language
from daysheet.services import digests
from daysheet.services.digest_makers import Made, Order, Workshop
from daysheet.store import digests as store
from daysheet.store import leases, outbox

POINTS = (
    "made",  # content is there, nothing is written
    "told",  # the digest's row is written, its mail is not
    "queued",  # both are, not yet committed
    "committed",  # a batch is committed
    "finishing",  # everybody is served, which is not yet noted
    "finished",  # it is noted, the lease still held
)


def dying(point: str, at: str, number: int) -> Callable[[str], None]:
    """Return what is called at every point, and kills at the one that is meant."""
    seen = 0

    def passing(here: str) -> None:
        nonlocal seen
        seen += here == point
        if here == point and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    del at
    return passing


def main(path: str, point: str, number: str) -> None:
    passing = dying(point, path, int(number))

    def make(order: Order) -> Made:
        for one in order.receivers:
            passing("made")
            if one.number.endswith("7"):
                continue  # nothing to say
            yield (
                one,
                Digest(DigestKind.WEEKLY, Language.ZH, order.period, one.name, "", {"visits.done": one.id}, {}),
            )

    def before(module: Any, name: str, here: str) -> None:
        whole = getattr(module, name)

        def noting(*args: Any, **more: Any) -> Any:
            passing(here)
            return whole(*args, **more)

        setattr(module, name, noting)

    def after(module: Any, name: str, here: str) -> None:
        whole = getattr(module, name)

        def noting(*args: Any, **more: Any) -> Any:
            result = whole(*args, **more)
            passing(here)
            return result

        setattr(module, name, noting)

    digests.BATCH = 4
    before(store, "enqueue", "told")
    after(outbox, "enqueue", "queued")
    after(store, "tell", "queued")
    after(digests, "_queue", "committed")
    before(store, "finish", "finishing")
    before(leases, "release", "finished")
    with wiring.open_tools(config.load(Path(path))) as tools:
        digests.run_due(tools, workshop=Workshop({DigestKind.WEEKLY: make}))


if __name__ == "__main__":
    main(*sys.argv[1:])
