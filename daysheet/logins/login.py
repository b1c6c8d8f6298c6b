"""One login of the settings: gives tokens that hold, and says when somebody has to do something."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from daysheet.errors import DaysheetError, LoginRefused
from daysheet.logins.provider import Granted, Provider, Talk
from daysheet.logins.tokens import TokenFile, Tokens
from daysheet.model.alarms import AlarmKind, Condition

EARLY = timedelta(minutes=5)
"""An access token is renewed so long before it ends."""
AT_LEAST = timedelta(seconds=30)
"""With a provider that does not answer, a token that holds so long is used all the same."""
NOTICE = timedelta(days=14)
"""How long before the end somebody is told."""
TOO_MANY_FAILURES = 2
"""So many renewals that failed in a row are no accident."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a login stands. *ends_on* is the day after which somebody must act, None where none is known."""

    name: str
    account: str
    is_ready: bool
    access_ends_at: datetime | None
    ends_on: date | None
    trouble: str


class Login:
    """
    A login by its name in the settings. Calling it gives an access token.

    May be shared between threads, and its file between processes: whoever comes second finds the
    token that the first has got.
    """

    def __init__(
        self,
        name: str,
        provider: Provider,
        file: TokenFile,
        clock: Callable[[], datetime],
        *,
        expires: date | None = None,
        is_used: bool = True,
    ) -> None:
        self.name = name
        self.needs_person = provider.needs_person
        self._provider = provider
        self._file = file
        self._clock = clock
        self._expires = expires
        self._is_used = is_used

    def __call__(self, refused: str = "") -> str:
        """
        Return an access token that holds for some minutes, and is not *refused*, which a server would not take.

        Raises LoginRefused, ConfigError, or MailboxUnreachable where trying later can help.
        """
        tokens = self._read()
        if self._holds(tokens, refused, EARLY):
            return tokens.access_token
        with self._file.locked():
            tokens = self._read()  # another process may have renewed meanwhile
            if self._holds(tokens, refused, EARLY):
                return tokens.access_token
            return self._renew(tokens, refused)

    def agree(self, say: Callable[[str], None], ask: Callable[[str], str] | None = None) -> Standing:
        """Let a person agree (or try a service's login), keep the tokens, and say how it stands; see ``Talk``."""
        granted = self._provider.agree(Talk(say, ask))
        with self._file.locked():
            self._file.write(self._merged(Tokens(self._provider.client), granted))
        return self.standing()

    def forget(self) -> bool:
        """Remove the tokens; True where there were some. The provider knows nothing of it."""
        with self._file.locked():
            return self._file.remove()

    def _read(self) -> Tokens:
        tokens = self._file.read()
        if tokens is None or (tokens.client != self._provider.client and not self.needs_person):
            tokens = Tokens(self._provider.client)
        if self.needs_person and tokens.client != self._provider.client:
            raise LoginRefused(
                f"oauth.{self.name}: the login was made for another application or directory than the settings "
                f"name now; agree anew: daysheet oauth login {self.name}"
            )
        if self.needs_person and not tokens.refresh_token:
            raise LoginRefused(f"oauth.{self.name}: not logged in yet: daysheet oauth login {self.name}")
        return tokens

    def _holds(self, tokens: Tokens, refused: str, margin: timedelta) -> bool:
        ends = tokens.access_ends_at
        return (
            bool(tokens.access_token)
            and tokens.access_token != refused
            and ends is not None
            and (ends - margin > self._clock())
        )

    def _renew(self, tokens: Tokens, refused: str) -> str:
        """Ask for a new token; the lock is held."""
        begun = replace(tokens, begun_at=self._clock())
        # before, not after: where nothing can be written no token is used up, and a kill leaves its mark
        self._file.write(begun)
        try:
            granted = self._provider.renew(tokens.refresh_token)
        except DaysheetError as error:
            told = self._told(error, tokens)
            failed = replace(
                tokens, failures=tokens.failures + 1, failed_at=self._clock(), failure=str(told), begun_at=None
            )
            self._file.write(failed)
            if error.is_retryable and self._holds(tokens, refused, AT_LEAST):
                return tokens.access_token
            raise told from error
        renewed = self._merged(begun, granted)
        self._file.write(renewed)
        return renewed.access_token

    def _told(self, error: DaysheetError, tokens: Tokens) -> DaysheetError:
        """A refusal after a renewal that was cut off has a reason that the provider does not know."""
        if tokens.begun_at is None or not isinstance(error, LoginRefused):
            return error
        return LoginRefused(f"{error} (a renewal at {tokens.begun_at:%F %T} UTC was cut off before its token was kept)")

    def _merged(self, tokens: Tokens, granted: Granted) -> Tokens:
        now = self._clock()
        ends = granted.refresh_seconds
        return replace(
            tokens,
            account=granted.account or tokens.account,
            access_token=granted.access_token,
            access_ends_at=now + timedelta(seconds=granted.seconds),
            refresh_token=granted.refresh_token or tokens.refresh_token,
            refresh_ends_at=tokens.refresh_ends_at if ends is None else now + timedelta(seconds=ends),
            renewed_at=now,
            begun_at=None,
            failures=0,
            failed_at=None,
            failure="",
        )

    # ---- how it stands ---------------------------------------------------------------------------

    def standing(self) -> Standing:
        """Say how the login stands, without asking the provider."""
        try:
            tokens, trouble = self._read(), ""
        except DaysheetError as error:
            tokens, trouble = Tokens(self._provider.client), str(error)
        return Standing(
            name=self.name,
            account=tokens.account,
            is_ready=not trouble,
            access_ends_at=tokens.access_ends_at,
            ends_on=min(self._ends(tokens), default=None),
            trouble=trouble or (tokens.failure if tokens.failures >= TOO_MANY_FAILURES else ""),
        )

    def describe(self) -> str:
        """Return a line for ``doctor``: account and until when; raises LoginRefused where somebody must act."""
        standing = self.standing()
        if standing.trouble:
            raise LoginRefused(standing.trouble)
        soon = "; ".join(one.detail for one in self.conditions(self._clock()))
        if soon:
            raise LoginRefused(soon)
        until = f"until {standing.ends_on:%F}" if standing.ends_on else "no end known"
        return f"{standing.account or 'no account told'}, {until}"

    def _ends(self, tokens: Tokens) -> list[date]:
        ends = [] if self._expires is None else [self._expires]
        return ends if tokens.refresh_ends_at is None else [*ends, tokens.refresh_ends_at.date()]

    def conditions(self, now: datetime) -> Iterator[Condition]:
        """Give at most one condition: whatever somebody has to do about this login before it no longer works."""
        standing = self.standing()
        said = []
        if not standing.is_ready:
            if not self._is_used:
                return
            said.append(standing.trouble)
        else:
            tokens = self._read()
            if tokens.failures >= TOO_MANY_FAILURES:
                said.append(f"{tokens.failures} renewals in a row failed: {tokens.failure}")
            if tokens.refresh_ends_at is not None:
                again = f"agree anew: daysheet oauth login {self.name}"
                said += _notice(tokens.refresh_ends_at, now, f"oauth.{self.name}: the consent", again)
        if self._expires is not None:
            ends_at = datetime.combine(self._expires, time.max, UTC)
            said += _notice(ends_at, now, f"oauth.{self.name}: the client secret or key", "make a new one")
        if said:
            yield Condition(AlarmKind.LOGIN, self.name, "; ".join(said))


def _notice(ends_at: datetime, now: datetime, what: str, todo: str) -> list[str]:
    if now < ends_at - NOTICE:
        return []
    return [f"{what} {'ended' if now > ends_at else 'ends'} on {ends_at:%F}: {todo}"]
