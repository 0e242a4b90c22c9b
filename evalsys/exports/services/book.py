"""评价单与办件对照: tickets against services handled as a workbook, by day and by issuer.

Its first sheet has the columns that `services.lists` reads: it can be filled in and read back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.audit import unit_of_work
from evalsys.core.pages import local_day, time_words
from evalsys.core.permissions import Action, Actor
from evalsys.exports.approval.rules import is_large
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import INTERNAL, SIGNS
from evalsys.foundation.spreadsheets.model import Column, Frame, Kind, Sheet, Value, Words
from evalsys.foundation.spreadsheets.safe_text import safe_file_name
from evalsys.foundation.spreadsheets.words import NO, NONE, YES, same
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.ratings.services.lists import NOT_ENTERED
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.handled.page import (
    HandledRow,
    HandledTotals,
    Issuer,
    list_rows,
    read_totals,
    share,
)

TITLE = Words("评价单与办件对照", "Tickets against services handled")
BY_ISSUER = Words("按发放人", "By issuer")
COMMAND = Words("命令行", "the command line")
UNKNOWN = Words(*NOT_ENTERED)

ONLY = {
    "more": Words("评价单多于办件的人日（合计为全部人日）", "days with more tickets; sums of all"),
    "unknown": Words("未填办件数的人日（合计为全部人日）", "days without a number; sums of all"),
}


@dataclass(frozen=True)
class HandledRequest:
    """What is asked for: by whom (`actor`), with the filter of the page, `at` when."""

    actor: Actor
    wanted: HandledFilter
    lang: str
    at: datetime


@dataclass(frozen=True)
class IssuerRow:
    """What one account issued for somebody's services of a day."""

    day: HandledRow
    issuer: Issuer


def export_handled(request: HandledRequest, path: Path) -> int:
    """Write the workbook to a file, record it, and return its rows. Raises DomainError."""
    rows = list_rows(request.actor, request.wanted)
    totals = read_totals(request.actor, request.wanted)
    people = len({row.staff.id for row in rows})
    issuers = [IssuerRow(row, one) for row in rows for one in row.issuers]
    sheets: list[Sheet[Any]] = [
        Sheet(TITLE, DAYS, rows, len(rows), frozen=3),
        Sheet(BY_ISSUER, ISSUERS, issuers, len(issuers), frozen=3),
    ]
    written = write_file(
        path, sheets, _frame(request), _facts(request, sheets, totals, people), Progress()
    )
    wanted = request.wanted
    marks: dict[str, Any] = {"many_persons": True} if is_large(people) else {}
    with unit_of_work(request.actor) as unit:
        unit.record(
            Action.HANDLED_EXPORT,
            "handled",
            since=wanted.since.isoformat(),
            until=wanted.until.isoformat(),
            filters={"section": wanted.section, "person": wanted.person, "show": wanted.show},
            rows=written,
            persons=people,
            **marks,
        )
    return written


def file_name(request: HandledRequest) -> str:
    """Return the name of the file: what, of which days, of which day."""
    wanted = request.wanted
    span = f"{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}"
    day = local_day(request.at).strftime("%Y%m%d")
    return f"{safe_file_name(TITLE.said(request.lang), span, day)}.xlsx"


def _frame(request: HandledRequest) -> Frame:
    lang, wanted = request.lang, request.wanted
    return Frame(
        lang=lang,
        title=f"{TITLE.said(lang)} {wanted.since} – {wanted.until}",
        organisation=str(current_app.config["ORGANISATION"]),
        remark=INTERNAL.said(lang),
        foot=f"{request.actor.name} {time_words(request.at)}".strip(),
        signs=SIGNS.said(lang),
    )


def _facts(
    request: HandledRequest, sheets: list[Sheet[Any]], totals: HandledTotals, people: int
) -> Facts:
    wanted = request.wanted
    yield Words("起止日期", "Days"), same(f"{wanted.since} – {wanted.until}")
    if wanted.section:
        yield Words("{科室}编码", "Section code"), same(wanted.section)
    if wanted.person:
        yield Words("工号或姓名", "Number or name"), same(wanted.person)
    if wanted.show in ONLY:
        yield Words("只列", "Only"), ONLY[wanted.show]
    yield (
        Words("评价单占办件", "Tickets for each service"),
        Words(
            f"{_percent(totals.ratio)}（评价单{totals.known}张，办件{totals.services}件）",
            f"{_percent(totals.ratio)} ({totals.known} tickets, {totals.services} services)",
        ),
    )
    yield (
        Words("未填办件数", "Without a number"),
        Words(
            f"{totals.rows}人日中的{totals.unknown}人日，"
            f"其评价单{totals.tickets - totals.known}张；"
            "不计入比例两边",
            f"{totals.unknown} of {totals.rows} days of a person, with "
            f"{totals.tickets - totals.known} tickets: on neither side of the share",
        ),
    )
    most = share(totals.one_hand, totals.tickets)
    yield Words("一人发放最多", "Issued by one hand"), same(f"{_percent(most)} ({totals.one_hand})")
    own = share(totals.own, totals.tickets)
    yield Words("为本人发放", "Issued for oneself"), same(f"{_percent(own)} ({totals.own})")
    yield from export_facts(request.actor.name, request.at, sheets, people)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _issuer_name(issuer: Issuer) -> Value:
    return issuer.name or COMMAND


def _services(row: HandledRow) -> Value:
    return UNKNOWN if row.services is None else row.services


def _entered_by(row: HandledRow) -> Value:
    if row.services is None:
        return NONE
    return row.entered_by or COMMAND


def _yes(*, is_so: bool) -> Words:
    return YES if is_so else NO


def _person_columns() -> Iterable[Column[HandledRow]]:
    yield Column(
        Words("日期", "Day"),
        lambda row: row.served_on,
        meaning=Words("办理当日", "of the services"),
    )
    yield Column(Words("工号", "Staff number"), lambda row: row.staff.number, Kind.CODE)
    yield Column(Words("姓名", "Name"), lambda row: row.staff.name)
    yield Column(Words("单位", "Organ"), lambda row: row.section.organ.name)
    yield Column(Words("{科室}", "Section"), lambda row: row.section.name)


DAYS: tuple[Column[HandledRow], ...] = (
    *_person_columns(),
    Column(
        Words("办件数", "Services handled"),
        _services,
        Kind.WHOLE,
        Words("业务系统的统计；“未填”不是0", "as the business system counts; unknown is not 0"),
    ),
    Column(
        Words("评价单", "Tickets"),
        lambda row: row.tickets,
        Kind.WHOLE,
        Words("为服务对象发放的评价单，不含受邀评价", "issued for recipients; nobody invited"),
    ),
    Column(
        Words("评价单占办件", "Tickets for each service"),
        lambda row: row.ratio,
        Kind.PERCENT,
        Words("评价单÷办件数；未填或0件时为空", "tickets / services; empty if unknown or 0"),
    ),
    Column(Words("多于办件", "More than services"), lambda row: _yes(is_so=row.is_more)),
    Column(
        Words("一人发放最多", "By one hand"),
        lambda row: row.one_hand,
        Kind.WHOLE,
        Words("发放最多的一人，其账号合并计算", "the most by one person over all accounts"),
    ),
    Column(
        Words("一人发放占比", "Share of one hand"),
        lambda row: share(row.one_hand, row.tickets),
        Kind.PERCENT,
    ),
    Column(Words("为本人发放", "For oneself"), lambda row: row.own, Kind.WHOLE),
    Column(
        Words("为本人发放占比", "Share for oneself"),
        lambda row: share(row.own, row.tickets),
        Kind.PERCENT,
    ),
    Column(
        Words("本{科室}人员发放", "By own section"),
        lambda row: row.colleagues,
        Kind.WHOLE,
        Words("发放人当日属于同一{科室}", "who issued belonged to the section on that day"),
    ),
    Column(Words("填报人", "Number entered by"), _entered_by),
    Column(
        Words("填报人也发放", "Who entered issued too"),
        lambda row: _yes(is_so=row.is_own_number),
    ),
)

ISSUERS: tuple[Column[IssuerRow], ...] = (
    Column(Words("日期", "Day"), lambda row: row.day.served_on),
    Column(Words("工号", "Staff number"), lambda row: row.day.staff.number, Kind.CODE),
    Column(Words("姓名", "Name"), lambda row: row.day.staff.name),
    Column(Words("{科室}", "Section"), lambda row: row.day.section.name),
    Column(
        Words("发放人", "Who issued"),
        lambda row: _issuer_name(row.issuer),
        meaning=Words("账号；同一人可有多个", "an account; one person may have several"),
    ),
    Column(Words("评价单", "Tickets"), lambda row: row.issuer.tickets, Kind.WHOLE),
    Column(
        Words("占当日评价单", "Share of the day"),
        lambda row: share(row.issuer.tickets, row.day.tickets),
        Kind.PERCENT,
    ),
    Column(Words("为本人", "For oneself"), lambda row: _yes(is_so=row.issuer.is_own)),
    Column(
        Words("本{科室}人员发放", "By own section"), lambda row: row.issuer.colleagues, Kind.WHOLE
    ),
)
