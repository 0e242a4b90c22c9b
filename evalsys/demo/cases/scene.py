"""Who acts in the demo's cases, whom they are about, and when it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest

from sqlalchemy import and_, case, func, or_, select

from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.rules.machine import Move
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.demo.cases.words import Story
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.personnel.duties import Duty
from evalsys.ratings.ballots.models import Rating
from evalsys.ratings.ballots.rules import LOWEST_GOOD
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.queries import is_newest

SHOWN = "SP01"  # the section whose chief and clerk have a demo account
SECONDED = {"publish_notice"}  # moves that agree to what the personnel office did before
SHOWN_REVIEWS = 3  # bad reviews in it


@dataclass(frozen=True)
class Shown:
    """A person of the demo about whom there is no case yet."""

    section_id: int
    staff_id: int
    ballot_id: bytes = b""  # of the low rating that a bad review comes from
    period: str = ""  # of that rating


@dataclass(frozen=True)
class Scene:
    """Who acts in the demo, and when. `accounts` and `chiefs` map staff and sections to users."""

    hr: Actor
    leader: Actor
    accounts: Mapping[int, int]
    chiefs: Mapping[int, int]
    mentor: Staff  # has an account
    colleague: Staff
    codes: Sequence[str]
    period: str
    result_id: int
    days: WorkingDays
    now: datetime

    def user_of(self, move: Move, person: Shown) -> int | None:
        """Return the account of who makes a move in the demo, if they have one."""
        return self.leader.user_id if move.name in SECONDED else self.holder(move.duty, person)

    def holder(self, duty: str, person: Shown) -> int | None:
        """Return the account that a duty has in the demo, if it has one."""
        known: dict[str, int | None] = {
            Duty.PERSONNEL: self.hr.user_id,
            Duty.LEADER: self.leader.user_id,
            Duty.PERSON: self.accounts.get(person.staff_id),
        }
        return known.get(duty, self.chiefs.get(person.section_id))

    def moment(self, day: date) -> datetime:
        """Return a moment in the office hours of a day, or of the next working day."""
        day = day if self.days.is_working(day) else next(self.days.after(day))
        return self.now.replace(year=day.year, month=day.month, day=day.day, hour=2, minute=15)

    def moment_after(self, last: datetime, day: date) -> datetime:
        """Return such a moment, but at the earliest on the day after the last one."""
        return self.moment(max(day, local_day(last) + timedelta(days=1)))


def make_scene(hr: Actor, leader: Actor, period: str, now: datetime) -> Scene:
    """Read who has an account, who leads which section, and which sections there are."""
    users = select(User.staff_id, User.id).where(User.staff_id.is_not(None))
    accounts = {staff_id: user_id for staff_id, user_id in db.session.execute(users) if staff_id}
    led = select(ChiefTerm.section_id, ChiefTerm.staff_id).where(ChiefTerm.ended_on.is_(None))
    chiefs = {row.section_id: row.staff_id for row in db.session.execute(led)}
    sections = db.session.execute(select(Section.code, Section.id).order_by(Section.code)).all()
    codes = [row.code for row in sections]
    newest = select(Result.id).join(Result.period).where(Period.code == period, is_newest())
    shown = next((row.id for row in sections if row.code == SHOWN), sections[0].id)
    return Scene(
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


def words_of(file: Subject, scene: Scene) -> Story:
    """Return the words that tell a case from the others."""
    section = db.session.get_one(Section, file.section_id)
    return Story(
        key=file.id,
        name=db.session.get_one(Staff, file.staff_id).name,
        section=section.name,
        elsewhere=next(code for code in scene.codes if code != section.code),
        opened_on=local_day(file.opened_at),
    )


def rated_low(opened_on: date) -> Shown | None:
    """Return a member with a counted low rating of the quarter in which a bad review was opened.

    None if nobody has one. The shown section comes first for some, then one section after another.
    """
    is_low = or_(*(getattr(Rating, name) < LOWEST_GOOD for name in DIMENSIONS))
    led, busy = select(ChiefTerm.staff_id), select(Party.staff_id).where(Party.duty == Duty.PERSON)
    had = (
        select(func.count(Subject.id))
        .where(is_owned_by([Rating.section_id]), Subject.kind == "review")
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Rating.section_id, Rating.staff_id, Rating.ballot_id, Rating.base_period)
        .join(Posting, Posting.staff_id == Rating.staff_id)
        .join(Section, Section.id == Rating.section_id)
        .where(Rating.base_period == base_period_of(opened_on), is_low)
        .where(Rating.staff_id.not_in(led), Rating.staff_id.not_in(busy))
        .where(Posting.section_id == Rating.section_id, Posting.ended_on.is_(None))
        .order_by(
            case((Section.code == SHOWN, had < SHOWN_REVIEWS), else_=False).desc(),
            *(had, Section.code != SHOWN, Rating.ballot_id),
        )
        .limit(1)
    ).first()
    return Shown(*row) if row else None


def members(result_id: int) -> Iterator[Shown]:
    """Yield members, the weakest of each section in turn, the shown section and its organ first.

    Who has an account comes first in the own section. `result_id` is whose scores say who is weak.
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
    sections: dict[int, list[Shown]] = {}
    for row in rows:
        sections.setdefault(row.section_id, []).append(Shown(*row))
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
