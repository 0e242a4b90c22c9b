"""Yunzhou, a fictitious city: three organs, 24 sections, about 300 people. Pure.

It is determined by seed and day, so that everybody who loads it sees the same city.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚倩璐川健琳鹏飞斌莹"
GIVEN_PAIRS = (
    "桂英海燕志强建华文斌晓彤雅文立群志远建军春梅卫国思远佳怡子涵雨桐浩然欣怡梓萱一鸣国庆红梅秀兰"
    "玉珍俊杰家豪慧敏婷婷宇航晨曦海宁"
)

# organ code: (name, [(section name, kind, members)]).
ORGANS: dict[str, tuple[str, tuple[tuple[str, str, int], ...]]] = {
    "SP": (
        "云州市行政审批服务局",
        (
            ("企业登记科", "window", 12),
            ("综合受理科", "window", 16),
            ("不动产登记科", "window", 15),
            ("婚姻登记窗口", "window", 8),
            ("社会事务科", "approval", 11),
            ("工程建设科", "approval", 13),
            ("交通运输科", "approval", 9),
            ("农业农村科", "approval", 8),
            ("卫生健康科", "approval", 10),
            ("文旅体育科", "approval", 3),
        ),
    ),
    "RS": (
        "云州市人力资源和社会保障局",
        (
            ("社保经办科", "window", 22),
            ("医保经办科", "window", 24),
            ("就业服务科", "window", 14),
            ("公积金窗口", "window", 9),
            ("水电气热窗口", "window", 9),
            ("人才服务科", "approval", 10),
            ("劳动监察科", "enforcement", 14),
            ("信访接待科", "general", 7),
        ),
    ),
    "CG": (
        "云州市城市管理局",
        (
            ("市容执法一科", "enforcement", 17),
            ("市容执法二科", "enforcement", 18),
            ("违建查处科", "enforcement", 15),
            ("渣土管理科", "enforcement", 13),
            ("市政设施科", "general", 12),
            ("园林绿化科", "general", 11),
        ),
    ),
}
WINDOW_CLERK = "受理岗"
POSTS = ("科员", "科员", "主任科员", WINDOW_CLERK)
TINY_SECTION = "SP10"  # 文旅体育科
PLAIN = 4.5  # The highest quality of a section without a story.
SERVICE_TYPES = {
    "window": ("企业设立登记", "证照补领", "信息查询", "业务咨询"),
    "approval": ("许可申请", "变更申请", "延续申请"),
    "enforcement": ("现场检查", "举报办理", "案件告知"),
    "general": ("来访接待", "设施报修", "业务咨询"),
}
# By how many levels a case is rated above or below others, whoever handles it; 0 on average.
HARDNESS = {"企业设立登记": -0.3, "证照补领": 0.1, "信息查询": 0.2}
# Of single sections: what is done most stands more than once.
OWN_SERVICES = {SHOWN: ("企业设立登记", "企业设立登记", "企业设立登记", "证照补领")}


@dataclass(frozen=True)
class DemoSection:
    """A section; `quality` is the mean level (1-5) of its members' ratings."""

    code: str
    organ: str
    name: str
    kind: str
    quality: float
    visits: int  # Ratings a quarter.


@dataclass(frozen=True)
class DemoPerson:
    """A person; `spells` are postings: (section code, first day, last day or None)."""

    number: str
    name: str
    post: str
    quality: float
    spells: tuple[tuple[str, date, date | None], ...]
    away_since: date | None = None


@dataclass
class City:
    """The whole city. `chiefs` and `leaders` map a section code to a staff number."""

    organs: dict[str, str] = field(default_factory=dict)
    sections: dict[str, DemoSection] = field(default_factory=dict)
    people: dict[str, DemoPerson] = field(default_factory=dict)
    chiefs: dict[str, str] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)


def build_city(seed: int, last_closed: tuple[date, date]) -> City:
    """Return the city of a seed; in the middle of the quarter `last_closed` somebody moves."""
    random = Random(seed)  # noqa: S311  # The city must be reproducible.
    city = City()
    names: set[str] = set()
    number = 40101
    for code, (name, sections) in ORGANS.items():
        city.organs[code] = name
        leader = f"{number:06}"
        city.people[leader] = DemoPerson(leader, _name(random, names), "副局长", 4.6, ())
        number += 1
        for place, (title, kind, members) in enumerate(sections, start=1):
            section = _section(random, code, place, (title, kind, members))
            city.sections[section.code] = section
            city.leaders[section.code] = leader
            city.chiefs[section.code] = f"{number:06}"
            for member in range(members):
                key = f"{number:06}"
                post = random.choice(POSTS) if member else "科长"
                quality = max(2.2, min(5.2, random.gauss(section.quality, 0.22)))
                spell = (section.code, date(2021, 1 + random.randrange(12), 1), None)
                city.people[key] = DemoPerson(key, _name(random, names), post, quality, (spell,))
                number += 1
    _move_and_return(city, last_closed)
    return city


def _section(random: Random, organ: str, place: int, plan: tuple[str, str, int]) -> DemoSection:
    name, kind, members = plan
    code = f"{organ}{place:02}"
    quality = min(PLAIN, random.gauss(4.45, 0.14))
    visits = round(members * random.uniform(36, 50))
    if code == BAD_SECTION:
        quality = 3.9
    if code == TINY_SECTION:
        visits = 26
    return DemoSection(code, organ, name, kind, quality, visits)


def _name(random: Random, taken: set[str]) -> str:
    """Return a name not taken yet: namesakes would confuse newcomers."""
    while True:
        place = 2 * random.randrange(len(GIVEN_PAIRS) // 2)
        given = random.choice((random.choice(GIVEN), GIVEN_PAIRS[place : place + 2]))
        name = random.choice(SURNAMES) + given
        if name not in taken:
            taken.add(name)
            return name


def _move_and_return(city: City, last_closed: tuple[date, date]) -> None:
    """Move one member in the middle of the last closed quarter, and let one leave."""
    start, end = last_closed
    middle = start + (end - start) // 2
    mover = _last_member(city, SHOWN)
    city.people[mover.number] = DemoPerson(
        mover.number,
        mover.name,
        mover.post,
        mover.quality,
        ((SHOWN, mover.spells[0][1], middle), ("SP02", middle + timedelta(days=1), None)),
    )
    leaver = _last_member(city, "RS02")
    city.people[leaver.number] = DemoPerson(
        leaver.number,
        leaver.name,
        leaver.post,
        2.6,
        (("RS02", leaver.spells[0][1], end),),
        away_since=end + timedelta(days=1),
    )


def _last_member(city: City, section: str) -> DemoPerson:
    return [p for p in city.people.values() if p.spells and p.spells[0][0] == section][-1]
