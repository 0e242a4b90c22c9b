"""The cast of the demo's cases: actors and people concerned, loaded from the city."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import and_, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.scenes.cast import SHOWN, Cast, Concerned
from evalsys.cases.scenes.words import CaseWords
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.organisation.periods.models import Period
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.queries import is_newest


def make_cast(hr: Actor, leader: Actor, period: str, now: datetime) -> Cast:
    """Load the accounts, the chiefs of sections, and the sections."""
    users = select(User.staff_id, User.id).where(User.staff_id.is_not(None))
    accounts = {staff_id: user_id for staff_id, user_id in db.session.execute(users) if staff_id}
    led = select(ChiefTerm.section_id, ChiefTerm.staff_id).where(ChiefTerm.ended_on.is_(None))
    chiefs = {row.section_id: row.staff_id for row in db.session.execute(led)}
    sections = db.session.execute(select(Section.code, Section.id).order_by(Section.code)).all()
    codes = [row.code for row in sections]
    newest = select(Result.id).join(Result.period).where(Period.code == period, is_newest())
    shown = next((row.id for row in sections if row.code == SHOWN), sections[0].id)
    return Cast(
        hr,
        leader,
        accounts,
        {section: accounts[staff] for section, staff in chiefs.items() if staff in accounts},
        db.session.get_one(Staff, chiefs[shown]),
        db.session.get_one(Staff, next(id_ for key, id_ in chiefs.items() if key != shown)),
        codes,
        period,
        db.session.scalars(newest).one(),
        working_days(),
        now,
    )


def words_of(file: Subject, cast: Cast) -> CaseWords:
    """Return the distinguishing texts of a case."""
    section = db.session.get_one(Section, file.section_id)
    return CaseWords(
        key=file.id,
        name=db.session.get_one(Staff, file.staff_id).name,
        section=section.name,
        elsewhere=next(code for code in cast.codes if code != section.code),
        opened_on=local_day(file.opened_at),
    )


def members(result_id: int) -> Iterator[Concerned]:
    """Yield members, the weakest of each section by turns, the shown section and organ first.

    Account holders come first in their section. `result_id` has the scores.
    """
    led = select(ChiefTerm.staff_id)
    organ = select(Section.organ_id).where(Section.code == SHOWN).scalar_subquery()
    scores = select(MemberScore.section_id, MemberScore.staff_id, MemberScore.score)
    found = scores.where(MemberScore.result_id == result_id).subquery()
    own = select(User.staff_id).where(User.staff_id.is_not(None), User.role == Role.STAFF)
    rows = db.session.execute(
        select(Posting.section_id, Posting.staff_id)
        .join(Section, Section.id == Posting.section_id)
        .join(Staff, Staff.id == Posting.staff_id)
        .join(
            found,
            and_(found.c.staff_id == Posting.staff_id, found.c.section_id == Posting.section_id),
        )
        .where(Posting.ended_on.is_(None), Posting.staff_id.not_in(led))
        .where(found.c.score.is_not(None))
        .order_by(
            *(Section.code != SHOWN, Section.organ_id != organ, Section.code),
            *(Posting.staff_id.not_in(own), found.c.score, Staff.number),
        )
    ).all()
    sections: dict[int, list[Concerned]] = {}
    for row in rows:
        sections.setdefault(row.section_id, []).append(Concerned(*row))
    led_by_account = set(
        db.session.scalars(
            select(ChiefTerm.section_id).join(User, User.staff_id == ChiefTerm.staff_id)
        )
    )
    for number, turn in enumerate(zip_longest(*sections.values())):
        for person in turn:
            # A chief with an account has used up the cap with one return.
            if person and not (number and person.section_id in led_by_account):
                yield person
