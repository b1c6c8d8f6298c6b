"""
Who may sign in and how much they see, as an administrator looks at it and changes it.

What cannot be done comes back as a Trouble, whose text is ``people.trouble.CODE``; nobody is locked
out of their own account here, and the last administrator who can sign in stays.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.access import rights_of
from daysheet.model.people import Person, Role
from daysheet.services import access
from daysheet.services.access import Visitor
from daysheet.services.tools import Tools
from daysheet.store import accounts, audit, organisation, people, staff
from daysheet.store.audit import Entry
from daysheet.store.engine import Connection
from daysheet.store.staff import AccountState, Member, SessionView, TokenView, Wanted

__all__ = ["AccountState", "Member", "Profile", "Staff", "Trouble", "View", "Wanted"]

PAGE = 50
DECISIONS = 20
"""How many of somebody's latest decisions a page shows."""


class Trouble(StrEnum):
    """Why an account was not changed."""

    UNKNOWN = "unknown"  # there is no such person
    NO_ROLE = "no-role"  # reps and assistants have mail only; who has left does not come back here
    NO_VIEW = "no-view"  # a steward sees all, or regions, or teams
    NO_PLACE = "no-place"  # nobody works in such a region or team
    NO_ACCOUNT = "no-account"  # was never let in, or the account is closed
    YOURSELF = "yourself"
    LAST_ADMIN = "last-admin"
    MOVED = "moved"  # somebody else has changed it since the page was made


@dataclass(frozen=True, slots=True)
class View:
    """How much somebody is to see."""

    sees_all: bool = False
    regions: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """What a view can be made of."""

    regions: tuple[str, ...]
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staff:
    """A page of people."""

    members: tuple[Member, ...]
    has_more: bool
    places: Places
    managers: Mapping[str, str]  # employee number → name


@dataclass(frozen=True, slots=True)
class Profile:
    """One person with account, sessions and what they did last."""

    person: Person
    member: Member
    places: Places
    manager: str
    sessions: tuple[SessionView, ...]
    tokens: tuple[TokenView, ...]
    decisions: tuple[Entry, ...]
    seen: str  # tells whether the account is still what the page shows
    has_link: bool
    last_change: Entry | None  # of the account, by whomever

    @property
    def may_enter(self) -> bool:
        """True where the role allows an account at all."""
        return self.person.is_active and bool(rights_of(self.person.role))


_OPEN = (AccountState.ACTIVE, AccountState.INVITED)

# ---- looking -----------------------------------------------------------------------------------


def listed(tools: Tools, wanted: Wanted, number: int) -> Staff:
    """Return page *number* of the people wanted, those with an account first."""
    with tools.database.reading() as connection:
        found = staff.members(connection, wanted, PAGE + 1, (number - 1) * PAGE)
        managers = staff.names_of(connection, {one.manager for one in found if one.manager})
        return Staff(found[:PAGE], len(found) > PAGE, _places(connection), managers)


def profile(tools: Tools, number: str) -> Profile | None:
    """Return everything about one person's account; None where there is no such person."""
    now = tools.clock()
    with tools.database.reading() as connection:
        person = people.find_by_number(connection, number)
        member = staff.member(connection, number)
        if person is None or member is None:
            return None
        changes = audit.entries(connection, audit.Wanted(entity="person", entity_id=person.id), 20)
        return Profile(
            person=person,
            member=member,
            places=_places(connection),
            manager=staff.names_of(connection, [person.manager]).get(person.manager, ""),
            sessions=staff.sessions(connection, person.id, now),
            tokens=staff.tokens(connection, person.id),
            decisions=audit.entries(connection, audit.Wanted(actors=[number]), DECISIONS),
            seen=_digest(member),
            has_link=staff.link_until(connection, person.id, now) is not None,
            last_change=next((one for one in changes if one.action.startswith("account.")), None),
        )


def _places(connection: Connection) -> Places:
    return Places(staff.regions(connection), tuple(team.name for team in organisation.all_teams(connection)))


def _digest(member: Member) -> str:
    state = "open" if member.state in _OPEN else member.state
    shown = [member.role, state, member.sees_all, member.regions, member.teams]
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:16]


# ---- changing ----------------------------------------------------------------------------------


def grant(tools: Tools, visitor: Visitor, number: str, view: View, seen: str) -> str | Trouble:
    """
    Let somebody in, or open a closed account again; return the token of a one-time link.

    The same sent once more gives another link: the first may have gone astray.
    """
    with tools.database.reading() as connection:
        member = staff.member(connection, number)
        trouble = _cannot_see(connection, member, view)
        if member is None or trouble is not None:
            return trouble or Trouble.UNKNOWN
        is_again = member.state in _OPEN and _seen_by(member) == _effective(member, view)
        if not is_again and (trouble := _moved(member, seen)) is not None:
            return trouble
    # a view that was just found good; the rules of the command line say the rest
    return access.grant(tools, number, sees_all=view.sees_all, regions=view.regions, teams=view.teams, by=visitor.actor)


def change_view(tools: Tools, visitor: Visitor, number: str, view: View, seen: str) -> Trouble | None:
    """Change how much somebody sees; it counts from their next page on. The same once more changes nothing."""
    with tools.database.writing() as connection:
        member = staff.member(connection, number)
        if member is None or member.state in (AccountState.NONE, AccountState.CLOSED):
            return Trouble.UNKNOWN if member is None else Trouble.NO_ACCOUNT
        before, after = _seen_by(member), _effective(member, view)
        if before == after:
            return None
        trouble = _cannot_see(connection, member, view) or _moved(member, seen)
        if trouble is not None:
            return trouble
        now = tools.clock()
        accounts.grant(connection, member.id, sees_all=view.sees_all, regions=view.regions, teams=view.teams, at=now)
        entry = Entry(
            "account.granted", "person", member.id, _document(before), _document(after), visitor.person.number
        )
        audit.append(connection, [entry], now)
        return None


def new_link(tools: Tools, visitor: Visitor, number: str) -> str | Trouble:
    """Return the token of a new one-time link; earlier ones hold no longer."""
    with tools.database.reading() as connection:
        member = staff.member(connection, number)
    if member is None:
        return Trouble.UNKNOWN
    if member.state not in _OPEN:
        return Trouble.NO_ACCOUNT
    return access.new_link(tools, number, visitor.actor)


def disable(tools: Tools, visitor: Visitor, number: str) -> Trouble | None:
    """Close an account with its sessions and tokens; one that is closed already stays so."""
    with tools.database.writing() as connection:
        administrators = staff.lock_administrators(connection)
        member = staff.member(connection, number)
        if member is None or member.state is AccountState.NONE:
            return Trouble.UNKNOWN if member is None else Trouble.NO_ACCOUNT
        if member.id == visitor.person.id:
            return Trouble.YOURSELF
        if not administrators - {member.id}:
            return Trouble.LAST_ADMIN
        if member.state is AccountState.CLOSED:
            return None
        accounts.disable(connection, member.id)
        before = _document(_seen_by(member))
        entry = Entry("account.disabled", "person", member.id, before, None, visitor.person.number)
        audit.append(connection, [entry], tools.clock())
        return None


def end_sessions(tools: Tools, visitor: Visitor, number: str) -> int | Trouble:
    """Sign somebody out everywhere; return from how many browsers."""
    with tools.database.writing() as connection:
        member = staff.member(connection, number)
        if member is None:
            return Trouble.UNKNOWN
        ended = len(staff.sessions(connection, member.id, tools.clock()))
        if ended:
            accounts.end_sessions(connection, member.id)
            after = {"sessions": ended}
            entry = Entry("account.sessions-ended", "person", member.id, None, after, visitor.person.number)
            audit.append(connection, [entry], tools.clock())
        return ended


def revoke_token(tools: Tools, visitor: Visitor, number: str, name: str) -> int | Trouble:
    """Let a program's token hold no longer; return how many of that name did."""
    with tools.database.writing() as connection:
        member = staff.member(connection, number)
        if member is None:
            return Trouble.UNKNOWN
        revoked = staff.revoke_tokens(connection, member.id, name, tools.clock())
        if revoked:
            entry = Entry("account.token-revoked", "person", member.id, {"name": name}, None, visitor.person.number)
            audit.append(connection, [entry], tools.clock())
        return revoked


def _cannot_see(connection: Connection, member: Member | None, view: View) -> Trouble | None:
    if member is None:
        return Trouble.UNKNOWN
    if not (member.is_active and rights_of(member.role)):
        return Trouble.NO_ROLE
    places = _places(connection)
    if not (
        set(view.regions) <= {*places.regions, *member.regions} and set(view.teams) <= {*places.teams, *member.teams}
    ):
        return Trouble.NO_PLACE
    if member.role is Role.STEWARD and not (view.sees_all or view.regions or view.teams):
        return Trouble.NO_VIEW
    return None


def _moved(member: Member | None, seen: str) -> Trouble | None:
    return Trouble.MOVED if member is not None and seen and seen != _digest(member) else None


def _seen_by(member: Member) -> View:
    return View(member.sees_all, member.regions, member.teams)


def _effective(member: Member, view: View) -> View:
    return View(view.sees_all or member.role is Role.ADMIN, view.regions, view.teams)


def _document(view: View) -> dict[str, bool | Sequence[str]]:
    return {"sees_all": view.sees_all, "regions": list(view.regions), "teams": list(view.teams)}
