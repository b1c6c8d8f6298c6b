"""
Customers that do not exist, by rule: a region, an invented brand, a trade, a legal form.

Most are companies; some have an English name, some are schools, hospitals and bureaus of a region.
The same number gives the same customers.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product

from pypinyin import lazy_pinyin

from daysheet.naming.regions import Level, Region, packaged

_BRAND = (
    "华金海天中新东恒信达盛泰安宏瑞丰源鑫隆兴顺利康正大永成福祥和通远博创联合美德诚嘉佳润泽汇聚广益民友众仁义礼智"
    "凯旋飞腾龙凤麒麟鹏鹰虎豹松柏竹梅兰菊荷莲星辰日月云风雷电光明辉煌锦绣山川江河湖洋春夏秋冬晨曦朝阳卓越超凡"
    "领先进步升高峰巅极致精品优质良善真诚实朴素雅静宁怡悦欣荣昌茂繁硕果累累宝珠玉翠琳琅玛瑙珊瑚琥珀晶莹澄澈"
    "科奇思慧睿敏捷迅速翔宇宙浩瀚无垠蓝图绿野青橙紫赤银铜铁钢石磊森林木桐楠杉槐柳桃李杏梨枫桦榕樟椿"
)
_TRADES = (  # noqa: SIM905 - a table reads better so
    "五金制品 建材 机械设备 电子科技 信息技术 网络科技 生物科技 环保科技 新能源 新材料 医疗器械 食品 餐饮管理 服饰 "
    "纺织 印染 化工 塑料制品 包装材料 印刷 家具 装饰工程 建筑工程 市政工程 园林绿化 房地产开发 物业管理 物流 "
    "国际货运代理 供应链管理 商贸 国际贸易 进出口 电子商务 文化传媒 广告 教育咨询 企业管理咨询 投资管理 "
    "汽车零部件 汽车销售服务 模具 精密机械 自动化设备 仪器仪表 电气 电缆 照明 农业开发 畜牧 水产 茶业 酒业 "
    "旅游开发 酒店管理 人力资源服务 检测技术 勘测设计 软件 矿业"
).split()
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_BODIES = ("人民医院", "中医院", "第{}中学", "第{}小学", "实验小学", "教育局", "水利局", "住房和城乡建设局", "文化馆")
_NUMERALS = "一二三四五六七八九十"
_SYLLABLES = (  # noqa: SIM905
    "ba be bo bra cal cor da del dex el fa fen gal gri hel ix jo ka kel lan lor lum ma mer mi na nex no or pa pel "
    "quo ra ren ri sal sen sol ta tel tri ul va ven vi wel xa yor za zen"
).split()
_WORDS = (  # noqa: SIM905
    "Precision Tools|Marine Services|Power Systems|Foods|Textiles|Optics|Logistics|Software|Chemicals|Packaging|"
    "Instruments|Plastics|Trading|Machinery|Electronics|Pharma|Coatings|Furniture"
).split("|")
_ENGLISH_FORMS = ("Ltd", "Inc", "GmbH", "Co., Ltd.", "LLC", "S.A.")


@dataclass(frozen=True, slots=True)
class Invented:
    """A customer by the parts of its name; *region* and *form* are "" where it has none."""

    name: str
    brand: str
    region: str = ""
    trade: str = ""
    form: str = ""

    @property
    def without_form(self) -> str:
        """The name without its legal form."""
        return self.name.removesuffix(self.form).strip()


def invent(number: int, seed: int = 3) -> list[Invented]:
    """Return *number* customers, no two of one name."""
    dice = random.Random(seed)
    regions = _regions()
    weights = list(accumulate(3 if region.level is Level.PREFECTURE else 1 for region in regions))
    pairs = [a + b for a, b in product(dict.fromkeys(_BRAND), repeat=2) if a != b]
    found: dict[str, Invented] = {}
    while len(found) < number:
        kind = dice.random()
        if kind < 0.10:
            one = _english(dice)
        elif kind < 0.14:
            one = _body(dice, dice.choices(regions, cum_weights=weights)[0])
        else:
            one = _company(dice, dice.choices(regions, cum_weights=weights)[0], pairs)
        found.setdefault(one.name, one)
    return list(found.values())


def _regions() -> list[Region]:
    everywhere = packaged()
    return [
        region
        for region in everywhere.all
        if region.is_current and region.level is not Level.PROVINCE and len(everywhere.called(region.short)) == 1
    ]


def _company(dice: random.Random, region: Region, pairs: list[str]) -> Invented:
    brand = dice.choice(pairs) + (dice.choice(_BRAND) if dice.random() < 0.35 else "")
    trade = dice.choice(_TRADES)
    form = dice.choices(_FORMS, (75, 12, 8, 5))[0]
    # a town is named in short, a county seldom
    where = region.short if dice.random() < (0.6 if region.level is Level.PREFECTURE else 0.15) else region.name
    shape = dice.random()
    if shape < 0.08:
        return Invented(f"{brand}{trade}{form}", brand, "", trade, form)
    if shape < 0.16:
        return Invented(f"{brand}（{region.short}）{trade}{form}", brand, f"（{region.short}）", trade, form)
    return Invented(f"{where}{brand}{trade}{form}", brand, where, trade, form)


def _body(dice: random.Random, region: Region) -> Invented:
    body = dice.choice(_BODIES).format(dice.choice(_NUMERALS))
    return Invented(f"{region.name}{body}", body, region.name)


def _english(dice: random.Random) -> Invented:
    brand = "".join(dice.choice(_SYLLABLES) for _ in range(dice.choice((2, 3, 3, 4)))).capitalize()
    trade, form = dice.choice(_WORDS), dice.choice(_ENGLISH_FORMS)
    return Invented(f"{brand} {trade} {form}", brand, "", trade, form)


def variants(one: Invented, dice: random.Random) -> Iterator[tuple[str, str]]:
    """Give the ways a rep may write the name, each with what was done to it."""
    if one.form:
        yield "form dropped", one.without_form
    if one.region and one.form:
        yield "region dropped", one.name.replace(one.region, "", 1)
    swapped = one.name.translate({ord("（"): "(", ord("）"): ")"})
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in one.name)
    yield "width", f"\u3000{wide if wide != one.name else swapped} "
    yield "one slip", _slipped(one, dice)
    if one.region and one.form:
        where = one.region.strip("（）")[:2]
        yield "abbreviated", f"{one.brand}{where}" if one.region.startswith("（") else f"{where}{one.brand}"


def _slipped(one: Invented, dice: random.Random) -> str:
    """Return the name with one slip outside its legal form: doubled, lost, swapped, or another of the same sound."""
    own = one.name.removesuffix(one.form)
    at = dice.randrange(len(own) - 1)
    if own.isascii():
        at = dice.randrange(1, len(one.brand) - 1)
    # of two characters that nothing else tells apart, half is nobody's name
    kind = dice.randrange(4) if one.region or len(one.brand) > 2 else dice.choice((0, 2, 3))
    if kind == 0:
        text = own[: at + 1] + own[at:]
    elif kind == 1:
        text = own[:at] + own[at + 1 :]
    elif kind == 2:
        text = own[:at] + own[at + 1] + own[at] + own[at + 2 :]
    else:
        text = own[:at] + _another(own[at], dice) + own[at + 1 :]
    return text + one.form


def _another(character: str, dice: random.Random) -> str:
    """Return a character of the same sound; a Latin letter becomes another vowel or consonant."""
    if character.isascii():
        return dice.choice(
            "aeiou".replace(character, "") if character in "aeiou" else "bdgklmnprst".replace(character, "")
        )
    same = _by_sound().get(lazy_pinyin(character)[0], "").replace(character, "")
    return dice.choice(same) if same else f"{character}{character}"


@cache
def _by_sound() -> dict[str, str]:
    found: dict[str, str] = {}
    for character in dict.fromkeys(_BRAND + "".join(_TRADES)):
        sound = lazy_pinyin(character)[0]
        found[sound] = found.get(sound, "") + character
    return found
