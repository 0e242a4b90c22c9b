"""The two sheets of a roster as data: columns, headings and cell readers. Pure."""

from collections.abc import Callable, Mapping
from datetime import date

from evalsys.foundation.uploads import cells, days, identity
from evalsys.foundation.uploads.cells import Reader
from evalsys.roster.words import (
    EMPLOYMENTS,
    EXAMPLE,
    FLAGS,
    FUTURE_SECTION,
    KINDS,
    SEXES,
    STATUSES,
    RosterColumn,
    SheetKind,
)


def _always(reader: Reader) -> Callable[[date], Reader]:
    return lambda on: reader


def _choice(words: Mapping[str, object]) -> Callable[[date], Reader]:
    return _always(cells.read_choice(words, {str(value): value for value in words.values()}))


_CODE = _always(cells.read_code)
_SPAN_NOTE = "例：2019-09-01、2019.09、201909"
_SPAN_NOTE_EN = "E.g. 2019-09-01, 2019.09, 201909"

SECTIONS = SheetKind(
    "单位科室",
    "Sections",
    "code",
    (
        RosterColumn("organ_code", "单位编码", "Organ code", _CODE, "YZSP"),
        RosterColumn(
            "organ_name",
            "单位名称",
            "Organ name",
            _always(cells.read_text(120)),
            "云州市行政审批服务局",
            width=26,
        ),
        RosterColumn(
            "credit_code",
            "统一社会信用代码",
            "Credit code",
            _always(identity.read_credit_code),
            note="18 位，校验末位",
            note_en="18 characters, the last one is checked",
            width=22,
            may_clear=True,
        ),
        RosterColumn("code", "科室编码", "Section code", _CODE, EXAMPLE + "QY01", is_needed=True),
        RosterColumn(
            "name",
            "科室名称",
            "Section name",
            _always(cells.read_text(120)),
            "企业登记科",
            width=20,
        ),
        RosterColumn(
            "parent_code", "上级科室编码", "Parent section code", _CODE, may_clear=True, width=14
        ),
        RosterColumn(
            "kind",
            "类型",
            "Kind",
            _choice(KINDS),
            "窗口",
            "空白的新科室按“综合”",
            "A new section without it is 综合",
            choices=tuple(KINDS),
        ),
        RosterColumn(
            "is_front_line",
            "是否一线",
            "Front line",
            _always(cells.read_flag),
            "是",
            "空白的新科室按“否”",
            "A new section without it is not",
            choices=tuple(FLAGS),
        ),
        RosterColumn(
            "establishment",
            "编制数",
            "Establishment",
            _always(cells.read_count(9999)),
            "12",
            may_clear=True,
            is_text=False,
        ),
        RosterColumn(
            "chief_number",
            "负责人工号",
            "Chief's staff number",
            _CODE,
            "000217",
            "换人时，原负责人任期到前一天为止",
            "With a new one the former term ends the day before",
            width=14,
            may_clear=True,
        ),
        RosterColumn(
            "leader_number",
            "分管领导工号",
            "Leader's staff number",
            _CODE,
            "000003",
            width=14,
            may_clear=True,
        ),
        RosterColumn(
            "started_on",
            "启用日期",
            "Start date",
            lambda on: days.read_date(on, FUTURE_SECTION),
            "2026-01-01",
            _SPAN_NOTE + "；最多提前 90 天",
            _SPAN_NOTE_EN + "; at most 90 days ahead",
        ),
    ),
)

PEOPLE = SheetKind(
    "人员",
    "Staff",
    "number",
    (
        RosterColumn(
            "serial", "序号", "No.", _always(cells.read_text(40)), "1", is_kept=False, is_text=False
        ),
        RosterColumn(
            "number",
            "工号",
            "Staff number",
            _CODE,
            EXAMPLE + "0217",
            "认人的依据；文本，保留前面的零",
            "Identifies a person; text, so that zeros in front stay",
            is_needed=True,
            is_starred=True,
        ),
        RosterColumn(
            "name",
            "姓名",
            "Name",
            _always(cells.read_name),
            "王海宁",
            is_needed=True,
            is_starred=True,
        ),
        RosterColumn(
            "sex", "性别", "Sex", _choice(SEXES), "女", choices=tuple(SEXES), may_clear=True
        ),
        RosterColumn(
            "id_number",
            "身份证号",
            "Identity number",
            _always(identity.read_id_number),
            note="只校验，不保存（个人信息保护法第六条）；可以不填",
            note_en="Checked, not kept (Personal Information Protection Law, art. 6); may be blank",
            width=22,
            is_kept=False,
        ),
        RosterColumn(
            "phone",
            "手机号",
            "Phone",
            _always(identity.read_phone),
            note="只校验，不保存；可以不填",
            note_en="Checked, not kept; may be blank",
            width=14,
            is_kept=False,
        ),
        RosterColumn(
            "section_code",
            "科室编码",
            "Section code",
            _CODE,
            "QY01",
            "改了编码就是调动，历史保留",
            "Another code is a transfer; the history stays",
            is_needed=True,
            is_starred=True,
        ),
        RosterColumn("post", "职务", "Post", _always(cells.read_text(64)), "科员", may_clear=True),
        RosterColumn(
            "rank", "职级", "Rank", _always(cells.read_text(64)), "一级科员", may_clear=True
        ),
        RosterColumn(
            "employment",
            "编制类型",
            "Employment",
            _choice(EMPLOYMENTS),
            "公务员",
            "空白的新人员按“公务员”",
            "A new person without it is 公务员",
            is_starred=True,
            choices=tuple(EMPLOYMENTS),
        ),
        RosterColumn(
            "status",
            "人员状态",
            "Status",
            _choice(STATUSES),
            "在岗",
            "空白的新人员按“在岗”；变更自导入日起",
            "A new person without it is 在岗; a change counts from the import day",
            is_starred=True,
            choices=tuple(STATUSES),
        ),
        RosterColumn(
            "posted_on",
            "到本科室日期",
            "In this section since",
            days.read_date,
            "2026-03-16",
            _SPAN_NOTE + "；空白按导入日",
            _SPAN_NOTE_EN + "; blank: the import day",
            width=15,
            is_starred=True,
        ),
        RosterColumn(
            "faces_recipients",
            "是否面向服务对象",
            "Serves recipients",
            _always(cells.read_flag),
            "是",
            "空白的新人员按“是”",
            "A new person without it does",
            width=17,
            is_starred=True,
            choices=tuple(FLAGS),
        ),
        RosterColumn(
            "window_no", "窗口号", "Window", _always(cells.read_text(20)), "8", may_clear=True
        ),
        RosterColumn(
            "post_since",
            "任现职务时间",
            "In this post since",
            days.read_date,
            "2022.05",
            _SPAN_NOTE,
            _SPAN_NOTE_EN,
            width=14,
            may_clear=True,
        ),
        RosterColumn(
            "rank_since",
            "任现职级时间",
            "In this rank since",
            days.read_date,
            "2021.12",
            _SPAN_NOTE,
            _SPAN_NOTE_EN,
            width=14,
            may_clear=True,
        ),
        RosterColumn(
            "remark",
            "备注",
            "Remark",
            _always(cells.read_text(500)),
            "示例行，导入时跳过",
            width=24,
            may_clear=True,
        ),
    ),
)
