"""
Sign in to the console, and what a person who has may see and do.

Tokens (sessions, one-time links, programs) are random and stored as hashes; passwords are argon2id.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from daysheet.errors import NotAllowed, UsageError
from daysheet.model.access import EVERYTHING, Account, Right, Scope, rights_of
from daysheet.model.memory import Actor
from daysheet.model.people import Person, Role
from daysheet.services.tools import Tools
from daysheet.store import accounts, audit, people, subtree
from daysheet.store.accounts import Session
from daysheet.store.engine import Connection

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(hours=12)
"""Without a page asked for."""
PROLONG_AFTER = timedelta(minutes=5)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, what they may do, and whose customers they see."""

    account: Account
    scope: Scope
    session: Session | None = None  # None: a program with a token

    @property
    def person(self) -> Person:
        """The person."""
        return self.account.person

    @property
    def actor(self) -> Actor:
        """The person as the audit names them."""
        return Actor(self.person.number, self.person.id)

    def may(self, right: Right) -> bool:
        """Say whether the visitor has *right*."""
        return right in rights_of(self.person.role)


@dataclass(frozen=True, slots=True)
class Entered:
    """A new session: *token* goes into the cookie and nowhere else."""

    token: str
    visitor: Visitor


# ---- accounts ----------------------------------------------------------------------------------


def grant(
    tools: Tools,
    number: str,
    *,
    sees_all: bool = False,
    regions: Sequence[str] = (),
    teams: Sequence[str] = (),
    by: Actor,
) -> str:
    """
    Let a person into the console, and return a one-time link's token to choose a password with.

    Raises UsageError for one who is unknown, reports only, or whose view is not said.
    """
    with tools.database.writing() as connection:
        person = people.find_by_number(connection, number)
        if person is None:
            raise UsageError(f"nobody has the employee number {number!r}; see: daysheet people import")
        if not rights_of(person.role):
            raise UsageError(f"{person.name} ({number}) is {person.role}: only stewards, managers and administrators")
        if person.role is Role.STEWARD and not (sees_all or regions or teams):
            raise UsageError(f"say what {person.name} ({number}) is to see: --all, --region NAME or --team NAME")
        is_all = sees_all or person.role is Role.ADMIN
        now, former = tools.clock(), accounts.get(connection, person.id)
        # as it was said: whoever is no administrator any more sees no more than that
        accounts.grant(connection, person.id, sees_all=sees_all, regions=regions, teams=teams, at=now)
        before = _view(former.sees_all, former.regions, former.teams) if former else None
        after = _view(is_all, regions, teams)
        audit.append(connection, [audit.Entry("account.granted", "person", person.id, before, after, by.name)], now)
        return _new_link(connection, tools, person.id)


def _view(sees_all: bool, regions: Sequence[str], teams: Sequence[str]) -> dict[str, Any]:
    return {"sees_all": sees_all, "regions": list(regions), "teams": list(teams)}


def new_link(tools: Tools, number: str, by: Actor) -> str:
    """Return a one-time link's token for somebody who may enter; raises UsageError where that is not so."""
    with tools.database.writing() as connection:
        found = _open_account_of(connection, number)
        entry = audit.Entry("account.link", "person", found.person.id, None, None, by.name)
        audit.append(connection, [entry], tools.clock())
        return _new_link(connection, tools, found.person.id)


def _new_link(connection: Connection, tools: Tools, person_id: int) -> str:
    token = secrets.token_urlsafe(32)
    accounts.add_link(connection, hashed(token), person_id, tools.clock(), tools.clock() + LINK_LASTS)
    return token


def new_token(tools: Tools, number: str, name: str, by: Actor) -> str:
    """Return a token with which a program reads what the person sees; raises UsageError where there is no account."""
    token = secrets.token_urlsafe(32)
    with tools.database.writing() as connection:
        found = _open_account_of(connection, number)
        accounts.add_token(connection, hashed(token), found.person.id, name, tools.clock())
        entry = audit.Entry("account.token", "person", found.person.id, None, {"name": name}, by.name)
        audit.append(connection, [entry], tools.clock())
    return token


def disable(tools: Tools, number: str, by: Actor) -> None:
    """Close an account at once, its sessions too; raises UsageError where there is none."""
    with tools.database.writing() as connection:
        found = _account_of(connection, number)
        accounts.disable(connection, found.person.id)
        entry = audit.Entry("account.disabled", "person", found.person.id, None, None, by.name)
        audit.append(connection, [entry], tools.clock())


def _account_of(connection: Connection, number: str) -> Account:
    person = people.find_by_number(connection, number)
    found = accounts.get(connection, person.id) if person else None
    if found is None:
        raise UsageError(f"nobody with the employee number {number!r} may sign in; see: daysheet people grant")
    return found


def _open_account_of(connection: Connection, number: str) -> Account:
    found = _account_of(connection, number)
    if not found.may_enter:
        raise UsageError(
            f"the account of {found.person.name} ({number}) is closed; open it with: daysheet people grant"
        )
    return found


# ---- entering ----------------------------------------------------------------------------------


def sign_in(tools: Tools, name: str, password: str) -> Entered | None:
    """Let in whoever has the employee number or address *name* and the password; None where that is not so."""
    with tools.database.reading() as connection:
        person = people.find_by_number(connection, name.strip()) or people.find_by_address(connection, name.strip())
        found = accounts.get(connection, person.id) if person else None
        kept = accounts.password_hash(connection, person.id) if person else None
    # an unknown name takes as long as a wrong password
    is_right = _verified(kept or _nobodys_hash(), password)
    if not is_right or kept is None or found is None or not found.may_enter:
        return None
    return _enter(tools, found)


def link_is_good(tools: Tools, token: str) -> bool:
    """Say whether a one-time link still opens the door, without using it up."""
    with tools.database.reading() as connection:
        return accounts.link_owner(connection, hashed(token), tools.clock()) is not None


def use_link(tools: Tools, token: str) -> Entered | None:
    """Let in whoever has the one-time link, once; None where it holds no longer."""
    with tools.database.writing() as connection:
        person_id = accounts.use_link(connection, hashed(token), tools.clock())
        found = accounts.get(connection, person_id) if person_id is not None else None
    return _enter(tools, found) if found is not None and found.may_enter else None


def _enter(tools: Tools, account: Account) -> Entered:
    now = tools.clock()
    token = secrets.token_urlsafe(32)
    session = Session(hashed(token), account.person.id, secrets.token_urlsafe(32), now, now + SESSION_LASTS)
    with tools.database.writing() as connection:
        accounts.open_session(connection, session, now)
        entry = audit.Entry("session.opened", "person", account.person.id, actor=account.person.number)
        audit.append(connection, [entry], now)
        return Entered(token, Visitor(account, scope_of(connection, account), session))


def leave(tools: Tools, session: Session) -> None:
    """End a session."""
    with tools.database.writing() as connection:
        accounts.end_session(connection, session.token_hash)


def set_password(tools: Tools, visitor: Visitor, password: str) -> None:
    """
    Set the visitor's own password; every session of theirs but this one ends.

    Raises UsageError for one that is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    made = _hasher().hash(password)
    with tools.database.writing() as connection:
        accounts.set_password(connection, visitor.person.id, made, tools.clock())
        accounts.end_sessions(connection, visitor.person.id)
        if visitor.session is not None:
            accounts.open_session(connection, visitor.session, tools.clock())
        entry = audit.Entry("account.password", "person", visitor.person.id, actor=visitor.person.number)
        audit.append(connection, [entry], tools.clock())


# ---- every request -----------------------------------------------------------------------------


def visitor(tools: Tools, token: str) -> Visitor | None:
    """Return who the session's token belongs to; None where it has run out or the account was closed."""
    now = tools.clock()
    with tools.database.reading() as connection:
        session = accounts.session(connection, hashed(token), now)
        account = accounts.get(connection, session.person_id) if session else None
        if session is None or account is None or not account.may_enter:
            return None
        found = Visitor(account, scope_of(connection, account), session)
    if now - session.seen_at > PROLONG_AFTER:
        with tools.database.writing() as connection:
            accounts.prolong(connection, session.token_hash, now, now + SESSION_LASTS)
    return found


def program(tools: Tools, token: str) -> Visitor | None:
    """Return whose token a program has shown, None where it holds no longer."""
    now = tools.clock()
    with tools.database.reading() as connection:
        owner, used_at = accounts.token_owner(connection, hashed(token)) or (None, None)
        account = accounts.get(connection, owner) if owner is not None else None
        if account is None or not account.may_enter:
            return None
        found = Visitor(account, scope_of(connection, account))
    if used_at is None or now - used_at > PROLONG_AFTER:
        with tools.database.writing() as connection:
            accounts.note_use(connection, hashed(token), now)
    return found


def scope_of(connection: Connection, account: Account) -> Scope:
    """
    Return whose customers an account sees: all, those of its regions and teams, or of a manager's people.

    A region's people are those of the regions below it too; a manager's those of the teams and regions
    they manage, and everybody below these: the same tree as ``Organisation.above``.
    """
    if account.sees_all:
        return EVERYTHING
    within = subtree.people_within(connection, account.regions, account.teams)
    if account.person.role is Role.MANAGER:
        within |= subtree.people_under(connection, account.person.number)
    return Scope(person_ids=within | {account.person.id})


def say_next(tools: Tools, session: Session, notice: Mapping[str, Any] | None) -> None:
    """Keep what the visitor's next page says; None forgets it."""
    with tools.database.writing() as connection:
        accounts.set_notice(connection, session.token_hash, notice)


def require(visitor: Visitor, right: Right) -> None:
    """Raise NotAllowed unless the visitor has *right*."""
    if not visitor.may(right):
        raise NotAllowed(f"{visitor.person.name} ({visitor.person.role}) may not do this")


def hashed(token: str) -> str:
    """Return what is stored of a token: it is random and long, so that one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()  # argon2id with the parameters of RFC 9106's second choice


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def _verified(kept: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(kept, password[: LONGEST_PASSWORD + 1])
    except (Argon2Error, InvalidHashError):
        return False
