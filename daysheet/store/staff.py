"""People as administrators look at them: who may sign in, how much they see, when they last did."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import rights_of
from daysheet.model.people import Role
from daysheet.store.engine import chunks, storable
from daysheet.store.tables import account, api_token, login_link, person, person_address, region, team, web_session


class AccountState(StrEnum):
    """How somebody stands at the door."""

    NONE = "none"  # reports by mail, or was not let in yet
    INVITED = "invited"  # has no password yet
    ACTIVE = "active"
    CLOSED = "closed"  # by an administrator
    BARRED = "barred"  # has left, or has no longer a role that may enter


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the list."""

    id: int
    number: str
    name: str
    role: Role
    team: str
    region: str
    manager: str
    is_active: bool
    state: AccountState
    sees_all: bool
    regions: tuple[str, ...]
    teams: tuple[str, ...]
    entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people of the list; what is empty does not limit."""

    text: str = ""  # part of number, name or address
    role: str = ""
    region: str = ""
    team: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser in which somebody has signed in."""

    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token that a program reads with."""

    name: str
    created_at: datetime
    used_at: datetime | None


_ENTERS = tuple(role for role in Role if rights_of(role))
_IS_BARRED = sa.or_(sa.not_(person.c.is_active), person.c.role.not_in(_ENTERS))
_STATE = sa.case(
    (account.c.person_id.is_(None), AccountState.NONE),
    (account.c.is_disabled, AccountState.CLOSED),
    (_IS_BARRED, AccountState.BARRED),
    (account.c.password_hash.is_(None), AccountState.INVITED),
    else_=AccountState.ACTIVE,
)
_MEMBERS = (
    sa.select(
        person.c.id,
        person.c.number,
        person.c.name,
        person.c.role,
        team.c.name.label("team"),
        person.c.region,
        person.c.manager,
        person.c.is_active,
        _STATE.label("state"),
        account.c.sees_all,
        account.c.regions,
        account.c.teams,
        account.c.entered_at,
    )
    .join_from(person, team, isouter=True)
    .join(account, account.c.person_id == person.c.id, isouter=True)
)


def members(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> tuple[Member, ...]:
    """Return people by employee number; those who may sign in come first."""
    query = _MEMBERS.where(*_conditions(wanted))
    query = query.order_by(account.c.person_id.is_(None), person.c.number).limit(limit).offset(offset)
    return tuple(_member(row) for row in connection.execute(query))


def people_after(connection: Connection, after: int, limit: int) -> tuple[Member, ...]:
    """Return people by id, those with an id above *after*."""
    query = _MEMBERS.where(person.c.id > after).order_by(person.c.id).limit(limit)
    return tuple(_member(row) for row in connection.execute(query))


def member(connection: Connection, number: str) -> Member | None:
    """Return one of them by employee number, or None."""
    row = connection.execute(_MEMBERS.where(person.c.number == number)).first()
    return None if row is None else _member(row)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        text = storable(wanted.text)
        addressed = sa.select(person_address.c.person_id).where(
            person_address.c.address.icontains(text, autoescape=True)
        )
        found.append(
            sa.or_(
                person.c.number.icontains(text, autoescape=True),
                person.c.name.icontains(text, autoescape=True),
                person.c.id.in_(addressed),
            )
        )
    for column, value in (
        (person.c.role, wanted.role),
        (person.c.region, wanted.region),
        (team.c.name, wanted.team),
        (_STATE, wanted.state),
    ):
        if value:
            found.append(column == storable(value))
    return found


def _member(row: Any) -> Member:
    values = dict(row._mapping) | {
        "role": Role(row.role),
        "team": row.team or "",
        "state": AccountState(row.state),
        "sees_all": bool(row.sees_all) or (row.sees_all is not None and row.role == Role.ADMIN),
        "regions": tuple(row.regions or ()),
        "teams": tuple(row.teams or ()),
    }
    return Member(**values)


def names_of(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Return people's names by employee number."""
    found: dict[str, str] = {}
    for some in chunks(sorted(numbers)):
        query = sa.select(person.c.number, person.c.name).where(person.c.number.in_(some))
        found |= {row.number: row.name for row in connection.execute(query)}
    return found


def numbers_like(connection: Connection, text: str) -> tuple[str, ...]:
    """Return the employee numbers of those whose name contains *text*."""
    query = sa.select(person.c.number).where(person.c.name.icontains(storable(text), autoescape=True))
    return tuple(connection.execute(query.order_by(person.c.number).limit(100)).scalars())


def regions(connection: Connection) -> tuple[str, ...]:
    """Return every region that was imported or that somebody works in."""
    query = sa.union(sa.select(person.c.region).where(person.c.region != ""), sa.select(region.c.name))
    return tuple(sorted(connection.execute(query).scalars()))


def sessions(connection: Connection, person_id: int, now: datetime) -> tuple[SessionView, ...]:
    """Return a person's sessions that have not run out, the last used first."""
    query = (
        sa.select(web_session.c.created_at, web_session.c.seen_at, web_session.c.expires_at)
        .where(web_session.c.person_id == person_id, web_session.c.expires_at > now)
        .order_by(web_session.c.seen_at.desc())
        .limit(50)
    )
    return tuple(SessionView(*row) for row in connection.execute(query))


def tokens(connection: Connection, person_id: int) -> tuple[TokenView, ...]:
    """Return a person's tokens that hold, the newest first."""
    query = (
        sa.select(api_token.c.name, api_token.c.created_at, api_token.c.used_at)
        .where(api_token.c.person_id == person_id, api_token.c.revoked_at.is_(None))
        .order_by(api_token.c.created_at.desc())
        .limit(50)
    )
    return tuple(TokenView(*row) for row in connection.execute(query))


def link_until(connection: Connection, person_id: int, now: datetime) -> datetime | None:
    """Return until when an unused one-time link of this person opens the door, None where there is none."""
    query = sa.select(sa.func.max(login_link.c.expires_at)).where(
        login_link.c.person_id == person_id, login_link.c.used_at.is_(None), login_link.c.expires_at > now
    )
    found: datetime | None = connection.scalar(query)
    return found


def lock_administrators(connection: Connection) -> frozenset[int]:
    """Return which administrators can sign in; nobody else changes that before this transaction ends."""
    query = (
        sa.select(account.c.person_id)
        .join(person, person.c.id == account.c.person_id)
        .where(person.c.role == Role.ADMIN, person.c.is_active, sa.not_(account.c.is_disabled))
        .order_by(account.c.person_id)
        .with_for_update(of=account)
    )
    return frozenset(connection.execute(query).scalars())


def revoke_tokens(connection: Connection, person_id: int, name: str, now: datetime) -> int:
    """Let the tokens of this name hold no longer; return how many held."""
    mine = sa.and_(api_token.c.person_id == person_id, api_token.c.name == name, api_token.c.revoked_at.is_(None))
    return connection.execute(api_token.update().where(mine).values(revoked_at=now)).rowcount
