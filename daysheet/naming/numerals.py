"""Chinese numerals, and the ordinals that tell one body from the next: 第一医院, 十局."""

import re

ORDINAL = re.compile(
    r"第([一二三四五六七八九十百零〇]{1,5})|(?<![一二三四五六七八九十])([一二三四五六七八九十]{1,3})(?=局|院(?!校)|中(?:学|$)|建|所|厂|队|处|小(?:学|$)|附院|冶|航院)"
)
_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """Return 1–999 as a Chinese numeral: 12 → 十二, 20 → 二十, 105 → 一百零五."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return (text + (_DIGITS[ones] if ones else "")) or _DIGITS[0]


def number_of(text: str) -> int:
    """Return a Chinese numeral's value: 十二 is 12, 一百零五 is 105."""
    total, current = 0, 0
    for character in text:
        if character == "百":
            total, current = total + (current or 1) * 100, 0
        elif character == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = _DIGIT.get(character, 0)
    return total + current


def ordinals_in(text: str) -> tuple[int, ...]:
    """Return the ordinals of a name: 第一医院, 十局, 北医三院."""
    return tuple(number_of(first or second) for first, second in ORDINAL.findall(text))
