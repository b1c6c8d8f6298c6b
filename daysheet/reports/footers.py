"""The last lines of a periodic mail: why it came, how it stops, who sent it."""

from daysheet.i18n import text
from daysheet.model.digests import DigestKind
from daysheet.model.text import Language


def footer(kind: DigestKind, name: str, company: str, language: Language, *, unsubscribe: bool) -> tuple[str, ...]:
    """Return the footer of a mail of *kind* to *name*; *unsubscribe*: it may be left, by a mail back."""
    lines = [text(f"digest.why.{kind}", language, name=name)]
    if unsubscribe and kind.is_optional:
        lines.append(text("digest.unsubscribe", language))
    return (*lines, text("footer.auto", language, company=company))
