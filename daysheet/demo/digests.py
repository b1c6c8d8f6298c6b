"""Mails by the clock, written where they can be opened: a manager's week, a steward's day, a rep's morning."""

from collections.abc import Iterator
from pathlib import Path

from daysheet.config import Settings
from daysheet.demo.company import HEAD, STEWARD
from daysheet.model.digests import DigestKind
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import digests_by_hand
from daysheet.services.tools import Tools

SHOWN = ((DigestKind.WEEKLY, HEAD), (DigestKind.STEWARD, STEWARD), (DigestKind.MORNING, ""))
"""Each kind, and to whom; "": to everybody who expects it today."""


def write(settings: Settings, tools: Tools) -> Iterator[Path]:
    """Write them below the demo's folder, as they would be mailed now; give the HTML of each."""
    for kind, number in SHOWN:
        folder = settings.data_dir / "digests" / str(kind)
        about = digests_by_hand.period_of(tools, kind, "")
        digests_by_hand.preview(tools, kind, about, FolderDelivery(folder), to=number)
        yield from sorted(folder.glob("*.html"))
