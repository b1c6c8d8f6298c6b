"""Make a mail of what is said: the same bytes whenever it is made."""

import hashlib
import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import format_datetime
from urllib.parse import quote

from daysheet.model.answers import Addressing
from daysheet.reports.render import Image, Rendered

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")  # what breaks a line, or cannot be sent
_POLICY = SMTP.clone(refold_source="none")  # headers written by hand stay as they were written
_THREAD_ID = re.compile(r"<(?!.*=\?)[!-;=?-~]+>")  # a Message-ID of another's that can be repeated as it is
_LIST_ID = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_SUBJECT = 200
_LONGEST_NAME = 120
_WORD = 60  # characters of a parameter in one line


@dataclass(frozen=True, slots=True)
class Mailer:
    """Who our mails come from. *loop_id* lets us know our own mail when it comes back."""

    address: str
    name: str
    domain: str
    loop_id: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """
    What makes a mail one of a series that goes out by the clock.

    *list_id* is like a host's name, "weekly.daysheet.corp.example"; *unsubscribe* the address that takes a
    mail with the subject *unsubscribe_subject*, "" where nobody may leave; *thread_root* a Message-ID that
    never was a mail's: what refers to it is shown as one thread.
    """

    list_id: str
    unsubscribe: str = ""
    unsubscribe_subject: str = ""
    thread_root: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """The one file a mail carries."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


def message_id(raw_sha256: str, position: int, kind: str, domain: str) -> str:
    """
    Return the Message-ID of the answer of *kind* to the *position*-th workbook of a message.

    Derived, not drawn: an answer made twice is the same answer, so that a mail server, and we, can tell.
    """
    digest = hashlib.sha256(f"{raw_sha256}/{position}/{kind}".encode()).hexdigest()[:24]
    return f"<daysheet.{kind}.{digest}@{domain}>"


def compose(
    rendered: Rendered,
    addressing: Addressing,
    mailer: Mailer,
    written_at: datetime,
    attached: Attached | None,
    bulk: Bulk | None = None,
) -> bytes:
    """
    Return the whole mail: multipart/mixed[alternative[plain, html], workbook].

    With pictures the HTML stands in a multipart/related with them. *bulk* is None for an answer.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(mailer)
    mail["To"] = addressing.to
    if addressing.cc:
        mail["Cc"] = ", ".join(addressing.cc)
    mail["Subject"] = _one_line(rendered.subject)[:_LONGEST_SUBJECT]
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = addressing.message_id
    if in_reply_to := _thread((addressing.in_reply_to,)):
        mail["In-Reply-To"] = in_reply_to
    if references := _thread(addressing.references):
        mail["References"] = references
    if bulk is not None:
        _set_series(mail, bulk)
    mail["Auto-Submitted"] = "auto-replied" if bulk is None else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Daysheet-Loop"] = mailer.loop_id
    mail.set_content(_sendable(rendered.text), charset="utf-8", cte="base64")
    mail.add_alternative(_sendable(rendered.html), subtype="html", charset="utf-8", cte="base64")
    _add_pictures(mail, rendered.images)
    if attached is not None:
        mail.make_mixed()
        mail.attach(_file(attached))
    _set_boundaries(mail, addressing.message_id)
    return mail.as_bytes()


def _set_series(mail: EmailMessage, bulk: Bulk) -> None:
    """
    Say which series the mail is of, how to leave it (RFC 2369), and what it is shown under.

    A List-Unsubscribe by mail alone has no List-Unsubscribe-Post: RFC 8058 is about addresses of the web.
    """
    mail["List-Id"] = f"<{_LIST_ID.sub('-', bulk.list_id)}>"
    if bulk.unsubscribe:
        subject = quote(_one_line(bulk.unsubscribe_subject), safe="")
        address = quote(_one_line(bulk.unsubscribe), safe="@+")
        # raw: the library would put a long one into a second line, behind an empty first
        mail.set_raw("List-Unsubscribe", f"<mailto:{address}?subject={subject}>")
    if (root := _thread((bulk.thread_root,))) and mail["References"] is None:
        mail["References"] = root
        if mail["In-Reply-To"] is None:
            mail["In-Reply-To"] = root


def _add_pictures(mail: EmailMessage, images: Sequence[Image]) -> None:
    """Put *images* beside the HTML body, each under the name it is called there."""
    body = mail.get_body(("html",))
    for image in images if body is not None else ():
        assert isinstance(body, EmailMessage)
        body.add_related(image.png, "image", "png", cid=f"<{image.cid}>", disposition="inline", filename="trend.png")
        body.set_param("type", "text/html")  # of the part it begins with; RFC 2387 demands it


def _file(attached: Attached) -> EmailMessage:
    """
    Return the attachment with its name in both ways mail programs look for.

    RFC 2231 in Content-Disposition is the standard; some programs know only the encoded words that
    everybody writes into Content-Type, against RFC 2047. The part has the old policy, which takes
    both headers as they are written here.
    """
    name = _one_line(attached.name) or "report"
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 5] + name[-5:]  # with its ".xlsx"
    part = EmailMessage(policy=compat32)
    words = Header(name, "utf-8", maxlinelen=_WORD, header_name="x" * 7).encode(linesep="\r\n")
    part["Content-Type"] = f'{attached.content_type};\r\n name="{words if not name.isascii() else _quoted(name)}"'
    part["Content-Transfer-Encoding"] = "base64"
    part["Content-Disposition"] = f"attachment;\r\n {_file_name(name)}"
    part.set_payload(encodebytes(attached.content).decode("ascii"))
    return part


def _file_name(name: str) -> str:
    """Return the ``filename`` parameter, cut into numbered pieces where it is long (RFC 2231)."""
    if name.isascii() and len(name) <= _WORD:
        return f'filename="{_quoted(name)}"'
    encoded = quote(name, safe="-._~", encoding="utf-8", errors="replace")
    if len(encoded) <= _WORD:
        return f"filename*=utf-8''{encoded}"
    pieces = re.findall(rf"(?:%[0-9A-F]{{2}}|[^%]){{1,{_WORD // 4}}}", encoded)
    pieces[0] = f"utf-8''{pieces[0]}"
    return ";\r\n ".join(f"filename*{at}*={piece}" for at, piece in enumerate(pieces))


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _address(mailer: Mailer) -> Address:
    user, _, domain = mailer.address.rpartition("@")
    return Address(_one_line(mailer.name), user or "daysheet", domain or "localhost")


def _thread(ids: Sequence[str]) -> str:
    """Return those of *ids* that are safe in a header: no space, nothing foreign, nothing that could be decoded."""
    return " ".join(one for one in ids if _THREAD_ID.fullmatch(one))


def _one_line(text: str) -> str:
    """
    Return *text* as a header can carry it.

    Python reads what is put into a header, encoded words of the sender's included: a line break
    hidden in one would begin a header, or a body, of the sender's own. So none is left whole.
    """
    return _CONTROLS.sub(" ", text).replace("=?", "= ?").strip()


def _sendable(text: str) -> str:
    """Return *text* without the halves of characters that damaged mails leave behind."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _set_boundaries(mail: EmailMessage, seed: str) -> None:
    """Draw no random boundaries: the mail must come out the same again."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{seed}/{number}'.encode()).hexdigest()[:40]}")
