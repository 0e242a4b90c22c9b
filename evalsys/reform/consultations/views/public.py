"""Pages of everybody: drafts, the form of an opinion, what came of it.

A citizen comes from a notice or the city's site, reads, types the code of a rating slip or one sent
by mail, ticks three marks, and leaves. The code serves as the CSRF token of an
opinion. Who asks for a code has none yet: that form carries a token, so that no foreign page has
its visitors send mails.
"""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import limiter
from evalsys.core.guards import public
from evalsys.core.pages import paginate
from evalsys.foundation.accounts.rules import BadMail
from evalsys.foundation.uploads.cells import Unreadable, read_text
from evalsys.ratings.ballots.throttle import check_tries, count_try
from evalsys.ratings.tickets.rules.codes import MistypedTicket, read_code, write_code
from evalsys.reform.consultations import queries
from evalsys.reform.consultations.mailing import has_mail, send_code
from evalsys.reform.consultations.models import (
    CRITERIA,
    LONGEST_BODY,
    Consultation,
    ConsultationState,
)
from evalsys.reform.consultations.rules.figures import HIGHEST, OpinionVoice
from evalsys.reform.consultations.service import (
    OpinionEntry,
    check_code,
    give_opinion,
    marks_of,
)
from evalsys.reform.consultations.words import CRITERION_WORDS, MARKS, VOICES

bp = Blueprint("consultations", __name__)

PER_PAGE = 20
TRAP = "website"  # A field that no person sees: whoever fills it in is a machine.
WRONG_CODE = N_("This code is not known here. Compare it with your slip or with the mail")
EMPTY = N_("Mark at least one point, or write an opinion")


@bp.get("/consultations")
@public
def everything() -> ResponseReturnValue:
    """List the drafts that are or were open."""
    rows = paginate(queries.select_consultations(is_public=True), PER_PAGE)
    return render_template("consultations/everything.html", rows=rows, on=pages.today())


@bp.get("/consultations/<int:consultation_id>")
@public
def read(consultation_id: int) -> ResponseReturnValue:
    """Show a draft; once it is answered, what came of it."""
    consultation = queries.get_consultation(consultation_id, is_public=True)
    is_answered = consultation.state is ConsultationState.PUBLISHED
    return render_template(
        "consultations/read.html",
        consultation=consultation,
        on=pages.today(),
        figures=queries.read_figures(consultation_id),
        kinds=queries.list_kinds(consultation_id),
        numbers=queries.count_kinds(consultation_id),
        words=queries.released_by_kind(consultation_id),
        sources=queries.list_sources(consultation_id) if is_answered else [],
    )


@bp.get("/consultations/<int:consultation_id>/opinion")
@public
def opinion(consultation_id: int) -> ResponseReturnValue:
    """Ask for a code: that of a rating slip, or one sent by mail."""
    return _ask(_open(consultation_id), {})


@bp.post("/consultations/<int:consultation_id>/opinion")
@public
@limiter.limit("60 per minute", methods=["POST"])
def give(consultation_id: int) -> ResponseReturnValue:
    """Show the form of a code, or take an opinion."""
    consultation = _open(consultation_id)
    check_tries()
    code = _read_code(consultation)
    if code is None:
        return _ask(consultation, {"code": _(WRONG_CODE)}), 422
    if "send" not in request.form:
        return _form(consultation, code, {})
    if request.form.get(TRAP):
        return _thanks(consultation_id)
    problems: dict[str, str] = {}
    entry = _read_entry(problems)
    if not problems:
        try:
            give_opinion(consultation, code, entry, on=pages.today())
        except DomainError as error:
            problems["code"] = words_of(error)
        else:
            return _thanks(consultation_id)
    return _form(consultation, code, problems), 422


@bp.post("/consultations/<int:consultation_id>/mail")
@public
@limiter.limit("20 per hour", methods=["POST"])
def mail(consultation_id: int) -> ResponseReturnValue:
    """Send the code of an address, and say the same whatever the address is."""
    consultation = _open(consultation_id)
    if not request.form.get(TRAP):
        try:
            send_code(consultation, request.form.get("address", "")[:400], now=pages.now())
        except BadMail:
            return _ask(consultation, {"address": _("This is not a mail address")}), 422
        except DomainError as error:
            return _ask(consultation, {"address": words_of(error)}), error.status
    return redirect(url_for(".opinion", consultation_id=consultation_id, sent=1), 303)


@bp.get("/consultations/<int:consultation_id>/thanks")
@public
def thanks(consultation_id: int) -> ResponseReturnValue:
    """Thank; the page is the same whatever was said."""
    consultation = queries.get_consultation(consultation_id, is_public=True)
    return render_template("consultations/thanks.html", consultation=consultation)


def _thanks(consultation_id: int) -> ResponseReturnValue:
    return redirect(url_for(".thanks", consultation_id=consultation_id), 303)


def _open(consultation_id: int) -> Consultation:
    return queries.get_consultation(consultation_id, is_public=True)


def _read_code(consultation: Consultation) -> bytes | None:
    """Return the code that was typed, None for a wrong one, which counts as a guess."""
    try:
        code = read_code(request.form.get("code", ""))
    except MistypedTicket:
        return None
    if not check_code(consultation, code):
        count_try()
        return None
    return code


def _read_entry(problems: dict[str, str]) -> OpinionEntry:
    """Return the opinion of the form, and what is wrong with it by field."""
    form = request.form
    marks = marks_of({name: int(form[name]) for name in CRITERIA if form.get(name) in set("12345")})
    voice = OpinionVoice.OTHER
    if form.get("voice") in list(OpinionVoice):
        voice = OpinionVoice(form["voice"])
    else:
        problems["voice"] = _("Say for whom you speak")
    body = None
    try:
        body = read_text(LONGEST_BODY)(form.get("body", "")).value or None
    except Unreadable as error:
        problems["body"] = _(error.remark.problem, **error.remark.params)
    if not problems and body is None and not any(marks.values()):
        problems[CRITERIA[0]] = _(EMPTY)
    return OpinionEntry(voice, marks, body)


def _ask(consultation: Consultation, problems: Mapping[str, str]) -> str:
    return render_template(
        "consultations/opinion.html",
        consultation=consultation,
        on=pages.today(),
        typed=request.form.get("code", "")[:60],
        address=request.form.get("address", "")[:200],
        errors=problems,
        has_mail=has_mail(),
        trap=TRAP,
    )


def _form(consultation: Consultation, code: bytes, problems: Mapping[str, str]) -> str:
    return render_template(
        "consultations/form.html",
        consultation=consultation,
        on=pages.today(),
        code=write_code(code),
        answers=request.form,
        errors=problems,
        criteria=[(name, *CRITERION_WORDS[name]) for name in CRITERIA],
        marks=MARKS,
        voices=VOICES,
        longest=LONGEST_BODY,
        highest=HIGHEST,
        trap=TRAP,
    )
