"""
How the senders of a mailbox can be believed, read off real messages: what ``init`` and ``doctor`` propose.

Only ids are proposed whose results stand where they would be believed (``ingest.authentication``), so a stranger's
message cannot have its own proposed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from daysheet.errors import StoreError
from daysheet.ingest import authentication
from daysheet.ingest.mailbox import Mailbox
from daysheet.model.trust import Trust, Way
from daysheet.services.tools import Tools
from daysheet.store import inbound

MOST_READ = 20
"""Messages looked at, of those that wait and of those that came before."""
_HEADER_BYTES = 256 * 1024
_MOST_NAMED = 3


class Unbelievable(Exception):
    """Nobody can be believed as the mailbox is set up; says what to do."""


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What some messages carry.

    *messages* were looked at; *ids* counts by authserv-id those with its results where they would be believed; *marked*
    counts those with the header of the settings; *servers* wrote the topmost Received lines.
    """

    messages: int
    ids: tuple[tuple[str, int], ...] = ()
    marked: int = 0
    servers: tuple[str, ...] = ()


def waiting(mailbox: Mailbox) -> tuple[bytes, ...]:
    """Return the headers of some messages that wait in the open *mailbox*; raises MailboxError."""
    found = (mailbox.fetch_headers(ref) for ref in mailbox.pending(MOST_READ))
    return tuple(header[:_HEADER_BYTES] for header in found if header)


def kept(tools: Tools, name: str) -> tuple[bytes, ...]:
    """Return the newest messages that came through the mailbox called *name*, as far as they are still kept."""
    with tools.database.reading() as connection:
        digests = inbound.newest_of_mailbox(connection, name, MOST_READ)
    found = []
    for digest in digests:
        try:
            found.append(tools.spool.get(digest)[:_HEADER_BYTES])
        except StoreError:
            continue  # removed by then: the accounts tell where that is not right
    return tuple(found)


def look(trust: Trust, headers: Iterable[bytes]) -> Seen:
    """Return what *headers* carry that *trust* could go by."""
    read, ids, marked, servers = 0, Counter[str](), 0, Counter[str]()
    for header in headers:
        read += 1
        ids.update(authentication.ids_in(header, trust.own_hosts, trust.authserv_id.lower()))
        servers.update(authentication.servers_in(header)[:1])
        if trust.internal_header:
            name = trust.internal_header[0]
            marked += any(field.name == name for field in authentication.fields_of(header))
    named = tuple(server for server, _ in servers.most_common(_MOST_NAMED))
    return Seen(read, tuple(ids.most_common(_MOST_NAMED)), marked, named)


def describe(name: str, trust: Trust, seen: Seen) -> str:
    """Return how the mailbox *name* believes its senders; raises Unbelievable with a proposal where it cannot."""
    without = f"; goes without: {', '.join(sorted(trust.relaxed))}" if trust.relaxed else ""
    if trust.way is Way.NONE:
        return f"none: every listed address is believed{without}"
    if trust.way is Way.INTERNAL:
        return _internal(name, trust, seen) + without
    if not trust.authserv_id:
        raise Unbelievable(f"mailboxes.{name}.authserv_id is not set; {_proposal(name, seen)}")
    of_own = dict(seen.ids).get(trust.authserv_id.lower(), 0)
    if seen.messages and not of_own:
        raise Unbelievable(
            f"none of {seen.messages} messages has results of {trust.authserv_id} in what your own servers wrote; "
            f"{_proposal(name, seen)}"
        )
    return f"authserv {trust.authserv_id}, {_of(of_own, seen)}{without}"


def _internal(name: str, trust: Trust, seen: Seen) -> str:
    if trust.internal_header is None:
        if not trust.own_hosts:
            raise Unbelievable(f"mailboxes.{name}.internal_header is not set, nor are own_hosts; {_servers(seen)}")
        return f"internal, who signed in to {', '.join(trust.own_hosts[:_MOST_NAMED])}"
    header = trust.internal_header[0]
    if seen.messages and not seen.marked:
        raise Unbelievable(f"none of {seen.messages} messages has the header {header}; {_servers(seen)}")
    return f"internal by {header}, {_of(seen.marked, seen)}"


def _of(number: int, seen: Seen) -> str:
    return f"found in {number} of {seen.messages} messages" if seen.messages else "no message to look at yet"


def _proposal(name: str, seen: Seen) -> str:
    if not seen.messages:
        return (
            "no message to look at yet: mail the mailbox from a listed address outside, then say daysheet doctor again"
        )
    if not seen.ids:
        return (
            f"no results stand in what your own servers wrote (mailboxes.{name}.own_hosts names them; "
            f"{_servers(seen)}). For mail from inside only, or Exchange Online, use trust: internal"
        )
    best, number = seen.ids[0]
    others = f" (others: {', '.join(one for one, _ in seen.ids[1:])})" if seen.ids[1:] else ""
    return (
        f"{number} of {seen.messages} messages say: mailboxes.{name}.authserv_id: {best}{others}; is that your server?"
    )


def _servers(seen: Seen) -> str:
    if not seen.servers:
        return "no message says which server took it"
    return f"the topmost Received lines are by {', '.join(seen.servers)}"
