"""Real-life rosters, uploaded by the page."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Staff, StaffStatus
from evalsys.roster.models import RosterBatch
from tests.factories import make_organ, make_section, make_staff, make_user
from tests.foundation.uploads.files import book, rebuilt, replaced

pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.only("sqlite", "how a file is read; stored: test_service.py"),
]

HEAD = ("工号", "姓名", "处室编码", "人员状态", "到本处室日期", "是否面向服务对象", "职务", "备注")
Row = Sequence[Any]


@pytest.fixture(autouse=True)
def office(app: Flask) -> None:
    """A section with one existing person."""
    section = make_section(make_organ(code="YZSP"), code="QY01", started_on=date(2018, 1, 1))
    make_staff(section, number="000217", name="王海宁")


@pytest.fixture
def hr(sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(make_user())


class Upload:
    """The report of an uploaded file on its page."""

    def __init__(self, client: FlaskClient, content: bytes, name: str) -> None:
        data = {"file": (io.BytesIO(content), name)}
        answer = client.post("/roster/import", data=data, follow_redirects=True)
        self.client = client
        self.status, self.path, self.text = answer.status_code, answer.request.path, answer.text
        self.words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))

    @property
    def batch(self) -> RosterBatch:
        found = db.session.scalars(select(RosterBatch).order_by(RosterBatch.id.desc())).first()
        assert found is not None
        return found

    @property
    def errors(self) -> list[tuple[int, str]]:
        """Return row and column of each error."""
        found = self.batch.report["findings"]
        return [(one["row"], one["column"]) for one in found if one["is_error"]]

    @property
    def remarks(self) -> list[tuple[int, str]]:
        found = self.batch.report["findings"]
        return [(one["row"], one["column"]) for one in found if not one["is_error"]]

    def write(self) -> None:
        assert self.status == 200, self.words
        assert self.errors == [], self.batch.report["findings"]
        self.client.post(f"{self.path}/write", follow_redirects=True)
        db.session.rollback()


Send = Callable[..., Upload]


@pytest.fixture
def send(hr: FlaskClient) -> Send:
    def send(content: bytes, name: str = "花名册.xlsx") -> Upload:
        return Upload(hr, content, name)

    return send


def person(number: str, name: str = "赵欣", **cells: Any) -> list[Any]:
    values = {"工号": number, "姓名": name, "处室编码": "QY01", **cells}
    return [values.get(heading) for heading in HEAD]


def people(*rows: Row, head: Row = HEAD, touch: Callable[[Any], object] = id) -> bytes:
    return book({"人员": [head, *rows]}, touch)


def name_of(number: str) -> str | None:
    return db.session.scalar(select(Staff.name).where(Staff.number == number))


def came(number: str) -> date | None:
    query = select(Posting.started_on).join(Staff).where(Staff.number == number)
    return db.session.scalar(query)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("𠮷　欣", "𠮷欣"),
        ("张 𬧿", "张𬧿"),
        ("刘〇　明", "刘〇明"),
        ("王 \U000323af", "王\U000323af"),
        ("王\U0002ebf0 明", "王\U0002ebf0明"),
        *((f"阿卜杜{dot}热合曼", "阿卜杜·热合曼") for dot in "·•・‧．∙⋅･·。●."),
        ("阿卜杜 • 热合曼", "阿卜杜·热合曼"),
        ("Anna van der Berg", "Anna van der Berg"),
        ("刘\ue863", "刘䶮"),
        ("张\ue816\ue864", "张\U00020087\u9fbb"),
        ("\u202d吕梅\u202c", "吕梅"),
        ("\ufeff吕 梅\u200b", "吕梅"),
    ],
)
def test_a_name_is_stored_as_it_is_meant(send: Send, written: str, stored: str) -> None:
    send(people(person("000300", written))).write()
    assert name_of("000300") == stored
    assert send(people(person("000300", stored))).batch.counts["unchanged"] == 1


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u3164", "\U000e0100"])
def test_an_invisible_sign_inside_is_told_with_its_place(send: Send, sign: str) -> None:
    upload = send(people(person("000300", f"吕{sign}梅"), person(f"0003{sign}01")))
    assert upload.errors == [(2, "name"), (3, "number")]
    assert f"U+{ord(sign):04X}" in upload.words


@pytest.mark.parametrize("sign", ["\ue000", "\uf8ff", "\U000f0000"])
def test_a_sign_that_one_font_knows_is_refused_by_its_cell(send: Send, sign: str) -> None:
    upload = send(people(person("000300", f"刘{sign}", 备注=f"同{sign}")))
    assert upload.errors == [(2, "name"), (2, "remark")]


@pytest.mark.parametrize(
    "number",
    ["\u202d000300\u202c", "000300\u200b", "\ufeff000300", "０００３００", "'000300", '"000300"'],
)
def test_a_code_is_read_without_what_cannot_be_seen(send: Send, number: str) -> None:
    send(people(person(number))).write()
    assert name_of("000300") == "赵欣"


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (2019.9, date(2019, 9, 1)),
        (2019.12, date(2019, 12, 1)),
        (2020.02, date(2020, 2, 1)),
        (2018.3, date(2018, 3, 1)),
        ("2019-09-01 00:00:00", date(2019, 9, 1)),
        ("2019/9/1 8:30", date(2019, 9, 1)),
        ("2019-09-01T08:30:00.000Z", date(2019, 9, 1)),
        ("2019年9月1日 上午8时30分", date(2019, 9, 1)),
        ("2019 年 9 月 1 日 星期日", date(2019, 9, 1)),
        ("２０１９．９．１", date(2019, 9, 1)),
        ("2019年9月份", date(2019, 9, 1)),
        ("二〇一九年十二月二十一日", date(2019, 12, 21)),
        ("\u200b2019-09-01", date(2019, 9, 1)),
        (datetime(2019, 9, 1, 8, 30), date(2019, 9, 1)),  # noqa: DTZ001
    ],
)
def test_a_day_is_read_in_every_way_it_is_written(send: Send, value: Any, day: date) -> None:
    upload = send(people(person("000300", 到本处室日期=value)))
    assert upload.remarks == []
    upload.write()
    assert came("000300") == day


@pytest.mark.parametrize("value", [2019.1, "2019.1", 2019, "2019-13", "昨天", "2019-09-011"])
def test_a_doubtful_day_is_asked_for_by_its_cell(send: Send, value: Any) -> None:
    assert send(people(person("000300", 到本处室日期=value))).errors == [(2, "posted_on")]


FORMATS = [
    *(f'numFmtId="{number}"' for number in (*range(27, 32), 36, *range(50, 55), 57, 58, 59)),
    *(f'numFmtId="{number}"' for number in (14, 15, 17, 22)),
]
CODES = [
    "yyyy&quot;年&quot;m&quot;月&quot;",
    "[$-804]yyyy年m月d日;@",
    "[DBNum1][$-804]yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;",
    "yyyy\\-mm\\-dd\\ h:mm",
    "aaaa;@",
]


@pytest.mark.parametrize("style", FORMATS)
def test_a_format_of_a_chinese_excel_shows_a_day(send: Send, style: str) -> None:
    content = people(person("000300", 到本处室日期=datetime(2019, 9, 1)))  # noqa: DTZ001
    styles = re.compile(rb'numFmtId="164"(?! formatCode)')
    upload = send(rebuilt(content, lambda name, data: styles.sub(style.encode(), data)))
    assert upload.remarks == []
    upload.write()
    assert came("000300") == date(2019, 9, 1)


@pytest.mark.parametrize("code", CODES)
def test_a_format_of_ones_own_shows_a_day(send: Send, code: str) -> None:
    content = people(person("000300", 到本处室日期=datetime(2019, 9, 1)))  # noqa: DTZ001
    own = re.compile(rb'formatCode="[^"]*"')
    words = f'formatCode="{code}"'.encode()
    upload = send(rebuilt(content, lambda name, data: own.sub(lambda _: words, data)))
    assert upload.remarks == []
    upload.write()
    assert came("000300") == date(2019, 9, 1)


@pytest.mark.parametrize(
    ("word", "is_yes"),
    [
        (word, True)
        for word in (
            "✔",
            "☑",
            "Ｙ",
            "是的",
            "√",
            "✔\ufe0f",
            "✅",
            "１",
            "TRUE",
            " 是 ",
            "v",
            "\uf0fc",
        )
    ]
    + [(word, False) for word in ("✘", "×", "Ｎ", "否", "☐", "没有", "0", "✗\ufe0e", "X", "╳")],
)
def test_a_tick_is_a_tick(send: Send, word: str, is_yes: bool) -> None:
    send(people(person("000300", 是否面向服务对象=word))).write()
    query = select(Staff.faces_recipients).where(Staff.number == "000300")
    assert db.session.scalar(query) is is_yes


def test_escapes_of_control_signs_are_read(send: Send) -> None:
    content = people(
        person("000300", "刘洋CR", 职务="副科长CR\n二级主任科员", 备注="_x005F_x000D_")
    )
    upload = send(rebuilt(content, replaced(("CR", "_x000D_"))))
    upload.write()
    found = db.session.scalars(select(Staff).where(Staff.number == "000300")).one()
    assert (found.name, found.post) == ("刘洋", "副科长 二级主任科员")
    assert found.remark == "_x000D_"


FORMULA = '<c r="{0}2"><f>IF(1=1,"QY01","QY02")</f>{1}</c>'


@pytest.mark.parametrize("value", ["<v></v>", "<v/>", "", "<v>0</v>"])
@pytest.mark.parametrize(("column", "key"), [("C", "section_code"), ("E", "posted_on")])
def test_a_formula_that_nobody_computed_is_refused_by_its_cell(
    send: Send, value: str, column: str, key: str
) -> None:
    content = people(person("000300", 到本处室日期="2019-09-01"))
    cell = re.compile(rf'<c r="{column}2".*?</c>'.encode())
    formula = FORMULA.format(column, value).encode()
    upload = send(rebuilt(content, lambda name, data: cell.sub(formula, data)))
    assert upload.errors == [(2, key)]
    assert "formula without a value" in upload.words


def test_the_computed_value_of_a_formula_is_read(send: Send) -> None:
    cell = re.compile(rb'<c r="C2".*?</c>')
    formula = b'<c r="C2" t="str"><f>A1</f><v>QY01</v></c>'
    content = people(person("000300"))
    send(rebuilt(content, lambda name, data: cell.sub(formula, data))).write()
    assert name_of("000300") == "赵欣"


def test_merged_cells_count_for_all_their_rows_and_that_is_said(send: Send) -> None:
    rows = [person(f"00030{n}") for n in range(3)]
    rows[0][3:5] = "借调", "2019-05-01"
    for row in rows[1:]:
        row[2] = None

    def merge(found: Any) -> None:
        for area in ("C2:C4", "D2:D4", "E2:E4"):
            found["人员"].merge_cells(area)

    upload = send(people(*rows, touch=merge))
    for words in ("C2:C4 (科室编码)", "D2:D4 (人员状态)", "E2:E4 (到本科室日期)"):
        assert words in upload.words
    upload.write()
    assert [came(f"00030{n}") for n in range(3)] == [date(2019, 5, 1)] * 3
    assert len(db.session.scalars(select(StaffStatus)).all()) == 3


def test_cells_merged_across_columns_are_refused_by_name(send: Send) -> None:
    upload = send(people(person("000300"), touch=lambda b: b["人员"].merge_cells("C2:D2")))
    assert upload.errors == [(2, "section_code")]
    assert "C2:D2" in upload.words


def test_headings_in_two_lines_with_groups_are_read(send: Send) -> None:
    head: list[Row] = [
        ["云州市行政审批服务局工作人员名册"],
        ["工号", "姓 名", "处室\n编码", "任职信息", None, "备注"],
        [None, None, None, "职务", "到本处室日期（年月）", None],
    ]
    row = ["000300", "赵欣", "QY01", "科员", "2019-05-01", "新来"]

    def merge(found: Any) -> None:
        for area in ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3"):
            found["人员"].merge_cells(area)

    for touch in (merge, id):
        upload = send(book({"人员": [*head, row]}, touch))
        assert upload.batch.counts["new"] == 1
        assert upload.errors == []
    upload.write()
    assert came("000300") == date(2019, 5, 1)


def test_a_unit_below_a_heading_and_a_group_of_one_are_read(send: Send) -> None:
    head: list[Row] = [
        ["序号", "工号", "姓名", "所在处室", None, "到本处室日期"],
        [None, None, None, "处室编码", "处室名称", "（年月）"],
    ]

    def merge(found: Any) -> None:
        for area in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
            found["人员"].merge_cells(area)

    row = ["1", "000300", "赵欣", "QY01", "企业登记科", "2019.09"]
    send(book({"人员": [*head, row]}, merge)).write()
    assert came("000300") == date(2019, 9, 1)


def test_a_single_line_of_headings_never_swallows_a_person(send: Send) -> None:
    rows = [["证件", *HEAD], ["身份证号", *person("000300")], ["护照", *person("000301")]]
    assert send(book({"人员": rows})).batch.counts["new"] == 2


@pytest.mark.parametrize(
    "foot",
    [
        *(
            "制表人：李娜",
            "审核人: 王",
            "填报日期：2026-11-01",
            "合计：2人",
            "共2人",
            "人事科（章）",
        ),
        *("科室负责人：张三", "——以下无内容——", "第1页，共1页", "2026年11月1日"),
    ],
)
def test_the_foot_of_a_table_is_no_person_and_is_named(send: Send, foot: str) -> None:
    beside = None if foot[0].isdigit() else "审核人：王"  # A day stands alone.
    upload = send(people(person("000300"), [], [foot, None, beside]))
    assert foot in upload.words
    upload.write()


def test_a_person_without_a_number_is_no_foot(send: Send) -> None:
    row = person("", "注文")
    assert send(people(person("000300"), row)).errors == [(3, "number")]


def test_the_visible_sheet_counts_wherever_it_stands(send: Send) -> None:
    old, new = [HEAD, person("000999", "旧名册")], [HEAD, person("000300")]

    def hide(found: Any) -> None:
        found["Staff"].sheet_state = "veryHidden"

    send(book({"Staff": old, "人员": new}, hide)).write()
    assert (name_of("000300"), name_of("000999")) == ("赵欣", None)


def test_a_second_sheet_with_the_same_headings_is_not_left_out_silently(send: Send) -> None:
    upload = send(book({"人员": [HEAD, person("000300")], "人员 (2)": [HEAD, person("000301")]}))
    assert "Sheet “人员 (2)” has the headings of “人员” too, but was not read" in upload.words
    upload.write()
    assert (name_of("000300"), name_of("000301")) == ("赵欣", None)


@pytest.mark.parametrize("titles", [("人 员", "人员"), ("Sheet1", "Sheet2")])
def test_two_visible_sheets_are_refused_by_name(send: Send, titles: tuple[str, str]) -> None:
    upload = send(book({title: [HEAD, person("000300")] for title in titles}))
    assert upload.status == 400
    assert f"“{titles[0]}”、“{titles[1]}”" in upload.words


def test_a_hidden_sheet_alone_is_refused_by_name(send: Send) -> None:
    def hide(found: Any) -> None:
        found.create_sheet("说明")
        found["人员"].sheet_state = "hidden"

    upload = send(people(person("000300"), touch=hide))
    assert upload.status == 400
    assert "“人员”" in upload.words
    assert "Unhide" in upload.words


def test_the_headings_tell_a_sheet_without_the_right_name(send: Send) -> None:
    send(book({"填写说明": [["请填写"]], "Sheet1": [HEAD, person("000300")]})).write()
    assert name_of("000300") == "赵欣"


def hide_row(found: Any) -> None:
    found["人员"].row_dimensions[2].hidden = True


@pytest.mark.parametrize(("choice", "stored"), [("leave", None), ("read", "已调离")])
def test_hidden_rows_are_said_and_chosen(send: Send, choice: str, stored: str | None) -> None:
    content = people(person("000300", "已调离"), person("000301"), touch=hide_row)
    upload = send(content)
    assert upload.errors == [(2, "number")]
    assert "1 row is hidden in Excel" in upload.words
    upload.client.post(f"{upload.path}/write")
    assert name_of("000301") is None
    page = upload.client.post(
        f"{upload.path}/hidden", data={"hidden": choice}, follow_redirects=True
    )
    assert "as you chose" in page.text
    upload.write()
    assert (name_of("000300"), name_of("000301")) == (stored, "赵欣")


@pytest.mark.parametrize(
    ("plain", "hiding"),
    [('<row r="2"', '<row r="2" ht="0.05"'), ("<sheetFormatPr", '<sheetFormatPr zeroHeight="1"')],
)
def test_a_row_too_low_to_be_seen_is_hidden(send: Send, plain: str, hiding: str) -> None:
    head = '<row r="1"', '<row r="1" ht="15"'
    content = rebuilt(people(person("000300")), replaced((plain, hiding), head))
    assert send(content).errors == [(2, "number")]


def test_a_hidden_column_is_said(send: Send) -> None:
    def hide(found: Any) -> None:
        found["人员"].column_dimensions["D"].hidden = True

    upload = send(people(person("000300", 人员状态="借调"), touch=hide))
    assert "人员状态 is hidden" in upload.words


def test_codes_that_differ_in_case_are_suggested_or_warned_of(send: Send) -> None:
    rows = [person("000300", 处室编码="qy01"), person("a0457"), person("A0457", "贾萍")]
    upload = send(people(*rows))
    assert upload.errors == [(2, "section_code")]
    assert "QY01" in upload.words
    assert (4, "number") in upload.remarks


def strict(name: str, data: bytes) -> bytes:
    text = data.decode()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    text = text.replace(main, "http://purl.oclc.org/ooxml/spreadsheetml/main")
    return text.replace(office, "http://purl.oclc.org/ooxml/officeDocument/relationships").encode()


def prefixed(name: str, data: bytes) -> bytes:
    if not name.startswith("xl/worksheets"):
        return data
    named = re.sub(rb"<(/?)(\w+)", rb"<\1x:\2", data)
    return named.replace(b"xmlns=", b"xmlns:x=")


STRANGE: dict[str, Callable[[bytes], bytes]] = {
    "strict": lambda content: rebuilt(content, strict),
    "prefixes": lambda content: rebuilt(content, prefixed),
    "backslashes": lambda content: rebuilt(content, rename=lambda name: name.replace("/", "\\")),
    "leading slashes": lambda content: rebuilt(content, rename=lambda name: f"/{name}"),
    "capitals": lambda content: rebuilt(content, rename=str.upper),
    "empty fill": lambda content: rebuilt(
        content, replaced(("<fills ", "<fills><fill/></fills><fills "))
    ),
    "no styles": lambda content: rebuilt(
        content, replaced(("relationships/styles", "relationships/x"))
    ),
    "UTF-16": lambda content: rebuilt(
        content, lambda name, data: data.decode().encode("utf-16") if "sheet1" in name else data
    ),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_other_programs_write_is_read(send: Send, kind: str) -> None:
    send(STRANGE[kind](people(person("000300")))).write()
    assert name_of("000300") == "赵欣"


def test_a_formula_that_was_stored_as_a_text_is_a_code(send: Send) -> None:
    send(rebuilt(people(person("CODE")), replaced(("CODE", "=&quot;000300&quot;")))).write()
    assert name_of("000300") == "赵欣"


@pytest.mark.parametrize("number", ['="000300"', '"=""000300"""', "'000300"])
def test_zeros_kept_in_a_text_table_are_kept(send: Send, number: str) -> None:
    send(f"工号,姓名,处室编码\n{number},赵欣,QY01\n".encode(), "花名册.csv").write()
    assert name_of("000300") == "赵欣"
