"""A sheet of figures: everything that is wrong, or what would change; then it is entered."""

from decimal import Decimal
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.forms import SeenListForm
from evalsys.reform.benchmarks import queries
from evalsys.reform.benchmarks.figures import (
    FigureEntry,
    FigurePlan,
    Key,
    enter_figures,
)
from evalsys.reform.benchmarks.lists import (
    MOST_CHANGES,
    FigureList,
    heading,
    open_figures,
    parse_figures,
    plan_list,
)
from evalsys.reform.benchmarks.views.reading import bp

SHOWN = 500  # rows of a preview
PREVIEW = "benchmarks/v1"


@bp.route("/reform/benchmarks/sheet", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def sheet() -> ResponseReturnValue:
    """Preview the changes or errors of a sheet; then enter exactly what was shown."""
    return SeenListForm().answer(PREVIEW, _page, _look, _enter)


def _look(form: SeenListForm) -> ResponseReturnValue:
    read = form.read(current_actor(), open_figures)
    if read is None:
        return _page(form)
    indicators = db.session.scalars(queries.select_indicators()).all()
    this_year = pages.today().year
    figures = parse_figures(read, indicators, queries.list_cities(), this_year=this_year)
    return _page(form, plan_list(figures), figures)


def _enter(signed: list[Any]) -> ResponseReturnValue:
    """Enter what was shown. Raises FiguresChanged."""
    entries, shown = _read(signed)
    with unit_of_work(current_actor()) as unit:
        plan = enter_figures(unit, entries, now=pages.now(), shown=shown)
    new = len(plan.changes) - plan.replaced
    words = _("The figures are entered: %(new)s new, %(changed)s instead of others.")
    flash(words % {"new": new, "changed": plan.replaced})
    return redirect(url_for("benchmarks.index"), 303)


def _page(
    form: SeenListForm, plan: FigurePlan | None = None, figures: FigureList | None = None
) -> ResponseReturnValue:
    return form.draw(
        "benchmarks/sheet.html",
        plan,
        _shown,
        purpose=PREVIEW,
        figures=figures,
        heading=heading,
        most=MOST_CHANGES,
        shown=SHOWN,
        indicators={one.id: one for one in db.session.scalars(queries.select_indicators())},
        names={city.id: city.name for city in queries.list_cities()},
    )


def _shown(plan: FigurePlan) -> list[Any]:
    """Return the entries of a plan and the versions that they replace."""
    rows = [[*entry[:3], str(entry.value), *entry[4:]] for entry, _before in plan.changes]
    return [rows, [[*key, version] for key, version in plan.versions.items()]]


def _read(signed: list[Any]) -> tuple[list[FigureEntry], dict[Key, int]]:
    """Return the entries of a preview, and the versions that were looked at."""
    rows, versions = signed
    entries = [FigureEntry(*row)._replace(value=Decimal(row[3])) for row in rows]
    return entries, {(row[0], row[1], row[2]): row[3] for row in versions}
