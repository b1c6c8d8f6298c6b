"""
The regions of China and how they lie within each other.

GB/T 2260 with the years in which each code was valid comes from python-stdnum (whose table is taken
from the civil affairs ministry's yearly lists); abolished units stay known, because banks and
schools keep their names. Other shapes of names (short forms, one-letter abbreviations) follow here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Level(IntEnum):
    """Administrative levels, the widest lowest."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3


class Region(NamedTuple):
    """
    One unit. *identity* is what stays when a county becomes a city or a district of the same name:
    the code of its newest form. *parent* is the identity of the unit above, "" for a province.
    """

    code: str
    name: str
    short: str
    level: Level
    parent: str
    identity: str
    is_current: bool


MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})
PLANNED_CITIES = frozenset({"210200", "330200", "350200", "370200", "440300"})
"""计划单列市: Dalian, Ningbo, Xiamen, Qingdao, Shenzhen (State Council, since 1983)."""
CAPITALS = frozenset(
    f"{province}0100"
    for province in (*range(13, 16), *range(21, 24), *range(32, 38), *range(41, 47), *range(51, 55), *range(61, 66))
)
"""The capitals of the provinces that are no municipalities: always their first prefecture."""
ABBREVIATIONS: Mapping[str, str] = {
    letter: f"{number}0000"
    for letter, number in re.findall(
        r"(\D)(\d\d)",
        "京11津12沪31渝50冀13晋14蒙15辽21吉22黑23苏32浙33皖34闽35赣36鲁37豫41鄂42湘43粤44"
        "桂45琼46川51蜀51贵52黔52云53滇53藏54陕61秦61甘62陇62青63宁64新65港81澳82台71",
    )
}
"""One-letter names of provinces."""

_PEOPLES = (
    "蒙古族|蒙古|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|高山族|"
    "拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|阿昌族|普米族|塔吉克|怒族|"
    "鄂温克族|德昂族|保安族|裕固族|独龙族|鄂伦春|鄂温克|各族|多民族"
)
_TAIL = re.compile(
    rf"(?:(?:{_PEOPLES})*自治(?:区|州|县|旗)|特别行政区|地区|林区|特区|工业园区|管理区|矿区|新区|省|市|盟|县|区|旗)$"
)
_NO_REGION = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "市区", "郊区", "城区", "矿区"})
_ENTRY = re.compile(r"(?:\[(\d*)-(\d*)\])?([^,\[\]]+)")


@cache
def short_form(name: str) -> str:
    """Return a region's name without its tail: 浙江省 → 浙江; whole where too little would be left."""
    short = _TAIL.sub("", name)
    return short if len(short) > 1 else name


def _today_first(found: tuple[Region, ...]) -> tuple[Region, ...]:
    return tuple(region for region in found if region.is_current) or found


class Written:
    """One written form of regions: those of today that it means, and all that it ever meant."""

    __slots__ = ("_current", "_ever", "_is_whole", "_was_whole", "is_abolished", "text")

    def __init__(self, text: str, current: tuple[Region, ...], ever: tuple[Region, ...]) -> None:
        self.text = text
        self._current, self._ever = current, ever
        self._is_whole, self._was_whole = _is_whole(text, current), _is_whole(text, ever)
        self.is_abolished = len(text) < _SHORTEST_ABOLISHED and not any(region.is_current for region in current)

    def regions(self, *, is_bounded: bool) -> tuple[tuple[Region, ...], bool]:
        """Return the regions meant, and whether it is their whole name; abolished ones, too, inside known bounds."""
        return (self._ever, self._was_whole) if is_bounded else (self._current, self._is_whole)


_SHORTEST_ABOLISHED = 3
"""Characters of an abolished region's name that is still understood without another region before it."""


def _is_whole(text: str, found: tuple[Region, ...]) -> bool:
    # a county of one character has no short form: 萧县
    return all(region.name == text for region in found) and (found[0].short != text or text.endswith("县"))


class Regions:
    """All regions, by code, by identity and by any written form."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.all = tuple(regions)
        self._by_identity: dict[str, Region] = {}
        forms: dict[str, dict[str, Region]] = {}
        for region in self.all:
            if region.code == region.identity and (region.is_current or region.identity not in self._by_identity):
                self._by_identity[region.identity] = region
            for text in {region.name, region.short}:
                held = forms.setdefault(text, {})
                if region.identity not in held or region.is_current:
                    held[region.identity] = region
        self._by_text = {text: tuple(held.values()) for text, held in forms.items()}
        self._around: dict[str, frozenset[str]] = {}
        self._current = {text: _today_first(found) for text, found in self._by_text.items()}
        self._starts: dict[str, list[str]] = {}
        for text in sorted(self._by_text, key=len, reverse=True):
            self._starts.setdefault(text[:2], []).append(text)
        self._written: dict[str, tuple[Written, ...]] = {}  # what was asked for, by its first two characters

    def get(self, identity: str) -> Region:
        """Return the region of *identity*; KeyError where there is none."""
        return self._by_identity[identity]

    def called(self, text: str) -> tuple[Region, ...]:
        """Return every region written *text*, with or without its tail; units of today before abolished ones."""
        return self._current.get(text, ())

    def ever_called(self, text: str) -> tuple[Region, ...]:
        """Return every region that is or was written *text*."""
        return self._by_text.get(text, ())

    def written_at(self, text: str, at: int) -> "tuple[Written, ...]":
        """Return the written forms of regions that *text* may have at *at*, the longest first: they begin alike."""
        start = text[at : at + 2]
        found = self._written.get(start)
        if found is None:
            if start not in self._starts:
                return ()
            found = tuple(Written(one, self._current[one], self._by_text[one]) for one in self._starts[start])
            self._written[start] = found
        return found

    def is_within(self, inner: str, outer: str) -> bool:
        """Say whether the unit *inner* lies in *outer*, or is it."""
        if inner not in self._around:
            self._around[inner] = frozenset(self.chain(inner))
        return outer in self._around[inner]

    def chain(self, identity: str) -> Iterator[str]:
        """Give *identity* and what it lies in, innermost first."""
        while identity:
            yield identity
            identity = self._by_identity[identity].parent

    def at_level(self, identity: str, level: Level) -> str:
        """Return the unit of *level* that *identity* is or lies in, "" where it is wider; a municipality is its own."""
        for one in self.chain(identity):
            if self._by_identity[one].level is level:
                return one
        if level is Level.PREFECTURE and identity and self.province(identity) in MUNICIPALITIES:
            return self.province(identity)
        return ""

    def province(self, identity: str) -> str:
        """Return the province that *identity* is or lies in."""
        return list(self.chain(identity))[-1] if identity else ""

    def title(self, identity: str) -> str:
        """Return a region's name with that of what it lies in: 北京市朝阳区, 湖南省张家界市; a province alone."""
        region = self._by_identity[identity]
        above = self._by_identity[region.parent].name if region.parent else ""
        return f"{above}{region.name}"

    def dominant(self, candidates: tuple[Region, ...]) -> tuple[Region, ...]:
        """Return those of *candidates* that a short name means first: the widest level (naming rules, step 18)."""
        if len(candidates) < 2:
            return candidates
        widest = min(region.level for region in candidates)
        return tuple(region for region in candidates if region.level is widest)


@cache
def packaged() -> Regions:
    """Return the regions of GB/T 2260."""
    return Regions(_read())


def _read() -> Iterator[Region]:
    provinces, rows = _rows()
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    for code, name, until in rows:
        key = (_above(code, provinces), short_form(name))
        if (until, code) > newest.get(key, (0, "")):
            newest[key] = (until, code)
    known = {code for _, code in newest.values()} | set(provinces)
    for code, name in provinces.items():
        yield Region(code, name, short_form(name), Level.PROVINCE, "", code, is_current=True)
    for code, name, until in rows:
        parent = _above(code, provinces)
        _, identity = newest[parent, short_form(name)]
        if parent not in known:
            parent = f"{code[:2]}0000"
        level = Level.PREFECTURE if code.endswith("00") else Level.COUNTY
        yield Region(code, name, short_form(name), level, parent, identity, is_current=until == 9999)


def _rows() -> tuple[dict[str, str], list[tuple[str, str, int]]]:
    """Return the provinces by code, and (code, name, last year) of every other unit that ever was."""
    provinces: dict[str, str] = {}
    found: list[tuple[str, str, int]] = []
    province = ""
    for line in _table().splitlines():
        if line[:1].isdigit():
            province = line[:2]
            provinces[f"{province}0000"] = line.partition('"')[2].rstrip('"')
        elif line.startswith(" ") and 'county="' in line:
            number, _, rest = line.strip().partition(" ")
            for since, until, name in _ENTRY.findall(rest.partition('"')[2].rstrip('"')):
                del since
                code = f"{province}{number}"
                if number != "0000" and name not in _NO_REGION:
                    found.append((code, name, int(until or 9999)))
    provinces |= {"810000": "香港特别行政区", "820000": "澳门特别行政区"}  # without units in the table
    # a unit that moved to another code under its old name is one unit: the year tells which is newest
    return provinces, _prefectures_first(found, provinces)


def _table() -> str:
    """Return the table of python-stdnum, found without importing the library, which takes longer than reading it."""
    spec = find_spec("stdnum")
    folder = spec.submodule_search_locations[0] if spec is not None and spec.submodule_search_locations else ""
    return (Path(folder) / "cn" / "loc.dat").read_text(encoding="utf-8")


def _prefectures_first(rows: list[tuple[str, str, int]], provinces: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Order *rows* so that what others lie in comes first; the municipalities have no prefectures."""
    wanted = [row for row in rows if not (row[0].endswith("00") and f"{row[0][:2]}0000" in MUNICIPALITIES)]
    return sorted(wanted, key=lambda row: (not row[0].endswith("00"), row[0]))


def _above(code: str, provinces: Mapping[str, str]) -> str:
    """Return the code of the unit that *code* lies in: 90xx and municipalities are under their province."""
    province = f"{code[:2]}0000"
    if code.endswith("00") or code[2:4] == "90" or province in MUNICIPALITIES:
        return province
    return f"{code[:4]}00"
