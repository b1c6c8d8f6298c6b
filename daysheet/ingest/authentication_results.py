"""
Authentication-Results as RFC 8601 has it, read strictly: what is not understood proves nothing.

Parts of the field are an unknown sender's words (an address, a host's name). A server that writes
them down carelessly would let that sender write results; so whatever is not quite as the standard
says makes the whole field void, rather than being guessed at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daysheet.model.text import lower_ascii

MOST_RESULTS = 50
"""More than any server finds out about one message."""

_ATOM = r"[^\s()<>;=\"\\\x00-\x1f\x7f]+"
_QUOTED = r'"(?:[^"\\\x00-\x09\x0b-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"'
_VALUE = re.compile(rf"<[^<>\s\"\\]*>|(?:{_QUOTED}|{_ATOM}|=)*")
_ID = re.compile(rf"{_QUOTED}|{_ATOM}")
_VERSION = re.compile(r"\d+")
_METHOD = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)(?:/(\d+))?")
_RESULT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_PROPERTY = re.compile(rf"{_ATOM}=[^=]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class NotUnderstood(ValueError):
    """The field is not as the standard says."""


@dataclass(frozen=True, slots=True)
class Result:
    """One finding: *properties* by ``type.name``, all lower case but their values."""

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """One Authentication-Results field: who found out what."""

    authserv_id: str
    results: Sequence[Result]


def parse(value: str) -> Findings:
    """Return an Authentication-Results field taken apart; *value* has LF where it is folded. Raises NotUnderstood."""
    reader = _Reader(value)
    authserv_id = _unquoted(reader.take(_ID, "a name of the server"))
    reader.blank()
    if not reader.sees(";") and (version := reader.take(_VERSION, "a version")) != "1":
        raise NotUnderstood(f"version {version}")
    reader.blank()
    results: list[Result] = []
    while not reader.is_at_end:
        if reader.is_on_new_line:
            # servers fold behind a semicolon; a message that begins with a folded line would go on in their words
            raise NotUnderstood("a line that begins with a semicolon")
        reader.take(re.compile(";"), "a semicolon")
        reader.blank()
        if reader.is_at_end:
            break  # a semicolon at the end, as some servers write
        if not results and reader.skip_none():
            break
        results.append(_result(reader))
        if len(results) > MOST_RESULTS:
            raise NotUnderstood("more results than one message has")
    return Findings(lower_ascii(authserv_id), tuple(results))


def _result(reader: "_Reader") -> Result:
    named = reader.take(_METHOD, "a method")
    method, _, version = named.partition("/")
    if version not in ("", "1"):
        raise NotUnderstood(f"{method} of version {version}")
    reader.equals()
    result = reader.take(_RESULT, "a result")
    properties: dict[str, str] = {}
    while True:
        has_space = reader.blank()
        if reader.is_at_end or reader.sees(";"):
            return Result(lower_ascii(method), lower_ascii(result), properties)
        if not has_space:
            raise NotUnderstood("no space between two properties")
        name = lower_ascii(reader.take(_NAME, "a property"))
        is_apart = reader.equals()
        written = reader.take(_VALUE, "a value")
        if is_apart and _PROPERTY.match(written):
            raise NotUnderstood(f"no value of {name}")  # or one that is the next property: either way a guess
        found = _unquoted(written)
        if properties.setdefault(name, found) != found:
            raise NotUnderstood(f"{name} twice")


def _unquoted(text: str) -> str:
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    return re.sub(r'\\(.)|["\n]', lambda found: found[1] or "", text)


class _Reader:
    """Goes over the text once, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        if _CONTROL.search(text):
            raise NotUnderstood("control characters")
        self._text, self._at = text, 0
        self.is_on_new_line = False
        self.blank()

    @property
    def is_at_end(self) -> bool:
        return self._at >= len(self._text)

    def sees(self, character: str) -> bool:
        return self._text.startswith(character, self._at)

    def take(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise NotUnderstood(f"{what} is missing at {self._text[self._at : self._at + 20]!r}")
        self._at = found.end()
        self.is_on_new_line = False
        return found[0]

    def equals(self) -> bool:
        """Take an equals sign; return whether there is space behind it."""
        self.blank()
        self.take(re.compile("="), "an equals sign")
        before = self._at
        self.blank()
        return self._at > before

    def skip_none(self) -> bool:
        """Take the word none where nothing follows it: no results."""
        found = re.compile(r"none\s*$", re.IGNORECASE).match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found is not None

    def blank(self) -> bool:
        """Take white space and comments; return whether there was white space."""
        begin, has_space = self._at, False
        while not self.is_at_end:
            if self._text[self._at] in " \t\n":
                self.is_on_new_line = self.is_on_new_line or self.sees("\n")
                self._at, has_space = self._at + 1, True
            elif self.sees("("):
                self._comment()
            else:
                break
        return has_space and self._at > begin

    def _comment(self) -> None:
        depth, is_escaped = 0, False
        for place in range(self._at, len(self._text)):
            character = self._text[place]
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                # where a stranger's quoted address was copied into a comment, no bracket in it closes anything
                raise NotUnderstood("a quotation mark in a comment")
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
                if depth == 0:
                    self._at = place + 1
                    return
        raise NotUnderstood("a comment without an end")
