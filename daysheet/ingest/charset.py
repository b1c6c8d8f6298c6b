"""
Header text whatever its charset: raw 8-bit bytes, RFC 2047 and RFC 2231, whole and broken.

The standard parser loses raw GB18030 bytes and gives up on broken encoded words; both are daily
bread from Chinese mail programs. Everything here takes bytes and never raises.
"""

import base64
import binascii
import codecs
import quopri
import re
import unicodedata
from urllib.parse import unquote_to_bytes

_ENCODED_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+-]+)(?:\*[A-Za-z-]*)?\?([BbQq])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(=\?)")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949"}
"""Labels that programs write while they mean the wider set."""
_NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
"""What Python calls a text encoding and no mail is written in."""

_PARAMETER = re.compile(
    rb"""
    (?:^|[;\s])([A-Za-z][A-Za-z0-9_-]*)(\*(?:\d+\*?)?)?\s*=\s*
    (
        "(?:[^"\\]|\\.)*"?                                           # quoted, or a quote never closed
        | (?:=\?[\w.:+*-]+\?[BbQq]\?[^?]*\?=\s*)+[^;\s"]*            # encoded words without quotes
        | [^;\s"]*
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
MAX_NAME = 200


def decode_bytes(raw: bytes, charset: str = "") -> str:
    """Return *raw* as text: by *charset* if that fits, else UTF-8, else GB18030, else with replacement marks."""
    for name in (_WIDER.get(charset.lower(), charset), "utf-8", "gb18030"):
        if name:
            try:
                return _codec(name).decode(raw, "strict")[0]
            except (LookupError, ValueError):
                if name == "utf-8" and (text := _cut_off(raw)):
                    return text
    return raw.decode("gb18030", "replace")


def _cut_off(raw: bytes) -> str:
    """Return *raw* where it is UTF-8 that lacks the end of its last character only, else ""."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(raw, final=False)
    except ValueError:
        return ""
    return "" if text.isascii() else f"{text}\ufffd"


def _codec(name: str) -> codecs.CodecInfo:
    """Return the codec called *name*; raises LookupError for what is no charset, or takes unbounded time."""
    found = codecs.lookup(name)
    if not getattr(found, "_is_text_encoding", True) or found.name in _NOT_CHARSETS:
        raise LookupError(name)
    return found


def decode_header(raw: bytes) -> str:
    """Return a header's text; encoded words are joined before decoding, for characters are split across them."""
    raw = re.sub(rb"\r?\n(?=[ \t])", b"", raw).strip(b"\r\n")
    raw = _BETWEEN_WORDS.sub(rb"\1\2", raw)
    parts: list[str] = []
    pending: list[tuple[str, bytes]] = []
    end = 0

    def flush() -> None:
        if pending:
            parts.append(decode_bytes(b"".join(content for _, content in pending), pending[0][0]))
            pending.clear()

    for match in _ENCODED_WORD.finditer(raw):
        between = raw[end : match.start()]
        if between:
            flush()
            parts.append(decode_bytes(between))
        charset = match[1].decode("ascii").lower()
        if pending and pending[0][0] != charset:
            flush()
        pending.append((charset, _unpack(match[2], match[3])))
        end = match.end()
    flush()
    if raw[end:]:
        parts.append(decode_bytes(raw[end:]))
    return _UNSAFE.sub("", "".join(parts).replace("\t", " ")).strip()


def without_encoded_words(raw: bytes) -> str:
    """Return a header's text with a space for each encoded word: what a mail server sees of its addresses."""
    return decode_bytes(_ENCODED_WORD.sub(b" ", re.sub(rb"[\r\n]+", b" ", raw)))


def _unpack(kind: bytes, content: bytes) -> bytes:
    if kind in b"Qq":
        return quopri.decodestring(content.replace(b"_", b" "))
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        # one character too many: what is whole is kept
        return base64.b64decode(clean[: len(clean) // 4 * 4])


def parameter(raw: bytes, name: str) -> str:
    """
    Return a parameter of a structured header such as Content-Disposition, "" where there is none.

    RFC 2231 (``name*=``, continued ``name*0*=``) is taken before the plain form, which may hold raw
    bytes or, against the rules but often, encoded words with or without quotes.
    """
    plain: bytes | None = None
    extended: dict[int, tuple[bytes, bool]] = {}
    for match in _PARAMETER.finditer(raw.partition(b";")[2]):
        if match[1].decode("ascii").lower() != name:
            continue
        value = _unquoted(match[3])
        if match[2] is None:
            plain = value if plain is None else plain
        else:
            number = re.sub(rb"\D", b"", match[2])
            extended[int(number or 0)] = (value, match[2] == b"*" or (match[2].endswith(b"*") and len(match[2]) > 1))
    if extended:
        return _extended(extended)
    return "" if plain is None else decode_header(plain)


def _unquoted(value: bytes) -> bytes:
    if value.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", value.removeprefix(b'"').removesuffix(b'"'), flags=re.DOTALL)
    return value


def _extended(pieces: dict[int, tuple[bytes, bool]]) -> str:
    charset, content = "", b""
    for number in sorted(pieces):
        value, is_encoded = pieces[number]
        if is_encoded and number == min(pieces) and value.count(b"'") >= 2:
            label, _, value = value.split(b"'", 2)
            charset = label.decode("ascii", "replace")
        content += unquote_to_bytes(value) if is_encoded else value
    return _UNSAFE.sub("", decode_bytes(content, charset)).strip()


def safe_name(name: str) -> str:
    """Return a file name that is only ever shown: no path, no control or direction characters, at most 200 long."""
    name = _UNSAFE.sub("", unicodedata.normalize("NFC", name))
    name = re.split(r"[/\\]", name)[-1].strip(" .")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: MAX_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 10 else name[:MAX_NAME]
    return name
