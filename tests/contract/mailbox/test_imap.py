"""What only an IMAP server can do to us."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from daysheet import wiring
from daysheet.config import MailboxSettings
from daysheet.errors import ConfigError, FolderMissing, LoginRefused, MailboxError, MailboxUnreachable
from daysheet.ingest.imap import DONE
from daysheet.ingest.mailbox import Mailbox
from tests.contract.mailbox.conftest import imap_settings, new_user
from tests.contract.mailbox.scripted import HANG_UP, SILENT, ScriptedServer, scripted
from tests.services.dovecot import DovecotServer, running

RAW = b"From: wang.li@corp.example\r\nSubject: x\r\n\r\nbody\r\n"
DEADLINE = 0.5
"""Seconds a server gets in the tests of silence."""


def opened(settings: MailboxSettings) -> Mailbox:
    return wiring.open_mailbox("reports", settings)


def scripted_mailbox(server: ScriptedServer, **more: object) -> Mailbox:
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "plain",
        "username": "reports@corp.example",
        "password": "geheim",
        "trust": "none",
        "timeout_seconds": DEADLINE,
    }
    return opened(MailboxSettings(**settings | more))


# ---- coming in ---------------------------------------------------------------------------------


def test_a_wrong_password_is_refused_with_a_hint(dovecot: DovecotServer) -> None:
    mailbox = opened(imap_settings(dovecot, new_user(), password="wrong"))
    with pytest.raises(LoginRefused, match="Check user name and password") as caught:
        mailbox.open()
    assert "wrong" not in str(caught.value)
    assert not caught.value.is_retryable


def test_a_missing_folder_is_named(dovecot: DovecotServer) -> None:
    mailbox = opened(imap_settings(dovecot, new_user(), folder="Nowhere"))
    with pytest.raises(FolderMissing, match="there is no folder 'Nowhere'"):
        mailbox.open()
    mailbox.close()


def test_a_certificate_nobody_vouches_for_is_a_sentence(dovecot: DovecotServer) -> None:
    for security in ("tls", "starttls"):
        mailbox = opened(imap_settings(dovecot, new_user(), security, ca_file=None))
        with pytest.raises(MailboxError, match="its certificate is not trusted"):
            mailbox.open()
        mailbox.close()


def test_a_certificate_for_another_name_is_not_trusted(dovecot: DovecotServer) -> None:
    mailbox = opened(imap_settings(dovecot, new_user(), "tls", host="127.0.0.2"))
    with pytest.raises(MailboxError, match=r"not trusted|does not answer"):
        mailbox.open()
    mailbox.close()


def test_a_missing_file_of_certificates_is_a_mistake_in_the_settings(dovecot: DovecotServer, tmp_path: Path) -> None:
    mailbox = opened(imap_settings(dovecot, new_user(), "tls", ca_file=tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"mailboxes.reports.ca_file: .*none.pem"):
        mailbox.open()


def test_a_password_is_never_sent_readable_off_the_loopback() -> None:
    settings = MailboxSettings(host="mail.corp.example", username="u", security="plain", trust="none")
    with pytest.raises(ConfigError, match="plain would send the password readable"):
        opened(settings)


def test_tls_at_a_port_without_it_says_so(dovecot: DovecotServer) -> None:
    mailbox = opened(imap_settings(dovecot, new_user(), "tls", port=dovecot.port))
    with pytest.raises(MailboxUnreachable, match="do port and security fit each other"):
        mailbox.open()
    mailbox.close()


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mailbox = opened(MailboxSettings(host="127.0.0.1", port=port, security="plain", username="u", trust="none"))
    with pytest.raises(MailboxUnreachable, match="does not answer"):
        mailbox.open()


def test_a_user_name_in_chinese_can_log_in(dovecot: DovecotServer) -> None:
    mailbox = opened(imap_settings(dovecot, f"日报{new_user()}"))
    mailbox.open()
    assert mailbox.count() == 0
    mailbox.close()


def test_the_server_is_told_who_we_are(dovecot: DovecotServer) -> None:
    user = new_user()
    mailbox = opened(imap_settings(dovecot, user))
    mailbox.open()
    mailbox.close()
    log = (dovecot.root / "dovecot.log").read_text()
    assert any(f"imap({user})" in line and "name=daysheet" in line for line in log.splitlines())


def test_a_provider_that_wants_to_know_us_first_lets_us_in() -> None:
    said: list[str] = []

    def like_163(command: str, line: str) -> str | None:
        said.append(command)
        if command == "SELECT" and "ID" not in said:
            return "{tag} NO SELECT Unsafe Login. Please contact kefu@188.com for help"
        return None

    with scripted(answer=like_163) as server:
        mailbox = scripted_mailbox(server)
        assert mailbox.open() == 7
        mailbox.close()
    assert said.index("LOGIN") < said.index("ID") < said.index("SELECT")


def test_unsafe_login_names_the_authorisation_code() -> None:
    def refuse(command: str, line: str) -> str | None:
        return "{tag} NO SELECT Unsafe Login." if command == "SELECT" else None

    with scripted(answer=refuse) as server:
        mailbox = scripted_mailbox(server)
        with pytest.raises(LoginRefused, match="授权码"):
            mailbox.open()
        mailbox.close()


# ---- folders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["日报", "Archive & Co.日报 二月", 'with "quotes"', "Ünïcode"])
def test_folders_may_be_called_anything(dovecot: DovecotServer, folder: str) -> None:
    user = new_user()
    processed = f"{folder} 已处理"
    with dovecot.session(user) as client:
        client.create_folder(folder)
        client.append(folder, RAW)
    mailbox = opened(imap_settings(dovecot, user, folder=folder, processed=processed))
    mailbox.open()
    pending = mailbox.pending(10)
    assert mailbox.fetch(pending[0]) == RAW
    assert mailbox.settle_many(pending) == {pending[0].uid}
    mailbox.close()
    assert (dovecot.messages(user, folder), dovecot.messages(user, processed)) == (0, 1)


def test_a_folder_made_anew_has_another_epoch(dovecot: DovecotServer) -> None:
    user = new_user()
    with dovecot.session(user) as client:
        client.create_folder("Reports")
        mailbox = opened(imap_settings(dovecot, user, folder="Reports"))
        before = mailbox.open()
        mailbox.close()
        time.sleep(0.01)
        client.delete_folder("Reports")
        client.create_folder("Reports")
    after = mailbox.open()
    mailbox.close()
    assert before != after


# ---- servers that cannot do everything ---------------------------------------------------------


@pytest.fixture(scope="module")
def without_move() -> Iterator[DovecotServer]:
    with running("imap_capability = IMAP4rev1 ID UIDPLUS\n") as server:
        yield server


@pytest.fixture(scope="module")
def without_uidplus() -> Iterator[DovecotServer]:
    with running("imap_capability = IMAP4rev1\n") as server:
        yield server


def test_without_move_a_message_is_copied_and_expunged(without_move: DovecotServer) -> None:
    user = new_user()
    without_move.append(user, RAW, RAW + b"second")
    # somebody else's deletion must stay a mark: only our own message is expunged
    with without_move.session(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([client.search()[1]])
    mailbox = opened(imap_settings(without_move, user))
    mailbox.open()
    first = mailbox.pending(10)[:1]
    assert mailbox.settle_many(first) == {first[0].uid}
    mailbox.close()
    assert (without_move.messages(user), without_move.messages(user, "Processed")) == (1, 1)


def test_without_uidplus_a_message_is_copied_and_marked(without_uidplus: DovecotServer) -> None:
    user = new_user()
    without_uidplus.append(user, RAW)
    mailbox = opened(imap_settings(without_uidplus, user))
    mailbox.open()
    pending = mailbox.pending(10)
    assert mailbox.settle_many(pending) == {pending[0].uid}
    assert (mailbox.pending(10), mailbox.count()) == ((), 0)
    mailbox.close()
    with without_uidplus.session(user) as client:
        client.select_folder("INBOX")
        assert len(client.search(["KEYWORD", DONE])) == 1
    assert without_uidplus.messages(user, "Processed") == 1


def test_a_move_that_moved_nothing_is_not_believed() -> None:
    with scripted() as server:  # says OK to MOVE, and finds the message again afterwards
        mailbox = scripted_mailbox(server)
        mailbox.open()
        pending = mailbox.pending(10)
        assert [ref.uid for ref in pending] == ["1"]
        assert mailbox.settle_many(pending) == frozenset()
        mailbox.close()


# ---- servers that break ------------------------------------------------------------------------


def test_a_server_that_accepts_and_never_speaks_is_given_up_in_time() -> None:
    with scripted(greeting=SILENT) as server:
        mailbox = scripted_mailbox(server)
        began = time.monotonic()
        with pytest.raises(MailboxUnreachable):
            mailbox.open()
        mailbox.close()
        assert time.monotonic() - began < 2 * DEADLINE


STEPS = ["LOGIN", "CAPABILITY", "ID", "LIST", "CREATE", "SELECT", "UID SEARCH", "UID FETCH", "UID MOVE"]


def worked(mailbox: Mailbox) -> None:
    mailbox.open()
    pending = mailbox.pending(10)
    for ref in pending:
        mailbox.fetch(ref)
    mailbox.settle_many(pending)


@pytest.mark.parametrize("step", STEPS)
def test_silence_at_any_step_is_given_up_in_time(step: str) -> None:
    def stalled(command: str, line: str) -> str | None:
        if command == "LIST" and "Processed" in line:
            return "{tag} OK done"  # not there yet: it will be created
        return SILENT if command == step else None

    with scripted(answer=stalled) as server:
        mailbox = scripted_mailbox(server)
        began = time.monotonic()
        with pytest.raises(MailboxUnreachable):
            worked(mailbox)
        mailbox.close()
        # the deadline once for the step, once for the goodbye
        assert time.monotonic() - began < 3 * DEADLINE


@pytest.mark.parametrize("step", STEPS)
def test_a_connection_lost_at_any_step_is_unreachable(step: str) -> None:
    def lost(command: str, line: str) -> str | None:
        if command == "LIST" and "Processed" in line:
            return "{tag} OK done"
        return HANG_UP if command == step else None

    with scripted(answer=lost) as server:
        mailbox = scripted_mailbox(server)
        with pytest.raises(MailboxUnreachable):
            worked(mailbox)
        mailbox.close()


@pytest.mark.parametrize(
    "said",
    [
        "* BYE shutting down",
        "garbage without a tag",
        "A99 OK of another command",
        "* SEARCH one two\r\n{tag} OK done",
        "* 1 FETCH (UID x RFC822.SIZE y)\r\n{tag} OK done",
        "* 1 FETCH (((\r\n{tag} OK done",
        f"* 1 FETCH {'(' * 5000}\r\n{{tag}} OK done",
        "* 1 FETCH (UID 1 INTERNALDATE 5 ENVELOPE (a b))\r\n{tag} OK done",
        "* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n{tag} OK done",
        "{tag} BAD what",
        "{tag} NO not now",
    ],
)
@pytest.mark.parametrize("step", ["LIST", "UID SEARCH", "UID FETCH"])
def test_nonsense_is_trouble_with_the_mailbox_and_nothing_else(step: str, said: str) -> None:
    def nonsense(command: str, line: str) -> str | None:
        return said if command == step else None

    with scripted(answer=nonsense) as server:
        mailbox = scripted_mailbox(server)
        with suppress(MailboxError):
            worked(mailbox)
        mailbox.close()


def test_a_server_without_starttls_gets_no_password() -> None:
    with scripted() as server:
        mailbox = scripted_mailbox(server, security="starttls")
        with pytest.raises(MailboxError, match="STARTTLS"):
            mailbox.open()
        mailbox.close()
    assert "LOGIN" not in server.commands()


def test_a_greeting_that_is_a_refusal_is_told() -> None:
    with scripted(greeting="* BYE too many connections") as server:
        mailbox = scripted_mailbox(server)
        with pytest.raises(MailboxError, match="too many connections"):
            mailbox.open()
        mailbox.close()
