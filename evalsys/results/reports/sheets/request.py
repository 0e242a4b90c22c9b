"""The request for a workbook of results: which, of which result, with which filter.

The rows are those of the pages: same scope, same filter, newest frozen result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select

from evalsys.core.errors import N_, NP_, DomainError, NotFound, Text, Within
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.spreadsheets.words import ORGAN, SECTION, join, labelled
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.org.sheets import scope_text
from evalsys.organisation.org.words import KINDS
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.periods.rules import period_message
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.words import PROPOSALS
from evalsys.results.reports.queries import choose_result, list_results
from evalsys.results.reports.ranking_page import RankingFilter, select_ranked
from evalsys.results.reports.sheets.words import BANDS, ORDERS
from evalsys.scores.models import Result, SectionScore

FILTERS = ("kind", "band", "proposal", "organ", "search", "section", "sort")


@dataclass(frozen=True)
class ExportRequest:
    """A request by `actor` for the workbook `name`.

    `filters` are the query arguments of the page, as texts; `at` is the time of the request.
    """

    actor: Actor
    name: str
    result: Result
    filters: Mapping[str, str]
    lang: str
    at: datetime

    @cached_property
    def wanted(self) -> RankingFilter:
        """The filter as parsed by the ranking page."""
        return RankingFilter.read(self.filters)

    @cached_property
    def rules(self) -> PolicyRules:
        """The rules under which the result was computed."""
        return PolicyRules.from_json(self.result.policy.rules)

    @property
    def section(self) -> str:
        """The code of the only section wanted, or ""."""
        return self.filters.get("section", "")

    @property
    def is_narrowed(self) -> bool:
        """Whether the filter excludes some sections of an organ."""
        wanted = self.wanted
        return bool(self.section or wanted.kind or wanted.band or wanted.proposal or wanted.search)

    def select_sections(self) -> Select[SectionScore]:
        """Return the query for the frozen sections of the export, in its order."""
        query = select_ranked(self.actor, self.result, self.wanted)
        return query.where(Section.code == self.section) if self.section else query

    def section_ids(self) -> Select[Any]:
        """Return the query for the ids of the export's sections."""
        return self.select_sections().order_by(None).with_only_columns(SectionScore.section_id)

    @cached_property
    def sections(self) -> int:
        """The number of sections in the export."""
        query = select(func.count()).select_from(self.section_ids().subquery())
        return db.session.scalar(query) or 0

    @cached_property
    def organs(self) -> list[str]:
        """The names of the organs in the export."""
        period = self.result.period
        query = (
            select(Organ.name)
            .join(Section, Section.organ_id == Organ.id)
            .where(
                Section.id.in_(self.section_ids()),
                visible_to(self.actor, period.starts_on, period.ends_on),
            )
            .group_by(Organ.id, Organ.code, Organ.name)
            .order_by(Organ.code)
        )
        return list(db.session.scalars(query))

    @cached_property
    def place(self) -> str:
        """The name of the only organ in the export, or of the whole organisation."""
        is_single = len(self.organs) == 1
        return self.organs[0] if is_single else str(current_app.config["ORGANISATION"])

    @cached_property
    def scope_words(self) -> Text:
        """The text of the actor's scope, as on the pages."""
        period = self.result.period
        visible = visible_to(self.actor, period.starts_on, period.ends_on)
        frozen = (
            select(Section.name)
            .join(SectionScore, SectionScore.section_id == Section.id)
            .where(SectionScore.result_id == self.result.id)
        )
        return scope_text(frozen, visible, self.place)

    @cached_property
    def filter_words(self) -> Text:
        """The text of the filter and the order."""
        wanted, parts = self.wanted, []
        if wanted.organ:
            parts.append(labelled(ORGAN, wanted.organ))
        if self.section:
            parts.append(labelled(SECTION, self.section))
        if wanted.kind:
            parts.append(labelled(NP_("label", "kind"), KINDS[wanted.kind]))
        if wanted.band:
            parts.append(labelled(NP_("label", "size band"), BANDS[wanted.band]))
        if wanted.proposal:
            parts.append(labelled(NP_("label", "proposal"), Within(PROPOSALS[wanted.proposal])))
        if wanted.search:
            parts.append(labelled(NP_("label", "search"), wanted.search))
        order: Text = ORDERS[wanted.sort.removeprefix("-")]
        if wanted.sort.startswith("-"):
            order = NP_("label", "%(order)s (descending)").filled(order=order)
        return join([*(parts or [N_("none")]), labelled(NP_("label", "order"), order)])


def clean_filters(args: Mapping[str, str]) -> dict[str, str]:
    """Return the query arguments that filter an export, shortened."""
    return {name: args[name].strip()[:40] for name in FILTERS if args.get(name, "").strip()}


def find_result(code: str) -> Result:
    """Return the newest result of a period. Raises BadPeriod or DomainError."""
    period = get_period(code)
    if not is_closed(period):
        raise DomainError(
            N_("%(code)s is not closed yet: until then there are only counts, and no workbook."),
            code=period_message(period.code),
        )
    return choose_result(list_results(), period.code)


def is_closed(period: Period) -> bool:
    """Return whether a period has results."""
    return period.state in {PeriodState.CLOSED, PeriodState.PUBLISHED}


def check_scope(request: ExportRequest) -> None:
    """Raise NotFound if the actor sees nothing of the request; it names the filter."""
    if not request.sections:
        raise NotFound(
            N_("No section that you may see matches the filter: %(filter)s."),
            filter=request.filter_words,
        )
