"""Pages of one's own account: sign-in and sign-out, password, mail address."""

from flask import flash, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.core.error_pages import words_of
from evalsys.core.extensions import limiter
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.pages import local_path, now
from evalsys.core.permissions import Action
from evalsys.foundation.accounts import service
from evalsys.foundation.accounts.forms import (
    ChangePasswordForm,
    LoginForm,
    MailForm,
    NewPasswordForm,
)
from evalsys.foundation.accounts.queries import get_link, need_of
from evalsys.foundation.accounts.rules import (
    LOCK,
    BadMail,
    Locked,
    MayNotSignIn,
    WeakPassword,
    WrongPassword,
)
from evalsys.foundation.accounts.sessions.browsers import remember, this_browser
from evalsys.foundation.accounts.sessions.cookies import begun, enter, leave
from evalsys.foundation.accounts.views.blueprint import bp
from evalsys.foundation.accounts.views.second_factor import show_recent_resets

REFUSED = (WrongPassword, Locked, MayNotSignIn)
# Hashing takes 40 ms of a core: this limits an anonymous flood, and still lets a whole office
# behind one address sign in. Guessing is stopped by the lock of a name.
FLOOD = "120 per minute"


@bp.route("/login", methods=["GET", "POST"])
@public
@limiter.limit(FLOOD, methods=["POST"])
def login() -> ResponseReturnValue:
    """Sign in, and redirect to the requested page."""
    target = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    problem = None
    if form.validate_on_submit():
        try:
            name, password = form.name.data or "", form.password.data or ""
            token = service.sign_in(name, password, now=now(), asked=this_browser())
        except REFUSED as error:
            problem = _describe(error)
        else:
            enter(token)
            return _go_on(target)
    return form_page("accounts/login.html", form=form, problem=problem)


@bp.post("/logout")
@requires(Action.ACCOUNT_SIGN_OUT)
def logout() -> ResponseReturnValue:
    """Sign out: end the session in the database and clear the cookie.

    What pages kept in the browser for working without network goes as well.
    """
    service.sign_out(current_user.token, actor=current_actor(), now=now())
    leave()
    flash(_("You are signed out."))
    answer = make_response(redirect(url_for(".login"), 303))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@bp.get("/login/again")
@public
def give_up() -> ResponseReturnValue:
    """Abandon a sign-in that needs its second factor."""
    held = begun()
    if held is not None and need_of(held[1]) is not None:
        leave()
    return redirect(url_for(".login"))


@bp.route("/link/<token>", methods=["GET", "POST"])
@public
def link(token: str) -> ResponseReturnValue:
    """Set the password of the account of a one-time link."""
    user = get_link(token, now()).user
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            service.use_link(token, form.new.data or "", now=now())
        except WeakPassword as error:
            form.new.errors = [words_of(error)]
        else:
            session.clear()
            flash(_("The password is set. Sign in with it now."))
            return redirect(url_for(".login"), 303)
    return form_page("accounts/link.html", form=form, user=user)


@bp.route("/password", methods=["GET", "POST"])
@requires(Action.ACCOUNT_PASSWORD)
def password() -> ResponseReturnValue:
    """Change one's own password; all other sessions end."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        held, old, new = current_user.session, form.old.data or "", form.new.data or ""
        try:
            token = service.change_password(held, old, new, now=now(), asked=this_browser())
        except WeakPassword as error:
            form.new.errors = [words_of(error)]
        except REFUSED as error:
            form.old.errors = [" ".join(filter(None, _describe(error)))]
        else:
            enter(token)
            flash(_("Your password is changed. All other browsers were signed out."))
            return remember(make_response(redirect(url_for(".password"), 303)), held.user.name)
    return form_page("accounts/password.html", form=form)


@bp.route("/mail", methods=["GET", "POST"])
@requires(Action.ACCOUNT_MAIL)
def mail() -> ResponseReturnValue:
    """Set or remove one's own mail address for notices."""
    form = MailForm(address=current_user.user.mail_address)
    if form.validate_on_submit():
        address = form.address.data or ""
        try:
            service.change_mail(current_actor(), address)
        except BadMail as error:
            form.address.errors = [words_of(error)]
        else:
            is_set = _("Your address is saved.")
            flash(is_set if address.strip() else _("You get no notices by mail."), "success")
            return redirect(url_for(".mail"), 303)
    return form_page("accounts/mail.html", form=form)


def _go_on(target: str) -> ResponseReturnValue:
    """Redirect after the password: to the second factor if needed, else to the target."""
    held = begun()
    if held is None or need_of(held[1]) is not None:
        return redirect(url_for(".second_factor", next=target if target != "/" else None), 303)
    show_recent_resets(held[1])
    return remember(make_response(redirect(target, 303)), held[1].user.name)


def _describe(error: WrongPassword | Locked | MayNotSignIn) -> tuple[str, str]:
    """Return title and detail of a refused sign-in, the same for unknown names."""
    more = ""
    if isinstance(error, WrongPassword):
        more = _(
            "Tries left before the name is locked for %(minutes)s minutes: %(left)s.",
            left=error.left,
            minutes=LOCK.seconds // 60,
        )
    return words_of(error), more
