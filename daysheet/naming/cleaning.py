"""
The cleaning steps, in their fixed order (docs/concepts/naming.md, steps 1–4, 7–9, 11, 12, 14).

Each takes the draft and the lexicon and records what it changed under its step's code.
"""

import re
import unicodedata

from daysheet.model.names import Annotation, Confidence
from daysheet.naming import characters
from daysheet.naming.characters import HAN
from daysheet.naming.credit_code import is_valid
from daysheet.naming.edits import Draft
from daysheet.naming.lexicon import Lexicon
from daysheet.naming.numerals import chinese_number

_OPENING = re.compile(r"[【〔\[｛{《<〈「『（]")
_CLOSING = re.compile(r"[】〕\]｝}》>〉」』）]")
_DASHES = re.compile(r"[—–―‒‐‑−─]+")
_MIDDLE_DOTS = re.compile(r"[•・‧∙⋅]")
_QUOTES = re.compile(r"[\"“”„‟«»]|(?<![A-Za-z])['‘’`´]|['‘’`´](?![A-Za-z])")
_TYPOGRAPHIC_APOSTROPHE = re.compile(r"(?<=[A-Za-z])[‘’`´](?=[A-Za-z])")
_TAIL = re.compile(r"[。.,;:、!?\s]+$")
LATIN_DOT = re.compile(
    r"(?:^|[\s.,(&-])(?:[A-Za-zÀ-ɏ]|Co|Ltd|Ltda|Şti|Kft|Zrt|Nyrt|Tbk|Coop|Inc|Corp|Bros|Mfg|Intl|Cie|Jr|Sr|St|No|Hosp|Univ|Dept|Assoc|Pte|Pty|Pvt|Bhd|e\.V|a\.s|s\.r\.o|d\.o\.o|K\.K)\.$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\s*(?:\(\d{1,2}\)|\d{1,2}\s*[、)]|\d{1,2}\.(?!\d)(?=\s|[" + HAN + r"]))\s*")
_BULLETS = re.compile(r"^[\s★☆●○■□◆◇▲△▶►※✓✔√*#]+|[\s★☆●■◆*]+$")
_DATE_LEAD = re.compile(
    r"^\s*(?:20\d{2}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?|\d{1,2}\s*月\s*\d{1,2}\s*[日号])\s*[:,、-]?\s*"
)
_PAREN = re.compile(r"\(([^()]*)\)")
FORMER = re.compile(r"^(?:原名?|曾用名|前身为?|formerly)[:\s]*(?P<name>.{2,})$", re.IGNORECASE)
SHORT = re.compile(r"^(?:简称|又名|别名|also)[:\s]*(?P<name>.{2,})$", re.IGNORECASE)
_HAN_SPACE = re.compile(
    rf"(?<=[{HAN}(]) +(?=[{HAN}A-Za-z0-9()])|(?<=[A-Za-z0-9)]) +(?=[{HAN}(]*[{HAN}])|(?<=[{HAN}]) +(?=[)])"
)
_SPACES = re.compile(r"[ \t\u00a0\u3000\r\n]+")
_ENDS = re.compile(r"^\s+|\s+$")
_ORDINAL = re.compile(r"第\s*(\d{1,3})(?!\d)|(?<![A-Za-z])No\.?\s*(\d{1,3})(?=\s*[" + HAN + r"])", re.IGNORECASE)


def control(draft: Draft, lexicon: Lexicon) -> None:
    """1: invisible characters go, ① becomes ``1.``."""
    draft.sub(characters.INVISIBLE, "", 1, "CTRL")
    draft.sub(characters.CIRCLED, lambda m: f"{ord(m[0]) - 0x245F}.", 1, "CTRL")


def compatibility(draft: Draft, lexicon: Lexicon) -> None:
    """2: NFKC, then the radicals that NFKC leaves alone."""
    text = draft.text
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        singly = "".join(unicodedata.normalize("NFKC", c) for c in text)
        if singly == unicodedata.normalize("NFKC", text):
            draft.sub(_NOT_NFKC, lambda m: unicodedata.normalize("NFKC", m[0]), 2, "NFKC")
        else:  # marks that compose with their neighbour: one edit for all
            draft.become(unicodedata.normalize("NFKC", text), 2, "NFKC")
    draft.sub(characters.IS_RADICAL, lambda m: characters.RADICALS[m[0]], 2, "NFKC")


_NOT_NFKC = re.compile(r"[^\x00-\x7f\u3001\u3002\u4e00-\u9fff]")


def brackets(draft: Draft, lexicon: Lexicon) -> None:
    """3: every bracket becomes a round one; one left open is closed at the end."""
    draft.sub(_OPENING, "(", 3, "BRKT")
    draft.sub(_CLOSING, ")", 3, "BRKT")
    depth = 0
    for character in draft.text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            draft.flags.append("bracket_unbalanced")
            return
    if depth:
        end = len(draft.text.rstrip())
        draft.replace(end, end, ")" * depth, 3, "BRKT", confidence=Confidence.HIGH)
        draft.flags.append("bracket_unbalanced")


def punctuation(draft: Draft, lexicon: Lexicon) -> None:
    """4: one dash, one middle dot, no quotes, nothing at the end but the dot of an abbreviation."""
    draft.sub(_DASHES, "-", 4, "PUNC")
    draft.sub(_MIDDLE_DOTS, "·", 4, "PUNC")
    draft.sub(_TYPOGRAPHIC_APOSTROPHE, "'", 4, "PUNC")
    draft.sub(_QUOTES, "", 4, "PUNC")
    tail = _TAIL.search(draft.text)
    if tail:
        start = tail.start()
        if draft.text[start] == "." and LATIN_DOT.search(draft.text[: start + 1]):
            start += 1
        draft.replace(start, len(draft.text), "", 4, "PUNC")


def lead_noise(draft: Draft, lexicon: Lexicon) -> None:
    """7: labels, numbering, bullets, dates and verbs before the name; tags like 【重点】 are step 9's."""
    for _ in range(6):
        before = draft.text
        draft.sub(_BULLETS, "", 7, "NPRE")
        draft.sub(_NUMBERING, "", 7, "NPRE")
        draft.sub(_DATE_LEAD, "", 7, "NPRE")
        _drop_label(draft, lexicon)
        if draft.text == before:
            return


def _drop_label(draft: Draft, lexicon: Lexicon) -> None:
    lowered = draft.text.lower()
    for label in lexicon.prefixes:
        if lowered.startswith(label.lower()):
            rest = draft.text[len(label) :]
            colon = re.match(r"\s*[:：]\s*(?=\S)", rest)
            if colon:
                draft.replace(0, len(label) + colon.end(), "", 7, "NPRE")
                return
    for verb in lexicon.verbs:
        if draft.text.startswith(verb):
            after = re.match(r"(?:了|客户)?\s*[:：]?\s*(?=\S{4})", draft.text[len(verb) :])
            if after:
                draft.replace(0, len(verb) + after.end(), "", 7, "NPRE", confidence=Confidence.HIGH)
                return


def contact_tail(draft: Draft, lexicon: Lexicon) -> str:
    """8: a person after a separator or in brackets is the contact; returns who, "" where there is none."""
    if draft.text.endswith(lexicon.brand_whitelist):
        return ""
    match = re.search(r"[-/·\s(]\s*(?P<who>[" + HAN + r"]{2,6})\s*\)?\s*$", draft.text)
    if match is None or not is_person(match["who"], lexicon) or not draft.text[: match.start()].strip():
        return ""
    if draft.text[match.start()] != "(" and draft.text.rstrip().endswith(")"):
        return ""
    draft.replace(match.start(), len(draft.text), "", 8, "CONT", confidence=Confidence.HIGH)
    return match["who"]


def is_person(text: str, lexicon: Lexicon) -> bool:
    """Say whether *text* is a surname, perhaps a given name, and a title: 王经理, 李建国主任."""
    for title in lexicon.titles:
        if text.endswith(title) and len(text) > len(title):
            name = text[: -len(title)]
            surname = 2 if len(name) > 1 and name[:2] in lexicon.surnames else 1
            given = len(name) - surname
            if name[:surname] in lexicon.surnames and 0 <= given <= (0 if title in lexicon.surname_only_titles else 2):
                return True
    return False


def parentheses(draft: Draft, lexicon: Lexicon) -> list[Annotation]:
    """9: what brackets hold; returns what was taken out: former names, aliases, tags, a credit code."""
    found: list[Annotation] = []
    position = 0
    while match := _PAREN.search(draft.text, position):
        inside = match[1].strip()
        said = _said_in_brackets(inside, lexicon)
        if said is not None:
            found.append(said)
        elif inside:
            position = match.end()
            continue
        draft.replace(match.start(), match.end(), "", 9, "PAR")
        position = match.start()
    return found


def _said_in_brackets(inside: str, lexicon: Lexicon) -> Annotation | None:
    """Return what brackets hold, None where it is part of the name."""
    if inside.casefold() in lexicon.tags:
        return Annotation("tag", inside)
    if is_valid(inside.upper()):
        return Annotation("uscc", inside.upper())
    if lexicon.regions.called(inside[:2]):
        return None  # 原州支行 is no former 州支行
    former = FORMER.match(inside)
    if former is not None:
        return Annotation("former", former["name"].strip())
    short = SHORT.match(inside)
    return Annotation("alias", short["name"].strip()) if short is not None else None


def spaces(draft: Draft, lexicon: Lexicon) -> None:
    """11: one space between Latin words, none beside Han characters."""
    draft.sub(_ENDS, "", 11, "WS")
    draft.sub(_SPACES, " ", 11, "WS")
    draft.sub(_HAN_SPACE, "", 11, "WS")


def is_traditional(text: str) -> bool:
    """Say whether *text* has characters of traditional writing only, and none of simplified writing only."""
    found = characters.is_traditional_character()
    return bool(found.search(text)) and not any(c in characters.only_simplified() for c in text)


_OVERSEAS = re.compile("香港|澳[门門]|台[湾灣]|臺[灣湾]")


def script(draft: Draft, lexicon: Lexicon) -> None:
    """12: traditional writing becomes simplified, except for names of Hong Kong, Macao and Taiwan."""
    if draft.text.isascii():
        return
    draft.sub(characters.IS_VARIANT, lambda m: characters.VARIANTS[m[0]], 12, "T2S")
    if lexicon.steps.get("T2S") != "gated" or _OVERSEAS.search(draft.text) or not is_traditional(draft.text):
        return
    table = characters.simplified()
    kept = {at for word in characters.KEEP_WORDS.finditer(draft.text) for at in range(word.start(), word.end())}
    for at, character in enumerate(draft.text):
        if character in table and at not in kept:
            draft.replace(at, at + 1, table[character], 12, "T2S")


def ordinals(draft: Draft, lexicon: Lexicon) -> None:
    """14: 第1 and No.1 before Han characters become 第一."""
    if not characters.IS_HAN.search(draft.text):
        return
    draft.sub(_ORDINAL, lambda m: f"第{chinese_number(int(m[1] or m[2]))}", 14, "NUM")


_OPEN, _CLOSE = re.compile(r"\("), re.compile(r"\)")


def display(draft: Draft, lexicon: Lexicon) -> None:
    """21: full-width brackets in a Chinese name, half-width ones in a Latin name."""
    if (
        lexicon.display["brackets"] == "fullwidth_for_cjk"
        and "(" in draft.text
        and characters.IS_HAN.search(draft.text)
    ):
        draft.sub(_OPEN, "（", 21, "ASM")
        draft.sub(_CLOSE, "）", 21, "ASM")
