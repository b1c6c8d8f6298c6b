"""
Addresses in a From or To field, whatever surrounds them.

Not a full parser of RFC 5322: quoted names and comments are taken off first, since either may hold
an address that is none; what then looks like an address is one. One pass, however long the field.
"""

import re

from daysheet.model.text import lower_ascii

_BETWEEN = re.compile(r"[\s<>()\[\]:;,\"]+")
_ANGLED = re.compile(r"<([^<>]*)>")


def addresses(text: str) -> tuple[str, ...]:
    """
    Return the addresses of *text* in lower case, each once: those in angle brackets, else all.

    Something with several @ is returned whole: it belongs to nobody, and still counts as a sender.
    """
    plain = bare(text)
    found = [
        address
        for part in _ANGLED.findall(plain) or [plain]
        for token in _BETWEEN.split(part)
        if "@" in (address := lower_ascii(token).strip(".@'"))
    ]
    return tuple(dict.fromkeys(found))


def bare(text: str) -> str:
    """Return *text* without quoted strings and (nested) comments; one that is never closed is kept."""
    kept: list[str] = []
    is_quoted, depth, is_escaped, opened = False, 0, False, 0
    for place, character in enumerate(text):
        is_inside = is_quoted or depth > 0
        if is_escaped:
            is_escaped = False
        elif character == "\\" and is_inside:
            is_escaped = True
        elif character == '"' and not depth:
            is_quoted = not is_quoted
            opened = place
            kept.append(" ")
        elif character == "(" and not is_quoted:
            opened = opened if depth else place
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            kept.append(" ")
        elif not is_inside:
            kept.append(character)
    if is_quoted or depth:
        kept.append(text[opened + 1 :])
    return "".join(kept)
