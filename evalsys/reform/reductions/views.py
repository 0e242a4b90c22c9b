"""The pages of service matters: the list, one with its processes before and after, the forms.

The supervision office opens the list to see what has got shorter, and enters what was agreed; a
chief or leader reads what concerns the own sections.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.foundation.spreadsheets.blueprint import asked_language, send_written
from evalsys.reform.reductions.book import export_reductions, file_name
from evalsys.reform.reductions.forms import ServiceMatterForm, VersionForm, facts_of
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.proofs.queries import list_proofs
from evalsys.reform.reductions.queries import (
    count_current,
    counting,
    first_versions,
    get_current,
    list_versions,
    read_filter,
    read_sums,
    select_current,
    targets,
    version_of,
)
from evalsys.reform.reductions.rules.measures import CHANNELS, FIVE, reductions
from evalsys.reform.reductions.rules.picture import draw
from evalsys.reform.reductions.rules.steps import align
from evalsys.reform.reductions.service import (
    BadVersion,
    CodeTaken,
    VersionOvertaken,
    enter_version,
    take_up,
)
from evalsys.reform.reductions.sheets import ReductionRequest
from evalsys.reform.reductions.words import changed, filter_choices, short_days, way_choices
from evalsys.supervision.matters.places import organ_choices, section_choices

bp = Blueprint("reductions", __name__)

PER_PAGE = 50  # service matters


@bp.get("/reform/reductions")
@requires(Action.REFORM_VIEW)
def index() -> ResponseReturnValue:
    """List the service matters in scope with their steps and promised time, before and now."""
    actor, on, wanted, aims = current_actor(), pages.today(), read_filter(request.args), targets()
    query = select_current(actor, wanted, aims, on)
    rows = paginate(query, PER_PAGE, count_current(actor, wanted, aims, on))
    bases = first_versions(row.service_matter_id for row in rows.items)
    return render_template(
        "reductions/index.html",
        rows=rows,
        wanted=wanted,
        bases=bases,
        sums=read_sums(actor, wanted, aims, on),
        found={
            row.id: reductions(bases[row.service_matter_id].figures, row.figures, aims)
            for row in rows.items
        },
        targets=aims,
        outcomes=filter_choices(),
        ways=way_choices(),
        organs=organ_choices(actor, on),
        sections=section_choices(actor, on, wanted.organ),
    )


@bp.get("/reform/reductions/<int:matter_id>")
@requires(Action.REFORM_VIEW)
def show(matter_id: int) -> ResponseReturnValue:
    """Show a service matter: two versions side by side, and what was entered when by whom."""
    current = get_current(current_actor(), matter_id, pages.today())
    versions = list_versions(matter_id)
    before, after = _two(counting(versions), current)
    return render_template(
        "reductions/show.html",
        matter=current.matter,
        current=current,
        before=before,
        after=after,
        versions=counting(versions),
        found=reductions(before.figures, after.figures, targets()),
        five=FIVE,
        ways=way_choices(),
        channels=len(CHANNELS),
        picture=draw(before.steps, after.steps, short_days),
        pairs=align(before.steps, after.steps),
        history=list(_history(versions)),
        proofs=list_proofs(matter_id),
        on=pages.today(),
    )


def _two(
    versions: Sequence[MatterVersion], current: MatterVersion
) -> tuple[MatterVersion, MatterVersion]:
    """Return the versions that the address asks for, else the first one and that of today."""
    by_number = {one.number: one for one in versions}
    first, second = (version_of(request.args.get(name)) for name in ("before", "after"))
    before = by_number.get(first or 0, versions[0])
    return before, by_number.get(second or 0, current)


def _history(versions: Sequence[MatterVersion]) -> Any:
    """Yield each version as entered, the newest first, with what it says differently."""
    counts = {one.number for one in counting(versions)}
    for place in reversed(range(len(versions))):
        earlier = versions[place - 1] if place else None
        one = versions[place]
        yield one, list(changed(earlier, one)), one.number in counts


@bp.route("/reform/reductions/new", methods=["GET", "POST"])
@requires(Action.REDUCTION_ENTER)
def new() -> ResponseReturnValue:
    """Take up a service matter with the version from which reductions are counted."""
    actor, on, form = current_actor(), pages.today(), ServiceMatterForm()
    form.offer(section_choices(actor, on))
    if form.validate_on_submit():
        try:
            with unit_of_work(actor) as unit:
                code, name = given(form.code.data), given(form.name.data)
                matter = take_up(unit, code, name, form.entry, now=pages.now())
        except CodeTaken as error:
            form.code.errors = [words_of(error)]
        except BadVersion as error:
            form[error.field].errors = [words_of(error)]
        else:
            flash(_("“%(name)s” is taken up.", name=matter.name), "success")
            return redirect(url_for("reductions.show", matter_id=matter.id), 303)
    return form_page("reductions/edit.html", form=form, matter=None, is_overtaken="")


@bp.route("/reform/reductions/<int:matter_id>/version", methods=["GET", "POST"])
@requires(Action.REDUCTION_ENTER)
def version(matter_id: int) -> ResponseReturnValue:
    """Enter a further version: how the matter is done from a day on, or a correction."""
    actor, on = current_actor(), pages.today()
    current = get_current(actor, matter_id, on)
    form = VersionForm(data=facts_of(list_versions(matter_id)[-1]))
    form.offer(section_choices(actor, on))
    matter, overtaken = current.matter, ""
    if form.validate_on_submit():
        seen = version_of(form.seen.data) or 0
        try:
            with unit_of_work(actor) as unit:
                entered = enter_version(unit, matter, seen, form.entry, now=pages.now())
                number = entered.number
        except VersionOvertaken as error:
            overtaken = words_of(error)
        except BadVersion as error:
            form[error.field].errors = [words_of(error)]
        else:
            flash(_("Version %(number)s is entered.", number=number), "success")
            return redirect(url_for("reductions.show", matter_id=matter_id), 303)
    return form_page("reductions/edit.html", form=form, matter=matter, is_overtaken=overtaken)


@bp.get("/reform/reductions/workbook")
@requires(Action.REDUCTION_EXPORT)
def workbook() -> ResponseReturnValue:
    """Send 五减对照表 of the filter, in Chinese unless the page is English."""
    wanted = ReductionRequest(
        current_actor(), read_filter(request.args), targets(), asked_language(), pages.now()
    )
    return send_written(partial(export_reductions, wanted), file_name(wanted))
