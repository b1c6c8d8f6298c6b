"""Accounts, sessions, one-time links and tokens of the console. Secrets come in as hashes only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.access import Account
from daysheet.model.people import Role
from daysheet.store import people
from daysheet.store.engine import insert
from daysheet.store.tables import account, api_token, login_link, web_session


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser."""

    token_hash: str
    person_id: int
    csrf: str
    seen_at: datetime
    expires_at: datetime
    notice: Mapping[str, Any] | None = None


def grant(
    connection: Connection,
    person_id: int,
    *,
    sees_all: bool,
    regions: Sequence[str],
    teams: Sequence[str],
    at: datetime,
) -> None:
    """Give a person an account, or change how much it sees; a disabled one is open again."""
    values = {"sees_all": sees_all, "regions": list(regions), "teams": list(teams), "is_disabled": False}
    statement = insert(connection, account).values(person_id=person_id, created_at=at, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))


def disable(connection: Connection, person_id: int) -> None:
    """Close an account and end its sessions and tokens."""
    connection.execute(account.update().where(account.c.person_id == person_id).values(is_disabled=True))
    end_sessions(connection, person_id)
    connection.execute(login_link.delete().where(login_link.c.person_id == person_id))
    connection.execute(api_token.delete().where(api_token.c.person_id == person_id))


def get(connection: Connection, person_id: int) -> Account | None:
    """Return a person's account, or None."""
    return next(iter(_accounts(connection, account.c.person_id == person_id)), None)


def all_accounts(connection: Connection) -> tuple[Account, ...]:
    """Return every account, by employee number."""
    return tuple(sorted(_accounts(connection, sa.true()), key=lambda one: one.person.number))


def _accounts(connection: Connection, where: sa.ColumnElement[bool]) -> list[Account]:
    rows = connection.execute(sa.select(account).where(where)).all()
    found = people.find_by_ids(connection, [row.person_id for row in rows])
    return [
        Account(
            person=found[row.person_id],
            sees_all=row.sees_all or found[row.person_id].role is Role.ADMIN,
            regions=tuple(row.regions),
            teams=tuple(row.teams),
            has_password=row.password_hash is not None,
            is_disabled=row.is_disabled,
            created_at=row.created_at,
        )
        for row in rows
    ]


# ---- passwords ---------------------------------------------------------------------------------


def password_hash(connection: Connection, person_id: int) -> str | None:
    """Return the hash a password is held against, None where there is none yet."""
    found: str | None = connection.scalar(sa.select(account.c.password_hash).where(account.c.person_id == person_id))
    return found


def set_password(connection: Connection, person_id: int, hashed: str, now: datetime) -> None:
    """Store a password's hash; links that wait to be used hold no longer."""
    connection.execute(login_link.delete().where(login_link.c.person_id == person_id, login_link.c.used_at.is_(None)))
    connection.execute(
        account.update().where(account.c.person_id == person_id).values(password_hash=hashed, password_at=now)
    )


# ---- sessions ----------------------------------------------------------------------------------


def open_session(connection: Connection, new: Session, now: datetime) -> None:
    """Store a session; those that have run out go."""
    connection.execute(web_session.delete().where(web_session.c.expires_at <= now))
    connection.execute(
        web_session.insert().values(
            token_hash=new.token_hash,
            person_id=new.person_id,
            csrf=new.csrf,
            created_at=now,
            seen_at=new.seen_at,
            expires_at=new.expires_at,
        )
    )
    connection.execute(account.update().where(account.c.person_id == new.person_id).values(entered_at=now))


def session(connection: Connection, token_hash: str, now: datetime) -> Session | None:
    """Return a session that has not run out, or None."""
    query = sa.select(web_session).where(web_session.c.token_hash == token_hash, web_session.c.expires_at > now)
    row = connection.execute(query).first()
    return (
        None if row is None else Session(token_hash, row.person_id, row.csrf, row.seen_at, row.expires_at, row.notice)
    )


def prolong(connection: Connection, token_hash: str, now: datetime, until: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(
        web_session.update().where(web_session.c.token_hash == token_hash).values(seen_at=now, expires_at=until)
    )


def set_notice(connection: Connection, token_hash: str, notice: Mapping[str, Any] | None) -> None:
    """Keep what the next page is to say, or forget it."""
    value = sa.null() if notice is None else dict(notice)
    connection.execute(web_session.update().where(web_session.c.token_hash == token_hash).values(notice=value))


def end_session(connection: Connection, token_hash: str) -> None:
    """End one session."""
    connection.execute(web_session.delete().where(web_session.c.token_hash == token_hash))


def end_sessions(connection: Connection, person_id: int) -> None:
    """End all of a person's sessions."""
    connection.execute(web_session.delete().where(web_session.c.person_id == person_id))


# ---- links and tokens --------------------------------------------------------------------------


def add_link(connection: Connection, token_hash: str, person_id: int, now: datetime, until: datetime) -> None:
    """Store a one-time link; a person's earlier ones hold no longer."""
    connection.execute(login_link.delete().where(login_link.c.person_id == person_id))
    connection.execute(
        login_link.insert().values(token_hash=token_hash, person_id=person_id, created_at=now, expires_at=until)
    )


def use_link(connection: Connection, token_hash: str, now: datetime) -> int | None:
    """Use a link up and return whose it is; None where it is unknown, used or has run out."""
    found: int | None = connection.scalar(
        login_link.update()
        .where(login_link.c.token_hash == token_hash, login_link.c.used_at.is_(None), login_link.c.expires_at > now)
        .values(used_at=now)
        .returning(login_link.c.person_id)
    )
    return found


def link_owner(connection: Connection, token_hash: str, now: datetime) -> int | None:
    """Return whose link it is, without using it up."""
    query = sa.select(login_link.c.person_id).where(
        login_link.c.token_hash == token_hash, login_link.c.used_at.is_(None), login_link.c.expires_at > now
    )
    found: int | None = connection.scalar(query)
    return found


def add_token(connection: Connection, token_hash: str, person_id: int, name: str, now: datetime) -> None:
    """Store a token for programs."""
    connection.execute(api_token.insert().values(token_hash=token_hash, person_id=person_id, name=name, created_at=now))


def token_owner(connection: Connection, token_hash: str) -> tuple[int, datetime | None] | None:
    """Return whose token it is and when it was last used; None where it is unknown or revoked."""
    query = sa.select(api_token.c.person_id, api_token.c.used_at).where(
        api_token.c.token_hash == token_hash, api_token.c.revoked_at.is_(None)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.person_id, row.used_at)


def note_use(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that a token is in use."""
    connection.execute(api_token.update().where(api_token.c.token_hash == token_hash).values(used_at=now))
