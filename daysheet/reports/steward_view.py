"""A steward's digest: what waits, since when, and the questions that have waited longest."""

from daysheet.i18n import text
from daysheet.model.digests import Digest
from daysheet.reports import amounts, digest_quality
from daysheet.reports.blocks import View, filled
from daysheet.reports.footers import footer
from daysheet.reports.story import Story, dotted

OLD, VERY_OLD = 3, 7
"""Days from which what waits colours the mail."""


def view(digest: Digest, company: str, *, unsubscribe: bool) -> View:
    """Return what *digest* says."""
    story = Story(digest)
    language = digest.language
    waiting = sum(int(count) for count in story.below("queue").values())
    rows = sum(int(count) for count in story.below("queue_rows").values())
    oldest = max((int(days) for days in story.below("queue_days").values()), default=0)
    scope = story.scope
    day = amounts.period(digest.period, language)
    said = [text("steward.rows", language, n=rows)] if rows else []
    said += [text("steward.oldest", language, n=oldest)] if oldest else []
    return View(
        language=language,
        subject=text("steward.subject", language, n=waiting, scope=scope),
        tone="good" if oldest < OLD else "mixed" if oldest < VERY_OLD else "bad",
        headline=text("steward.headline", language, n=waiting),
        under=(dotted([text("steward.name", language), scope, day]),),
        todo=(dotted(said),) if said else (),
        facts=(),
        warnings_title="",
        warnings=(),
        sections=filled([digest_quality.queue(story, is_own=True)]),
        footer=footer(digest.kind, digest.name, company, language, unsubscribe=unsubscribe),
    )
