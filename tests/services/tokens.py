"""
An address for tokens, as Microsoft's and Google's are, for the tests: who may have which is the test's to say.

Tokens are asked for by HTTPS; a Dovecot asks by plain HTTP whether an access token is still good.
"""

import base64
import json
import secrets
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme

CLIENT = "11111111-2222-3333-4444-555555555555"
TENANT = "stars.example"
SECRET = "client-secret-of-the-tests"
MAIL_SCOPES = "https://outlook.office.com/IMAP.AccessAsUser.All https://mail.google.com/ openid email"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
FOR_A_SERVICE = ("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer")


@dataclass
class TokenServer:
    """
    A running server. *user* is who agrees in the browser, and for whom services act.

    *rotates*: a refresh token brings a new one. *is_strict*: the old one is worth nothing from then on.
    *refusal*: what every request for tokens is answered with instead, as (status, error, description).
    *trouble*: how requests for tokens are not answered: "silent", "slow" (a byte now and then) or "endless".
    *elsewhere*: the address of somebody to ask there instead.
    *closes*: the connection, after each answer, as a proxy on the way may do.
    """

    folder: Path
    user: str = "daily@stars.example"
    rotates: bool = True
    is_strict: bool = False
    seconds: int = 3600
    refresh_seconds: int | None = None
    refusal: tuple[int, str, str] | None = None
    trouble: str = ""
    elsewhere: str = ""
    closes: bool = False
    scope: str = MAIL_SCOPES
    port: int = 0
    asking_port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    """Every request for tokens that was answered, oldest first."""
    good: dict[str, str] = field(default_factory=dict)
    """Access tokens that servers take, and whose they are."""
    lasting: dict[str, str] = field(default_factory=dict)
    """Refresh tokens that bring others, and whose they are."""
    _codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        return f"https://localhost:{self.port}"

    @property
    def ca_file(self) -> Path:
        """Who vouches for it."""
        return self.folder / "ca.pem"

    @property
    def secrets(self) -> set[str]:
        """Every token that was ever given, and the client's secret."""
        return {*self._given, SECRET}

    _given: set[str] = field(default_factory=set)

    def settings(self, provider: str, **more: Any) -> dict[str, Any]:
        """Return an entry of ``oauth``."""
        entry = {
            "provider": provider,
            "client_id": CLIENT,
            "authority": self.url,
            "ca_file": self.ca_file,
        }
        return entry | ({"tenant": TENANT} if provider == "microsoft" else {}) | more

    def approve(self, user_code: str) -> None:
        """Agree, as the person does who enters the code in a browser."""
        next(one for one in self._codes.values() if one.get("user_code") == user_code)["is_approved"] = True

    def end_access(self) -> None:
        """Every access token has ended."""
        self.good.clear()

    def revoke(self) -> None:
        """The person, or an administrator, has withdrawn the consent."""
        self.good.clear()
        self.lasting.clear()

    def dovecot(self, mechanisms: str = "xoauth2 oauthbearer") -> str:
        """Return what makes a Dovecot take access tokens of this server."""
        path = self.folder / "dovecot-oauth2.conf"
        path.write_text(
            f"introspection_mode = auth\n"
            f"introspection_url = http://127.0.0.1:{self.asking_port}/whose\n"
            f"username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        path.chmod(0o644)
        return (
            f"auth_mechanisms = plain login {mechanisms}\n"
            f"passdb {{\n  driver = oauth2\n  mechanisms = {mechanisms}\n  args = {path}\n}}\n"
        )

    # ---- answers -------------------------------------------------------------------------------

    def configuration(self, tenant: str) -> dict[str, Any]:
        """Return where a directory's addresses are."""
        if tenant not in (TENANT, "organizations"):
            return {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."}
        base = f"{self.url}/{tenant}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }

    def device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Begin a login by a code."""
        if form.get("client_id") != CLIENT:
            return 400, _error("unauthorized_client", "AADSTS700016: Application not found in the directory.")
        code = secrets.token_urlsafe(20)
        self._codes[code] = {"user_code": secrets.token_hex(4).upper(), "is_approved": False}
        return 200, {
            "device_code": code,
            "user_code": self._codes[code]["user_code"],
            "verification_uri": "https://device.example",
            "expires_in": 900,
            "interval": 1,
        }

    def agreed(self, query: dict[str, str]) -> str:
        """Return where a browser goes after the person has agreed at Google's page."""
        code = secrets.token_urlsafe(20)
        self._codes[code] = {"is_approved": True, "challenge": query["code_challenge"], "back": query["redirect_uri"]}
        return f"{query['redirect_uri']}?{urlencode({'state': query['state'], 'code': code})}"

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a request for tokens."""
        with self._lock:
            if self.refusal is not None:
                status, error, description = self.refusal
                return status, _error(error, description)
            kind = form.get("grant_type", "")
            if kind in FOR_A_SERVICE:
                is_known = form.get("client_secret") == SECRET or "client_assertion" in form or "assertion" in form
                if not is_known:
                    return 401, _error("invalid_client", "AADSTS7000215: Invalid client secret provided.")
                return self._tokens(form, self.user, is_lasting=False)
            if kind == "refresh_token":
                given = form["refresh_token"]
                user = self.lasting.get(given)
                if user is None:
                    said = f"AADSTS700082: the token {given} of {self.user} has ended. Trace ID: 1"
                    return 400, _error("invalid_grant", said)
                if self.rotates and self.is_strict:
                    del self.lasting[given]
                return self._tokens(form, user, is_lasting=self.rotates)
            code = self._codes.get(form.get("device_code" if kind == DEVICE_CODE else "code", ""))
            if code is None or not _fits(code, form):
                return 400, _error("invalid_grant", "no such code")
            if not code["is_approved"]:
                return 400, _error("authorization_pending", "nobody has agreed yet")
            return self._tokens(form, self.user, is_lasting=True)

    def _tokens(self, form: dict[str, str], user: str, *, is_lasting: bool) -> tuple[int, dict[str, Any]]:
        access = f"access.{secrets.token_urlsafe(48)}"
        self.good[access] = user
        answer = {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": self.seconds,
            "scope": self.scope,
            "id_token": _id_token(user),
        }
        if is_lasting:
            answer["refresh_token"] = f"refresh.{secrets.token_urlsafe(64)}"
            self.lasting[answer["refresh_token"]] = user
            self._given.add(answer["refresh_token"])
        if self.refresh_seconds is not None:
            answer["refresh_token_expires_in"] = self.refresh_seconds
        self._given.add(access)
        self.asked.append(form)
        return 200, answer


def _fits(code: dict[str, Any], form: dict[str, str]) -> bool:
    """Say whether who brings a code is who asked for it (PKCE), and comes from the same address."""
    if "challenge" not in code:
        return True
    import hashlib

    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    is_same = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code["challenge"]
    return is_same and form.get("redirect_uri") == code["back"]


def _error(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description}


def _id_token(user: str) -> str:
    import time

    claims = {"aud": CLIENT, "exp": int(time.time()) + 3600, "preferred_username": user, "email": user, "sub": "1"}
    parts = (json.dumps({"alg": "none"}), json.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


class _Answers(BaseHTTPRequestHandler):
    tokens: TokenServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/whose":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            user = self.tokens.good.get(token)
            self._json(200, {"active": user is not None, "username": user or "nobody"})
        elif parts.path == "/o/oauth2/v2/auth":
            self.send_response(302)
            self.send_header("Location", self.tokens.agreed(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            answer = self.tokens.configuration(parts.path.split("/")[1])
            self._json(400 if "error" in answer else 200, answer)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        if self.tokens.elsewhere:
            self.send_response(307)
            self.send_header("Location", self.tokens.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.tokens.trouble:
            self._never_end(self.tokens.trouble)
            return
        answer = self.tokens.device(form) if self.path.endswith("/devicecode") else self.tokens.grant(form)
        self._json(*answer)

    def _json(self, status: int, value: dict[str, Any]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.tokens.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _never_end(self, way: str) -> None:
        """Begin an answer, until the client has gone or the test is over."""
        import time

        self.close_connection = True
        if way != "silent":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(2**40))
            self.end_headers()
        while self.tokens.trouble == way:
            if way == "endless":
                self.wfile.write(b" " * 2**16)
            else:
                time.sleep(0.05)
                if way == "slow":
                    self.wfile.write(b" ")
                    self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away is no matter."""


@contextmanager
def running(**options: Any) -> Iterator[TokenServer]:
    """Run a server for the block."""
    folder = Path(tempfile.mkdtemp(prefix="daysheet-tokens-"))
    folder.chmod(0o755)  # a Dovecot that is nobody reads from it
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    tokens = TokenServer(folder, **options)
    answers = type("_Answers", (_Answers,), {"tokens": tokens})
    safe, plain = _Server(("127.0.0.1", 0), answers), _Server(("127.0.0.1", 0), answers)
    safe.socket = context.wrap_socket(safe.socket, server_side=True, do_handshake_on_connect=False)
    tokens.port, tokens.asking_port = safe.server_address[1], plain.server_address[1]
    threads = [Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True) for one in (safe, plain)]
    for thread in threads:
        thread.start()
    try:
        yield tokens
    finally:
        for one in (safe, plain):
            one.shutdown()
            one.server_close()
        for thread in threads:
            thread.join()
        shutil.rmtree(folder, ignore_errors=True)
