"""Whether a ticket is open, from the word that a hotline has for its state. Pure."""

import re

from evalsys.core.errors import N_
from evalsys.foundation.spreadsheets import characters
from evalsys.foundation.uploads.cells import Read, Unreadable, Value, shown

# How the words begin, without 已 and without what stands in brackets.
CLOSED = (
    *("办结", "办理完", "办毕", "办理完毕", "办完", "完结", "完成", "结案", "结单", "结束", "归档"),
    *("关闭", "销单", "撤单", "撤销", "撤回", "作废", "评价", "回访", "回复", "答复", "解决"),
    *("处理完", "处置完", "closed", "done"),
)
CLOSED_WITH_YI = ("已办理", "已处理", "已处置", "已结", "已办", "已销", "已撤", "已完")
OPEN = (
    *("办理", "处理", "处置", "承办", "在办", "正在", "待", "未", "受理", "登记", "新建", "新工单"),
    *("派单", "派发", "分派", "派遣", "交办", "转办", "转派", "签收", "接单", "接收", "下派"),
    *("退回", "退单", "回退", "驳回", "重办", "重新", "再次", "延期", "申请", "督办", "催办"),
    *("挂起", "逾期", "超期", "超时", "即将", "临期", "核实", "核查", "审核", "审批", "进行中"),
    *("催单", "反馈", "流转", "open", "new", "pending", "inprogress"),
)
YES, NO = frozenset({"是", "yes", "y", "1", "true"}), frozenset({"否", "no", "n", "0", "false"})
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
# Beside a word of the end: it is asked for, or was refused.
NOT_YET = re.compile("申请|审核|审批|退回|驳回|不通过|未通过|重办|重新|^..中")


def read_status(value: Value) -> Read:
    """Read whether a ticket is open. A word that says neither is told, not guessed."""
    word = BRACKETS.sub("", characters.word(shown(value)))
    bare = word.removeprefix("已")
    ends = bare.startswith(CLOSED) or word.startswith(CLOSED_WITH_YI)
    if word in YES or (ends and not NOT_YET.search(bare)):
        return Read(value=False)
    if word in NO or ends or bare.startswith(OPEN):
        return Read(value=True)
    raise Unreadable(
        N_("This state is not known: write “%(open)s” or “%(closed)s”"),
        open="办理中",
        closed="已办结",
    )
