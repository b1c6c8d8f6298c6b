"""
YAML as nodes that know their place, so that every mistake can be named by file, line and key.

Every scalar is read as text: a list code NO, a version 1.10 or a date stay what was written, and
the field that wants a number or a yes/no converts it itself.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import yaml

from daysheet.errors import ConfigError
from daysheet.model.text import Bilingual

_LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser is ten times as fast
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")


def folded(text: str) -> str:
    """Return *text* as two headings or list items are compared: width, case and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return a hint naming the choice nearest to *word*, or all of them where none is near; "" for no choices."""
    known = list(choices)
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if found:
        return f"; did you mean {found[0]!r}?"
    return f"; one of: {', '.join(known)}" if known else ""


@dataclass(frozen=True, slots=True)
class Item:
    """One YAML node with its file and the path of keys that leads to it."""

    source: str
    path: str
    node: yaml.Node

    def fail(self, what: str) -> NoReturn:
        """Raise ConfigError: "file, line N: path: what"."""
        line = self.node.start_mark.line + 1
        raise ConfigError(f"{self.source}, line {line}: {self.path + ': ' if self.path else ''}{what}")

    def text(self) -> str:
        """Return the scalar, without outer blanks; fails where it is empty, a list or a mapping."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.fail("a text is expected here")
        value = str(self.node.value).strip()
        if not value:
            self.fail("must not be empty")
        return value

    def integer(self, lowest: int, highest: int) -> int:
        """Return a whole number between *lowest* and *highest*."""
        text = self.text()
        try:
            value = int(text)
        except ValueError:
            self.fail(f"a whole number is expected, not {text!r}")
        if not lowest <= value <= highest:
            self.fail(f"must lie between {lowest} and {highest}, not {value}")
        return value

    def number(self) -> float:
        """Return a finite number."""
        text = self.text()
        try:
            value = float(text)
        except ValueError:
            self.fail(f"a number is expected, not {text!r}")
        if value - value != 0:
            self.fail(f"a finite number is expected, not {text!r}")
        return value

    def flag(self) -> bool:
        """Return true or false."""
        text = self.text()
        if text.lower() not in _YES_NO:
            self.fail(f"true or false is expected, not {text!r}")
        return _YES_NO[text.lower()]

    def choice(self, choices: Iterable[str], what: str) -> str:
        """Return the scalar if it is one of *choices*; *what* names them in the message."""
        return self.known(self.text(), choices, what)

    def known(self, text: str, choices: Iterable[str], what: str) -> str:
        """Return *text*, written here, if it is one of *choices*; *what* names them in the message."""
        allowed = [str(choice) for choice in choices]
        if text not in allowed:
            self.fail(f"unknown {what} {text!r}{nearest(text, allowed)}")
        return text

    def items(self) -> tuple["Item", ...]:
        """Return the entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail("a list is expected here")
        return tuple(Item(self.source, f"{self.path}[{at}]", child) for at, child in enumerate(self.node.value))

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def entries(self) -> dict[str, "Item"]:
        """Return the keys and values of a mapping; a key given twice is a mistake."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail("a mapping (key: value) is expected here")
        found: dict[str, Item] = {}
        for key_node, value_node in self.node.value:
            key = Item(self.source, self.path, key_node).text()
            if key in found:
                Item(self.source, self.path, key_node).fail(f"the key {key!r} is given twice")
            found[key] = Item(self.source, f"{self.path}.{key}" if self.path else key, value_node)
        return found

    def fields(self, *known: str, required: tuple[str, ...] = ()) -> "Fields":
        """Return a mapping of which only the keys *known* and *required* may appear, the latter must."""
        entries = self.entries()
        allowed = (*required, *known)
        for key, item in entries.items():
            if key not in allowed:
                item.fail(f"unknown key{nearest(key, allowed)}")
        for key in required:
            if key not in entries:
                self.fail(f"the key {key!r} is missing")
        return Fields(self, entries)

    def bilingual(self) -> Bilingual:
        """Return a text in both languages, written {zh: …, en: …}."""
        fields = self.fields(required=("zh", "en"))
        return Bilingual(zh=fields["zh"].text(), en=fields["en"].text())

    def plain(self) -> object:
        """Return the node as dicts, lists and text."""
        if isinstance(self.node, yaml.MappingNode):
            return {key: item.plain() for key, item in self.entries().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [item.plain() for item in self.items()]
        return str(self.node.value)


class Fields(Mapping[str, Item]):
    """The checked keys of one mapping."""

    def __init__(self, item: Item, entries: Mapping[str, Item]) -> None:
        """Keep *entries*, the keys of *item*."""
        self.item = item
        self._entries = entries

    def __getitem__(self, key: str) -> Item:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def text(self, key: str) -> str | None:
        """Return a text, or None where the key is absent."""
        return self[key].text() if key in self else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where the key is absent."""
        return self[key].texts() if key in self else ()

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return self[key].flag() if key in self else default

    def integer(self, key: str, lowest: int, highest: int) -> int | None:
        """Return a whole number, or None where the key is absent."""
        return self[key].integer(lowest, highest) if key in self else None

    def number(self, key: str) -> float | None:
        """Return a number, or None where the key is absent."""
        return self[key].number() if key in self else None

    def bilingual(self, key: str) -> Bilingual | None:
        """Return a text in both languages, or None where the key is absent."""
        return self[key].bilingual() if key in self else None


def key_text(item: Item, key: str | None = None) -> str:
    """Return the scalar (or *key*, written there) if it can be a key; fails otherwise."""
    text = item.text() if key is None else key
    if not _KEY.fullmatch(text):
        item.fail(f"a key is a small letter and then a-z, 0-9 or _ (at most 48), not {text!r}")
    return text


def read(text: str, source: str) -> Item:
    """Return the root of a YAML document; raises ConfigError where it is not one."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{source}, line {line}: not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{source}: not valid YAML: {error}") from error
    if node is None:
        raise ConfigError(f"{source}, line 1: the file is empty")
    return Item(source, "", node)
