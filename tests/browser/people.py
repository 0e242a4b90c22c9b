"""People of the city who act in a journey: their accounts, what they type, what they download."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import docx
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.rules.machine import Field, FieldKind, Move
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.personnel.pool.service import draft_return
from tests.browser.conftest import OpenPage, sign_in
from tests.cases.letters.reading import text_of
from tests.factories import make_user

PASSWORD = "correct horse battery staple"
# A meeting that decides: whatever of this a form asks for. Names and numbers agree.
MEETING = {
    "entitled": "3",
    "attendees": "丁建国、王海宁、李春梅",
    "recused": "",
    "absent": "",
    "present": "3",
    "in_favour": "2",
    "against": "1",
    "abstained": "0",
    "reasons": "事实清楚，已听取本人陈述。",
    "decider": "丁建国 局长",
    "document": "云组〔2026〕58号",
}


@dataclass(frozen=True)
class Group:
    """A section of the city that no other test proposes anything in. Make it in its context."""

    code: str

    @cached_property
    def section(self) -> Section:
        return db.session.scalars(select(Section).where(Section.code == self.code)).one()

    @cached_property
    def chief(self) -> Staff:
        term = select(ChiefTerm.staff_id).where(
            ChiefTerm.section_id == self.section.id, ChiefTerm.ended_on.is_(None)
        )
        return db.session.scalars(select(Staff).where(Staff.id.in_(term))).one()

    @cached_property
    def members(self) -> list[Staff]:
        """The members about whom there is no case, the chief left out."""
        busy = select(Party.staff_id).where(Party.duty == "person")
        query = (
            select(Staff)
            .join(Posting, Posting.staff_id == Staff.id)
            .where(Posting.section_id == self.section.id, Posting.ended_on.is_(None))
            .where(Staff.id != self.chief.id, Staff.id.not_in(busy))
            .order_by(Staff.number)
        )
        return list(db.session.scalars(query))


def account_of(staff: Staff, role: Role = Role.STAFF) -> User:
    """Return the account of somebody, with the password of all journeys."""
    known = db.session.scalar(select(User).where(User.name == staff.number))
    return known or make_user(
        role,
        name=staff.number,
        display_name=staff.name,
        staff_id=staff.id,
        password_hash=hash_password(PASSWORD),
    )


def enter(open_page: OpenPage, user: User, viewport: dict[str, int], *, lang: str = "en") -> Page:
    """Return a page on which somebody has signed in."""
    page = open_page(viewport=viewport, lang=lang)
    sign_in(page, user.name, PASSWORD)
    return page


def link(page: Page, name: str) -> None:
    """Follow the first link of a name in the main part, and arrive where it leads.

    Whoever goes on before that fills the form of the page that is left.
    """
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.locator("main").get_by_role("link", name=name).first.click()


def fill(page: Page, **given: str) -> None:
    """Fill a form: what is given by the name of a field, and what is needed and still empty."""
    for control in page.locator("main form").locator("textarea, select, input").all():
        name = control.get_attribute("name") or ""
        if name in given:
            _set(control, given[name])
        elif control.get_attribute("required") is not None and _is_empty(control):
            _set(control, None)


def _is_empty(control: Locator) -> bool:
    if control.get_attribute("type") == "checkbox":
        return not control.is_checked()
    return not control.input_value()


def _set(control: Locator, value: str | None) -> None:
    kind = control.get_attribute("type") or str(control.evaluate("it => it.localName"))
    if kind == "checkbox":
        control.check()
    elif kind == "select":
        control.select_option(value) if value else control.select_option(index=1)
    elif kind == "date":
        control.fill(value or pages.today().isoformat())
    elif kind == "textarea":
        control.fill("情况属实，已逐项核对。" if value is None else value)
    else:
        numeric = control.get_attribute("inputmode") == "numeric"
        control.fill(("1" if numeric else "周敏") if value is None else value)


def send(page: Page) -> None:
    """Press the one button of a form, and see that it was done."""
    page.locator("main form .btn-primary").click()
    expect(page.get_by_role("status")).to_contain_text("✓")


def refuse(page: Page) -> Locator:
    """Press the button of a form, see that it was refused, and return the words why."""
    page.locator("main form .btn-primary").click()
    why = page.get_by_role("alert")
    expect(why).to_be_visible()
    return why


def step(page: Page, name: str, **given: str) -> None:
    """Take a step from the page of a case: its button, its form."""
    link(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    fill(page, **given)
    send(page)


def letter(page: Page, name: str) -> str:
    """Download a letter from the page of a case; return all that it says."""
    with page.expect_download() as sent:
        page.locator("main").get_by_role("link", name=re.compile(f"^{name} of ")).click()
    assert sent.value.suggested_filename.endswith(".docx")
    return text_of(docx.Document(io.BytesIO(Path(sent.value.path()).read_bytes())))


def returned(
    chief: User, hr: User, member: User, *, upto: str, now: datetime, **said: str
) -> Subject:
    """Return a proposal about a member after a step of it, taken as people would have."""
    number = db.session.get_one(Staff, member.staff_id).number
    case = draft_return(chief.actor, number, now=now)
    for kind in (EvidenceKind.DUTY_RECORD, EvidenceKind.WORK_RESULT):
        add_evidence(chief.actor, case.id, kind, "台账", "连续三月超时", now=now)
    for user, name in (
        (chief, "propose"),
        (hr, "notify"),
        (member, "state"),
        (hr, "verify"),
        (hr, "talk"),
    ):
        move = kind_of(case).machine.move(case.state, name)
        assert move is not None
        entry = {key: said.get(key, value) for key, value in entry_for(move).items()}
        take_step(user.actor, case.id, name, entry, now=now)
        if name == upto:
            break
    return case


def entry_for(move: Move) -> dict[str, Any]:
    """Return something plausible for each field of a step."""
    return dict(_entries(move.fields))


def _entries(fields: Iterable[Field]) -> Iterable[tuple[str, Any]]:
    for field in fields:
        if field.kind is FieldKind.PERIODS or field.name == "left_out_reasons":
            continue  # No form asks for them.
        match field.kind:
            case FieldKind.DAY:
                value: Any = pages.today()
            case FieldKind.TICK:
                value = True
            case FieldKind.CHOICE:
                value = next(iter(field.choices))
            case FieldKind.NUMBER:
                value = field.low
            case FieldKind.ANSWERS:
                value = "1. 已逐项核对。"
            case _:
                value = "情况属实，已逐项核对。"
        yield field.name, value
