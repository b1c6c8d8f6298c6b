"""The company: regions, teams, people, the key accounts it begins with, and names that come up later."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.quarter.names import Account, invent

REGIONS = ("华东", "华北", "海外")
CALENDARS = {"default": {"country": "CN"}, "overseas": {"country": "JP"}}
INDUSTRIES = ("教育", "医疗", "制造", "金融", "能源", "水务", "物流", "")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"
CHIEF, STEWARDS = "M0001", ("S0001", "S0002", "S0003")


@dataclass
class Rep:
    """A rep, and the accounts looked after."""

    number: str
    name: str
    team: str
    region: str
    accounts: list[Account] = field(default_factory=list)
    is_active: bool = True

    @property
    def address(self) -> str:
        return f"{self.number.lower()}@xinghe.example"


@dataclass
class Company:
    """Everybody and every account at the beginning; people move and leave later."""

    teams: dict[str, str]  # team → region
    managers: dict[str, tuple[str, str, str]]  # number → name, team, region
    reps: list[Rep]
    listed: Sequence[tuple[Account, str, str]]  # key accounts with industry and level
    unlisted: Sequence[Account]  # that come up in reports only

    @property
    def units_csv(self) -> str:
        heads = {region: number for number, (_, team, region) in self.managers.items() if region and not team}
        lines = ["kind,name,parent,manager,timezone,calendar", f"region,集团,,{CHIEF},,"]
        for region in REGIONS:
            zone, calendar = ("Asia/Tokyo", "overseas") if region == "海外" else ("", "")
            lines.append(f"region,{region},集团,{heads[region]},{zone},{calendar}")
        led = {team: number for number, (_, team, _) in self.managers.items() if team}
        lines += [f"team,{team},{region},{led[team]},," for team, region in self.teams.items()]
        return "\n".join(lines) + "\n"

    def people_csv(self) -> str:
        """The list as it is now: who moved is elsewhere, who left is no longer active."""
        lines = ["number,name,role,addresses,team,region,active,since"]
        lines.append(f"{CHIEF},钱总,manager,chief@xinghe.example,,集团,,2020-01-01")
        for number in STEWARDS:
            lines.append(f"{number},管家{number[-1]},steward,{number.lower()}@xinghe.example,,,,2020-01-01")
        for number, (name, team, region) in self.managers.items():
            lines.append(f"{number},{name},manager,{number.lower()}@xinghe.example,{team},{region},,2020-01-01")
        for rep in self.reps:
            active = "" if rep.is_active else "no"
            lines.append(f"{rep.number},{rep.name},rep,{rep.address},{rep.team},{rep.region},{active},")
        return "\n".join(lines) + "\n"

    @property
    def customers_csv(self) -> str:
        lines = ["id,name,city,industry,level"]
        for number, (account, industry, level) in enumerate(self.listed):
            name = f'"{account.name}"' if "," in account.name else account.name
            lines.append(f"K{number:05d},{name},{account.city},{industry},{level}")
        return "\n".join(lines) + "\n"


def found(reps: int, teams: int, accounts: int, seed: int) -> Company:
    """Return a company of this size; the same arguments give the same company."""
    dice = random.Random(seed)
    names = [f"{region}{'一二三四五六七八九十'[number // len(REGIONS)]}组" for number, region in _spread(teams)]
    where = dict(zip(names, (region for _, region in _spread(teams)), strict=True))
    managers = {f"M{100 + at}": (_person(dice), "", region) for at, region in enumerate(REGIONS)}
    managers |= {f"M{200 + at}": (_person(dice), team, region) for at, (team, region) in enumerate(where.items())}
    people = [Rep(f"E{1000 + at}", _person(dice), names[at % teams], where[names[at % teams]]) for at in range(reps)]
    invented = invent(accounts + accounts // 8 + 20, seed)
    listed = [(one, dice.choice(INDUSTRIES), dice.choice("AABBBCCCDD")) for one in invented[:accounts]]
    for at, (account, _, _) in enumerate(listed):
        people[at % reps].accounts.append(account)
    return Company(where, managers, people, listed, invented[accounts:])


def _spread(teams: int) -> list[tuple[int, str]]:
    return [(at, REGIONS[at % len(REGIONS)]) for at in range(teams)]


def _person(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))
