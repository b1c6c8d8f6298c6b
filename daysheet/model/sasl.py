"""What a program says to a mail server to log in with a token: XOAUTH2, and OAUTHBEARER (RFC 7628)."""

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
"""In the order in which they are tried: every provider has the first."""


def first_words(mechanism: str, username: str, token: str) -> str:
    """Return the first answer of *mechanism*."""
    if mechanism == "XOAUTH2":
        return f"user={username}\1auth=Bearer {token}\1\1"
    quoted = username.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={quoted},\1auth=Bearer {token}\1\1"


def last_words(mechanism: str) -> str:
    """Return what is said to a server that explains its refusal, so that it ends the conversation."""
    return "" if mechanism == "XOAUTH2" else "\1"
