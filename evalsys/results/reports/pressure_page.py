"""Reports of "I was asked to rate well" by section, for supervision only.

A number does not reveal who reported, and small ones are not printed (`scores.disclosure`).
Sections at the policy's threshold are marked and become a task.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import contains_eager

from evalsys.core.extensions import db
from evalsys.core.frame.tasks import Task
from evalsys.core.pages import local_day, paginate
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import select_visible
from evalsys.organisation.periods.queries import base_kind, base_period_of
from evalsys.organisation.periods.rules import parse_period, period_of, previous
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import Tally
from evalsys.ratings.counting.tally_models import PressureTally
from evalsys.results.reports.limits import PRESSURE

PAGE = 50


@dataclass(frozen=True)
class PressurePage:
    """The sections of a base period with their reports, marked from `line` on."""

    code: str
    codes: list[str]
    rows: Pagination
    reports: Mapping[int, int]
    ballots: Mapping[int, int]
    line: int
    min_n: int


def read_pressure(actor: Actor, code: str, on: date) -> PressurePage:
    """Return a page of the sections in scope, the marked ones first.

    An unknown base period means the present one.
    """
    known = db.session.scalars(select(PressureTally.base_period).distinct()).all()
    present = base_period_of(on)
    codes = sorted({*known, present}, reverse=True)
    chosen = code if code in codes else present
    rules = rules_in_force()
    rows = paginate(_select(actor, chosen, rules[PRESSURE]), PAGE)
    here = [section.id for section in rows.items]
    reports = select(PressureTally.section_id, PressureTally.reports).where(
        PressureTally.base_period == chosen, PressureTally.section_id.in_(here)
    )
    ballots = (
        select(Tally.section_id, func.sum(Tally.ballots))
        .where(Tally.base_period == chosen, Tally.section_id.in_(here))
        .group_by(Tally.section_id)
    )
    return PressurePage(
        chosen,
        codes,
        rows,
        {row[0]: row[1] for row in db.session.execute(reports)},
        {row[0]: int(row[1]) for row in db.session.execute(ballots)},
        rules[PRESSURE],
        rules.min_n_display,
    )


def _select(actor: Actor, code: str, line: int) -> Select[Section]:
    """Return the query for the sections with ballots in a base period.

    Marked ones first, then by code: the order must not reveal more than the printed numbers.
    """
    span = parse_period(code)
    rated = select(Tally.section_id).where(Tally.base_period == code)
    marked = select(PressureTally.section_id).where(
        PressureTally.base_period == code, PressureTally.reports >= line
    )
    return (
        select(Section)
        .join(Section.organ)
        .options(contains_eager(Section.organ))
        .where(
            Section.id.in_(rated),
            Section.id.in_(select_visible(actor, span.starts_on, span.ends_on)),
        )
        .order_by(case((Section.id.in_(marked), 0), else_=1), Organ.code, Section.code)
    )


def pressure_tasks(actor: Actor, now: datetime) -> Iterator[Task]:
    """Yield the base periods, present and previous, with sections at the threshold."""
    present = period_of(local_day(now), base_kind())
    for span in (present, previous(present)):
        number = db.session.scalar(
            select(func.count())
            .select_from(PressureTally)
            .where(
                PressureTally.base_period == span.code,
                PressureTally.reports >= rules_in_force()[PRESSURE],
                PressureTally.section_id.in_(select_visible(actor, span.starts_on, span.ends_on)),
            )
        )
        if number:
            yield Task(
                mark=str(ngettext("%(num)s section", "%(num)s sections", number)),
                title=_("Raters were asked to rate well"),
                detail=_("From the threshold of the policy on, supervision looks into it."),
                endpoint="reports.pressure",
                button=_("View"),
                params={"period": span.code},
            )
