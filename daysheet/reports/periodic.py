"""The mails that go out by the clock, as subject, HTML and text: digests, reminders, escalations, mornings."""

from daysheet.model.digests import Digest, Escalation, Reminder
from daysheet.model.returns import Morning
from daysheet.reports.render import Rendered

Content = Digest | Reminder | Escalation | Morning


def render(content: Content, company: str, *, unsubscribe: bool, charts: bool = False) -> Rendered:
    """
    Return *content* as a mail.

    *unsubscribe* tells whether it may be left; then the mail says how. With *charts* a digest's trend is a
    picture (that takes the extra ``charts``), otherwise a row of cells.
    """
    return Rendered(type(content).__name__, f"<p>{company}</p>", f"{company}\n")
