"""How the senders of one mailbox are believed."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What proves that an address in From is genuine."""

    NONE = "none"  # nothing is asked for: a Maildir of our own server, files, tests
    AUTHSERV = "authserv"  # Authentication-Results of our own mail server
    INTERNAL = "internal"  # a header that our own gateway adds, or a signed-in submission to our own server


class Relaxed(StrEnum):
    """A rule that a mailbox goes without."""

    POSITION = "position"  # where among the headers the proof stands
    ALIGNMENT = "alignment"  # that what DKIM or SPF proves is the domain in From
    LISTS = "lists"  # that mail through a mailing list is ignored


@dataclass(frozen=True, slots=True)
class Trust:
    """
    One mailbox's rules; docs/howto/mailbox.md.

    *authserv_id*: the name our server gives itself in Authentication-Results. *internal_header*:
    name and value that our gateway adds, None without. *own_hosts*: names of our own servers, lower
    case, ``*.`` before a domain for all below it; only their Received lines are believed.
    """

    way: Way = Way.NONE
    authserv_id: str = ""
    internal_header: tuple[str, str] | None = None
    own_hosts: tuple[str, ...] = ()
    relaxed: Set[Relaxed] = frozenset()

    @property
    def is_relaxed(self) -> bool:
        """True where less is asked for than may be."""
        return self.way is Way.NONE or bool(self.relaxed)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the address in From is believed, and in a few words why, or why not."""

    is_given: bool
    why: str
