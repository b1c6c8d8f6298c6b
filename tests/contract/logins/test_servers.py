"""Reports polled and answers sent with tokens: a Dovecot and a mail server that take nothing else from us."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from daysheet import scheduler, wiring
from daysheet.config import Settings
from daysheet.errors import ConfigError, LoginRefused, MailboxUnreachable, ServerUnusable
from daysheet.logins import web
from daysheet.model.alarms import AlarmKind
from daysheet.services import outbox, watch
from daysheet.services.process import process_pending
from daysheet.services.receive import poll
from daysheet.services.tools import Tools
from daysheet.store import alarms, mailboxes
from tests import builders
from tests.builders import Clock, a_mail, a_visit, a_workbook
from tests.contract.delivery.test_ways import a_mail as an_answer
from tests.contract.logins.conftest import approving
from tests.contract.logins.test_tokens import service_account
from tests.services import dovecot
from tests.services.dovecot import DovecotServer
from tests.services.smtp import SmtpSink
from tests.services.tokens import SECRET, TokenServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@pytest.fixture
def chosen(granting: TokenServer, taking: DovecotServer, outgoing: SmtpSink, tmp_path: Path) -> Settings:
    """Settings that log in with tokens wherever one logs in, by a person's consent."""
    return settings_for(granting, taking, tmp_path, outgoing=outgoing)


def settings_for(
    granting: TokenServer,
    taking: DovecotServer,
    folder: Path,
    *,
    outgoing: SmtpSink | None = None,
    provider: str = "microsoft",
    **more: Any,
) -> Settings:
    box = {
        "host": "127.0.0.1",
        "port": taking.tls_port,
        "ca_file": taking.ca_file,
        "username": granting.user,
        "oauth": "mail",
        "trust": "none",
        "timeout_seconds": 10,
    }
    smtp = {"host": "127.0.0.1", "security": "plain", "username": granting.user, "oauth": "mail", "per_minute": 10000}
    return builders.settings(
        folder,
        oauth={"mail": granting.settings(provider, **more)},
        mailboxes={"reports": box},
        smtp=smtp | {"port": outgoing.port if outgoing else 1, "timeout_seconds": 5},
    )


def log_in(granting: TokenServer, chosen: Settings) -> None:
    wiring.open_login("mail", chosen).agree(approving(granting))


def report(number: int = 1) -> bytes:
    return a_mail(a_workbook([a_visit()]), message_id=f"<r{number}@corp.example>")


def polled(tools: Tools, chosen: Settings) -> int:
    return poll(tools, wiring.open_mailbox("reports", chosen.mailboxes["reports"], chosen), batch=200).fetched


def one_pass(tools: Tools, chosen: Settings) -> None:
    """What the service does every minute; nothing may come out of it."""
    scheduler.poll_and_work(chosen, tools, Event())


def open_alarms(tools: Tools, kind: AlarmKind) -> list[str]:
    with tools.database.reading() as connection:
        return [one.detail for one in alarms.open_of(connection, kind)]


def looked(tools: Tools, chosen: Settings) -> None:
    watched = watch.Watched(tuple(chosen.mailboxes), chosen.data_dir, wiring.login_conditions(chosen))
    watch.look(tools, watched, watch.Memory())


@contextmanager
def tools_of(chosen: Settings) -> Iterator[Tools]:
    with builders.open_tools(chosen) as tools:
        yield tools


# ---- in and out --------------------------------------------------------------------------------


def test_a_report_comes_in_and_its_answer_goes_out_with_one_token(
    granting: TokenServer, taking: DovecotServer, outgoing: SmtpSink, chosen: Settings
) -> None:
    log_in(granting, chosen)
    taking.append(granting.user, report())
    with tools_of(chosen) as tools:
        assert polled(tools, chosen) == 1
        assert [one.state for one in process_pending(tools)] == ["accepted"]
        delivery = wiring.open_delivery(chosen)
        outbox.flush(tools, delivery)
        delivery.close()

    assert [mail.recipients[0] for mail in outgoing.mails] == ["wang.li@corp.example"]
    assert taking.messages(granting.user) == 0
    assert len(granting.asked) == 1, "the token of the login held for all of it"
    log = (taking.root / "dovecot.log").read_text(encoding="utf-8", errors="replace")
    assert "method=XOAUTH2" in log


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_each_mechanism_is_spoken_where_the_server_has_no_other(
    granting: TokenServer, tmp_path: Path, mechanism: str
) -> None:
    with dovecot.running(extra=granting.dovecot(mechanism.lower())) as server:
        chosen = settings_for(granting, server, tmp_path)
        log_in(granting, chosen)
        mailbox = wiring.open_mailbox("reports", chosen.mailboxes["reports"], chosen)
        mailbox.open()
        mailbox.close()
        assert f"method={mechanism}" in (server.root / "dovecot.log").read_text(encoding="utf-8", errors="replace")
        granting.revoke()
        with pytest.raises(LoginRefused, match="daysheet oauth login mail"):
            mailbox.open()


@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_a_service_polls_without_anybody_logging_in(
    granting: TokenServer, taking: DovecotServer, tmp_path: Path, provider: str
) -> None:
    more: dict[str, Any] = {"flow": "service", "client_secret": SECRET}
    if provider == "google":
        more = {"flow": "service", "key_file": service_account(tmp_path), "subject": granting.user}
    chosen = settings_for(granting, taking, tmp_path, provider=provider, **more)
    taking.append(granting.user, report())
    with tools_of(chosen) as tools:
        assert polled(tools, chosen) == 1


def test_a_server_without_oauth2_is_named(granting: TokenServer, tmp_path: Path) -> None:
    with dovecot.running() as server:
        chosen = settings_for(granting, server, tmp_path)
        log_in(granting, chosen)
        with pytest.raises(ConfigError, match=r"mailboxes\.reports\.oauth: 127\.0\.0\.1 takes no logins with OAuth2"):
            wiring.open_mailbox("reports", chosen.mailboxes["reports"], chosen).open()


# ---- tokens that end ---------------------------------------------------------------------------


def test_an_access_token_that_the_servers_no_longer_take_is_renewed_by_itself(
    granting: TokenServer, taking: DovecotServer, outgoing: SmtpSink, chosen: Settings
) -> None:
    log_in(granting, chosen)
    granting.end_access()
    taking.append(granting.user, report())
    with tools_of(chosen) as tools:
        assert polled(tools, chosen) == 1
    assert len(granting.asked) == 2

    granting.end_access()
    delivery = wiring.open_delivery(chosen)
    delivery.send(an_answer(1), granting.user, ["wang.li@corp.example"])
    delivery.close()
    assert len(outgoing.mails) == 1
    assert len(granting.asked) == 3


@pytest.mark.parametrize("is_strict", [False, True], ids=["old-token-lives", "old-token-dies"])
def test_refresh_tokens_that_change_with_every_poll_are_kept(
    granting: TokenServer, taking: DovecotServer, chosen: Settings, is_strict: bool
) -> None:
    granting.is_strict, granting.seconds = is_strict, 60  # so that every poll renews
    log_in(granting, chosen)
    with tools_of(chosen) as tools:
        for number in range(4):
            taking.append(granting.user, report(number))
            assert polled(tools, chosen) == 1
    used = [form["refresh_token"] for form in granting.asked if form["grant_type"] == "refresh_token"]
    assert len(used) == len(set(used)) == 4


def test_a_withdrawn_consent_says_what_to_do_raises_an_alarm_and_ends_with_a_new_login(
    granting: TokenServer, taking: DovecotServer, chosen: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    log_in(granting, chosen)
    granting.revoke()
    taking.append(granting.user, report())
    with tools_of(chosen) as tools:
        with pytest.raises(LoginRefused, match=r"the login is over.*daysheet oauth login mail"):
            polled(tools, chosen)
        one_pass(tools, chosen)  # the service goes on
        looked(tools, chosen)
        (told,) = open_alarms(tools, AlarmKind.LOGIN)
        assert "2 renewals in a row failed" in told
        assert "daysheet oauth login mail" in told
        with tools.database.reading() as connection:
            (view,) = mailboxes.all_mailboxes(connection)
        assert "daysheet oauth login mail" in str(view.last_error)
        assert taking.messages(granting.user) == 1, "the report waits where it is"

        log_in(granting, chosen)
        one_pass(tools, chosen)
        looked(tools, chosen)
        assert open_alarms(tools, AlarmKind.LOGIN) == []
        assert taking.messages(granting.user) == 0
        shown = [told, str(view.last_error), *capfd.readouterr()]
    assert not [secret for secret in granting.secrets for text in shown if secret in text]


def test_an_answer_waits_while_the_consent_is_withdrawn(
    granting: TokenServer, outgoing: SmtpSink, chosen: Settings
) -> None:
    log_in(granting, chosen)
    granting.revoke()
    delivery = wiring.open_delivery(chosen)
    with pytest.raises(ServerUnusable, match="daysheet oauth login mail"):
        delivery.send(an_answer(1), granting.user, ["wang.li@corp.example"])
    log_in(granting, chosen)
    delivery.send(an_answer(1), granting.user, ["wang.li@corp.example"])
    delivery.close()
    assert len(outgoing.mails) == 1


def test_a_token_for_another_mailbox_is_refused_and_the_hint_names_the_switches(
    granting: TokenServer, taking: DovecotServer, chosen: Settings
) -> None:
    granting.user = "other@stars.example"  # who agreed was signed in as somebody else
    log_in(granting, chosen)
    with pytest.raises(LoginRefused, match="may the application read it") as caught:
        wiring.open_mailbox("reports", chosen.mailboxes["reports"], chosen).open()
    assert not [secret for secret in granting.secrets if secret in str(caught.value)]
    delivery = wiring.open_delivery(chosen)
    with pytest.raises(ServerUnusable, match=r"refused the login of daily@stars\.example") as refused:
        delivery.send(an_answer(1), "daily@stars.example", ["wang.li@corp.example"])
    assert not [secret for secret in granting.secrets if secret in str(refused.value)]


# ---- an address for tokens that does not answer ------------------------------------------------


def test_a_poll_fails_while_tokens_cannot_be_had_and_works_again_later(
    granting: TokenServer, taking: DovecotServer, chosen: Settings
) -> None:
    granting.seconds = 20  # the login's own token is of no use for long
    log_in(granting, chosen)
    taking.append(granting.user, report())
    granting.refusal = (503, "x", "x")
    with tools_of(chosen) as tools:
        with pytest.raises(MailboxUnreachable, match="does not answer"):
            polled(tools, chosen)
        assert taking.messages(granting.user) == 1
        granting.refusal = None
        assert polled(tools, chosen) == 1


@pytest.mark.parametrize("way", ["silent", "slow", "endless"])
@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_an_address_that_never_ends_its_answer_is_left_in_time(
    granting: TokenServer,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    provider: str,
    way: str,
) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.6)
    more: dict[str, Any] = {"flow": "service", "client_secret": SECRET}
    if provider == "google":
        more = {"flow": "service", "key_file": service_account(tmp_path), "subject": granting.user}
    login = wiring.open_login("mail", settings(provider, **more), Clock(datetime.now(UTC)))
    granting.trouble = way
    begun = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="does not answer") as caught:
        login()
    assert time.monotonic() - begun < 5
    assert not [secret for secret in granting.secrets if secret in str(caught.value)]
    granting.trouble = ""
    assert login() in granting.good


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_a_secret_follows_nobody_elsewhere(
    granting: TokenServer, settings: Callable[..., Settings], tmp_path: Path, provider: str, scheme: str
) -> None:
    more: dict[str, Any] = {"flow": "service", "client_secret": SECRET}
    if provider == "google":
        more = {"flow": "service", "key_file": service_account(tmp_path), "subject": granting.user}
    login = wiring.open_login("mail", settings(provider, **more), Clock(datetime.now(UTC)))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.3)
        granting.elsewhere = f"{scheme}://localhost:{other.getsockname()[1]}/token"
        with pytest.raises((MailboxUnreachable, LoginRefused)):
            login()
        with contextlib.suppress(TimeoutError):
            connection, _ = other.accept()
            heard.append(connection.recv(100))
    assert heard == []
    granting.elsewhere = ""
    assert login() in granting.good
