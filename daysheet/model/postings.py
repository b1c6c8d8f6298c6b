"""
How a person's history of postings goes on when a list says where they stand.

A list is imported whole, day after day, and says where people stand *now*; the history is what
remains of each of these days. A line may say since when (``since``): the day of joining, or the
day a move took effect, which is often some days ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from daysheet.model.organisation import Posting

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a list says that a person stands, and since when, if it says so."""

    team: str
    region: str
    manager: str
    since: date | None = None
    is_active: bool = True


def carried_on(history: Sequence[Posting], stands: Standing, today: date) -> tuple[Posting, ...]:
    """
    Return a person's *history*, oldest first, as it is once they stand where *stands* says; new postings have id 0.

    A move ends the posting that is open, the day before, and begins another: on ``since`` where that
    lies after the beginning of the open one, else today. A posting that begins today, or has not begun
    yet, is changed instead of ended. ``since`` also puts right what is known: the open posting begins
    then, as long as that is after the beginning of the one before; and before everything known it is
    the day of joining, when the first one begins. Any other day is no news.
    """
    if not history:
        return (_begun(stands, stands.since or today),) if stands.is_active else ()
    if not stands.is_active:
        return _left(tuple(history), stands.since, today)
    *earlier, last = _back(tuple(history), stands, today)
    since = _news(stands.since, earlier, last)
    is_wrong = last.from_on >= today or (since is not None and bool(earlier) and since < last.from_on)
    if is_wrong and earlier and _meets(earlier[-1], last) and _is_at(earlier[-1], stands):
        *earlier, last = *earlier[:-1], replace(earlier[-1], to_on=None)  # the move is called off
        since = _news(stands.since, earlier, last)
    if is_wrong or _is_at(last, stands):
        changed = replace(_at(last, stands), from_on=since or last.from_on)
        carried = (*_meeting(earlier, last, changed), changed)
    else:
        begins = since if since and since > last.from_on else today
        carried = (*earlier, replace(last, to_on=begins - _DAY), _begun(stands, begins))
    return _joined(carried, stands.since)


def _begun(stands: Standing, on: date) -> Posting:
    return Posting(0, 0, stands.team, stands.region, stands.manager, on)


def _at(posting: Posting, stands: Standing) -> Posting:
    return replace(posting, team=stands.team, region=stands.region, manager=stands.manager)


def _is_at(posting: Posting, stands: Standing) -> bool:
    return posting == _at(posting, stands)


def _left(history: tuple[Posting, ...], since: date | None, today: date) -> tuple[Posting, ...]:
    """End the open posting the day before; one that would have begun later never was."""
    *earlier, last = history
    if last.to_on is not None:
        return history
    if last.from_on > today:
        return _left((*earlier[:-1], replace(earlier[-1], to_on=None)), None, today) if earlier else ()
    gone = since if since and since > last.from_on else today
    return (*earlier, replace(last, to_on=max(last.from_on, gone - _DAY)))


def _back(history: tuple[Posting, ...], stands: Standing, today: date) -> tuple[Posting, ...]:
    """Open the last posting again for who is back the day after, or had never gone; begin another for who was away."""
    *earlier, last = history
    if last.to_on is None:
        return history
    begins = stands.since if stands.since and stands.since > last.to_on else today
    if begins <= last.to_on + _DAY:
        return (*earlier, replace(last, to_on=None))
    return (*history, _begun(stands, begins))


def _news(since: date | None, earlier: Sequence[Posting], last: Posting) -> date | None:
    """Return *since* where the *last* posting may begin then: after the beginning of the one before, or its end."""
    if since is None or not earlier:
        return since
    former = earlier[-1]
    return since if since > (former.from_on if _meets(former, last) else former.to_on or date.max) else None


def _meets(former: Posting, last: Posting) -> bool:
    return former.to_on is not None and former.to_on + _DAY == last.from_on


def _meeting(earlier: Sequence[Posting], last: Posting, changed: Posting) -> tuple[Posting, ...]:
    """Let the posting before end where the last one begins now, unless the person was away between the two."""
    if not earlier or not _meets(earlier[-1], last):
        return tuple(earlier)
    return (*earlier[:-1], replace(earlier[-1], to_on=changed.from_on - _DAY))


def _joined(history: tuple[Posting, ...], since: date | None) -> tuple[Posting, ...]:
    first = history[0]
    return (replace(first, from_on=since), *history[1:]) if since and since < first.from_on else history
