"""A sheet of figures: everything that is wrong, or what would change; then it is entered."""

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.forms import SeenListForm, read_preview, sign_preview
from evalsys.reform.benchmarks import queries
from evalsys.reform.benchmarks.figures import (
    FigureEntry,
    FigurePlan,
    FiguresChanged,
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
    form = SeenListForm()
    if form.validate_on_submit():
        return _enter(form) if form.seen.data else _look(form)
    return _page(form)


def _look(form: SeenListForm) -> ResponseReturnValue:
    read = form.read(current_actor(), open_figures)
    if read is None:
        return _page(form)
    indicators = db.session.scalars(queries.select_indicators()).all()
    this_year = pages.today().year
    figures = parse_figures(read, indicators, queries.list_cities(), this_year=this_year)
    return _page(form, plan_list(figures), figures)


def _enter(form: SeenListForm) -> ResponseReturnValue:
    actor = current_actor()
    try:
        entries, shown = _read(read_preview(actor, PREVIEW, form.seen.data or ""))
        with unit_of_work(actor) as unit:
            plan = enter_figures(unit, entries, now=pages.now(), shown=shown)
    except BadSignature:
        form.file.errors = [_("What was shown is no longer there; choose the file again.")]
    except FiguresChanged as error:
        form.file.errors = [words_of(error)]
    else:
        new = len(plan.changes) - plan.replaced
        words = _("The figures are entered: %(new)s new, %(changed)s instead of others.")
        flash(words % {"new": new, "changed": plan.replaced})
        return redirect(url_for("benchmarks.index"), 303)
    return _page(form)


def _page(
    form: SeenListForm, plan: FigurePlan | None = None, figures: FigureList | None = None
) -> ResponseReturnValue:
    is_fine = plan is not None and not plan.problems
    seen = ""
    if plan is not None and is_fine:
        rows = [[*entry[:3], str(entry.value), *entry[4:]] for entry, _before in plan.changes]
        versions = [[*key, version] for key, version in plan.versions.items()]
        seen = sign_preview(current_actor(), PREVIEW, [rows, versions])
    form.seen.data = ""  # A next file needs its own preview.
    html = render_template(
        "benchmarks/sheet.html",
        form=form,
        plan=plan,
        figures=figures,
        seen=seen,
        heading=heading,
        most=MOST_CHANGES,
        shown=SHOWN,
        indicators={one.id: one for one in db.session.scalars(queries.select_indicators())},
        names={city.id: city.name for city in queries.list_cities()},
    )
    return html, 422 if form.is_submitted() and not is_fine else 200


def _read(signed: list[Any]) -> tuple[list[FigureEntry], dict[Key, int]]:
    """Return the entries of a preview, and the versions that were looked at."""
    rows, versions = signed
    entries = [FigureEntry(*row)._replace(value=Decimal(row[3])) for row in rows]
    return entries, {(row[0], row[1], row[2]): row[3] for row in versions}
