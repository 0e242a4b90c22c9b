"""The cells of a row of a list of tickets. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from evalsys.core.errors import N_
from evalsys.foundation.spreadsheets import characters
from evalsys.foundation.uploads.cells import (
    Read,
    Unreadable,
    Value,
    read_choice,
    read_code,
    read_flag,
    shown,
)
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.rows import RowReader
from evalsys.foundation.uploads.tables import TableRow
from evalsys.supervision.hotline.imports.states import read_status
from evalsys.supervision.hotline.rules import (
    CALLED_TOO_EARLY,
    LONGEST_CATEGORY,
    LONGEST_NUMBER,
    LONGEST_SAYS,
    LONGEST_TITLE,
    NOBODY_REACHED,
    Satisfaction,
    TicketEntry,
    without_persons,
)
from evalsys.supervision.numbers import plain_number

AHEAD = 3650  # days that an answer may be wanted ahead
TITLE_OF_TEXT = 40  # characters of the text that stand for a title
YES_NO = {
    **dict.fromkeys(("接通", "已接通", "成功", "回访成功", "按时", "按时联系", "已联系"), True),
    **dict.fromkeys(("解决", "已解决", "基本解决", "响应", "已响应"), True),
    **dict.fromkeys(("未接通", "无人接听", "失败", "未成功", "回访失败", "未按时", "超时"), False),
    **dict.fromkeys(("未联系", "未解决", "没有解决", "未响应", "停机", "空号", "拒访"), False),
}
LEVELS = {
    "非常满意": Satisfaction.VERY_SATISFIED,
    "满意": Satisfaction.SATISFIED,
    "基本满意": Satisfaction.BASICALLY,
    "不满意": Satisfaction.DISSATISFIED,
    "非常不满意": Satisfaction.VERY_DISSATISFIED,
}
MORE_LEVELS = {
    "很满意": Satisfaction.VERY_SATISFIED,
    "一般": Satisfaction.BASICALLY,
    "很不满意": Satisfaction.VERY_DISSATISFIED,
    **{level.value: level for level in Satisfaction},
}
# What a database cannot hold or nobody can see; line breaks stay.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
LINES = re.compile(r"\s*\n\s*")
Texts = Callable[[Value], Read]


def clean(value: Value) -> str:
    """Return a text of a caller: nothing invisible, no number of a person."""
    text = unicodedata.normalize("NFC", shown(value).replace("\r\n", "\n").replace("\r", "\n"))
    text = LINES.sub("\n", BLANKS.sub(" ", UNSEEN.sub("", text)))
    return without_persons(text.strip())


def read_words(most: int) -> Texts:
    """Return a reader of a caller's words of at most `most` characters."""

    def read(value: Value) -> Read:
        text = clean(value)
        if characters.length(text) > most:
            raise Unreadable(
                N_("%(length)s characters are too many"),
                N_("At most %(limit)s characters"),
                length=len(text),
                limit=most,
            )
        return Read(text)

    return read


def read_number(value: Value) -> Read:
    """Read the number of a ticket: any visible characters without blanks."""
    if not isinstance(value, str):
        return Read(plain_number(str(read_code(value).value)))
    text = plain_number(value)
    if not text.isprintable() or len(text) > LONGEST_NUMBER:
        raise Unreadable(
            N_("This is no number of a ticket"),
            N_("At most %(limit)s characters"),
            limit=LONGEST_NUMBER,
        )
    return Read(text)


def read_answer(value: Value) -> Read:
    """Read yes or no, as call centres write it."""
    word = characters.word(shown(value))
    return Read(YES_NO[word]) if word in YES_NO else read_flag(value)


class TicketReader:
    """Reads the rows of one list, and knows the cells that it has read before."""

    def __init__(self, organs: Mapping[str, int], on: date) -> None:
        self.organs = organs  # name or code, normalised -> id
        self.readers: dict[str, Texts] = {
            "number": read_number,
            "received_on": self._kept(read_date(on)),
            "organ": self._kept(self._organ),
            "title": read_words(LONGEST_TITLE),
            "says": read_words(LONGEST_SAYS),
            "category": self._kept(read_words(LONGEST_CATEGORY)),
            "answer_by": self._kept(read_date(on, AHEAD)),
            "status": self._kept(read_status),
            "called_on": self._kept(read_date(on)),
            **dict.fromkeys(("reached", "in_limit", "solved"), self._kept(read_answer)),
            "satisfaction": self._kept(read_choice(LEVELS, MORE_LEVELS)),
        }

    def read(self, row: TableRow) -> "TicketRow":
        """Return a row with its entry, or with its problems."""
        return TicketRow(row, self.readers)

    def _organ(self, value: Value) -> Read:
        word = characters.word(shown(value))
        if word in self.organs:
            return Read(self.organs[word])
        like = get_close_matches(word, self.organs, n=1, cutoff=0.5)
        if like:
            raise Unreadable(
                N_("There is no organ of this name; “%(like)s” is like it"), like=like[0]
            )
        raise Unreadable(N_("There is no organ of this name or code"))

    @staticmethod
    def _kept(read: Texts) -> Texts:
        """Return a reader that reads the same value once: most repeat."""
        known: dict[tuple[type, Any], Read | Unreadable] = {}

        def reader(value: Value) -> Read:
            key = (type(value), value)
            if key not in known:
                try:
                    known[key] = read(value)
                except Unreadable as error:
                    known[key] = error
            found = known[key]
            if isinstance(found, Unreadable):
                raise found
            return found

        return reader


class TicketRow(RowReader):
    """A row of a list; `entry` is None if a cell is wrong."""

    required = ("number", "received_on", "organ")

    def __init__(self, row: TableRow, readers: Mapping[str, Texts]) -> None:
        super().__init__(row)
        cells = {key: self.cell(key, read) for key, read in readers.items()}
        if not self.problems and not (cells["title"] or cells["says"]):
            self.problem("title", "", N_("Neither title nor text is filled in"))
        called_on, received_on = cells["called_on"], cells["received_on"]
        if called_on and received_on and called_on < received_on:
            self.problem("called_on", called_on.isoformat(), CALLED_TOO_EARLY)
        answers = [cells[key] for key in ("in_limit", "solved", "satisfaction")]
        if any(answer is not None for answer in answers):
            if cells["reached"] is False:
                self.problem("reached", "", NOBODY_REACHED)
            cells["reached"] = True
        self.entry = None if self.problems else _entry(cells)


def _entry(cells: Mapping[str, Any]) -> TicketEntry:
    says = cells["says"] or ""
    title = cells["title"] or " ".join(says.split())[:TITLE_OF_TEXT]
    return TicketEntry(
        cells["number"],
        cells["organ"],
        cells["received_on"],
        title.replace("\n", " "),
        says,
        cells["category"] or None,
        cells["answer_by"],
        cells["status"],
        cells["called_on"],
        cells["reached"],
        cells["in_limit"],
        cells["solved"],
        cells["satisfaction"],
    )
