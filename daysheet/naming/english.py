"""
English and other Latin names (naming rules, section 9).

Display keeps what was written; for comparing, case, accents, points, "the" and "&" do not count, and
usual abbreviations are the words they stand for.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from daysheet.model.names import BranchSegment, Kind, RegionRef
from daysheet.naming.parts import Parts

_DROPPED = re.compile(r"[.'’‘`´\"“”·:;!?]")
_GAPS = re.compile(r"[-,/_+|–—()\[\]*]+")
_SPACED_LETTERS = re.compile(r"(?<=\b\w) (?=\w\b)")
_PAREN = re.compile(r"\(([^()]*)\)")
_AND_COMPANY = re.compile(r" and co(?:mpany)?$")
_GOES_ON = frozenset(
    """of the de la do da du del di della en in for von new north south east west northern southern eastern western
    central great papua""".split()  # noqa: SIM905 - a table reads better so
)
"""After these a country is part of the name: Bank of Norvel, New South Wales."""
_ADJECTIVES = ("ological", "ographical", "onomical")
_ROMANIAN = frozenset({"SRL", "SA"})
"""Before these "S.C." is a form."""


def unaccented(text: str) -> str:
    """Return *text* with plain letters."""
    if text.isascii():
        return text
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.replace("ß", "ss").replace("ø", "o").replace("Ø", "o").replace("ł", "l").replace("Ł", "l")
    return text.replace("æ", "ae").replace("Æ", "ae").replace("œ", "oe").replace("đ", "d").replace("ı", "i")


def folded(text: str) -> str:
    """Return *text* for comparing: no case, accents, points or brackets; "&" is "and"."""
    text = unaccented(text)
    text = _DROPPED.sub("", text.casefold()).replace("&", " and ")
    return " ".join(_GAPS.sub(" ", text).split())


def joined_letters(flat: str) -> str:
    """Return *flat* with single letters as one word: g m b h."""
    return _SPACED_LETTERS.sub("", flat) if flat[-2:-1] == " " else flat


def _noun(word: str) -> str:
    """Return the field that *word* is an adjective of, or the word: geological, geology."""
    return f"{word[:-4]}y" if word.endswith(_ADJECTIVES) and len(word) > 8 else word


def joined_start(flat: str) -> str:
    """Return *flat* with the single letters it begins with as one word: s c."""
    if flat[1:2] != " " or flat[3:4] != " ":
        return flat
    return flat[0] + flat[2:]


def _is_shown(word: str, text: str) -> bool:
    """Say whether points, accents or case show the last *word* of *text* to be a legal form: e.V., eV, OÜ."""
    last = text.rstrip(" .)").rpartition(" ")[2]
    return last.casefold() != word or last not in (word, word.upper(), word.title())


class English:
    """The rules for Latin names; compiled once."""

    def __init__(self, content: Mapping[str, Any], forms: Mapping[str, tuple[str, ...]]) -> None:
        spellings = [(word, name) for name, words in forms.items() for word in words]
        self._forms = dict(spellings)
        self._most_words = max(word.count(" ") for word in self._forms) + 1
        self._last_words = frozenset(word.rpartition(" ")[2] for word in self._forms)
        self._shown = frozenset(content["english_forms_shown"])
        self._leading: Mapping[str, str] = content["english_leading"]
        self._leads = frozenset(word.split()[0] for word in self._leading)
        self._groups = frozenset(content["english_groups"])
        self._branches = tuple(sorted(content["english_branches"], key=len, reverse=True))
        bodies = frozenset(content["english_bodies"])
        nationals: Mapping[str, list[str]] = content["english_nationals"]
        cognates: Mapping[str, list[str]] = {**content["english_cognates"], **nationals}
        self._cognates = {word: english for english, words in cognates.items() for word in words}
        self.nations = frozenset(nationals)
        """Countries as they stand among the compared words."""
        self._first_words = {word: tuple(long.split()) for word, long in content["english_first_words"].items()}
        self._bodies = bodies | {word for word, english in self._cognates.items() if english in bodies}
        self.abbreviations: Mapping[str, str] = content["english_abbreviations"]
        self._countries: Mapping[str, str] = content["countries"]
        self._form_countries: Mapping[str, str] = content["form_countries"]
        self.places: Mapping[str, str] = content["english_places"]
        self.glossary: Mapping[str, str] = content["glossary"]

    def read(self, text: str) -> Parts:
        """Return a Latin name taken apart."""
        flat = folded(text).removeprefix("the ")
        country = self._bracketed_country(text)
        if country:
            flat = " ".join(self._without_country(flat).split())
        flat, form, form_class, form_country = self._form(flat, text)
        branch, flat = self._branch(flat)
        if not country:
            country, flat = self._tail_country(flat)
        if not form:
            flat, form, form_class, form_country = self._form(flat, text)
        leading, leading_class = self.leading_of(flat, text, form_class)
        if leading:
            flat = flat[len(leading) :].strip()
            form, form_class = form or leading, form_class or leading_class
            form_country = form_country or self._form_countries.get(leading, "")
        flat = _AND_COMPANY.sub("", flat) if form and not flat.startswith("merck") else flat
        words = flat.split()
        group = " ".join(word for word in words if word in self._groups)
        code = country or form_country
        regions = (RegionRef(code, "nation", code, "paren" if country else "form"),) if code else ()
        codes: tuple[tuple[str, dict[str, str]], ...] = ()
        if not form and not branch and not self._bodies.intersection(words):
            codes = (("C01" if len(words) > 1 else "C02", {"x": text}),)
        return Parts(
            kind=Kind.FOREIGN,
            codes=codes,
            stem=flat,
            core=" ".join(self.expanded(word) for word in words),
            brand=" ".join(word for word in words if word not in self._groups),
            regions=regions,
            group_flag=group,
            form=form,
            form_class=form_class,
            branches=branch,
            nation=code,
        )

    def expanded(self, word: str) -> str:
        """Return the word that an abbreviation stands for, or the word."""
        return self.abbreviations.get(word, word)

    def compared(self, core: str) -> tuple[str, ...]:
        """Return the words of *core* as they are compared: English ones, and a country for what is of it."""
        words = core.split()
        first = self._first_words.get(words[0]) if len(words) > 1 else None
        cognate = self._cognates.get
        return (*(first or ()), *[cognate(word) or _noun(word) for word in (words[1:] if first else words)])

    def _form(self, flat: str, text: str) -> tuple[str, str, str, str]:
        """Return (the name without its form, form, class, country of the form)."""
        for candidate in (flat, joined_letters(flat)):
            at = self._form_at(candidate, text)
            if at:
                word = candidate[at:]
                return candidate[:at].strip(), word, self._forms[word], self._form_countries.get(word, "")
        return flat, "", "", ""

    def form_of(self, flat: str, text: str) -> tuple[str, str]:
        """Return the legal form that *flat*, written as *text*, ends with, and its class; ("", "") for none."""
        at = self._form_at(flat, text)
        return (flat[at:], self._forms[flat[at:]]) if at else ("", "")

    def _form_at(self, flat: str, text: str) -> int:
        """Return where the legal form begins that *flat* ends with, the longest; 0 where there is none."""
        if flat[flat.rfind(" ") + 1 :] not in self._last_words:
            return 0
        at, end = len(flat), 0
        for _ in range(self._most_words):
            at = flat.rfind(" ", 0, at)
            if at < 0:
                break
            word = flat[at + 1 :]
            if word in self._forms and (word not in self._shown or _is_shown(word, text)):
                end = at + 1
        return end

    def leading_of(self, flat: str, text: str, form_class: str) -> tuple[str, str]:
        """
        Return the legal form that stands before the name, and its class; ("", "") where none does.

        *form_class* is that of the form behind the name, which allows few before it.
        """
        first = flat[: flat.find(" ")] if " " in flat else ""
        if first not in self._leads:
            return "", ""
        start = text[: 2 * len(first)].replace(".", "")[: len(first)]
        if first in self._leading and not (start[:1].isupper() and start[-1:].isupper()):
            return "", ""  # initials are written large
        for word, name in self._leading.items():
            if flat.startswith(f"{word} "):
                fits = form_class in _ROMANIAN if word == "sc" else form_class in ("", name)
                return (word, name) if fits else ("", "")
        return "", ""

    def _bracketed_country(self, text: str) -> str:
        for match in _PAREN.finditer(text):
            code = self._countries.get(folded(match[1]))
            if code:
                return code
        return ""

    def _without_country(self, flat: str) -> str:
        for word in sorted(self._countries, key=len, reverse=True):
            at = f" {flat} ".find(f" {word} ", 2)
            if at > 0:
                return f"{flat[: at - 1]} {flat[at + len(word) :]}" if at > 1 else flat
        return flat

    def _tail_country(self, flat: str) -> tuple[str, str]:
        last = flat.rfind(" ")
        for word in (flat[flat.rfind(" ", 0, max(last, 0)) + 1 :], flat[last + 1 :]):
            code = self._countries.get(word)
            if code and len(word) < len(flat):
                rest = flat[: -len(word)].strip()
                if rest.rpartition(" ")[2] in _GOES_ON:
                    break
                return code, rest
        return "", flat

    def _branch(self, flat: str) -> tuple[tuple[BranchSegment, ...], str]:
        if not flat.endswith(self._branches):
            return (), flat
        for word in self._branches:
            if flat.endswith(f" {word}"):
                rest = flat[: -len(word)].strip()
                for form in sorted(self._forms, key=len, reverse=True):
                    at = f"{rest} ".find(f" {form} ")
                    if at > 0:
                        place = rest[at + len(form) + 1 :].strip()
                        return (BranchSegment(site=place, branch_type=word),), f"{rest[:at]} {form}".strip()
                return (), flat
        return (), flat
