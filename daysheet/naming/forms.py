"""Step 17, legal forms: misspelt ones put right, each name's form and the class it counts as."""

import re
from dataclasses import dataclass

from daysheet.model.names import Confidence
from daysheet.naming.characters import IS_HAN
from daysheet.naming.edits import Draft
from daysheet.naming.english import joined_letters, joined_start, unaccented
from daysheet.naming.lexicon import Lexicon

_POINTS = re.compile(r"[.,]")


@dataclass(frozen=True, slots=True)
class Form:
    """A legal form as written, its class ("" where the name has none) and the name before it."""

    text: str
    form_class: str
    stem: str


def mend(draft: Draft, lexicon: Lexicon) -> None:
    """Put a misspelt form at the end of the name right."""
    text = draft.text
    if not text.endswith(lexicon.form_typos):
        return
    for form in lexicon.forms:
        for typo, right in sorted(form.typos.items(), key=lambda item: -len(item[0])):
            if text.endswith(typo) and not text.endswith(form.words) and len(text) > len(typo) + 1:
                if _is_longer_form(text, typo, lexicon):
                    continue
                draft.replace(len(text) - len(typo), len(text), right, 17, "FORM", confidence=Confidence.HIGH)
                return


def _is_longer_form(text: str, typo: str, lexicon: Lexicon) -> bool:
    """A misspelling of a longer form (股份有线公司) is that form's business."""
    return any(text.endswith(other) for other in lexicon.form_typos if len(other) > len(typo))


def of(text: str, lexicon: Lexicon) -> Form:
    """Return the legal form that the cleaned name *text* (half-width brackets) ends with."""
    if not text.isascii() and IS_HAN.search(text):
        for word, name in lexicon.form_words:  # longest first
            if text.endswith(word):
                return Form(word, name, text[: -len(word)]) if len(text) > len(word) else Form("", "", text)
        return Form("", "", text)
    english = lexicon.grammar.english
    words = _POINTS.sub(" ", unaccented(text).casefold()).replace("a/s", "as").replace("&", " and ").split()
    flat = joined_letters(" ".join(words))  # G m b H, S A
    word, name = english.form_of(flat, text)
    stem = flat[: -len(word)].strip() if word else flat
    leading, leading_name = english.leading_of(joined_start(stem), text, name)
    if leading:
        return Form(word or leading, name or leading_name, joined_start(stem)[len(leading) :].strip())
    return Form(word, name, stem)
