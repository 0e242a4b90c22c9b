"""Keeping the library: the supervision office enters indicators, cities, figures and targets."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.foundation.uploads.cells import read_number
from evalsys.reform.benchmarks import queries, service
from evalsys.reform.benchmarks.figures import (
    FigureChange,
    FigureEntry,
    FiguresChanged,
    enter_figures,
    get_figure,
    plan_figures,
    withdraw_figure,
)
from evalsys.reform.benchmarks.forms import (
    ChangeFigureForm,
    CityForm,
    FigureForm,
    IndicatorForm,
    InUseAgainForm,
    JudgementForm,
    NewCityForm,
    RetireForm,
    TargetForm,
)
from evalsys.reform.benchmarks.numbers import AHEAD, read_year
from evalsys.reform.benchmarks.service import KeptApart
from evalsys.reform.benchmarks.views.reading import bp


@bp.route("/reform/benchmarks/new", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def add() -> ResponseReturnValue:
    """Add an indicator to the library."""
    form = IndicatorForm()
    if form.validate_on_submit() and _kept(
        form, lambda: service.add_indicator(current_actor(), form.entry)
    ):
        flash(_("The indicator is in the library."))
        return redirect(url_for("benchmarks.index"), 303)
    return form_page("benchmarks/indicator.html", form=form, indicator=None)


@bp.route("/reform/benchmarks/<int:indicator_id>/change", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def change(indicator_id: int) -> ResponseReturnValue:
    """Change what is said of an indicator."""
    indicator = queries.get_indicator(indicator_id)
    form = IndicatorForm(obj=indicator)
    if form.validate_on_submit() and _kept(
        form, lambda: service.change_indicator(current_actor(), indicator_id, form.entry)
    ):
        flash(_("The indicator is changed."))
        return _to(indicator_id)
    return form_page("benchmarks/indicator.html", form=form, indicator=indicator)


@bp.route("/reform/benchmarks/<int:indicator_id>/judge", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def judge(indicator_id: int) -> ResponseReturnValue:
    """Judge how urgent and how easy it is."""
    indicator = queries.get_indicator(indicator_id)
    form = JudgementForm.of(indicator)
    if form.validate_on_submit() and _kept(
        form, lambda: service.judge(current_actor(), indicator_id, form.judgement)
    ):
        flash(_("The indicator has its place in the queue."))
        return redirect(url_for("benchmarks.queue"), 303)
    return form_page("benchmarks/judge.html", form=form, indicator=indicator)


@bp.route("/reform/benchmarks/<int:indicator_id>/retire", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def retire(indicator_id: int) -> ResponseReturnValue:
    """Take an indicator out of use, with reasons."""
    indicator, form = queries.get_indicator(indicator_id), RetireForm(since=pages.today())

    def keep() -> None:
        since, reason = given(form.since.data), given(form.reason.data)
        service.retire(current_actor(), indicator_id, since, reason, now=pages.now())

    if form.validate_on_submit() and _kept(form, keep):
        flash(_("The indicator is retired."))
        return _to(indicator_id)
    return form_page("benchmarks/retire.html", form=form, indicator=indicator, is_back=False)


@bp.route("/reform/benchmarks/<int:indicator_id>/take-up", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def take_up(indicator_id: int) -> ResponseReturnValue:
    """Take a retired indicator up again, with reasons."""
    indicator, form = queries.get_indicator(indicator_id), InUseAgainForm()

    def keep() -> None:
        reason = given(form.reason.data)
        service.take_up_again(current_actor(), indicator_id, reason, now=pages.now())

    if form.validate_on_submit() and _kept(form, keep):
        flash(_("The indicator is in use again."))
        return _to(indicator_id)
    return form_page("benchmarks/retire.html", form=form, indicator=indicator, is_back=True)


@bp.route("/reform/benchmarks/<int:indicator_id>/target", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def target(indicator_id: int) -> ResponseReturnValue:
    """Set the target of a year."""
    indicator = queries.get_indicator(indicator_id)
    form = TargetForm()
    form.year.reader = read_year(pages.today().year + AHEAD)
    form.value.reader = read_number(indicator.unit, indicator.places)
    if form.validate_on_submit():
        service.set_target(
            current_actor(),
            indicator_id,
            form.year.value,
            value=form.value.value,
            basis=given(form.basis.data),
        )
        flash(_("The target is set."))
        return _to(indicator_id)
    targets = queries.list_targets(indicator_id)
    return form_page("benchmarks/target.html", form=form, indicator=indicator, targets=targets)


@bp.route("/reform/benchmarks/<int:indicator_id>/figure", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def figure(indicator_id: int) -> ResponseReturnValue:
    """Enter one figure; another one that stands there is shown before it is replaced."""
    indicator, form = queries.get_indicator(indicator_id), FigureForm()
    form.offer(queries.list_cities())
    form.year.reader = read_year(pages.today().year)
    form.value.reader = read_number(indicator.unit, indicator.places)
    if not form.is_submitted():
        form.city.data = request.args.get("city", type=int)
        form.year.data = request.args.get("year", "")[:4]
    before, problem = None, ""
    if form.validate_on_submit() and not indicator.counts_in(form.year.value):
        words = _("The indicator is retired since %(day)s: no figure of that year is compared")
        form.year.errors = [words % {"day": indicator.retired_day}]
    elif form.validate_on_submit():
        entry = FigureEntry(
            indicator_id,
            form.city.data,
            form.year.value,
            form.value.value,
            given(form.source.data),
            given(form.reference.data),
        )
        before = _replaced(form, entry)
        if before is None:
            problem = _enter(form, entry)
            if not problem:
                return _to(indicator_id)
    return form_page(
        "benchmarks/figure.html", form=form, indicator=indicator, before=before, problem=problem
    )


def _replaced(form: FigureForm, entry: FigureEntry) -> FigureChange | None:
    """Return the change that has to be looked at first: what stands there, and with what reason."""
    change = next(iter(plan_figures([entry]).changes), None)
    if change is None or change.before is None or change.before.value is None:
        return None
    if form.stands.data == str(change.before.version):
        if form.reason.data:
            return None
        form.reason.errors = [_("Please fill this in.")]
    form.stands.data = str(change.before.version)
    return change


def _enter(form: FigureForm, entry: FigureEntry) -> str:
    """Enter a figure as it was looked at; return what prevents it."""
    try:
        with unit_of_work(current_actor()) as unit:
            plan = plan_figures([entry])
            shown = dict(plan.versions)
            if (stands := form.stands.data or "").isdecimal():
                shown = dict.fromkeys(shown, int(stands))
            enter_figures(unit, [entry], now=pages.now(), shown=shown, reason=form.reason.data)
    except FiguresChanged as error:
        form.stands.data = ""
        return words_of(error)
    flash(_("The figure is entered."))
    return ""


@bp.route("/reform/benchmarks/figures/<int:figure_id>/withdraw", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def withdraw(figure_id: int) -> ResponseReturnValue:
    """Confirm, with a reason, before a figure is withdrawn."""
    figure, form = get_figure(figure_id), ChangeFigureForm()
    if form.validate_on_submit():
        indicator_id = figure.indicator_id
        with unit_of_work(current_actor()) as unit:
            withdraw_figure(unit, figure_id, given(form.reason.data), now=pages.now())
        flash(_("The figure is withdrawn: there is no figure now. It stays in the history."))
        return _to(indicator_id)
    return form_page("benchmarks/withdraw.html", form=form, figure=figure)


@bp.route("/reform/benchmarks/cities", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def cities() -> ResponseReturnValue:
    """Show the cities that are compared, and add one."""
    form = NewCityForm()
    if form.validate_on_submit() and _kept(
        form,
        lambda: service.add_city(
            current_actor(), given(form.name.data), is_own=bool(form.is_own.data)
        ),
    ):
        flash(_("The city is entered."))
        return redirect(url_for("benchmarks.cities"), 303)
    return form_page("benchmarks/cities.html", form=form, cities=queries.list_cities())


@bp.route("/reform/benchmarks/cities/<int:city_id>", methods=["GET", "POST"])
@requires(Action.BENCHMARK_KEEP)
def city(city_id: int) -> ResponseReturnValue:
    """Rename a city."""
    city = queries.get_city(city_id)
    form = CityForm(obj=city)
    if form.validate_on_submit() and _kept(
        form, lambda: service.rename_city(current_actor(), city_id, given(form.name.data))
    ):
        flash(_("The city is renamed."))
        return redirect(url_for("benchmarks.cities"), 303)
    return form_page("benchmarks/city.html", form=form, city=city)


def _kept(form: Form, keep: Callable[[], Any]) -> bool:
    """Carry a use case out; where it cannot be, say so at the field."""
    try:
        keep()
    except KeptApart as error:
        form[error.field].errors = [words_of(error)]
        return False
    return True


def _to(indicator_id: int) -> ResponseReturnValue:
    return redirect(url_for("benchmarks.show", indicator_id=indicator_id), 303)
