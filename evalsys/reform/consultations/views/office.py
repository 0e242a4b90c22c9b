"""Pages of the office: drafts are prepared, opened, their opinions reviewed, sorted and answered.

The supervision office keeps them; leaders and chiefs read.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import ChangedSince, DomainError, NotFound
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.reform.consultations import queries, service
from evalsys.reform.consultations.forms import AnswerForm, DraftForm, KindForm, OutcomeForm
from evalsys.reform.consultations.models import (
    Consultation,
    ConsultationState,
    OpinionState,
    Verdict,
)
from evalsys.reform.consultations.views.public import bp
from evalsys.reform.consultations.words import STATES

PER_PAGE = 20


@bp.get("/reform/consultations")
@requires(Action.REFORM_VIEW)
def index() -> ResponseReturnValue:
    """List the consultations."""
    rows = paginate(queries.select_consultations(is_public=not _keeps()), PER_PAGE)
    return render_template("consultations/index.html", rows=rows, on=pages.today())


def _keeps() -> bool:
    return current_actor().may(Action.CONSULTATION_KEEP)


@bp.get("/reform/consultations/<int:consultation_id>")
@requires(Action.REFORM_VIEW)
def show(consultation_id: int) -> ResponseReturnValue:
    """Show where a consultation stands, and what is to be done."""
    consultation = queries.get_consultation(consultation_id, is_public=not _keeps())
    on = pages.today()
    waits = service.obstacles(consultation, on) if consultation.is_over(on) else []
    return render_template(
        "consultations/show.html",
        consultation=consultation,
        on=on,
        figures=queries.read_figures(consultation_id),
        kinds=queries.list_kinds(consultation_id),
        numbers=queries.count_kinds(consultation_id),
        states=queries.count_states(consultation_id),
        sources=queries.list_sources(consultation_id) if _keeps() else [],
        obstacles=[words_of(error) for error in waits],
    )


@bp.route("/reform/consultations/new", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def prepare() -> ResponseReturnValue:
    """Prepare a draft."""
    form = DraftForm()
    if form.validate_on_submit():
        try:
            made = service.prepare(current_actor(), form.entry, on=pages.today())
        except DomainError as error:
            form.closes_on.errors = [words_of(error)]
        else:
            flash(_("The draft is prepared. Nobody outside sees it before you open it."))
            return _to(made.id)
    return form_page("consultations/draft.html", form=form, consultation=None, problem="")


@bp.route("/reform/consultations/<int:consultation_id>/change", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def change(consultation_id: int) -> ResponseReturnValue:
    """Change a draft that is not public yet."""
    consultation = _in_state(consultation_id, ConsultationState.DRAFT)
    form, on, problem = DraftForm(obj=consultation), pages.today(), ""
    form.shows(consultation.mark)
    if form.validate_on_submit():
        try:
            service.change_draft(current_actor(), consultation_id, form.entry, seen=form.saw, on=on)
        except ChangedSince as error:
            problem = words_of(error)
            form.shows(consultation.mark, anew=True)
        except DomainError as error:
            form.closes_on.errors = [words_of(error)]
        else:
            flash(_("The draft is changed."))
            return _to(consultation_id)
    return form_page(
        "consultations/draft.html", form=form, consultation=consultation, problem=problem
    )


@bp.route("/reform/consultations/<int:consultation_id>/open", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def start(consultation_id: int) -> ResponseReturnValue:
    """Confirm before a draft is put before the public."""
    consultation, problem = _in_state(consultation_id, ConsultationState.DRAFT), ""
    form = Form()
    if form.validate_on_submit():
        try:
            service.open_draft(current_actor(), consultation_id, on=pages.today())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The draft is public, and takes opinions."))
            return _to(consultation_id)
    return form_page(
        "consultations/start.html", form=form, consultation=consultation, problem=problem
    )


@bp.route("/reform/consultations/<int:consultation_id>/kinds/new", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def kind(consultation_id: int) -> ResponseReturnValue:
    """Add a kind of opinion."""
    consultation, form = _in_state(consultation_id, ConsultationState.OPEN), KindForm()
    if form.validate_on_submit():
        service.add_kind(current_actor(), consultation_id, given(form.title.data))
        flash(_("The kind is there: sort opinions into it, and answer it."))
        return _to(consultation_id)
    return form_page("consultations/kind.html", form=form, consultation=consultation)


@bp.route(
    "/reform/consultations/<int:consultation_id>/kinds/<int:kind_id>", methods=["GET", "POST"]
)
@requires(Action.CONSULTATION_KEEP)
def answer(consultation_id: int, kind_id: int) -> ResponseReturnValue:
    """Answer a kind of opinion."""
    consultation = _in_state(consultation_id, ConsultationState.OPEN)
    kind, problem = queries.get_kind(consultation_id, kind_id), ""
    form = AnswerForm(obj=kind)
    form.shows(kind.mark)
    if form.validate_on_submit():
        verdict, words = Verdict(form.verdict.data), given(form.answer.data)
        try:
            service.answer_kind(
                current_actor(), consultation_id, kind_id, verdict, words, seen=form.saw
            )
        except DomainError as error:
            problem = words_of(error)
            form.shows(kind.mark, anew=True)
        else:
            flash(_("The kind is answered."))
            return _to(consultation_id)
    facts = {"consultation": consultation, "kind": kind, "problem": problem}
    return form_page("consultations/answer.html", form=form, **facts)


@bp.route("/reform/consultations/<int:consultation_id>/opinions", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def review(consultation_id: int) -> ResponseReturnValue:
    """Review opinions: who reads them, and which kind they are."""
    consultation, problem = queries.get_consultation(consultation_id), ""
    asked = request.args.get("state", "")
    state = OpinionState(asked) if asked in STATES else OpinionState.PENDING
    form, sources = Form(), queries.list_sources(consultation_id)
    chosen = next((one for one in sources if one.origin.hex() == request.args.get("origin")), None)
    if form.validate_on_submit():
        try:
            _decide(consultation_id)
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("The opinion is reviewed."))
            return redirect(request.full_path.rstrip("?"), 303)
    return form_page(
        "consultations/review.html",
        form=form,
        consultation=consultation,
        rows=paginate(
            queries.select_opinions(consultation_id, state, chosen.origin if chosen else None),
            PER_PAGE,
        ),
        sources=sources,
        own=queries.list_own_origins(current_actor(), consultation, pages.today()),
        own_words=_(service.OWN_SLIPS),
        chosen=chosen,
        kinds=queries.list_kinds(consultation_id),
        counts=queries.count_states(consultation_id),
        labels=STATES,
        state=state,
        problem=problem,
        sent=request.form,
    )


def _decide(consultation_id: int) -> None:
    """Decide on one opinion. Raises DomainError."""
    sent = request.form
    try:
        key, state = bytes.fromhex(sent.get("opinion", "")), OpinionState(sent.get("decision", ""))
    except ValueError:
        raise NotFound from None
    if state not in {OpinionState.RELEASED, OpinionState.WITHHELD}:
        raise NotFound
    kind_id = int(sent["kind"]) if sent.get("kind", "").isdecimal() else None
    reason = sent.get("reason", "").strip()[:200] or None
    seen = sent.get("seen", "")
    service.review_opinion(
        current_actor(),
        consultation_id,
        key,
        state,
        seen=seen,
        kind_id=kind_id,
        reason=reason,
        on=pages.today(),
    )


@bp.route("/reform/consultations/<int:consultation_id>/publish", methods=["GET", "POST"])
@requires(Action.CONSULTATION_KEEP)
def publish(consultation_id: int) -> ResponseReturnValue:
    """Look at everything once more, then publish what came of a consultation."""
    consultation = _in_state(consultation_id, ConsultationState.OPEN)
    form, on, problem = OutcomeForm(), pages.today(), ""
    form.shows(service.mark_of_answers(consultation_id))
    waits = [words_of(error) for error in service.obstacles(consultation, on)]
    if form.validate_on_submit() and not waits:
        try:
            service.publish_outcome(
                current_actor(), consultation_id, given(form.outcome.data), seen=form.saw, on=on
            )
        except DomainError as error:
            problem = words_of(error)
            form.shows(service.mark_of_answers(consultation_id), anew=True)
        else:
            flash(_("Published: everybody reads what came of it."))
            return _to(consultation_id)
    return form_page(
        "consultations/publish.html",
        form=form,
        consultation=consultation,
        obstacles=waits,
        problem=problem,
        sources=queries.list_sources(consultation_id),
        kinds=queries.list_kinds(consultation_id),
        numbers=queries.count_kinds(consultation_id),
    )


def _in_state(consultation_id: int, state: ConsultationState) -> Consultation:
    consultation = queries.get_consultation(consultation_id)
    if consultation.state is not state:
        raise NotFound
    return consultation


def _to(consultation_id: int) -> ResponseReturnValue:
    return redirect(url_for("consultations.show", consultation_id=consultation_id), 303)
