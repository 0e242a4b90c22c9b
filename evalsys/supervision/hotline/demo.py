"""The hotline in the demo city: three lists written, a later one checked with errors and changes.

The third tells a ticket open again whose matter is closed: another matter follows it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.scenes.cast import Cast, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.lists import Hidden
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.callbacks.service import leave_out
from evalsys.supervision.hotline.imports.check import (
    check_list,
    headings_of,
    name_columns,
    receive_list,
)
from evalsys.supervision.hotline.imports.columns import guess
from evalsys.supervision.hotline.imports.models import HotlineImport
from evalsys.supervision.hotline.imports.service import begin_writing, write_list
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rates.rules import last_month

HEADINGS = (
    "工单编号,受理时间,承办单位,诉求类型,标题,诉求内容,办理时限,工单状态,"
    "回访时间,是否接通,是否按时联系,是否解决,满意度"
)
OPEN, DONE = "办理中", "已办结"
GOOD, FAIR = ("是", "是", "是", "满意"), ("是", "是", "是", "基本满意")
SLOW, POOR = ("是", "否", "是", "基本满意"), ("是", "否", "否", "不满意")
SILENT = ("否", "", "", "")  # nobody was reached
# Number, working days ago, code of the organ, category, title, text, state, call-back. The first
# four are matters that the office took in by hand; the last of them is closed.
TICKETS = (
    ("RX-207", 10, "SP", "投诉", "食堂证照反复补件", "称同一材料三次被要求补正。", OPEN),
    ("RX-230", 8, "RS", "投诉", "医保异地备案退回重办", "称备案被退回未说明理由。", OPEN),
    ("RX-233", 6, "RS", "求助", "公积金线下提取排队", "来电人称上午取号下午才办。", OPEN),
    ("RX-198", 13, "SP", "投诉", "社保转移接续清零", "称转移申请两个月未办结。", DONE, *FAIR),
    ("RX-211", 9, "SP", "咨询", "公章备案去哪里办", "询问办理窗口，已答复。", DONE, *GOOD),
    ("RX-212", 9, "SP", "咨询", "执照遗失怎么补", "询问补领手续，已答复。", DONE, *GOOD),
    ("RX-214", 8, "SP", "求助", "电子执照下载失败", "称小程序报错，已协助下载。", DONE, *FAIR),
    ("RX-218", 8, "SP", "投诉", "预约号放出太少", "称连续三天约不到，已增加放号。", DONE, *SLOW),
    ("RX-236", 6, "SP", "咨询", "个体户注销要带什么", "询问注销材料，已当场答复。", DONE, *GOOD),
    ("RX-241", 5, "SP", "表扬", "窗口耐心讲解", "称赞窗口工作人员逐项讲解。", DONE, *GOOD),
    ("RX-213", 9, "RS", "咨询", "灵活就业怎么参保", "询问参保渠道，已答复。", DONE, *GOOD),
    ("RX-215", 8, "RS", "投诉", "工伤认定迟迟无结果", "称受理两月未见答复。", DONE, *POOR),
    ("RX-219", 8, "RS", "求助", "社保关系转不过来", "称转移申请被退，已重新办理。", DONE, *SLOW),
    ("RX-224", 7, "RS", "求助", "档案找不到", "称档案未接收，已查清并接收。", DONE, *FAIR),
    ("RX-238", 5, "RS", "咨询", "社保卡补办几天能取", "询问补办时间，已答复。", DONE, *GOOD),
    ("RX-244", 4, "RS", "求助", "退休待遇少发一月", "称待遇未到账，经查已补发。", DONE, *POOR),
    ("RX-246", 4, "RS", "咨询", "职称评审何时报名", "询问报名时间，已答复。", DONE, *SILENT),
    ("RX-248", 2, "SP", "投诉", "自助机打印不清", "称营业执照打印有黑线，要求换机。", OPEN),
)  # fmt: skip
AGAIN = (("RX-198", 13, "SP", "投诉", "社保转移接续清零", "来电人称又被退回，要求重办。", OPEN),)
# Of the last month that is over, which everybody may read: organ, title, call-back.
BEFORE = (
    ("SP", "营业执照几天能取", GOOD), ("SP", "窗口中午是否值班", FAIR),
    ("SP", "公章刻制退款", GOOD), ("SP", "电梯检验预约难", SLOW),
    ("SP", "食品许可延续手续", GOOD), ("SP", "施工许可退件原因", FAIR),
    ("RS", "养老金资格认证失败", POOR), ("RS", "培训补贴未到账", GOOD),
    ("RS", "居住证积分查询", SLOW), ("RS", "劳动仲裁立案材料", FAIR),
    ("RS", "技能证书补发", GOOD), ("RS", "失业登记跨区办理", POOR),
)  # fmt: skip
LATER = (
    ("RX-248", 2, "SP", "投诉", "自助机打印不清", "称营业执照打印有黑线，要求换机。", DONE, *GOOD),
    ("RX-251", 1, "RS", "求助", "失业金网上申领报错", "称提交后提示系统繁忙。", OPEN),
    ("RX-252", 1, "??", "投诉", "小区停车收费不公示", "称物业未公示收费标准。", OPEN),
    ("RX-251", 1, "RS", "求助", "失业金网上申领报错", "称提交后提示系统繁忙。", OPEN),
)  # fmt: skip
LEFT_OUT, REASON = "RX-215", "涉及工伤认定诉讼，依法中止办理"


def play(cast: Cast) -> int:
    """Write three lists and leave a later one checked; return how many matters were opened."""
    office = accounts_with(Role.SUPERVISOR)[0]
    opened = 0
    for name, lines, ago in (
        ("12345工单上月.csv", _lines_before(cast), 3),
        ("12345工单.csv", _lines(cast, TICKETS, 2), 2),
        ("12345工单续报.csv", _lines(cast, AGAIN, 1), 1),
    ):
        now = cast.moment(cast.back(ago))
        row = _checked(office, name, lines, now)
        begin_writing(office, row, now=now)
        opened += write_list(Progress(), office, row, now=now).written["matters"]
    _checked(office, "12345工单补充.csv", _lines(cast, LATER, 1), cast.now)
    left = select(HotlineTicket.id).filter_by(number=LEFT_OUT)
    leave_out(office, db.session.scalars(left).one(), REASON, now=cast.moment(cast.back(1)))
    return opened


def _checked(office: Actor, name: str, lines: Iterable[str], now: datetime) -> HotlineImport:
    """Send a list and check it. One that is not of today is not kept unless it is written."""
    content = "\n".join([HEADINGS, *lines]).encode("gb18030")
    row = receive_list(office, name, content, now=now)
    name_columns(office, row, guess(headings_of(row), {}), Hidden.ASK, now=now)
    return check_list(Progress(), office, row, now=now)


def _lines(cast: Cast, tickets: Iterable[tuple[Any, ...]], ago: int) -> Iterator[str]:
    """Yield the lines of a list as the hotline exports it some working days ago."""
    for number, days, organ, *words, state, answers in map(_apart, tickets):
        day, called = cast.back(days), cast.back(ago) if answers else None
        yield _line(number, day, organ, (*words, state), (called or "", *answers))


def _apart(ticket: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a ticket with its call-back, which may be missing, as one value."""
    return (*ticket[:7], ticket[7:])


def _lines_before(cast: Cast) -> Iterator[str]:
    """Yield the lines of the last month that is over: two days after each the caller was asked."""
    since, _until = last_month(local_day(cast.now))
    for place, (organ, title, answers) in enumerate(BEFORE, start=1):
        day = since + timedelta(days=2 * place)
        words = ("咨询", title, f"来电人询问“{title}”，已答复。", DONE)
        yield _line(f"RX-{100 + place}", day, organ, words, (day + timedelta(days=2), *answers))


def _line(
    number: str, day: date, organ: str, words: tuple[str, ...], call: tuple[object, ...]
) -> str:
    """Return a line: `words` end with the state, `call` begins with its day."""
    name = db.session.scalar(select(Organ.name).filter_by(code=organ)) or "城市管理局"
    *facts, state = words
    by = day + timedelta(days=9)
    cells = (number, f"{day:%Y/%m/%d} 9:05", name, *facts, by, state, *call)
    return ",".join(map(str, cells))


SCENE = Scene("hotline", play=play, place=90)
