"""Who sent a message, whether it may be worked, and whose report a workbook is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from daysheet.ingest import authentication
from daysheet.model.mail import Envelope, MessageState, Reason
from daysheet.model.people import Person, Role
from daysheet.model.rows import Record
from daysheet.model.template import Meaning, TemplateSpec
from daysheet.model.trust import Proof, Relaxed, Trust, Way
from daysheet.services.tools import Tools
from daysheet.store import people
from daysheet.store.inbound import Claimed


@dataclass(frozen=True, slots=True)
class Sender:
    """A person whose message is worked; *rep* is set where the operator named it (``ingest --as``)."""

    person: Person
    rep: Person | None = None


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A message that is not worked and not answered, with its final state and reason."""

    state: MessageState
    reason: Reason
    detail: str = ""


def believe(tools: Tools, claimed: Claimed, envelope: Envelope) -> Proof:
    """
    Say whether anything proves that a message is from the address in its From.

    What an operator fed, or ordered to be believed, needs no proof.
    """
    if claimed.believed:
        return Proof(True, claimed.believed)
    if not claimed.mailbox:
        return Proof(True, "fed by a command")
    if len(envelope.senders) != 1:
        return Proof(False, "not one sender")
    return authentication.prove(_trust(tools, claimed), envelope.header, envelope.senders[0])


def _trust(tools: Tools, claimed: Claimed) -> Trust:
    """Return the rules of the mailbox a message came in by; the strictest for one that is no longer in the settings."""
    return tools.trust.get(claimed.mailbox, Trust(Way.AUTHSERV))


def judge(tools: Tools, claimed: Claimed, envelope: Envelope, proof: Proof) -> Sender | TurnedAway:
    """
    Say whether *envelope* may be worked (docs/concepts/mail.md).

    Automatic mail is never answered, nor is a stranger, nor who only may be somebody listed: either could
    start a loop, or answer somebody whose address was forged.
    """
    if envelope.failure is not None:
        return TurnedAway(MessageState.QUARANTINED, envelope.failure, ", ".join(envelope.defects))
    is_let_through = envelope.automatic is Reason.MAILING_LIST and Relaxed.LISTS in _trust(tools, claimed).relaxed
    if envelope.automatic is not None and not is_let_through:
        return TurnedAway(MessageState.IGNORED, envelope.automatic)
    if len(envelope.senders) != 1:
        reason = Reason.SEVERAL_SENDERS if envelope.senders else Reason.NO_SENDER
        return TurnedAway(MessageState.IGNORED, reason, ", ".join(envelope.senders[:5]))
    with tools.database.reading() as connection:
        person = people.find_by_address(connection, envelope.senders[0])
    if person is None or not person.is_active:
        return TurnedAway(MessageState.IGNORED, Reason.STRANGER, envelope.senders[0])
    if not proof.is_given:
        return TurnedAway(MessageState.QUARANTINED, Reason.UNAUTHENTICATED, f"{envelope.senders[0]}: {proof.why}")
    return Sender(person)


def supplied(tools: Tools, number: str) -> Sender | TurnedAway:
    """Return the rep an operator named with ``ingest --as``: no address is checked."""
    with tools.database.reading() as connection:
        person = people.find_by_number(connection, number)
    if person is None:
        return TurnedAway(MessageState.QUARANTINED, Reason.REP_UNKNOWN, number)
    return Sender(person, rep=person)


def rep_of(tools: Tools, sender: Sender, spec: TemplateSpec, cover: Record | None) -> Person | str:
    """
    Return the rep whose report this is, or the number or name that could not be matched.

    The cover's employee number counts if the sender is that person or may submit for them; a
    cover without one is the sender's own, unless it names a colleague.
    """
    if sender.rep is not None:
        return sender.rep
    number, name = _named(spec, cover)
    if number == sender.person.number or (not number and (not name or _same_name(name, sender.person.name))):
        return sender.person
    with tools.database.reading() as connection:
        if number:
            rep = people.find_by_number(connection, number)
            return rep if rep is not None and rep.is_active and sender.person.may_submit(rep) else number
        active = [person for person in people.all_people(connection) if person.is_active]
    others = [person for person in active if sender.person.may_submit(person)]
    matching = [p for p in others if _same_name(name, p.name)]
    if len(matching) == 1:
        return matching[0]
    if any(_same_name(name, person.name) for person in active):
        return name
    # a rep who writes the name in another way (王丽 / Wang Li) is still the rep; an assistant must be exact
    return sender.person if sender.person.role is Role.REP and not others[1:] else name


def _named(spec: TemplateSpec, cover: Record | None) -> tuple[str, str]:
    if cover is None or spec.cover is None:
        return "", ""
    found: Mapping[Meaning, str] = {
        meaning: str(cover.values.get(column.key) or "").strip()
        for meaning in (Meaning.REP_NUMBER, Meaning.REP_NAME)
        if (column := spec.cover.meaning(meaning)) is not None
    }
    return found.get(Meaning.REP_NUMBER, ""), found.get(Meaning.REP_NAME, "")


def _same_name(left: str, right: str) -> bool:
    return re.sub(r"\s", "", left).casefold() == re.sub(r"\s", "", right).casefold()
