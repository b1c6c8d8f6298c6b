"""
The match key: what two written forms of one name have in common.

Lossy, for matching only. Step 13 (Latin) and the script step always apply to it.
"""

import re

from daysheet.model.names import Kind
from daysheet.naming import characters, forms
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.numerals import chinese_number
from daysheet.naming.parts import Parts

_LATIN_MARKS = re.compile(r"[.,'’·]")
_LATIN_GAPS = re.compile(r"[-/_+]")
_HAN_MARKS = re.compile(r"[\s·.,'’\-/]+")
_CHINESE_ORDINAL = re.compile("第([一二三四五六七八九十百零〇]{1,5})")
_NUMBERS = {chinese_number(number): number for number in range(1, 200)}


def match_key(text: str, parts: Parts, lexicon: Lexicon) -> str:
    """
    Return the key of the cleaned name *text* (half-width brackets) that reads as *parts*.

    A bank's unit is known by bank, place and type; anything else by its stem and the class of its form.
    """
    if parts.head_id:
        return _bank(parts, lexicon)
    if parts.entity_id and parts.canonical:
        return _system(parts)
    form = forms.of(text, lexicon)
    stem = _latin(form.stem) if not characters.IS_HAN.search(text) else _han(form.stem)
    return f"{stem}|{form.form_class}" if form.form_class else stem


def _bank(parts: Parts, lexicon: Lexicon) -> str:
    if not parts.branches:
        return f"{parts.head_id}|{_han(parts.campus)}"
    regions = [region for region in parts.regions if region.slot == "branch"]
    place = regions[-1].code or _han(regions[-1].text) if regions else ""
    units = "/".join(
        f"{_han(segment.site)}{segment.ordinal or ''}{lexicon.grammar.banks.family(segment.branch_type)}"
        for segment in parts.branches
    )
    return f"{parts.head_id}|{place}|{units}"


def _system(parts: Parts) -> str:
    if not parts.branches:
        return f"{parts.entity_id}|"
    last = parts.branches[-1]
    place = next((region.code for region in reversed(last.regions) if region.code), "")
    unit = _han(last.site) + (last.branch_type if parts.kind is Kind.INSURER else "")
    return f"{parts.entity_id}|{place}|{unit}"


def _latin(text: str) -> str:
    text = _LATIN_MARKS.sub("", text.casefold()).replace("&", " and ")
    text = " ".join(_LATIN_GAPS.sub(" ", text).split())
    return text.removeprefix("the ")


def simplified(text: str) -> str:
    """Return *text* in simplified characters; the key is always made from these."""
    if text.isascii():
        return text
    return text.translate(characters.simplified_ordinals())


def _han(text: str) -> str:
    text = simplified(text).casefold()
    text = _CHINESE_ORDINAL.sub(lambda m: f"第{_NUMBERS.get(m[1], m[1])}", text)
    return _HAN_MARKS.sub("", text)
