"""Bad reviews in the demo city: each comes from a low ballot of the quarter it is opened in."""

from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.scenes.cast import SHOWN, Concerned
from evalsys.cases.scenes.registry import Entries, Filed, Scene
from evalsys.cases.scenes.words import CaseWords
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.organisation.org.models import ChiefTerm, Posting, Section
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.personnel.feedback.envelopes import seal_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import KIND
from evalsys.personnel.feedback.rules.categories import Attribution, Category, FollowUpRating
from evalsys.ratings.ballots.models import Rating
from evalsys.ratings.ballots.rules import LOWEST_GOOD

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


def rated_low(opened_on: date) -> Concerned | None:
    """Return a member with a counted low rating of the quarter of a bad review's opening.

    None if nobody has one. The shown section is preferred for some, then sections alternate.
    """
    is_low = or_(*(getattr(Rating, name) < LOWEST_GOOD for name in DIMENSIONS))
    led, busy = select(ChiefTerm.staff_id), select(Party.staff_id).where(Party.duty == PERSON)
    had = (
        select(func.count(Subject.id))
        .where(is_owned_by([Rating.section_id]), Subject.kind == KIND)
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
    return Concerned(*row) if row else None


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
)
