"""
Whether anything proves that a message came from the address in its From; docs/howto/mailbox.md.

Everybody can write any header field. What our own servers wrote can only be told by where it
stands: each server puts its lines above what it was given. So the fields are read from the top, and
the part our own servers wrote ends

* above the first Received line that is not by a server of ours, and also
* above the Received line that follows the one by which a server of ours took the message from
  outside: that one, and all below it, was there when the message came. (Directly below its own line
  a server of ours may have written too: Gmail and QQ do.)

A mail that entered by us has at least one Received line of ours. Without any, nothing is believed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daysheet.ingest import authentication_results, charset, domains, received
from daysheet.ingest.addresses import bare
from daysheet.ingest.authentication_results import Findings, NotUnderstood, Result
from daysheet.model.text import lower_ascii
from daysheet.model.trust import Proof, Relaxed, Trust, Way

RESULTS = "authentication-results"
_UNDECIDED = frozenset({"pass", "none", "temperror", "permerror", "bestguesspass"})
"""What DMARC may say without it being a no: other proofs are looked at."""
_ANGLED = re.compile(r"([^<>,;:\"()]*)<\s*([^\s<>]+)\s*>")
_BETWEEN = re.compile(r"[\s<>()\[\]:;,\"]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_UNSEEN = re.compile(r"[\x80-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Field:
    """A header field; *name* in lower case and otherwise as written, *lines* without their ends."""

    name: str
    lines: tuple[bytes, ...]

    @property
    def raw(self) -> bytes:
        """Its bytes, unfolded."""
        return b"".join(self.lines)

    @property
    def value(self) -> str:
        """Its text, unfolded."""
        return self.raw.decode("utf-8", "replace").strip(" \t")

    @property
    def folded(self) -> str:
        """Its text, LF where it is folded."""
        return b"\n".join(self.lines).decode("utf-8", "replace").strip(" \t\n")


def fields_of(header: bytes) -> tuple[Field, ...]:
    """
    Return the fields of a header block from the top, the block ending at the first empty line.

    A carriage return alone ends no line: what it would begin is part of the field it stands in, which
    is void with it. What is folded below a line that is no field belongs to none.
    """
    found: list[tuple[str, list[bytes]]] = []
    lines: list[bytes] = []
    for line in re.split(rb"\r?\n", header):
        if not line:
            break
        if line[:1] in (b" ", b"\t"):
            lines.append(line)
            continue
        name, colon, value = line.partition(b":")
        lines = [value]
        if colon:
            found.append((lower_ascii(name.decode("utf-8", "replace")), lines))
    return tuple(Field(name, tuple(lines)) for name, lines in found)


def prove(trust: Trust, header: bytes, sender: str) -> Proof:
    """Say whether the mailbox's *trust* lets the address *sender*, read from *header*, be believed, and why."""
    if trust.way is Way.NONE:
        return Proof(True, "none")
    fields = fields_of(header)
    domain = domains.of_address(sender)
    if not domain or not _is_plain(fields, sender):
        return Proof(False, "From is more than one plain address")
    if trust.way is Way.AUTHSERV:
        return _by_results(trust, fields, domain)
    return _by_header(trust, fields) if trust.internal_header is not None else _by_submission(trust, fields)


# ---- From ----------------------------------------------------------------------------------------


def _is_plain(fields: Sequence[Field], sender: str) -> bool:
    """
    Say whether From holds one address in a form that every server reads alike.

    What one server takes for a name another may take for the address, and prove that one instead.
    """
    found = [field for field in fields if field.name.strip() == "from"]
    if len(found) != 1 or found[0].name != "from" or _CONTROL.search(found[0].raw):
        return False
    text = lower_ascii(charset.without_encoded_words(found[0].raw)).strip()
    if text.count("<") > 1 or {one for one in _BETWEEN.split(text) if "@" in one} != {sender} or _UNSEEN.search(text):
        return False
    plain = bare(text).strip()
    if plain == sender:
        return text.startswith(sender)
    angled = _ANGLED.fullmatch(plain)
    return angled is not None and angled[2] == sender and ("@" not in angled[1] or angled[1].strip() == sender)


# ---- authserv ------------------------------------------------------------------------------------


def _by_results(trust: Trust, fields: Sequence[Field], domain: str) -> Proof:
    own_id = lower_ascii(trust.authserv_id)
    if not own_id:
        return Proof(False, "authserv_id is not set")
    part = fields if Relaxed.POSITION in trust.relaxed else _own_part(trust, fields)
    if not part:
        return Proof(False, "no Received line of our own servers stands at the top")
    # above our lowest line only we can have written: there all counts; below, only what stands on top
    lowest = _lowest_line(part) if Relaxed.POSITION not in trust.relaxed else 0
    found: list[Findings] = []
    counting: list[Findings] = []
    for at, field in enumerate(part):
        if field.name != RESULTS:
            continue
        try:
            findings = authentication_results.parse(field.folded)
        except NotUnderstood as error:
            if not found and own_id in lower_ascii(field.value):
                return Proof(False, f"Authentication-Results cannot be read: {error}")
            continue
        if findings.authserv_id == own_id:
            if at < lowest or (not found and _is_plainly_of(own_id, field)):
                counting.append(findings)
            found.append(findings)
    if not found:
        return Proof(False, f"no Authentication-Results of {own_id} in what our own servers wrote")
    for findings in found:
        if refusal := _dmarc_refusal(findings, domain):
            return Proof(False, f"{refusal} {own_id}")
    is_aligned = Relaxed.ALIGNMENT not in trust.relaxed
    why = next(filter(None, (_grounds(findings, domain, is_aligned=is_aligned) for findings in counting)), "")
    return Proof(True, f"{why} {own_id}") if why else Proof(False, f"nothing passed for {domain} {own_id}")


def _is_plainly_of(own_id: str, field: Field) -> bool:
    """Say whether a field begins with *own_id* as it is: a server may not know its name in what a stranger wrote."""
    text = lower_ascii(field.value)
    return text.startswith(own_id) and text[len(own_id) : len(own_id) + 1] in (";", " ", "\t", "(", "")


def _dmarc_refusal(findings: Findings, domain: str) -> str:
    """Return why DMARC forbids to believe, "" where it does not."""
    said = _of(findings, "dmarc")
    if len(said) > 1:
        return "dmarc more than once"
    for one in said:
        if one.result not in _UNDECIDED:
            return f"dmarc={one.result}"
        about = one.properties.get("header.from", "")
        if about and domains.of_address(about) != domain:
            return f"dmarc for {about[:100]}, not {domain}"
    return ""


def _grounds(findings: Findings, domain: str, *, is_aligned: bool) -> str:
    """Return what proves that the message is of *domain*, "" where nothing does."""
    if any(one.result == "pass" and one.properties.get("header.from") for one in _of(findings, "dmarc")):
        return "dmarc=pass"
    for one in _of(findings, "dkim"):
        if (
            one.result == "pass"
            and (signer := _signer(one))
            and (not is_aligned or domains.are_aligned(signer, domain))
        ):
            return f"dkim=pass {signer}"
    paths = [one for one in _of(findings, "spf") if "smtp.mailfrom" in one.properties]
    if len(paths) == 1 and paths[0].result == "pass":
        path = domains.of_address(paths[0].properties["smtp.mailfrom"])
        if path and (not is_aligned or domains.are_aligned(path, domain)):
            return f"spf=pass {path}"
    return ""


def _signer(one: Result) -> str:
    """Return the domain that signed; the identity of a signature is the same domain or below it."""
    signed = domains.canonical(one.properties.get("header.d", ""))
    if "header.i" not in one.properties:
        return signed
    identity = domains.canonical(one.properties["header.i"].rpartition("@")[2])
    if "header.d" not in one.properties:
        return identity
    return signed if signed and (identity == signed or identity.endswith(f".{signed}")) else ""


def _of(findings: Findings, method: str) -> list[Result]:
    return [one for one in findings.results if one.method == method]


def _own_part(trust: Trust, fields: Sequence[Field]) -> Sequence[Field]:
    """Return the fields that our own servers wrote, none where no Received line among them is by a named one."""
    own = _own_names(trust)
    part: list[Field] = []
    has_ours = came_in = False
    for field in fields:
        if field.name.strip() == "received":
            line = received.parse(field.value)
            # with no other hint the topmost line is ours: whoever keeps the mailbox wrote it
            is_ours = domains.is_among(line.by, own) or (not own and not has_ours and bool(line.by))
            if came_in or not (is_ours or line.is_unnamed):
                break
            has_ours = has_ours or is_ours
            came_in = not (
                line.is_from_this_machine or (line.is_from(own) and (line.is_verified or line.is_from_private))
            )
        part.append(field)
    return part if has_ours else ()


def _lowest_line(part: Sequence[Field]) -> int:
    """Return where the last Received line of *part* stands; what stands above it is our own servers' alone."""
    return max((at for at, field in enumerate(part) if field.name == "received"), default=0)


def _own_names(trust: Trust) -> tuple[str, ...]:
    """Return the names of our own servers: those of the settings, and all in the domain of the authserv-id."""
    organisation = domains.organisation(trust.authserv_id)
    return (*trust.own_hosts, f"*.{organisation}") if organisation else trust.own_hosts


def ids_in(header: bytes, own_hosts: tuple[str, ...] = (), known: str = "") -> tuple[str, ...]:
    """
    Return the authserv-ids whose results stand where they would be believed, the topmost first.

    What stands below our line may be the sender's. An id there that is not the *known* one is left out unless it
    is the topmost, and a host of whoever wrote the line.
    """
    fields = fields_of(header)
    found: list[str] = []
    for authserv_id in all_ids(fields):
        part = _own_part(Trust(Way.AUTHSERV, authserv_id, own_hosts=own_hosts), fields)
        ids = all_ids(part)
        has_owner = bool(own_hosts or domains.organisation(authserv_id))
        is_offered = authserv_id in all_ids(part[: _lowest_line(part)]) or (has_owner and ids[:1] == (authserv_id,))
        if is_offered or (authserv_id == known and authserv_id in ids):
            found.append(authserv_id)
    return tuple(found)


def all_ids(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return every authserv-id of *fields*, whoever wrote it, the topmost first."""
    found: dict[str, None] = {}
    for field in fields:
        if field.name == RESULTS:
            try:
                found[authentication_results.parse(field.folded).authserv_id] = None
            except NotUnderstood:
                continue
    return tuple(found)


def servers_in(header: bytes) -> tuple[str, ...]:
    """Return the servers that say they wrote the Received lines, the topmost first."""
    lines = [received.parse(field.value) for field in fields_of(header) if field.name == "received"]
    return tuple(dict.fromkeys(line.by for line in lines if line.by))


# ---- internal ------------------------------------------------------------------------------------


def _by_header(trust: Trust, fields: Sequence[Field]) -> Proof:
    """Believe a header that our gateway adds, and takes off mail from outside."""
    assert trust.internal_header is not None
    name, value = trust.internal_header
    everywhere = [field for field in fields if field.name.strip() == name]
    if len(everywhere) != 1:
        return Proof(False, f"{name} is there more than once" if everywhere else f"no {name}")
    part = fields if Relaxed.POSITION in trust.relaxed else _part_of_inside(trust, fields)
    if not any(field.name == name for field in part):
        return Proof(False, f"{name} does not stand in what our own servers wrote")
    if everywhere[0].value != value:
        return Proof(False, f"{name} says something else")
    return Proof(True, f"internal {name}")


def _part_of_inside(trust: Trust, fields: Sequence[Field]) -> Sequence[Field]:
    """
    Return the fields above the line by which the message came from outside; all of them where none did.

    Within one's own house a server adds fields at the bottom too, as Exchange does.
    """
    own = trust.own_hosts or _around_the_top(fields)
    part: list[Field] = []
    has_ours = False
    for field in fields:
        if field.name.strip() == "received":
            line = received.parse(field.value)
            is_ours = domains.is_among(line.by, own)
            has_ours = has_ours or is_ours
            if not ((is_ours or line.is_unnamed) and _is_inside(line, own)):
                break
        part.append(field)
    return part if has_ours else ()


def _is_inside(line: received.Received, own: tuple[str, ...]) -> bool:
    """
    Say whether a server of ours took the message from another of ours, or from somebody who signed in.

    A name alone is what the other side says of itself. Exchange Online verifies none within its house, but its
    servers are neighbours, or speak HTTPS, which nobody outside can deliver by.
    """
    if line.is_from_this_machine or line.is_signed_in or line.is_from_private:
        return True
    return line.is_from(own) and (line.is_verified or line.is_from_neighbour or line.way.startswith("HTTP"))


def _around_the_top(fields: Sequence[Field]) -> tuple[str, ...]:
    """Return the domain of the server that keeps the mailbox: it wrote the topmost Received line."""
    top = next((received.parse(field.value).by for field in fields if field.name.strip() == "received"), "")
    organisation = domains.organisation(top)
    return (f"*.{organisation}",) if organisation else (top,) if top else ()


def _by_submission(trust: Trust, fields: Sequence[Field]) -> Proof:
    """Believe a message whose sender signed in to a server of ours, and that has been nowhere else."""
    by = ""
    for field in fields:
        if field.name.strip() != "received":
            continue
        line = received.parse(field.value)
        is_ours = domains.is_among(line.by, trust.own_hosts)
        is_inside = line.is_from_this_machine or (line.is_from(trust.own_hosts) and line.is_verified)
        if not is_ours and not (line.is_unnamed and is_inside):
            return Proof(False, f"it has been at {line.by[:100] or 'a server without a name'}")
        if is_ours and line.is_signed_in:
            by = by or line.by
        elif not is_inside and not (by and line.way.startswith("HTTP")):
            return Proof(False, f"{line.by} took it from outside, and nobody signed in")
    return Proof(True, f"signed in at {by}") if by else Proof(False, "nobody signed in to a server of ours")
