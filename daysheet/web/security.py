"""
What every response carries and every request must respect.

Nothing on a page may run or look different from what we serve: no inline script, no inline style,
no other origin.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 1024 * 1024
"""Bytes; a form of the console is a few hundred."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Adds the headers; refuses forms that come from elsewhere or are too large to be ours."""

    def __init__(self, app: ASGIApp, *, is_https: bool, public_host: str = "") -> None:
        self._app = app
        self._public_host = public_host
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _refusal(scope["method"], headers, self._public_host) or _without_nul(scope)
        if refusal is not None:
            await refusal(scope, receive, self._with_headers(send, scope))
            return
        await self._app(scope, _bounded(receive), self._with_headers(send, scope))

    def _with_headers(self, send: Send, scope: MutableMapping[str, Any]) -> Send:
        is_static = scope["path"].startswith("/static/")

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    found.setdefault(name, value)
                # what a page shows is for whoever asked, now
                found.setdefault("Cache-Control", "public, max-age=3600" if is_static else "no-store")
            await send(message)

        return wrapped


def _refusal(method: str, headers: Headers, public_host: str) -> PlainTextResponse | None:
    if method in _SAFE:
        return None
    if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > LARGEST_FORM:
        return PlainTextResponse("too large", 413)
    origin = headers.get("origin")
    # a web server before us may ask for us by another name than people do
    ours = {headers.get("host"), public_host} - {"", None}
    is_elsewhere = origin is not None and urlsplit(origin).netloc not in ours
    if is_elsewhere or headers.get("sec-fetch-site") == "cross-site":
        return PlainTextResponse("this form was sent from another site", 403)
    return None


def _without_nul(scope: Scope) -> PlainTextResponse | None:
    """Refuse an address with a NUL in it, which nobody types and no database takes; the API answers by itself."""
    has_nul = "\0" in scope["path"] or b"%00" in scope.get("query_string", b"")
    return (
        PlainTextResponse("this address cannot be", 400) if has_nul and not scope["path"].startswith("/api/") else None
    )


def _bounded(receive: Receive) -> Receive:
    """Stop reading a body that says nothing of its length and goes on and on."""
    taken = 0

    async def wrapped() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_FORM:
            return {"type": "http.disconnect"}
        return message

    return wrapped


def local_path(wanted: str, default: str = "/") -> str:
    """Return *wanted* where it is a path of this console, else *default*: no redirect leads elsewhere."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours and "\\" not in wanted else default
