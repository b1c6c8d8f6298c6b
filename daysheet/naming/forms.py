"""Step 17, legal forms: misspelt ones put right, each name's form and the class it counts as."""

import re
from dataclasses import dataclass

from daysheet.model.names import Confidence
from daysheet.naming.characters import IS_HAN
from daysheet.naming.edits import Draft
from daysheet.naming.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Form:
    """A legal form as written, its class ("" where the name has none) and the name before it."""

    text: str
    form_class: str
    stem: str


def mend(draft: Draft, lexicon: Lexicon) -> None:
    """Put a misspelt form at the end of the name right."""
    for form in lexicon.forms:
        for typo, right in sorted(form.typos.items(), key=lambda item: -len(item[0])):
            if draft.text.endswith(typo) and not draft.text.endswith(form.words) and len(draft.text) > len(typo) + 1:
                if _is_longer_form(draft.text, typo, lexicon):
                    continue
                end = len(draft.text)
                draft.replace(end - len(typo), end, right, 17, "FORM", confidence=Confidence.HIGH)
                return


def _is_longer_form(text: str, typo: str, lexicon: Lexicon) -> bool:
    """A misspelling of a longer form (股份有线公司) is that form's business."""
    return any(text.endswith(other) for form in lexicon.forms for other in form.typos if len(other) > len(typo))


def of(text: str, lexicon: Lexicon) -> Form:
    """Return the legal form that the cleaned name *text* (half-width brackets) ends with."""
    if IS_HAN.search(text):
        best = max(
            ((word, form.name) for form in lexicon.forms for word in form.words if text.endswith(word)),
            key=lambda found: len(found[0]),
            default=None,
        )
        if best is None or len(text) == len(best[0]):
            return Form("", "", text)
        return Form(best[0], best[1], text[: -len(best[0])])
    words = re.sub(r"[.,]", " ", text.casefold()).replace("a/s", "as")
    flat = re.sub(r"(?<=\b\w) (?=\w\b)", "", " ".join(words.split()))  # G m b H, S A
    found = max(
        (
            (word, name)
            for name, spellings in lexicon.english_forms.items()
            for word in spellings
            if flat.endswith(f" {word}")
        ),
        key=lambda item: len(item[0]),
        default=None,
    )
    if found is None:
        return Form("", "", flat)
    return Form(found[0], found[1], flat[: -len(found[0])].strip())
