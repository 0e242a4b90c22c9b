"""Pages of the second factor: entry of a code, set-up, recovery codes."""

from functools import partial

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from evalsys.core.error_pages import words_of
from evalsys.core.extensions import limiter
from evalsys.core.forms import form_page
from evalsys.core.guards import public, requires
from evalsys.core.pages import INFO, local_path, now, role_words, time_words
from evalsys.core.permissions import Action
from evalsys.core.sendings import ShownOnce, carried_out_once
from evalsys.foundation.accounts.factor import service as factor
from evalsys.foundation.accounts.factor.rules import (
    FactorLocked,
    Need,
    SetUpBefore,
    WrongCode,
    in_fours,
)
from evalsys.foundation.accounts.forms import CodeForm, EmptyForm, SetUpForm
from evalsys.foundation.accounts.labels import TOLD
from evalsys.foundation.accounts.models import SignInSession, User
from evalsys.foundation.accounts.queries import need_of
from evalsys.foundation.accounts.sessions.browsers import remember
from evalsys.foundation.accounts.sessions.cookies import begun
from evalsys.foundation.accounts.telling import done_since
from evalsys.foundation.accounts.views.blueprint import bp
from evalsys.foundation.qr import qr_svg

FLOOD = "120 per minute"
FEW_CODES = 3  # recovery codes left, below which the user is warned


@bp.route("/second-factor", methods=["GET", "POST"])
@public
@limiter.limit(FLOOD, methods=["POST"])
def second_factor() -> ResponseReturnValue:
    """Ask for a code: after the password, and again before an irreversible action."""
    held, target = begun(), local_path(request.args.get("next"))
    if held is None:
        return redirect(url_for(".login", next=target if target != "/" else None))
    token, session = held
    need = need_of(session)
    if need is Need.SET_UP:
        return redirect(url_for(".set_up", next=target if target != "/" else None))
    if need is None and not (current_user.is_authenticated and current_user.must_confirm):
        return redirect(target)
    form, problem = CodeForm(), ""
    if form.validate_on_submit():
        try:
            factor.give(token, form.code.data or "", now=now())
        except (WrongCode, FactorLocked) as error:
            problem = words_of(error)
        else:
            if need is not None:
                show_recent_resets(session)
            _warn_of_few_codes(session.user)
            return remember(make_response(redirect(target, 303)), session.user.name)
    return form_page(
        "accounts/second_factor.html", form=form, problem=problem, is_again=need is None
    )


@bp.route("/second-factor/set-up", methods=["GET", "POST"])
@public
@limiter.limit(FLOOD, methods=["POST"])
def set_up() -> ResponseReturnValue:
    """Set up the second factor: QR code, first code, recovery codes."""
    held = begun()
    if held is None:
        return redirect(url_for(".login"))
    return carried_out_once(partial(_set_up, *held), who=held[0])


def _set_up(token: str, session: SignInSession) -> ResponseReturnValue:
    target = local_path(request.args.get("next"))
    user = session.user
    if user.totp_since is not None:
        return redirect(url_for(".second_factor", next=target if target != "/" else None))
    form, problem = SetUpForm(), ""
    secret = factor.offered_secret(form.offer.data or "") if form.is_submitted() else None
    if form.is_submitted() and secret is None:
        problem = _("The page was open for too long. Scan the new code and go on.")
    elif form.validate_on_submit() and secret is not None:
        try:
            codes = factor.set_up(user, secret, form.code.data or "", now=now())
        except (WrongCode, FactorLocked, SetUpBefore) as error:
            problem = words_of(error)
        else:
            factor.open_with_set_up(token, now=now())
            page = render_template("accounts/recovery_codes.html", codes=codes, target=target)
            return remember(ShownOnce(page), user.name)
    if secret is None:
        form.offer.data = factor.offer()
        secret = factor.offered_secret(form.offer.data) or ""
    return form_page(
        "accounts/set_up.html",
        form=form,
        problem=problem,
        user=user,
        is_demanded=need_of(session) is Need.SET_UP,
        qr=qr_svg(factor.address_of(user, secret)),
        secret=in_fours(secret).replace("-", " "),
    )


@bp.route("/second-factor/codes", methods=["GET", "POST"])
@requires(Action.ACCOUNT_FACTOR)
def recovery_codes() -> ResponseReturnValue:
    """Replace the recovery codes, after the second factor was given again."""
    if current_user.user.totp_since is None:
        return redirect(url_for(".set_up"))
    if current_user.must_confirm:
        return redirect(url_for(".second_factor", next=url_for(".recovery_codes")), 303)
    form = EmptyForm()
    if form.validate_on_submit():
        codes = factor.renew_codes(current_user.user)
        target = url_for(".sign_ins")
        page = render_template("accounts/recovery_codes.html", codes=codes, target=target)
        return ShownOnce(page)
    left = factor.count_codes(current_user.user)
    return render_template("accounts/new_codes.html", form=form, left=left)


def show_recent_resets(session: SignInSession) -> None:
    """Flash what was done since the last sign-in to accounts of the person or of peers."""
    for done in done_since(session.user, session.previous_at):
        words = {
            "person": _(
                "%(name)s (%(role)s)",
                name=done.user.display_name,
                role=role_words(done.user.role, done.user.organ_id),
            ),
            "account": done.user.name,
            "time": time_words(done.done_at),
            "who": done.asker.display_name if done.asker else _("the command line"),
            "agreed": done.decider.display_name if done.decider else "—",
        }
        flash(_(TOLD[done.kind], **words), INFO)


def _warn_of_few_codes(user: User) -> None:
    left = factor.count_codes(user)
    if left < FEW_CODES:
        flash(
            ngettext(
                "%(num)s recovery code is left. Make new ones under your name.",
                "%(num)s recovery codes are left. Make new ones under your name.",
                left,
            ),
            INFO,
        )
