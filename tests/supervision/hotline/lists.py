"""Lists of tickets as files, and the way of one through the pages."""

import io
from collections.abc import Sequence

from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from evalsys.core.extensions import db
from evalsys.supervision.hotline.models import HotlineTicket

HEADINGS = (
    "工单编号",
    "来电人",
    "联系电话",
    "受理时间",
    "承办单位",
    "标题",
    "诉求内容",
    "工单状态",
)
CHOSEN = ("number", "", "", "received_on", "organ", "title", "says", "status")
SAYS = "来电人13812345678称材料被退回，身份证370202199001011234。"


def row(number: str, **cells: str) -> tuple[str, ...]:
    """A row of a list: an open ticket of the first organ, but for some cells."""
    facts = {
        "工单编号": number,
        "来电人": "李四",
        "联系电话": "13812345678",
        "受理时间": "2026/2/9 9:05",
        "承办单位": "审批局",
        "标题": f"材料反复补正{number}",
        "诉求内容": SAYS,
        "工单状态": "办理中",
    }
    return tuple({**facts, **cells}[heading] for heading in HEADINGS)


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "gb18030") -> bytes:
    """A list as an older Excel writes it."""
    return "\r\n".join(",".join(cells) for cells in (HEADINGS, *rows)).encode(encoding)


def as_book(rows: Sequence[Sequence[object]], head: Sequence[Sequence[object]] = ()) -> bytes:
    """A list as a workbook, below a title."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["12345热线工单明细表"])
    sheet.merge_cells("A1:H1")
    for line in (*(head or (HEADINGS,)), *rows):
        sheet.append([*line])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def send(client: FlaskClient, content: bytes, name: str = "工单.csv") -> TestResponse:
    """Upload a list."""
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/hotline/imports", data=data, content_type="multipart/form-data")


def name_columns(
    client: FlaskClient, path: str, chosen: Sequence[str] = CHOSEN, hidden: str = "ask"
) -> TestResponse:
    """Name the columns of a list."""
    data = {f"c{place}": key for place, key in enumerate(chosen)}
    return client.post(path, data={**data, "hidden": hidden})


def checked(client: FlaskClient, content: bytes, name: str = "工单.csv") -> str:
    """Send a list with its columns as they are; return the address of its trial run."""
    answer = name_columns(client, send(client, content, name).location)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def written(client: FlaskClient, content: bytes, name: str = "工单.csv") -> str:
    """Send a list and write it; return its address."""
    path = checked(client, content, name)
    assert client.post(f"{path}/write").status_code == 303
    return path


def ticket(number: str = "RX-1") -> HotlineTicket:
    """A ticket as it is stored now."""
    db.session.rollback()
    return db.session.scalars(select(HotlineTicket).filter_by(number=number)).one()
