"""The text of an HTML body, and the cloud-disk links in any text; both in time that grows with length only."""

import re
from html import unescape

_TAG = re.compile(r"(<[^<>]*>)")
_TAG_NAME = re.compile(r"</?\s*([A-Za-z][A-Za-z0-9]*)")
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "table"})
_UNSEEN = frozenset({"style", "script"})

_URL = re.compile(r"https?://[^\s<>\"'（）()]{4,2000}", re.IGNORECASE)
_CLOUD_DISK = re.compile(
    # network disks
    r"pan\.baidu\.com|yun\.baidu\.com|weiyun\.com|kdocs\.cn|docs\.qq\.com|alipan\.com|aliyundrive\.com|pan\.quark\.cn|"
    r"115\.com|lanzou\w?\.com|ctfile\.com|jianguoyun\.com|cloud\.189\.cn|caiyun\.139\.com|feishu\.cn|"
    r"1drv\.ms|onedrive\.live\.com|sharepoint\.com|drive\.google\.com|docs\.google\.com|dropbox\.com|box\.com|icloud\.com|"
    # senders of large files, the mail providers' own "oversized attachments" among them
    r"cowtransfer\.com|wetransfer\.com|we\.tl|mail\.qq\.com/cgi-bin/ftn|wx\.mail\.qq\.com/ftn|fs\.163\.com|"
    r"mail\.163\.com/large-attachment|dashi\.163\.com|file\.exmail\.qq\.com",
    re.IGNORECASE,
)


def cloud_links(text: str) -> tuple[str, ...]:
    """Return the links of *text* that lead to a cloud disk, each once."""
    return tuple(dict.fromkeys(url for url in _URL.findall(text) if _CLOUD_DISK.search(url)))


def text_of(html: str) -> str:
    """Return what a reader sees of *html*, a line per block; markup however broken is never an error."""
    seen: list[str] = []
    inside = ""  # the element whose content is not shown
    for piece in _TAG.split(_without_comments(html)):
        is_tag = piece.startswith("<") and piece.endswith(">")
        found = _TAG_NAME.match(piece) if is_tag else None
        tag = found[1].lower() if found else ""
        if inside:
            inside = "" if tag == inside and piece.startswith("</") else inside
        elif not is_tag:
            seen.append(piece)
        elif tag in _UNSEEN and not piece.startswith("</"):
            inside = tag
        elif tag in _BLOCKS:
            seen.append("\n")
    lines = (" ".join(line.split()) for line in unescape("".join(seen)).splitlines())
    return "\n".join(line for line in lines if line)


def _without_comments(html: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    return "".join((*kept, html[at:]))
