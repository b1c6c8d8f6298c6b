"""Getting tokens from a provider, keeping them, renewing them: with msal and google-auth as they are."""

import json
import multiprocessing
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent
from threading import Thread
from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

import pytest
import trustme

from daysheet import wiring
from daysheet.config import Settings
from daysheet.errors import ConfigError, DaysheetError, LoginRefused, MailboxUnreachable
from daysheet.logins.login import Login
from daysheet.model.alarms import AlarmKind
from tests.builders import Clock
from tests.contract.logins.conftest import approving
from tests.services.tokens import SECRET, TokenServer

Settle = Callable[..., Settings]
AN_HOUR = timedelta(hours=1)


def kept(chosen: Settings) -> Path:
    return chosen.data_dir / "oauth" / "mail.json"


# ---- agreeing ----------------------------------------------------------------------------------


def test_a_person_enters_a_code_and_the_tokens_are_kept_for_the_owner_only(
    granting: TokenServer, settings: Settle, clock: Clock
) -> None:
    chosen = settings()
    login = wiring.open_login("mail", chosen, clock)

    standing = login.agree(approving(granting))

    assert standing.account == granting.user
    assert granting.good[login()] == granting.user
    assert stat.S_IMODE(kept(chosen).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept(chosen).parent.stat().st_mode) == 0o700
    assert len(granting.asked) == 1, "a token that holds is not asked for again"


def test_who_has_not_logged_in_is_told_the_command(settings: Settle, clock: Clock) -> None:
    with pytest.raises(LoginRefused, match="not logged in yet: daysheet oauth login mail"):
        wiring.open_login("mail", settings(), clock)()


def browser(granting: TokenServer, answers: list[str], *, follows: bool) -> Callable[[str], None]:
    """Return a person who opens what is shown; *answers* gets where the browser was sent."""

    class Stop(HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
            answers.append(newurl)
            return super().redirect_request(req, fp, code, msg, headers, newurl) if follows else None

    import ssl

    opener = build_opener(HTTPSHandler(context=ssl.create_default_context(cafile=str(granting.ca_file))), Stop)

    def see(line: str) -> None:
        if "https://" not in line:
            return
        url = line[line.index("https://") :]

        def visit() -> None:
            try:
                opener.open(url, timeout=10).close()
            except OSError:
                assert not follows

        if follows:
            Thread(target=visit, daemon=True).start()
        else:
            visit()

    return see


def test_a_browser_on_this_machine_brings_googles_code_back(
    granting: TokenServer, settings: Settle, clock: Clock
) -> None:
    login = wiring.open_login("mail", settings("google", client_secret=SECRET), clock)

    standing = login.agree(browser(granting, [], follows=True))

    assert standing.account == granting.user
    assert login() in granting.good


def test_the_address_of_a_browser_elsewhere_is_pasted(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    login = wiring.open_login("mail", settings("google", client_secret=SECRET), clock)
    sent: list[str] = []

    login.agree(browser(granting, sent, follows=False), lambda _: sent[-1])

    assert sent[-1].startswith("http://127.0.0.1:8322/?")
    assert login() in granting.good


def test_an_address_from_another_login_is_refused(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    login = wiring.open_login("mail", settings("google"), clock)

    with pytest.raises(LoginRefused, match="not the address this login has asked for"):
        login.agree(lambda _: None, lambda _: "http://127.0.0.1:8322/?state=foreign&code=stolen")
    assert granting.asked == []


def test_a_consent_without_mail_is_refused(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    granting.scope = "openid email"
    login = wiring.open_login("mail", settings("google"), clock)
    sent: list[str] = []

    with pytest.raises(LoginRefused, match="mail was not ticked"):
        login.agree(browser(granting, sent, follows=False), lambda _: sent[-1])


def test_a_service_needs_nobody(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    login = wiring.open_login("mail", settings(flow="service", client_secret=SECRET), clock)

    assert granting.good[login()] == granting.user
    assert granting.asked[0]["scope"] == "https://outlook.office365.com/.default"


def test_a_service_may_show_a_certificate(
    granting: TokenServer, settings: Settle, clock: Clock, tmp_path: Path
) -> None:
    certificate = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        "daysheet.stars.example", key_type=trustme.KeyType.RSA
    )
    pem = tmp_path / "key.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes())

    login = wiring.open_login("mail", settings(flow="service", key_file=pem), clock)

    assert login() in granting.good
    assert "client_assertion" in granting.asked[0]


def service_account(folder: Path) -> Path:
    """Return the key of a service account, as Google hands it out."""
    key = trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes().decode()
    info = {
        "type": "service_account",
        "client_email": "reports@daysheet.example",
        "private_key": key,
        "private_key_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    path = folder / "key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(info))
    return path


def test_a_service_account_acts_for_a_mailbox(
    granting: TokenServer, settings: Settle, clock: Clock, tmp_path: Path
) -> None:
    chosen = settings("google", flow="service", key_file=service_account(tmp_path), subject=granting.user)
    login = wiring.open_login("mail", chosen, clock)

    assert login() in granting.good
    assert login.standing().account == granting.user


def test_a_service_account_that_may_not_act_for_the_mailbox_says_what_to_grant(
    granting: TokenServer, settings: Settle, clock: Clock, tmp_path: Path
) -> None:
    granting.refusal = (401, "unauthorized_client", "Client is unauthorized to retrieve access tokens.")
    chosen = settings("google", flow="service", key_file=service_account(tmp_path), subject=granting.user)

    with pytest.raises(ConfigError, match=r"may not act for .*grant the service account's client id the scope"):
        wiring.open_login("mail", chosen, clock)()


# ---- renewing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_strict", [False, True], ids=["old-token-lives", "old-token-dies"])
def test_a_token_is_renewed_five_minutes_before_it_ends_and_the_rotated_one_is_kept(
    granting: TokenServer, agreed: Callable[..., Login], clock: Clock, is_strict: bool
) -> None:
    granting.is_strict = is_strict
    login = agreed()
    first = login()
    clock.now += AN_HOUR - timedelta(minutes=6)
    assert login() == first
    clock.now += timedelta(minutes=2)
    second = login()
    clock.now += AN_HOUR
    third = login()

    assert len({first, second, third}) == 3
    used = [form["refresh_token"] for form in granting.asked if form["grant_type"] == "refresh_token"]
    assert len(set(used)) == 2, "each renewal uses the token that the last one brought"


def test_a_refresh_token_that_is_not_replaced_stays(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    granting.rotates = False
    login = wiring.open_login("mail", settings("google", client_secret=SECRET), clock)
    sent: list[str] = []
    login.agree(browser(granting, sent, follows=False), lambda _: sent[-1])
    for _ in range(3):
        clock.now += AN_HOUR
        assert login() in granting.good


def test_googles_rotated_refresh_token_is_kept_too(granting: TokenServer, settings: Settle, clock: Clock) -> None:
    granting.is_strict = True
    login = wiring.open_login("mail", settings("google", client_secret=SECRET), clock)
    sent: list[str] = []
    login.agree(browser(granting, sent, follows=False), lambda _: sent[-1])
    for _ in range(3):
        clock.now += AN_HOUR
        assert login() in granting.good


def test_a_token_that_a_server_refused_is_not_given_again(agreed: Callable[..., Login]) -> None:
    login = agreed()
    first = login()
    assert login(first) != first


def test_what_another_process_has_renewed_is_used_instead_of_renewing_again(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    ours = agreed()
    refused = ours()
    theirs = wiring.open_login("mail", settings(), clock)
    renewed = theirs(refused)

    assert ours(refused) == renewed
    assert len(granting.asked) == 2


def renew(chosen: Settings, now: object, gate: object, results: object) -> None:
    """What each of several processes does at once."""
    login = wiring.open_login("mail", chosen, lambda: now)  # type: ignore[arg-type,return-value]
    gate.wait()  # type: ignore[attr-defined]
    try:
        results.put(login())  # type: ignore[attr-defined]
    except DaysheetError as error:
        results.put(str(error))  # type: ignore[attr-defined]


def test_of_many_processes_that_renew_at_once_one_does_and_no_token_is_lost(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    granting.is_strict = True
    agreed()
    clock.now += AN_HOUR
    spawning = multiprocessing.get_context("spawn")
    gate, results = spawning.Barrier(4), spawning.Queue()
    workers = [
        spawning.Process(target=renew, args=(settings(), clock.now, gate, results), daemon=True) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    got = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join(timeout=20)

    assert len(got) == 1
    assert got <= set(granting.good)
    assert len(granting.asked) == 2, "one login, one renewal"
    clock.now += AN_HOUR
    assert wiring.open_login("mail", settings(), clock)() in granting.good


def killed_between_getting_and_keeping(chosen: Settings, when: str) -> None:
    """Renew in a process that is killed once the new token has come and before it is kept."""
    program = dedent(
        """
        import os, signal, sys
        from datetime import datetime
        from daysheet import wiring
        from daysheet.config import Settings
        from daysheet.logins.tokens import TokenFile

        chosen = Settings.model_validate_json(sys.argv[1])
        write = TokenFile.write

        def die(self, tokens):
            if tokens.begun_at is None:
                os.kill(os.getpid(), signal.SIGKILL)
            write(self, tokens)

        TokenFile.write = die
        wiring.open_login("mail", chosen, lambda: datetime.fromisoformat(sys.argv[2]))()
        """
    )
    done = subprocess.run([sys.executable, "-c", program, chosen.model_dump_json(), when], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_kill_before_a_rotated_token_is_kept_costs_nothing_where_the_old_one_lives(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    agreed()
    clock.now += AN_HOUR
    killed_between_getting_and_keeping(settings(), clock.now.isoformat())

    assert len(granting.asked) == 2, "the token had been given"
    assert wiring.open_login("mail", settings(), clock)() in granting.good


def test_where_the_old_token_dies_a_kill_costs_a_login_and_the_message_says_why(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    granting.is_strict = True
    agreed()
    clock.now += AN_HOUR
    killed_between_getting_and_keeping(settings(), clock.now.isoformat())

    login = wiring.open_login("mail", settings(), clock)
    with pytest.raises(LoginRefused, match=r"daysheet oauth login mail .*a renewal at .* was cut off"):
        login()
    login.agree(approving(granting))
    assert login() in granting.good


def test_where_nothing_can_be_written_no_token_is_used_up(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    granting.is_strict = True
    login = agreed()
    clock.now += AN_HOUR
    in_the_way = kept(settings()).with_name("mail.json.new")
    in_the_way.mkdir()

    with pytest.raises(MailboxUnreachable, match="cannot be written"):
        login()
    assert len(granting.asked) == 1
    in_the_way.rmdir()
    assert login() in granting.good


@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_an_address_that_closes_after_each_answer_is_understood(
    granting: TokenServer, settings: Settle, clock: Clock, tmp_path: Path, provider: str
) -> None:
    granting.closes = True
    key = {"key_file": service_account(tmp_path), "subject": granting.user}
    more = key if provider == "google" else {"client_secret": SECRET}
    assert wiring.open_login("mail", settings(provider, flow="service", **more), clock)() in granting.good


# ---- what can go wrong -------------------------------------------------------------------------


def test_a_withdrawn_consent_asks_for_a_new_login(
    granting: TokenServer, agreed: Callable[..., Login], clock: Clock
) -> None:
    login = agreed()
    granting.revoke()
    clock.now += AN_HOUR
    with pytest.raises(LoginRefused, match=r"not used for too long.*daysheet oauth login mail"):
        login()


def test_an_address_that_does_not_answer_may_be_tried_again(
    granting: TokenServer, agreed: Callable[..., Login], clock: Clock
) -> None:
    login = agreed()
    granting.refusal = (503, "x", "x")
    clock.now += AN_HOUR
    with pytest.raises(MailboxUnreachable, match="does not answer"):
        login()
    granting.refusal = None
    assert login() in granting.good


def test_a_closed_address_may_be_tried_again(settings: Settle, clock: Clock) -> None:
    chosen = settings(flow="service", client_secret=SECRET, authority="https://localhost:1")
    with pytest.raises(MailboxUnreachable, match="does not answer"):
        wiring.open_login("mail", chosen, clock)()


def test_the_last_minutes_of_a_token_are_used_while_the_address_does_not_answer(
    granting: TokenServer, agreed: Callable[..., Login], clock: Clock
) -> None:
    login = agreed()
    first = login()
    granting.refusal = (503, "x", "x")
    clock.now += AN_HOUR - timedelta(minutes=3)
    assert login() == first


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tenant": "nobody.example"}, "look at tenant"),
        ({"client_id": "other"}, "look at client_id and tenant"),
    ],
)
def test_a_wrong_directory_or_client_is_a_mistake_of_the_settings(
    settings: Settle, clock: Clock, more: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        wiring.open_login("mail", settings(**more), clock).agree(lambda _: None)


def test_a_wrong_secret_is_a_mistake_of_the_settings(settings: Settle, clock: Clock) -> None:
    with pytest.raises(ConfigError, match="the client secret is wrong"):
        wiring.open_login("mail", settings(flow="service", client_secret="no"), clock)()


def test_a_server_nobody_vouches_for_is_not_asked(settings: Settle, clock: Clock) -> None:
    with pytest.raises(DaysheetError, match="certificate of the address for tokens is not trusted"):
        wiring.open_login("mail", settings(flow="service", client_secret=SECRET, ca_file=None), clock)()


@pytest.mark.parametrize("content", ["no key", "-----BEGIN PRIVATE KEY-----\nx\n-----BEGIN CERTIFICATE-----\nx"])
def test_a_file_that_is_no_certificate_is_a_mistake_of_the_settings(
    settings: Settle, clock: Clock, tmp_path: Path, content: str
) -> None:
    pem = tmp_path / "key.pem"
    pem.touch(mode=0o600)
    pem.write_text(content)
    with pytest.raises(ConfigError, match=r"oauth\.mail"):
        wiring.open_login("mail", settings(flow="service", key_file=pem), clock)()


def test_a_key_of_another_kind_is_a_mistake_of_the_settings(settings: Settle, clock: Clock, tmp_path: Path) -> None:
    certificate = trustme.CA().issue_cert("daysheet.stars.example")
    pem = tmp_path / "key.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes())
    with pytest.raises(ConfigError, match=r"oauth\.mail"):
        wiring.open_login("mail", settings(flow="service", key_file=pem), clock)()


def test_tokens_that_others_may_read_are_refused(agreed: Callable[..., Login], settings: Settle) -> None:
    login = agreed()
    path = kept(settings())
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        login()
    path.chmod(0o600)
    path.parent.chmod(0o770)
    with pytest.raises(ConfigError, match=f"chmod 700 {path.parent}"):
        login()


def test_a_damaged_file_asks_for_a_new_login_and_shows_nothing_of_it(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle
) -> None:
    login = agreed()
    path = kept(settings())
    path.write_text(path.read_text()[:-20])
    with pytest.raises(LoginRefused, match="is damaged; log in anew") as caught:
        login()
    assert caught.value.__cause__ is None
    login.agree(approving(granting))
    assert login() in granting.good


def test_tokens_made_for_another_client_are_not_used(
    granting: TokenServer, agreed: Callable[..., Login], settings: Settle, clock: Clock
) -> None:
    agreed()
    changed = wiring.open_login("mail", settings(tenant="organizations"), clock)
    with pytest.raises(LoginRefused, match="another application or directory"):
        changed()


def test_without_the_extra_its_pip_line_is_shown(settings: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daysheet.logins.provider.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r'pip install "daysheet\[oauth\]"'):
        wiring.open_login("mail", settings())


def test_no_token_and_no_secret_is_ever_shown(
    granting: TokenServer,
    agreed: Callable[..., Login],
    settings: Settle,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("WARNING")
    login = agreed()
    login()
    granting.lasting.clear()  # the refusal now names the token that it was asked with, and the person
    clock.now += AN_HOUR
    with pytest.raises(LoginRefused) as caught:
        login()
    from daysheet.logins.tokens import TokenFile

    chosen = settings(client_secret=SECRET)
    shown = [
        str(caught.value),
        repr(caught.value.__cause__),
        repr(TokenFile(kept(chosen)).read()),
        repr(login.standing()),
        repr(list(login.conditions(clock.now))),
        str(chosen.model_dump(mode="json")),
        repr(chosen),
        caplog.text,
        *capfd.readouterr(),
    ]
    for text in shown:
        assert not [secret for secret in granting.secrets if secret in text]
    assert granting.user not in str(caught.value)


# ---- what an operator must hear of -------------------------------------------------------------


def test_two_renewals_that_fail_in_a_row_are_told_and_one_is_not(
    granting: TokenServer, agreed: Callable[..., Login], clock: Clock
) -> None:
    login = agreed()
    granting.refusal = (503, "x", "x")
    clock.now += AN_HOUR
    for so_far in (0, 1):
        assert len(list(login.conditions(clock.now))) == 0, so_far
        with pytest.raises(MailboxUnreachable):
            login()
    (told,) = login.conditions(clock.now)
    assert (told.kind, told.subject) == (AlarmKind.LOGIN, "mail")
    assert "2 renewals in a row failed" in told.detail

    granting.refusal = None
    login()
    assert not list(login.conditions(clock.now))


def test_a_secret_that_ends_is_told_fourteen_days_before_and_after_it(
    agreed: Callable[..., Login], clock: Clock
) -> None:
    ends = date(2031, 5, 20)
    login = agreed(expires=ends)
    told = {
        days: [one.detail for one in login.conditions(clock.now.replace(year=2031, month=5, day=days))]
        for days in (5, 7, 20, 21)
    }
    assert told[5] == []
    assert "the client secret or key ends on 2031-05-20" in told[7][0]
    assert "ends on" in told[20][0]
    assert "ended on 2031-05-20" in told[21][0]
    assert login.standing().ends_on == ends


def test_a_consent_with_a_known_end_is_told(granting: TokenServer, agreed: Callable[..., Login], clock: Clock) -> None:
    granting.refresh_seconds = 7 * 86400
    login = agreed()
    (told,) = login.conditions(clock.now)
    assert "the consent ends on" in told.detail
    assert "daysheet oauth login mail" in told.detail


def test_a_login_in_use_that_nobody_has_made_is_told(settings: Settle, clock: Clock) -> None:
    box = {"host": "imap.example", "username": "daily@stars.example", "oauth": "mail", "trust": "none"}
    used = settings(mailboxes={"reports": box})

    (told,) = wiring.login_conditions(used)(clock.now)

    assert "not logged in yet" in told.detail
    assert not list(wiring.login_conditions(settings())(clock.now)), "what nobody uses is nobody's trouble"


def test_a_login_is_forgotten(agreed: Callable[..., Login]) -> None:
    login = agreed()
    assert login.forget()
    assert not login.forget()
    with pytest.raises(LoginRefused, match="not logged in yet"):
        login()


# ---- clouds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authority", "person", "service"),
    [
        ("", "https://outlook.office.com", "https://outlook.office365.com"),
        ("https://login.partner.microsoftonline.cn", "https://partner.outlook.cn", "https://partner.outlook.cn"),
        ("https://login.microsoftonline.us", "https://outlook.office365.us", "https://outlook.office365.us"),
    ],
)
def test_each_cloud_has_a_mail_of_its_own(authority: str, person: str, service: str) -> None:
    from daysheet.logins.microsoft import scopes

    assert scopes(authority, is_service=False) == [f"{person}/IMAP.AccessAsUser.All", f"{person}/SMTP.Send"]
    assert scopes(authority, is_service=True) == [f"{service}/.default"]
