"""
What identifies a mail by the clock: its Message-ID, its thread, its list, and how to leave it.

All of it derived, nothing drawn: a mail made twice is the same mail.
"""

import hashlib
import re

from daysheet.model.digest_documents import Content, from_document, to_document
from daysheet.model.digests import DigestKind
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.reports import compose, periodic
from daysheet.reports.render import Rendered
from daysheet.services.tools import Tools
from daysheet.store.outbox import BY_THE_CLOCK, NewMail, OutboxMail

_DIGITS = 24
_KINDS = frozenset(map(str, DigestKind))
_OWN = re.compile(rf"<daysheet\.({'|'.join(sorted(_KINDS))})\.([0-9a-f]{{{_DIGITS}}})@")


def is_by_the_clock(kind: str) -> bool:
    """Say whether *kind*, of a mail in the outbox, is one that goes out by the clock."""
    return kind in _KINDS


def new_mail(
    tools: Tools, kind: DigestKind, period: Period, person: Person, content: Content, again: str = ""
) -> NewMail:
    """Return the mail that tells *content* to *person*; *again* tells a second telling from the first."""
    root = _id(tools, kind, "thread", person)
    return NewMail(
        inbound_id=None,
        submission_id=None,
        kind=kind,
        recipient=person.address,
        cc=(),
        message_id=_id(tools, kind, f"{period.label}{again}", person),
        in_reply_to=root,
        references=(root,),
        payload=to_document(content),
        priority=BY_THE_CLOCK,
    )


def _id(tools: Tools, kind: DigestKind, what: str, person: Person) -> str:
    """Return a Message-ID: *what* is a period, or the thread that all of a person's mails of a kind stand in."""
    said = f"{kind}/{what}/{person.id}/{tools.house.domain}"
    return f"<daysheet.{kind}.{hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]}@{tools.house.domain}>"


def message_id(tools: Tools, kind: DigestKind, token: str) -> str:
    """Return the Message-ID that *token* was taken from."""
    return f"<daysheet.{kind}.{token}@{tools.house.domain}>"


def parts_of(own_id: str) -> tuple[DigestKind, str] | None:
    """Return the kind and the token of a Message-ID of ours by the clock; None for any other."""
    found = _OWN.match(own_id)
    return (DigestKind(found[1]), found[2]) if found else None


def bulk(tools: Tools, mail: OutboxMail) -> compose.Bulk:
    """Return what makes *mail* one of a series: the list it is of, and how to leave it where it may be left."""
    kind, domain = DigestKind(mail.kind), tools.house.domain
    found = parts_of(mail.message_id)
    may_leave = kind.is_optional and found is not None
    return compose.Bulk(
        list_id=f"{kind}.daysheet.{domain}",
        unsubscribe=tools.house.address if may_leave else "",
        unsubscribe_subject=f"unsubscribe {kind} {found[1]}" if may_leave and found else "",
    )


def content_of(mail: OutboxMail) -> Content:
    """Return what *mail* says."""
    return from_document(mail.payload)


def render(tools: Tools, kind: str, content: Content) -> Rendered:
    """Return *content* as a mail."""
    may_leave = DigestKind(kind).is_optional
    return periodic.render(content, tools.house.name, unsubscribe=may_leave, charts=tools.policy.has_charts)
