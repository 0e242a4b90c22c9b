"""Bad reviews in the demo city: each comes from a low ballot of the quarter it is opened in."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.service import take_step
from evalsys.cases.scenes.cast import SHOWN, Concerned, Quarter
from evalsys.cases.scenes.registry import Entries, Filed, Scene
from evalsys.cases.scenes.words import CaseWords
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm, Posting, Section
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.personnel.feedback.envelopes import seal_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import KIND
from evalsys.personnel.feedback.rules.categories import Attribution, Category, FollowUpRating
from evalsys.personnel.feedback.service import open_reviews
from evalsys.personnel.feedback.setting_aside import set_decided_aside
from evalsys.ratings.ballots.models import Rating
from evalsys.ratings.ballots.rules import LOWEST_GOOD
from evalsys.ratings.counting.hooks import LowBallot

SHOWN_REVIEWS = 3  # in the section that is shown
CALLS = {"contact", "call_back"}
ENTRIES: Entries = {
    ("classify_aside", "category"): "mistaken",
    ("classify_aside", "finding"): (
        "评价人回电说明按错了按钮，"
        "{name}当天办理顺利，通话记录编号{key}。"
    ),
    ("classify", "finding"): (
        "调取{section}当天叫号和办件记录，"
        "反映的超过承诺时限属实，责任人{name}（{key}号）。"
    ),
    "tries": 3,
    "measures": "{section}当天补办，{name}当面致歉；{mended}，第{key}号台账销号。",
    "objection": (
        "当天材料不全，我{name}一次性告知后等补正，"
        "时限应从补正起算，有录音为证，请复核。"
    ),
    "said": "在{section}等了一上午，{name}答应当天办好，第三天才办成（第{key}号）。",
    "remark": None,
}  # fmt: skip

# A review that was due to the process: days before the first one after the quarter that was closed
# as the last but one. It leads to a matter, and that to a shorter process (`reform.reductions`).
FOUND_AGO, FOUND_OPENED, NIGHTS = 1, 16, timedelta(days=14)
FOUND: tuple[tuple[str, int, dict[str, str]], ...] = (
    ("classify_aside", 13, {
        "category": "justified_simple",
        "attribution": "process",
        "finding": (
            "同一份章程在受理、审查、复核三个环节各收一次，"
            "经办人按现行规程办理，无不当之处。"
        ),
        "change": "企业设立登记环节过多，同一材料反复递交",
    }),
    ("set_aside", 9, {"reasons": "经核对办件流转记录，属环节设置问题，不计入个人得分。"}),
    ("rectify", 8, {"measures": "已向办事人说明原因并当日办结，环节问题转督查部门推动解决。"}),
    ("close", 6, {"remark": "办事人未留联系方式，流程问题另案督办。"}),
)  # fmt: skip


def rated_low(opened_on: date) -> Concerned | None:
    """Return a member with a counted low rating of the quarter of a bad review's opening.

    None if nobody has one. The shown section is preferred for some, then sections alternate.
    """
    had = (
        select(func.count(Subject.id))
        .where(is_owned_by([Rating.section_id]), Subject.kind == KIND)
        .scalar_subquery()
    )
    row = db.session.execute(
        _lows(base_period_of(opened_on))
        .order_by(
            case((Section.code == SHOWN, had < SHOWN_REVIEWS), else_=False).desc(),
            *(had, Section.code != SHOWN, Rating.ballot_id),
        )
        .limit(1)
    ).first()
    return Concerned(*row) if row else None


def _lows(period: str) -> Select[int, int, bytes, str]:
    """Return the query for the low ballots of members without a case, with their sections."""
    is_low = or_(*(getattr(Rating, name) < LOWEST_GOOD for name in DIMENSIONS))
    led, busy = select(ChiefTerm.staff_id), select(Party.staff_id).where(Party.duty == PERSON)
    return (
        select(Rating.section_id, Rating.staff_id, Rating.ballot_id, Rating.base_period)
        .join(Posting, Posting.staff_id == Rating.staff_id)
        .join(Section, Section.id == Rating.section_id)
        .where(Rating.base_period == period, is_low)
        .where(Rating.staff_id.not_in(led), Rating.staff_id.not_in(busy))
        .where(Posting.section_id == Rating.section_id, Posting.ended_on.is_(None))
    )


def find_due_to_process(quarter: Quarter) -> None:
    """Let two people find a bad review of the shown section due to the process, before a closing.

    The counting of the next night sets the rating aside, so that the result is without it.
    """
    lows = _lows(base_period_of(quarter.span.ends_on)).where(Section.code == SHOWN)
    row = db.session.execute(lows.order_by(Rating.ballot_id).limit(1)).first()
    if quarter.ago != FOUND_AGO or row is None:
        return
    section, staff, ballot, period = row
    with unit_of_work(SYSTEM) as unit:
        low = LowBallot(ballot, period, section, staff, reasons=1, contact_id=None)
        open_reviews(unit, [low], local_day(quarter.moment(FOUND_OPENED)))
        unit.record(Action.DEMO_LOAD, "reviews", made=1)
    led = select(ChiefTerm.staff_id).where(
        ChiefTerm.section_id == section, ChiefTerm.ended_on.is_(None)
    )
    chief = db.session.scalars(select(User).where(User.staff_id.in_(led))).one().actor
    newest = select(Subject.id).where(Subject.kind == KIND).order_by(Subject.id.desc())
    case_id = db.session.scalars(newest.limit(1)).one()
    for move, before, entry in FOUND:
        now = quarter.moment(before)
        day = {"done_on": local_day(now).isoformat()} if move == "rectify" else {}
        actor = quarter.hr if move == "set_aside" else chief
        take_step(actor, case_id, move, {**entry, **day}, now=now)
    set_decided_aside(local_day(quarter.moment(FOUND_OPENED)) + NIGHTS)


def of_period(
    _origin: Subject | None, person: Concerned, _words: CaseWords | None
) -> dict[str, Any]:
    """Return the period of the rating."""
    return {"period": person.period}


def review(filed: Filed) -> None:
    """Insert the review of a case, classified as its steps say."""
    case, done = filed.case, filed.done
    judged = done.get("classify") or done.get("classify_aside")
    db.session.add(
        Review(
            case_id=case.id,
            reasons=0 if case.closed_at else 1,
            has_contact=bool(CALLS & done.keys()),
            sealed_ballot=None if case.closed_at else seal_ballot(filed.person.ballot_id),
            category=Category(judged.entry["category"]) if judged else None,
            attribution=_attribution(judged),
            aside=None,  # The demo carries out no exclusion.
            contacted_on=_day(done.get("contact")),
            rectified_on=_day(done.get("rectify")),
            called_back_on=_day(done.get("call_back")),
            result=FollowUpRating.SATISFIED if "call_back" in done else None,
        )
    )


def _attribution(judged: CaseStep | None) -> Attribution | None:
    return Attribution(judged.entry.get("attribution", Attribution.PERSON)) if judged else None


def _day(step: CaseStep | None) -> date | None:
    return local_day(step.at) if step else None


SCENE = Scene(
    KIND,
    ENTRIES,
    place=1,
    cast_for=rated_low,
    grounds=of_period,
    papers=review,
    before_closing=find_due_to_process,
)
