"""
Domain names compared: in one spelling, and by the organisation that owns them.

Nothing here maps characters onto others: a domain that only looks like another one stays another one.
"""

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

from daysheet.model.text import lower_ascii

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def canonical(domain: str) -> str:
    """Return *domain* in lower case, letters beyond ASCII as ``xn--``; "" where it is no host's name."""
    labels = [_label(label) for label in lower_ascii(domain.removesuffix(".")).split(".")]
    whole = ".".join(labels)
    return whole if all(labels) and len(whole) <= 253 else ""


def _label(label: str) -> str:
    if not label.isascii():
        try:
            label = f"xn--{label.encode('punycode').decode('ascii')}"
        except UnicodeError:
            return ""
    return label if _LABEL.fullmatch(label) else ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # the list comes with the package; nothing is fetched


def organisation(domain: str) -> str:
    """Return what its owner registered: corp.example for mail.corp.example; "" for a suffix such as com.cn."""
    return _suffixes().privatesuffix(canonical(domain)) or ""


def are_aligned(one: str, other: str) -> bool:
    """Say whether two domains are of one organisation (RFC 7489, relaxed alignment)."""
    first, second = canonical(one), canonical(other)
    if not first or not second:
        return False
    return first == second or organisation(first) == organisation(second) != ""


def of_address(address: str) -> str:
    """Return the domain of an address or of a domain alone, "" where it is neither."""
    local, at, domain = address.rpartition("@")
    return "" if "@" in local or (at and not domain) else canonical(domain)


def is_among(host: str, names: tuple[str, ...]) -> bool:
    """Say whether *host* is one of *names*; ``*.corp.example`` is every host below that domain, and itself."""
    wanted = canonical(host)
    if not wanted:
        return False
    for name in names:
        below, star = name.removeprefix("*."), name.startswith("*.")
        if wanted == canonical(below) or (star and wanted.endswith(f".{canonical(below)}")):
            return True
    return False
