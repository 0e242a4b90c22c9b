"""The request for a register of cases: which, of which days, whose.

Cases are independent of periods, so a register covers a span of days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from flask import current_app
from sqlalchemy import ColumnElement, Select, or_, select

from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.parties import is_owned_by, is_party
from evalsys.cases.engine.queries import select_cases, was_open
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.errors import N_, NP_, Dated, Text
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.spreadsheets.words import ORGAN, SECTION, join, labelled
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.org.sheets import scope_text

FILTERS = ("organ", "section")
DAY = NP_("sheet", "y-MM-dd")


@dataclass(frozen=True)
class CaseRequest:
    """A request by `actor` for the register `name`, both days included.

    `filters` are codes of an organ or a section; `at` is the time of the request.
    """

    actor: Actor
    name: str
    since: date
    until: date
    filters: Mapping[str, str]
    lang: str
    at: datetime

    @property
    def on(self) -> date:
        """The day of the export, which determines the scope."""
        return local_day(self.at)

    def has_day(self, day: date) -> bool:
        """Return whether a day is in the span."""
        return self.since <= day <= self.until

    @property
    def running(self) -> ColumnElement[bool]:
        """The predicate on `Subject` that it was open on a day of the span."""
        return was_open(self.since, self.until)

    @property
    def place_filter(self) -> ColumnElement[bool]:
        """The predicate on `Section` that it is in scope and matches the filters."""
        wanted = visible_to(self.actor, self.on, self.on)
        if organ := self.filters.get("organ"):
            wanted &= Section.organ_id.in_(select(Organ.id).where(Organ.code == organ))
        if section := self.filters.get("section"):
            wanted &= Section.code == section
        return wanted

    def select_cases(self, *kinds: str) -> Select[Subject]:
        """Return the query for the cases of matching sections and organs, the earliest first.

        Limited to the cases that the actor may see on pages.
        """
        return (
            select_cases(self.actor, on=self.on)
            .where(
                Subject.kind.in_(kinds),
                self._is_owned_here(),
            )
            .order_by(None)
            .order_by(Subject.year, Subject.serial, Subject.kind)
        )

    def _is_owned_here(self) -> ColumnElement[bool]:
        """Return the predicate on `Subject` for its owner: a section, or an organ without one."""
        here = is_owned_by(select(Section.id).where(self.place_filter))
        if self.filters.get("section"):
            return here
        organ = self.filters.get("organ")
        named = Party.organ_id.in_(select(Organ.id).where(Organ.code == organ))
        return or_(here, is_party(OWNER, named if organ else Party.organ_id.is_not(None)))

    @cached_property
    def place(self) -> str:
        """The name of the only organ in scope, or of the whole organisation."""
        query = select(Organ.name).join(Section, Section.organ_id == Organ.id)
        names = db.session.scalars(query.where(self.place_filter).distinct().limit(2)).all()
        return names[0] if len(names) == 1 else str(current_app.config["ORGANISATION"])

    @cached_property
    def scope_words(self) -> Text:
        """The text of the actor's scope."""
        visible = visible_to(self.actor, self.on, self.on)
        return scope_text(select(Section.name), visible, self.place)

    @property
    def filter_words(self) -> Text:
        """The text of the filters."""
        labels = {"organ": ORGAN, "section": SECTION}
        parts = [labelled(labels[name], code) for name, code in self.filters.items()]
        return join(parts or [N_("none")])

    @property
    def span_words(self) -> Text:
        """The text of the span."""
        return NP_("sheet", "%(since)s to %(until)s").filled(
            since=Dated(self.since, DAY), until=Dated(self.until, DAY)
        )


def clean_filters(args: Mapping[str, str]) -> dict[str, str]:
    """Return the query arguments that filter a register, shortened."""
    return {name: args[name].strip()[:40] for name in FILTERS if args.get(name, "").strip()}
