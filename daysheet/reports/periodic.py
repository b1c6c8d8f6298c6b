"""The mails that go out by the clock, as subject, HTML and text: digests, reminders, escalations, mornings."""

from dataclasses import replace

from daysheet.model.digests import Digest, DigestKind, Escalation, Reminder
from daysheet.model.returns import Morning
from daysheet.reports import digest_view, rep_views, steward_view
from daysheet.reports.blocks import View
from daysheet.reports.render import Rendered, lay_out

Content = Digest | Reminder | Escalation | Morning


def render(content: Content, company: str, *, unsubscribe: bool, charts: bool = False) -> Rendered:
    """
    Return *content* as a mail.

    *unsubscribe* tells whether it may be left; then the mail says how. With *charts* a digest's trend is a
    picture (that takes the extra ``charts``), otherwise a row of cells.
    """
    shown = view(content, company, unsubscribe=unsubscribe)
    if charts:
        from daysheet.reports.charts import drawn

        shown = drawn(shown)
    images = tuple(image for section in shown.sections for image in section.images)
    made = lay_out("digest", shown, shown.subject, content.language, is_compact=True)
    return replace(made, images=images)


def view(content: Content, company: str, *, unsubscribe: bool) -> View:
    """Return what *content* says, as texts."""
    if isinstance(content, Reminder):
        return rep_views.reminder(content, company)
    if isinstance(content, Escalation):
        return rep_views.escalation(content, company)
    if isinstance(content, Morning):
        return rep_views.morning(content, company, unsubscribe=unsubscribe)
    if content.kind is DigestKind.STEWARD:
        return steward_view.view(content, company, unsubscribe=unsubscribe)
    return digest_view.view(content, company, unsubscribe=unsubscribe)
