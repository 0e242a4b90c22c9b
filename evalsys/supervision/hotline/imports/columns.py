"""The fields of a ticket, and which column of a list is which. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalsys.core.errors import N_, NP_
from evalsys.foundation.uploads.headings import plain


@dataclass(frozen=True)
class TicketField:
    """A field of a ticket: its label, what headings call it, whether a list must have it."""

    key: str
    label: str
    words: tuple[str, ...]
    is_required: bool = False


FIELDS = (
    TicketField(
        "number",
        N_("Ticket number"),
        ("工单编号", "工单号", "编号", "受理编号", "受理单号", "诉求编号", "来电编号", "流水号",
         "任务编号", "ticket number", "ticket_no"),
        is_required=True,
    ),
    TicketField(
        "received_on",
        N_("Received on"),
        ("受理时间", "受理日期", "来电时间", "来电日期", "登记时间", "诉求时间", "派单时间",
         "交办时间", "received on", "received_on"),
        is_required=True,
    ),
    TicketField(
        "organ",
        N_("Organ competent"),
        ("承办单位", "主办单位", "办理单位", "责任单位", "处置单位", "承办部门", "责任部门",
         "承办单位名称", "organ"),
        is_required=True,
    ),
    TicketField(
        "title",
        N_("Title"),
        ("标题", "工单标题", "诉求标题", "主题", "诉求主题", "事项名称", "title"),
    ),
    TicketField(
        "says",
        N_("What the caller says"),
        ("诉求内容", "工单内容", "来电内容", "反映内容", "内容", "问题描述", "诉求描述", "text"),
    ),
    TicketField(
        "category",
        N_("Category"),
        ("诉求分类", "诉求类型", "诉求类别", "问题分类", "问题类型", "事项分类", "工单类型", "类别",
         "分类", "category"),
    ),
    TicketField(
        "answer_by",
        N_("Answer wanted until"),
        ("办理时限", "办结时限", "截止时间", "截止日期", "要求办结时间", "要求办结日期", "答复时限",
         "到期时间", "处置时限", "answer by", "answer_by"),
    ),
    TicketField(
        "status",
        NP_("hotline", "State at the hotline"),
        ("工单状态", "办理状态", "状态", "当前状态", "是否办结", "status"),
    ),
    TicketField(
        "called_on", N_("Called back on"), ("回访时间", "回访日期", "called on", "called_on")
    ),
    TicketField(
        "reached",
        N_("Caller reached"),
        ("是否接通", "回访是否接通", "是否回访成功", "回访结果", "接通情况", "reached"),
    ),
    TicketField(
        "in_limit",
        N_("Contacted within the limit"),
        ("是否按时联系", "是否联系", "是否响应", "响应情况", "联系情况", "in limit", "in_limit"),
    ),
    TicketField(
        "solved", N_("Problem solved"), ("是否解决", "解决情况", "问题是否解决", "solved")
    ),
    TicketField(
        "satisfaction",
        N_("Satisfaction of the caller"),
        ("满意度", "是否满意", "满意情况", "满意度评价", "办理结果满意度", "satisfaction"),
    ),
    # Filled in when the replies go back; never read.
    TicketField(
        "reply",
        N_("Reply, to be filled in"),
        ("答复内容", "回复内容", "办理结果", "办理情况", "处理结果", "答复意见", "reply"),
    ),
    TicketField(
        "replied_on",
        N_("Replied on, to be filled in"),
        ("答复时间", "答复日期", "回复时间", "办结时间", "办结日期", "replied on", "replied_on"),
    ),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
ONLY_OUT = frozenset({"reply", "replied_on"})
REQUIRED = tuple(field.key for field in FIELDS if field.is_required)
Columns = Mapping[str, Sequence[str]]


def known_words(remembered: Sequence[Mapping[str, str]] = ()) -> dict[str, tuple[str, ...]]:
    """Return each field with its headings: those of the house, and those named before."""
    found = {field.key: list(field.words) for field in FIELDS}
    for fields in remembered:
        for heading, key in fields.items():
            if key in found:
                found[key].append(heading)
    return {key: tuple(words) for key, words in found.items()}


def digest_of(headings: Sequence[str]) -> str:
    """Return the key of a set of headings, in whatever order they stand."""
    words = sorted({plain(heading) for heading in headings if heading})
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def guess(headings: Sequence[str], remembered: Mapping[str, str]) -> list[str]:
    """Return the field of each heading, "" for none: as named before, else by its words.

    A field is given once, to the first of its headings.
    """
    by_word = {plain(word): field.key for field in FIELDS for word in field.words}
    taken: set[str] = set()
    found = []
    for heading in headings:
        word = plain(heading)
        key = remembered.get(word, "") if remembered else by_word.get(word, "")
        key = "" if key in taken else key
        taken.add(key)
        found.append(key)
    return found


def problems(headings: Sequence[str], chosen: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for what is wrong with a choice of fields by heading."""
    for key in REQUIRED:
        if key not in chosen:
            yield key, N_("Say which column holds it.")
    if not {"title", "says"} & {*chosen}:
        yield "title", N_("Title or text is needed: say which column holds one of them.")
    words = [plain(heading) for heading in headings]
    for place, key in enumerate(chosen):
        if key and key in chosen[:place]:
            yield key, N_("Two columns were chosen for it.")
        elif key and words[place] in words[:place]:
            yield key, N_("Two columns have this heading: only the first of them can be read.")


def chosen_columns(headings: Sequence[str], chosen: Sequence[str]) -> dict[str, str]:
    """Return field -> heading of what is read."""
    return {key: heading for heading, key in zip(headings, chosen, strict=True) if key}
