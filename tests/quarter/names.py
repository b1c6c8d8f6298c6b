"""Customers that do not exist: companies, schools, hospitals, bureaus and foreign firms, no two of one name."""

import random
from dataclasses import dataclass
from itertools import permutations

CITIES = (  # noqa: SIM905 - a table reads better so
    "杭州 宁波 温州 嘉兴 绍兴 金华 南京 苏州 无锡 常州 南通 合肥 芜湖 厦门 泉州 济南 青岛 烟台 潍坊 郑州 "
    "洛阳 武汉 宜昌 长沙 株洲 石家庄 唐山 保定 太原 大同 沈阳 大连 长春 哈尔滨 西安 兰州 成都 绵阳 昆明 "
    "贵阳 南宁 桂林 海口 福州 南昌"
).split()
_BRAND = "澄霁沐岚栖棠渡鹿鸣漪槿蔚舟翊霖蘅昭珩湛芷溪云杉听潮望舒星澜蓝鲸鹭屿竹汐梧桐雁回枫晚"
_TRADES = (  # noqa: SIM905 - a table reads better so
    "精密机械 自动化设备 环保科技 新能源 医疗器械 仪器仪表 电子科技 食品 纺织 化工 建材 物流 软件 模具 "
    "泵业 阀门 电气 照明 生物医药 检测技术"
).split()
_FORMS = ("有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_BODIES = ("人民医院", "中医院", "第一中学", "第二中学", "实验小学", "教育局", "水利局", "文化馆", "图书馆")
_SYLLABLES = (  # noqa: SIM905 - a table reads better so
    "ba bel cor dal fen gal hel jor kel lan mer nor pol quin ren sal tor vel wan xen"
).split()
_WORDS = ["Optics", "Logistics", "Foods", "Machinery", "Power Systems", "Coatings", "Marine Services", "Software"]
_ABROAD = ("Ltd", "Inc", "GmbH", "Co., Ltd.", "Pte. Ltd.")


@dataclass(frozen=True)
class Account:
    """A customer as the reps know it: its whole name, and the short form that some write."""

    name: str
    city: str
    short: str


def invent(number: int, seed: int) -> list[Account]:
    """Return *number* accounts; the same arguments give the same ones."""
    dice = random.Random(seed)
    brands = ["".join(pair) for pair in permutations(_BRAND, 2)]
    dice.shuffle(brands)
    found: dict[str, Account] = {}
    while len(found) < number:
        city, kind = dice.choice(CITIES), dice.random()
        if kind < 0.06:
            body = dice.choice(_BODIES)
            one = Account(f"{city}市{body}", city, f"{city}{body}")
        elif kind < 0.14:
            brand = "".join(dice.choices(_SYLLABLES, k=3)).capitalize()
            plain = f"{brand} {dice.choice(_WORDS)}"
            one = Account(f"{plain} {dice.choice(_ABROAD)}", "", plain)
        else:
            plain = f"{city}{brands[len(found) % len(brands)]}{dice.choice(_TRADES)}"
            one = Account(plain + dice.choice(_FORMS), city, plain)
        found.setdefault(one.name, one)
    return list(found.values())
