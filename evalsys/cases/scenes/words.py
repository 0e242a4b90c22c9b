"""The distinguishing texts of the demo's cases: who, where, when and what. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

MATTERS = (
    "漏收材料致企业多跑一趟",
    "登记事项录入错误",
    "受理后超期未流转",
    "未一次性告知所需材料",
    "回复咨询口径前后不一",
    "证照信息校对不细",
    "窗口期间擅自离岗",
    "对来访群众语气生硬",
    "电子档案上传不全",
    "收费标准解释不清",
    "预约群众到场后无人接待",
)
WEAKNESSES = (
    "一次性告知",
    "录入复核",
    "办件时限",
    "政策口径",
    "沟通与情绪管理",
    "档案整理",
    "系统操作",
)
WENT_WRONG = (
    "两名业务骨干借调后人手不足，排班没有及时调整",
    "新系统切换后退件集中，培训没有跟上",
    "季度中办件量比平时多三成，窗口没有加开",
    "事项下放后材料清单没有同步更新",
    "三名新同志同时上岗，带教安排不到位",
)
MENDED = (
    "错峰排班，午间不断岗",
    "一次告知清单上墙并上网",
    "超时件每日通报、专人跟办",
    "每周复盘差评，逐条回访",
    "骨干轮流坐班，复杂件当场会商",
    "开设帮办代办窗口",
)


@dataclass(frozen=True)
class CaseWords:
    """The facts in the texts of a case. `key` varies the texts within a section."""

    key: int
    name: str
    section: str
    elsewhere: str
    opened_on: date

    def write(self, text: str) -> str:
        """Return a text with its placeholders filled."""
        key = self.key
        return text.format(
            key=key,
            name=self.name,
            section=self.section,
            matter=MATTERS[key % len(MATTERS)],
            matter_2=MATTERS[(key * 3 + 1) % len(MATTERS)],
            matter_3=MATTERS[(key * 3 + 2) % len(MATTERS)],
            weakness=WEAKNESSES[key % len(WEAKNESSES)],
            went_wrong=WENT_WRONG[key % len(WENT_WRONG)],
            mended=MENDED[key % len(MENDED)],
            mended_2=MENDED[(key + 2) % len(MENDED)],
            some=18 + key % 9,
            more=31 + key % 13,
            most=46 + key % 17,
            **{name: self._day(ago) for name, ago in DAYS_BEFORE.items()},
        )

    def _day(self, ago: int) -> str:
        day = self.opened_on - timedelta(ago + self.key % 5)
        return f"{day.month}月{day.day}日"


# What came before a case was opened, by how many days.
DAYS_BEFORE = {"first": 86, "second": 51, "third": 17}
