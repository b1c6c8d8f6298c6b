"""What no log, traceback or answer to a monitor holds, and how it is looked for in all that the tests bring forth."""

import re

from stdnum import luhn
from stdnum.cn import ric

ID_NUMBER = "11010119900307123" + ric.calc_check_digit("110101199003071230")
CARD = "622202020011223" + luhn.calc_check_digit("622202020011223")
MOBILE = "13912345678"
SECRET = "sunflower-glacier-71"
"""Planted in mails and workbooks, and into settings: invented, and unlike anything else in the tests."""

SECRETS = frozenset(
    {
        SECRET,
        "correct-horse-battery",  # tests.services.dovecot
        "geheim-123",  # tests.contract.delivery
        "a long enough secret",  # of the console's accounts
    }
)
"""Passwords that the tests use: looked for whoever uses them."""
NUMBERS = frozenset({ID_NUMBER, CARD, MOBILE})

_ID = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)")
_TOKEN = re.compile(r"(?<![\w/+=.-])(?=[\w-]*[A-Z])(?=[\w-]*[g-z])[A-Za-z0-9_-]{43}(?![\w/+=.-])")


def found(text: str, *, tokens: bool = True) -> list[str]:
    """
    Return what *text* holds and must not: planted values, passwords, valid ID numbers, session tokens.

    *tokens* is off for the data of commands, one of which is there to print a link.
    """
    leaks = [value for value in SECRETS | NUMBERS if value in text]
    leaks += [number for number in _ID.findall(text) if ric.is_valid(number.upper()) and number not in leaks]
    return leaks + (_TOKEN.findall(text) if tokens else [])


def refuse(text: str, where: str) -> None:
    """Fail the test whose *text*, of *where*, holds what it must not."""
    leaks = found(text)
    assert not leaks, f"{where} holds {leaks}"
