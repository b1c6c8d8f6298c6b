"""
A file of several messages one after another, as mail programs export a folder.

A message begins at a line ``From sender date`` (some leave out the date) that follows an empty line
and is followed by a header: a line of someone's text that merely looks like it does not tear a message in two.
"""

import re

_BEGINNING = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))"
    rb"From (?:[^\r\n]{1,300}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^\r\n]{0,20}\d\d:\d\d[^\r\n]{0,40}"
    rb"|(?:-|[^\s@]{1,200}@[^\s@]{1,200})[ \t]{0,20})\r?\n"
    rb"(?=[!-9;-~]+:)"
)
_QUOTED = re.compile(rb"(?m)^>(>*From )")


def messages(raw: bytes) -> tuple[bytes, ...]:
    """Return the messages of *raw*, none where it is no such file."""
    if _BEGINNING.match(raw) is None:
        return ()  # before the whole of a mail is searched
    beginnings = list(_BEGINNING.finditer(raw))
    ends = [*(found.start() for found in beginnings[1:]), len(raw)]
    return tuple(
        _QUOTED.sub(rb"\1", _without_last_line(raw[found.end() : end]))
        for found, end in zip(beginnings, ends, strict=True)
    )


def _without_last_line(message: bytes) -> bytes:
    """Return *message* without the empty line that divides it from the next."""
    return message[:-2] if message.endswith(b"\n\r\n") else message[:-1] if message.endswith(b"\n\n") else message
