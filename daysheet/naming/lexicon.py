"""
The words the rules work with: one frozen value, packaged lists plus the company's own.

Loading checks every key, so that a misspelt rule is a message and not a rule that never fires.
"""

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from daysheet.errors import ConfigError
from daysheet.naming import rulebook
from daysheet.naming.banks import Banks
from daysheet.naming.characters import simplified_ordinals
from daysheet.naming.english import English
from daysheet.naming.grammar import Grammar
from daysheet.naming.organisations import Organisations
from daysheet.naming.regions import Regions
from daysheet.naming.regions import packaged as packaged_regions
from daysheet.naming.systems import Systems
from daysheet.naming.translate import Translator

ENGINE = "3"
"""Changes whenever the code gives other results for the same lexicon."""

FILES = ("rules", "kinds", "banks", "systems", "history", "english")
"""The packaged word lists; their keys are those of ``naming_rules``."""


@dataclass(frozen=True, slots=True)
class FormWords:
    """One class of legal forms: its words, longest first, and misspellings of them."""

    name: str
    words: tuple[str, ...]
    typos: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every word list and switch of the rules. *version* changes with any of them."""

    version: str
    steps: Mapping[str, str]
    prefixes: tuple[str, ...]
    verbs: tuple[str, ...]
    tags: frozenset[str]
    placeholders: frozenset[str]
    short_allow: frozenset[str]
    own_names: tuple[str, ...]
    titles: tuple[str, ...]
    surname_only_titles: frozenset[str]
    surnames: frozenset[str]
    brand_whitelist: tuple[str, ...]
    markers: tuple[str, ...]
    keep_together: tuple[str, ...]
    generic: frozenset[str]
    generic_tails: tuple[str, ...]
    places: frozenset[str]
    forms: tuple[FormWords, ...]
    form_typos: tuple[str, ...]
    form_words: tuple[tuple[str, str], ...]
    english_forms: Mapping[str, tuple[str, ...]]
    regions: Regions
    grammar: Grammar
    aliases: Mapping[str, Mapping[str, Any]]
    same_institution: tuple[frozenset[str], ...]
    lone_branch: re.Pattern[str]
    lone_branches: tuple[str, ...]
    alias_head: re.Pattern[str]
    distinctive: Mapping[str, tuple[str, ...]]
    overrides: Mapping[str, str]
    messages: Mapping[str, Mapping[str, str]]
    matching: Mapping[str, Any]
    hierarchy: Mapping[str, Any]
    display: Mapping[str, str]

    def is_on(self, step: str) -> bool:
        """Say whether *step* is switched on, in whatever mode."""
        return self.steps.get(step, "on") != "off"


@cache
def _packaged() -> Mapping[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = {}
    for name in FILES:
        text = (files("daysheet.naming.lexicons") / f"{name}.yaml").read_text(encoding="utf-8")
        content |= yaml.load(text, Loader=loader)  # noqa: S506  # safe
    content["industries"] = content["industries"].split()
    return content


def load(own: Mapping[str, Any] | None = None) -> Lexicon:
    """
    Return the packaged lexicon with a company's *own* rules: lists are added to, switches replaced.

    Raises ConfigError for an unknown key or a value of another shape, naming the nearest key.
    """
    content = rulebook.merged(_packaged(), own or {})
    noise = content["noise"]
    regions = packaged_regions()
    ours = len(_packaged()["aliases"])  # own ones may be written in traditional characters
    aliases = {_flat(entry["alias"]): entry for entry in content["aliases"][:ours]}
    aliases |= {plain(entry["alias"]): entry for entry in content["aliases"][ours:]}
    heads = [name for name, entry in aliases.items() if _FORM.search(str(entry.get("target", "")))]
    digest = hashlib.sha256(repr(_ordered(content)).encode()).hexdigest()[:8]
    return Lexicon(
        version=f"{content['version']}+{ENGINE}.{digest}",
        steps={step: _mode(step, str(mode)) for step, mode in content["steps"].items()},
        prefixes=_longest_first(noise["prefixes"]),
        verbs=_longest_first(noise["verbs"]),
        tags=frozenset(map(_folded, noise["tags"])),
        placeholders=_as_cleaned(content["placeholders"]),
        short_allow=frozenset(map(_folded, content["short_allow"])),
        own_names=_longest_first(content["own_names"]),
        titles=_longest_first(content["titles"]),
        surname_only_titles=frozenset(content["given_title_only"]),
        surnames=frozenset(re.sub(r"\s", "", content["surnames"])) | frozenset(content["double_surnames"]),
        brand_whitelist=_longest_first(content["brand_whitelist"]),
        markers=_longest_first(content["markers"]),
        keep_together=tuple(content["keep_together"]),
        generic=frozenset(map(_folded, content["generic"])),
        generic_tails=_longest_first(content["generic_tails"]),
        places=frozenset(map(_folded, content["places"])),
        forms=tuple(
            FormWords(name, _longest_first(form["words"]), dict(form.get("typos", {})))
            for name, form in content["forms"].items()
        ),
        form_typos=_longest_first(typo for form in content["forms"].values() for typo in form.get("typos", ())),
        form_words=tuple(sorted(_form_words(content), key=lambda item: -len(item[0]))),
        english_forms={name: _longest_first(words) for name, words in content["english_forms"].items()},
        regions=regions,
        grammar=_grammar(content, regions),
        aliases=aliases,
        same_institution=tuple(frozenset(map(_flat, names)) for names in content["same_institution"]),
        lone_branch=re.compile(f"(?:{_alternatives(content['lone_branches'])})$"),
        lone_branches=_longest_first(content["lone_branches"]),
        alias_head=re.compile(
            f"({_alternatives(heads) or '(?!)'})(?!有限|股份|集团|公司)"
            f"(.{{1,10}}(?:{_alternatives(content['lone_branches'])}))"
        ),
        distinctive={name: _longest_first(words) for name, words in content["distinctive"].items()},
        overrides=dict(content["verdict_overrides"]),
        messages=dict(content["messages"]),
        matching=content["matching"],
        hierarchy=content["hierarchy"],
        display=content["display"],
    )


def _grammar(content: Mapping[str, Any], regions: Regions) -> Grammar:
    forms = _form_words(content)
    english = {name: _longest_first(words) for name, words in content["english_forms"].items()}
    return Grammar(
        Banks(content, regions),
        Systems(content, regions),
        Organisations(content, regions, forms, _longest_first(content["brand_whitelist"])),
        English(content, english),
        Translator(content["glossary"], content["english_places"], content["english_common"], regions),
    )


def _form_words(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(word), name) for name, form in content["forms"].items() for word in form["words"]]


def _mode(step: str, mode: str) -> str:
    """Return the mode of a step; "on" is the step's own mode (gated, reject)."""
    usual = str(_packaged()["steps"][step])
    if mode not in (usual, "on", "off"):
        near = difflib.get_close_matches(mode, [usual, "off"], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"naming_rules.steps.{step}: {mode!r} is neither {usual!r} nor 'off'{hint}")
    return usual if mode == "on" else mode


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((key, _ordered(value[key])) for key in sorted(value))
    return tuple(map(_ordered, value)) if isinstance(value, (list, tuple)) else value


_FORM = re.compile(r"(?:公司|(?:ltd|limited|inc|corp)\.?)$", re.IGNORECASE)


def plain(text: object) -> str:
    """Return a name as the steps leave it: simplified, half-width brackets."""
    return _flat(str(text).translate(simplified_ordinals()))


def _flat(text: object) -> str:
    return str(text).replace("（", "(").replace("）", ")")


def _alternatives(words: Iterable[object]) -> str:
    return "|".join(map(re.escape, _longest_first(words)))


def _folded(word: object) -> str:
    return str(word).casefold()


def _as_cleaned(words: Iterable[object]) -> frozenset[str]:
    """Return *words* as written and as step 4 leaves them: #REF! reaches the scans as #REF."""
    folded = frozenset(map(_folded, words))
    return folded | {word.rstrip("。.,;:、!?") for word in folded} - {""}


def _longest_first(words: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(map(str, words)), key=lambda word: (-len(word), word)))
