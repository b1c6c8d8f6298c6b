"""Tables of characters: what copying from PDF and old systems puts in the place of ordinary ones."""

import re
from collections.abc import Mapping
from functools import cache

HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
IS_HAN = re.compile(f"[{HAN}]")
INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef™®©℠]"
)
CIRCLED = re.compile("[①-⑳]")

# CJK Radicals Supplement (U+2E80 to U+2EF3, Unicode chart "CJK Radicals Supplement"): NFKC leaves most of
# them alone. Written down here are those that look like a whole character, each with that character.
RADICALS: Mapping[str, str] = dict(
    zip(
        "⺁⺇⺊⺎⺒⺓⺛⺜⺝⺟⺠⺢⺧⺩⺪⺬⺮⺯⺰⺱⺳⺴⺶⺷⺸⺻⺼⺽⻀⻁⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻐⻑⻒⻓⻔⻕⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂几卜兀巳幺旡日月母民水牛王疋示竹糸纟网网网羊羊羊聿肉臼艹虎覀西见角角讠贝足车辶辶辶钅長镸长门阜雨青韦页风飞食食食饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
IS_RADICAL = re.compile(f"[{''.join(RADICALS)}]")

# variants that no simplification table has, and that old systems write (GB 13000 variants)
VARIANTS: Mapping[str, str] = dict(zip("囯囻戶內產呂吳榦冊隣峯羣啓尙鷄", "国国户内产吕吴干册邻峰群启尚鸡", strict=True))
IS_VARIANT = re.compile(f"[{''.join(VARIANTS)}]")

# traditional-looking characters that stand in registered names on purpose (Table of General Standard
# Chinese Characters, 2013, which re-admitted them), and words whose 乾 is not 干
KEEP = frozenset("昇堃喆淼甦钜锺瀋升昇鑫犇鎏濬")
KEEP_WORDS = re.compile("乾安|乾照|乾坤|乾隆|乾元|乾县|乾清|乾德|乾通")


@cache
def simplified() -> Mapping[str, str]:
    """Return traditional → simplified, character by character, from OpenCC's tables; without ``KEEP``."""
    from opencc import OpenCC

    characters = [chr(number) for number in range(0x3400, 0xA000)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {old: new for old, new in zip(characters, converted, strict=True) if old != new and len(new) == 1}
    return {old: new for old, new in {**table, **VARIANTS}.items() if old not in KEEP}


@cache
def simplified_ordinals() -> Mapping[int, str]:
    """Return ``simplified`` as ``str.translate`` wants it."""
    return {ord(old): new for old, new in simplified().items()}


@cache
def is_traditional_character() -> re.Pattern[str]:
    """Return what matches one character of traditional writing only; not the variants, which anyone may write."""
    return re.compile(f"[{''.join(sorted(set(simplified()) - set(VARIANTS)))}]")


@cache
def only_simplified() -> frozenset[str]:
    """Return the characters that traditional writing does not use: what some traditional one became."""
    table = simplified()
    return frozenset(table.values()) - frozenset(_shared())


@cache
def _shared() -> frozenset[str]:
    """Characters that are simplified forms and stand in traditional writing too (后, 里, 面, 台 …)."""
    from opencc import OpenCC

    candidates = sorted(set(simplified().values()))
    back = OpenCC("s2t").convert("\n".join(candidates)).split("\n")
    return frozenset(old for old, new in zip(candidates, back, strict=True) if old == new)
