"""The pages of results. Read-only."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form
from evalsys.core.frame.tasks import Group
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.pages import large_print, local_day, now, paginate_list
from evalsys.core.permissions import Action
from evalsys.core.reads import Together
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.periods.spans import read_span
from evalsys.organisation.periods.words import period_words
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.archive.achievements import read_achievements
from evalsys.results.reports import today_page
from evalsys.results.reports.funnel.page import read_funnel
from evalsys.results.reports.funnel.rates import read_rates
from evalsys.results.reports.handled import page as handled_page
from evalsys.results.reports.handled.days import HandledFilter, list_sections
from evalsys.results.reports.member_page import own_results, read_member, read_own
from evalsys.results.reports.organ_page import list_organs, organ_trend
from evalsys.results.reports.pressure_page import read_pressure
from evalsys.results.reports.public.cache import answer, memory
from evalsys.results.reports.public.page import PublicFilter, PublicPage, read_public
from evalsys.results.reports.queries import (
    changes_since,
    choose_result,
    figure_of,
    list_public_results,
    list_results,
    list_running_and_results,
    of_same_kind,
    proposals_of,
    public_ids,
    select_sections,
)
from evalsys.results.reports.ranking_page import RankingFilter, list_ranked
from evalsys.results.reports.section_page import read_section, work_of
from evalsys.results.reports.todo import read_todo
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.rules.disclosure import Extent
from evalsys.supervision.holds.queries import blocked_in

SHOWN = ("all", *Group)  # the filters of the task list
PUBLIC_ROWS = 100  # sections of a public page
FUNNEL_ROWS = 50  # sections of a table below the funnel
blueprint = Blueprint("reports", __name__)


@blueprint.get("/")
@public
def today() -> ResponseReturnValue:
    """Show the citizens' start page, or the task list of an account."""
    actor, moment = current_actor(), now()
    if not actor.may(Action.HOME_VIEW):
        return render_template("reports/landing.html")
    show = request.args.get("show", "")
    if show in SHOWN:
        todo = read_todo(actor, show, Together(), now=moment)
        return render_template("reports/today.html", todo=todo, show=show, form=Form())
    on, calendar = local_day(moment), working_days()
    sees_results = actor.may(Action.RESULT_VIEW)
    periods, results = list_running_and_results() if sees_results else ([], [])
    if not sees_results and actor.may(Action.RESULT_OWN):
        results = list_results()
    running, page = today_page.current_period(periods, on), Together()
    counts = today_page.ask_open(page, actor, running, calendar, on) if running else None
    proposals = today_page.ask_proposals(page, actor, results[0] if results else None)
    has_own = today_page.ask_own(page, actor)
    return render_template(
        "reports/today.html",
        todo=read_todo(actor, "", page, now=moment),
        show="",
        counts=counts() if counts else None,
        missing_year=today_page.misses_calendar(actor, calendar, on),
        latest=today_page.read_latest(actor, results, proposals(), has_own=bool(has_own())),
        figure_of=figure_of,
    )


@blueprint.get("/section")
@requires(Action.RESULT_VIEW)
def my_section() -> ResponseReturnValue:
    """Redirect a chief to their section's latest page, or to the list if there are several."""
    results = list_results()
    code = request.args.get("period")
    if results:
        result = choose_result(results, code)
        rows = db.session.scalars(select_sections(current_actor(), result).limit(2)).all()
        if len(rows) == 1:
            return redirect(_section_url(rows[0], result))
    return redirect(url_for("reports.sections", period=code))


def _section_url(row: SectionScore, result: Result) -> str:
    return url_for("reports.section", code=row.section.code, period=result.period.code)


@blueprint.get("/sections")
@requires(Action.RESULT_VIEW)
def sections() -> ResponseReturnValue:
    """List the sections in scope, with the figures of their organs above."""
    actor, results = current_actor(), list_results()
    if not results:
        return render_template("reports/none_closed.html")
    result = choose_result(results, request.args.get("period"))
    wanted = RankingFilter.read(request.args, sort="section")
    rules = PolicyRules.from_json(result.policy.rules)
    organs = list_organs(actor, [result], rules.min_n_display)
    code = wanted.organ or (organs[0].code if len(organs) == 1 else "")
    organ = next((row for row in organs if row.code == code), None)
    periods = of_same_kind(results, result)
    history = list_organs(actor, periods, rules.min_n_display, code) if organ else []
    return render_template(
        "reports/sections.html",
        results=results,
        result=result,
        rules=rules,
        wanted=wanted,
        organs=organs,
        organ=organ,
        points=organ_trend(periods, history),
        rows=list_ranked(actor, result, wanted),
        figure_of=figure_of,
    )


@blueprint.get("/sections/<code>/<period>")
@requires(Action.RESULT_VIEW)
def section(code: str, period: str) -> ResponseReturnValue:
    """Show one section in a closed period."""
    results = list_results()
    if wanted := request.args.get("period"):  # The switcher is a GET form.
        return redirect(url_for("reports.section", code=code, period=wanted))
    page = read_section(current_actor(), results, choose_result(results, period), code)
    template = "section" if page.score.is_comparable else "section_few"
    if page.score.extent is Extent.NONE:
        template = "section_hidden"
    section_id = page.score.section_id
    work = read_achievements(work_of([section_id], page.result.period, local_day(now())))
    return render_template(
        f"reports/{template}.html", page=page, results=results, work=work[section_id]
    )


@blueprint.get("/ranking")
@requires(Action.RANKING_VIEW)
def ranking() -> ResponseReturnValue:
    """Show the chiefs of a closed period in the order of their adjusted score."""
    actor, results = current_actor(), list_results()
    if not results:
        return render_template("reports/none_closed.html")
    result = choose_result(results, request.args.get("period"))
    wanted = RankingFilter.read(request.args)
    rows = list_ranked(actor, result, wanted)
    return render_template(
        "reports/ranking.html",
        results=results,
        result=result,
        rules=PolicyRules.from_json(result.policy.rules),
        wanted=wanted,
        rows=rows,
        changes=changes_since(results, result, rows.items),
        proposals=proposals_of(result, [row.section_id for row in rows.items]),
        held=blocked_in(result.period_id),
        moment=now(),
        figure_of=figure_of,
    )


@blueprint.get("/ranking/funnel")
@requires(Action.RANKING_VIEW)
def funnel() -> ResponseReturnValue:
    """Show who of a comparison group stands out, to whoever is about to read a ranking."""
    results = list_results()
    if not results:
        return render_template("reports/none_closed.html")
    result = choose_result(results, request.args.get("period"))
    page = read_funnel(current_actor(), result, request.args.get("group", ""))
    rows = paginate_list(page.rows if page else [], FUNNEL_ROWS)
    about = {"results": results, "result": result, "page": page, "rows": rows}
    return render_template("reports/funnel.html", **about)


@blueprint.get("/ranking/rates")
@requires(Action.RANKING_VIEW)
def rates() -> ResponseReturnValue:
    """Show tickets for services and ballots for tickets, to whoever is about to read a ranking."""
    results = list_results()
    if not results:
        return render_template("reports/none_closed.html")
    result = choose_result(results, request.args.get("period"))
    wanted = (request.args.get(name, "") for name in ("kind", "measure", "units"))
    page = read_rates(current_actor(), result, *wanted)
    rows = paginate_list(page.rows, FUNNEL_ROWS)
    about = {"results": results, "result": result, "page": page, "rows": rows}
    return render_template("reports/rates.html", **about)


@blueprint.get("/members/<number>/<period>")
@requires(Action.RESULT_VIEW)
def member(number: str, period: str) -> ResponseReturnValue:
    """Show a staff member in scope in a closed period."""
    results = list_results()
    if wanted := request.args.get("period"):
        return redirect(url_for("reports.member", number=number, period=wanted))
    page = read_member(current_actor(), results, choose_result(results, period), number)
    return render_template("reports/member.html", page=page, results=results, is_own=False)


@blueprint.get("/me")
@requires(Action.RESULT_OWN)
def me() -> ResponseReturnValue:
    """Show the signed-in person's own results."""
    actor = current_actor()
    results = list_results()
    mine: Sequence[Result] = own_results(actor, results)
    if not mine:
        return render_template("reports/none_closed.html")
    result = choose_result(mine, request.args.get("period"))
    page = read_own(actor, results, result)
    return render_template("reports/member.html", page=page, results=mine, is_own=True)


@blueprint.get("/results")
@blueprint.get("/results/<period>")
@public
def results(period: str | None = None) -> ResponseReturnValue:
    """Show the published results by section, cached."""
    on, ids = local_day(now()), public_ids()
    code = request.args.get("period", period or "").upper()
    wanted, is_here = PublicFilter.read(request.args), not code or code in ids
    is_plain = request.args.to_dict() == wanted.arguments
    if not is_plain or (is_here and code != (period or "")):  # One canonical URL for each page.
        return redirect(url_for("reports.results", period=code or None, **wanted.arguments))
    if not is_here:
        raise NotFound
    caches, key = memory(), (code, tuple(ids.values()), on)

    def read() -> PublicPage:
        published = list_public_results()
        codes = [result.period.code for result in published]
        return read_public(choose_result(published, code), codes, on=on)

    def draw() -> str:
        page = caches.read.get(key, read) if ids else None
        rows = paginate_list(page.find(wanted.search), PUBLIC_ROWS) if page else None
        if rows and rows.page != wanted.page:  # One address for each page, also for the last.
            there = replace(wanted, page=rows.page).arguments
            abort(redirect(url_for("reports.results", period=code or None, **there)))
        return render_template("reports/results.html", page=page, rows=rows, wanted=wanted)

    pages = caches.searches if wanted.search else caches.drawn
    return answer(pages, (key, wanted, str(get_locale()), large_print()), draw)


@blueprint.get("/formulas")
@public
def formulas() -> ResponseReturnValue:
    """Show how each figure is computed."""
    return render_template("reports/formulas.html")


@blueprint.get("/pressure")
@requires(Action.PRESSURE_VIEW)
def pressure() -> ResponseReturnValue:
    """Show how often raters were asked to rate well, for supervision."""
    page = read_pressure(current_actor(), request.args.get("period", ""), local_day(now()))
    choices = [(code, period_words(code)) for code in page.codes]
    return render_template("reports/pressure.html", page=page, choices=choices)


@blueprint.get("/handled")
@requires(Action.HANDLED_VIEW)
def handled() -> ResponseReturnValue:
    """Show tickets against services handled, by default of the present base period."""
    actor, on = current_actor(), local_day(now())
    first = parse_period(base_period_of(on)).starts_on
    asked = (request.args.get("since", ""), request.args.get("until", ""))
    wanted = HandledFilter.read(request.args, read_span(*asked, on, first))
    return render_template(
        "reports/handled.html",
        wanted=wanted,
        rows=handled_page.paginate(actor, wanted),
        totals=handled_page.read_totals(actor, wanted),
        sections=list_sections(actor, on),
        share=handled_page.share,
    )
