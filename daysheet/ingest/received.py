"""
Received lines: which server wrote one, whom it took the message from, and how (RFC 5321, 4.4).

A line is the word of the server after "by", and no more than that: what stands after "from" is what
the other side said of itself, until an address in a comment says where it really was.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from daysheet.ingest import domains
from daysheet.model.text import lower_ascii

Address = IPv4Address | IPv6Address

_PRIVATE = tuple(
    ip_network(one)
    for one in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
"""Not ``is_private``: Python counts the addresses of documentation among those too."""
_NEIGHBOURS = {4: 24, 6: 32}
"""How many bits of their addresses neighbouring servers have in common."""
_ADDRESS = re.compile(r"(?i)(?<![\w.:])(?:ipv6:)?([0-9a-f]{0,4}(?::[0-9a-f.]{0,15}){2,8}|\d{1,3}(?:\.\d{1,3}){3})")
_VERIFIED = re.compile(r"\s*([^\s()\[\]]+)\s+\[[^\[\]]*\]\s*")
_TOKEN = re.compile(r"\S+")
_LOCAL_HOSTS = ("localhost", "localhost.localdomain")
_SIGNED_IN = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP)S?A")
_LOCAL_WAYS = re.compile(r"(?:UTF8)?LMTPS?A?|LOCAL|MAPI")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Received:
    """
    A Received line taken apart.

    *by* is the server that wrote it, "" where it does not say. *names* are what the other side is
    called: what it said and, where *is_verified*, what the server found. *addresses* are where it was, as
    the server saw it where *is_located*, else only as the other side said; *by_addresses* are the server's own.
    *has_from* is False where the message came from nowhere else. *way* is the protocol, upper case.
    """

    by: str = ""
    has_from: bool = False
    names: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    way: str = ""
    is_verified: bool = False
    is_located: bool = False
    by_addresses: tuple[Address, ...] = ()

    @property
    def is_unnamed(self) -> bool:
        """True where the server gave no name of its own but an address, or localhost."""
        return self.by in _LOCAL_HOSTS or bool(_addresses(self.by))

    @property
    def is_signed_in(self) -> bool:
        """True where the other side had logged in (RFC 3848, RFC 6531)."""
        return _SIGNED_IN.fullmatch(self.way) is not None

    @property
    def is_from_this_machine(self) -> bool:
        """True where the message came from the same machine, or by a protocol that nobody outside can speak."""
        if not self.has_from:
            return True
        if self.addresses:
            return self.is_located and all(address.is_loopback for address in self.addresses)
        return _LOCAL_WAYS.fullmatch(self.way) is not None

    def is_from(self, own: tuple[str, ...]) -> bool:
        """Say whether every name of the other side is one of *own*."""
        return bool(self.names) and all(domains.is_among(name, own) for name in self.names)

    @property
    def is_from_private(self) -> bool:
        """True where every address of the other side is one that is not reached from outside."""
        return self.is_located and all(any(one in net for net in _PRIVATE) for one in self.addresses)

    @property
    def is_from_neighbour(self) -> bool:
        """True where every address of the other side is in the network of the server's own."""
        nets = [ip_network((own, _NEIGHBOURS[own.version]), strict=False) for own in self.by_addresses]
        return self.is_located and all(any(one in net for net in nets) for one in self.addresses)


def parse(value: str) -> Received:
    """Return *value*, the unfolded text of a Received line, taken apart; never raises."""
    if _CONTROL.search(value):
        return Received(has_from=True)  # no server of ours writes such a thing
    plain, comments = _without_comments(value)
    if plain.count(";") > 1:
        return Received(has_from=True)
    plain = plain.partition(";")[0]  # behind it is the date
    tokens = [(found[0], found.start()) for found in _TOKEN.finditer(plain)]
    words = [lower_ascii(word) for word, _ in tokens]
    start = 2 if words[:1] == ["from"] else 0
    at = next((place for place, word in enumerate(words[start:], start) if word == "by"), None)
    if at is None or at + 1 >= len(words) or "by" in words[at + 2 :]:
        return Received(has_from=True)
    end = tokens[at][1]
    named = range(tokens[at + 1][1], tokens[at + 2][1] + 1 if at + 2 < len(tokens) else len(plain) + 1)
    before = [comment for place, comment in comments if place <= end]
    has_from = start > 0
    found = [match[1] for comment in before if (match := _VERIFIED.fullmatch(comment))] if has_from else []
    names = [words[1], *found] if has_from else []
    shown = " ".join((plain[:end], *before)) if has_from else ""
    with_ = next((place for place, word in enumerate(words[at + 2 :], at + 2) if word == "with"), None)
    return Received(
        by=words[at + 1].strip("[]").rstrip("."),
        has_from=has_from,
        names=tuple(dict.fromkeys(name for name in names if not _addresses(name))),
        addresses=_addresses(shown),
        way=words[with_ + 1].upper() if with_ is not None and with_ + 1 < len(words) else "",
        is_verified=bool(found),
        is_located=has_from and bool(_addresses(" ".join(before))),
        by_addresses=_addresses(" ".join(comment for place, comment in comments if place in named)),
    )


def _without_comments(value: str) -> tuple[str, list[tuple[int, str]]]:
    """
    Return *value* with a space for each comment, and the comments with their places in what is returned.

    Nothing is returned where brackets are not closed, or closed without being opened: a server that wrote down
    what the other side called itself would have its own words taken for a comment, or a comment for its words.
    """
    kept: list[str] = []
    inside: list[str] = []
    comments: list[tuple[int, str]] = []
    depth, is_escaped = 0, False
    for character in value:
        if is_escaped:
            is_escaped = False
        elif character == "\\" and depth:
            is_escaped = True
            continue
        elif character == "(":
            depth += 1
            if depth == 1:
                inside = []
                continue
        elif character == ")":
            depth -= 1
            if depth < 0:
                return "", []
            if depth == 0:
                comments.append((len(kept), "".join(inside)))
                kept.append(" ")
                continue
        (inside if depth else kept).append(character)
    return ("", []) if depth else ("".join(kept), comments)


def _addresses(text: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for match in _ADDRESS.finditer(text):
        try:
            found.append(ip_address(match[1]))
        except ValueError:
            continue  # looks like one, such as an id with colons
    return tuple(found)
