"""The entries of the steps in the demo's cases: those of their scenes, and shared ones."""

from datetime import date
from typing import Any

from evalsys.cases.engine.rules.machine import Field, FieldKind, Move
from evalsys.cases.scenes.registry import Entries, Scene
from evalsys.cases.scenes.words import CaseWords

GROUP = "赵立新、李强、王芳、孙伟、周杰、吴敏、郑洁、冯涛"
OF_ANY_KIND = "{section}{name}的事项已办理，见卷内第{key}号附件。"
NUMBER = 82
SHARED: Entries = {
    ("withdraw", "reasons"): "{section}{name}一事经沟通已有成效，撤回处理（第{key}号）。",
    ("verify", "finding"): (
        "抽查{section}台账{more}份并与6名同事谈话，"
        "所列情况属实，涉及{name}，记录{key}号。"
    ),
    ("decide", "reasons"): (
        "{section}{name}的情况程序完整、依据充分，"
        "经集体研究作出决定（{key}号）。"
    ),
    "entitled": 9,
    "present": 8,
    "in_favour": 7,
    "against": 1,
    "abstained": 0,
    "attendees": GROUP,
    "absent": "陈静（出差）",
    "decider": "赵立新 局长",
    "recorder": "孟丽",
    "document": "云组〔2026〕{key}号",
    "place": "三楼第二会议室",
    "post": "综合岗",
    "reason": "{section}{name}：{matter}等情形，帮带或提醒后仍有发生，得分未见回升。",
    "reasons": "{section}{name}一事事实清楚，记录完整（{key}号），经研究作出以上决定。",
    "recused": None,
}  # fmt: skip


def entry_of(
    scene: Scene, move: Move, days: tuple[date, date], companion: str, words: CaseWords
) -> dict[str, Any]:
    """Return the entry of a step on the first of the days; a summons is for the second.

    `companion` is the staff number of whoever accompanies the person.
    """
    codes = {FieldKind.STAFF: companion, FieldKind.SECTION: words.elsewhere}
    day = days[move.name in scene.calls]
    filled = {
        each.name: codes.get(each.kind) or _value(scene.entries, move.name, each, day, words)
        for each in move.fields
    }
    return {name: value for name, value in filled.items() if value is not None}


def _value(entries: Entries, move: str, field: Field, day: date, words: CaseWords) -> Any:
    for known in (entries, SHARED):
        for key in ((move, field.name), field.name):
            # An entry by the name of a field alone is a text, which no choice takes.
            if key in known and (key != field.name or field.kind is not FieldKind.CHOICE):
                written = known[key]
                return words.write(written) if isinstance(written, str) else written
    match field.kind:
        case FieldKind.DAY:
            return day.isoformat()
        case FieldKind.NUMBER:
            return min(field.high, NUMBER)
        case FieldKind.CHOICE:
            return next(iter(field.choices))
        case FieldKind.TICK:
            return True
        case _:
            return words.write(OF_ANY_KIND)
