"""Pages of the system and the security administrator.

The first creates accounts and links; the second grants roles, disables and enables accounts.
"""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate, role_words
from evalsys.core.permissions import Action, Role
from evalsys.core.sendings import ShownOnce
from evalsys.foundation.accounts import administration, agreements
from evalsys.foundation.accounts.administration import ADMINISTRATORS, GRANTABLE, Grant
from evalsys.foundation.accounts.forms import AccountReasonForm, CreateForm, EmptyForm, GrantForm
from evalsys.foundation.accounts.models import AccountRequest, RequestKind, User
from evalsys.foundation.accounts.queries import (
    AccountRow,
    describe,
    find_staff,
    get_scope,
    scope_codes,
    select_accounts,
    staff_number,
)
from evalsys.foundation.accounts.queries import Scope as Place
from evalsys.foundation.accounts.rules import LINK_LIFE
from evalsys.foundation.accounts.service import link_address
from evalsys.foundation.accounts.telling import needs_agreement
from evalsys.foundation.accounts.views.blueprint import bp

PER_PAGE = 50


@bp.app_template_filter("account_role")
def role_of(user: User) -> str:
    """Return the label of an account's role; citizen means that none was granted yet."""
    is_new = user.role is Role.CITIZEN
    return _("No role yet") if is_new else role_words(user.role, user.organ_id)


@bp.get("/accounts")
@requires(Action.ACCOUNT_VIEW)
def index() -> str:
    """List accounts, filtered by the URL."""
    asked = request.args
    role = Role(asked["role"]) if asked.get("role") in {role.value for role in Role} else None
    query = select_accounts(asked.get("q", "").strip()[:64], role, asked.get("state", ""))
    rows = paginate(query, PER_PAGE)
    return render_template(
        "accounts/index.html",
        rows=rows,
        accounts=describe(rows.items, now()),
        roles=[Role.CITIZEN, *GRANTABLE, *sorted(ADMINISTRATORS)],
        open_requests=agreements.list_open(now=now()),
    )


@bp.route("/accounts/new", methods=["GET", "POST"])
@requires(Action.ACCOUNT_CREATE)
def create() -> ResponseReturnValue:
    """Create an account without a role and show its one-time link, only once."""
    form = CreateForm()
    if form.validate_on_submit():
        try:
            user, token = administration.open_account(
                form.name.data or "",
                display_name=form.display_name.data,
                actor=current_actor(),
                now=now(),
            )
        except DomainError as error:
            form.name.errors = [words_of(error)]
        else:
            return _show_link(user, token)
    return form_page("accounts/create.html", form=form)


@bp.get("/accounts/<int:user_id>")
@requires(Action.ACCOUNT_VIEW)
def show(user_id: int) -> str:
    """Show one account with the available actions."""
    account = _get(user_id)
    return render_template(
        "accounts/show.html",
        account=account,
        protected=ADMINISTRATORS,
        open_requests=[row for row in agreements.list_open(now=now()) if row.user_id == user_id],
        number=staff_number(account.user.staff_id),
    )


@bp.route("/accounts/<int:user_id>/link", methods=["GET", "POST"])
@requires(Action.ACCOUNT_CREATE)
def give_link(user_id: int) -> ResponseReturnValue:
    """Issue a new one-time link; for an account with a role only after agreement."""
    user, moment = _get(user_id).user, now()
    row = agreements.find_open(user, RequestKind.LINK, now=moment)
    if needs_agreement(user) and not (row and row.is_agreed):
        return _ask(user, RequestKind.LINK)
    form = EmptyForm()
    if form.validate_on_submit():
        token = agreements.issue_link(user, actor=current_actor(), now=moment)
        return _show_link(user, token)
    return render_template("accounts/give_link.html", form=form, user=user)


@bp.route("/accounts/<int:user_id>/second-factor", methods=["GET", "POST"])
@requires(Action.ACCOUNT_CREATE)
def ask_factor(user_id: int) -> ResponseReturnValue:
    """Request a factor reset for somebody who lost phone and recovery codes."""
    return _ask(_get(user_id).user, RequestKind.FACTOR)


def _ask(user: User, kind: RequestKind) -> ResponseReturnValue:
    """Request the agreement of the security administrator, with a reason."""
    form, moment = AccountReasonForm(), now()
    if form.validate_on_submit():
        agreements.ask(current_actor(), user, kind, form.reason.data or "", now=moment)
        flash(_("Asked. The security administrator finds it under Accounts."))
        return redirect(url_for(".show", user_id=user.id), 303)
    return form_page(
        "accounts/ask.html",
        form=form,
        user=user,
        kind=kind,
        waits=agreements.find_open(user, kind, now=moment),
    )


@bp.route("/accounts/requests/<int:request_id>", methods=["GET", "POST"])
@requires(Action.ACCOUNT_AGREE)
def decide_request(request_id: int) -> ResponseReturnValue:
    """Agree to a request of the system administrator, or reject it."""
    row = db.session.get_one(AccountRequest, request_id)
    form = EmptyForm()
    if form.validate_on_submit():
        is_agreed = request.form.get("decision") == "agree"
        agreements.decide(current_actor(), request_id, is_agreed=is_agreed, now=now())
        flash(_("Agreed.") if is_agreed else _("Not agreed: nothing happens."))
        return redirect(url_for(".index"), 303)
    return render_template("accounts/request.html", form=form, row=row, user=row.user)


@bp.route("/accounts/<int:user_id>/role", methods=["GET", "POST"])
@requires(Action.ACCOUNT_GRANT)
def grant(user_id: int) -> ResponseReturnValue:
    """Grant role and scope, after a confirmation."""
    account = _get(user_id)
    if request.method == "POST":
        form = GrantForm()
        chosen = _chosen(form) if form.validate() else None
        if chosen:
            user = account.user
            administration.grant_role(user, chosen, actor=current_actor(), now=now())
            flash(_("%(name)s is now: %(role)s.", name=user.name, role=role_of(user)))
            return redirect(url_for(".show", user_id=user_id), 303)
        return render_template("accounts/grant.html", form=form, account=account), 422
    if "role" not in request.args:
        organ, section = scope_codes(Place(account.user.organ_id, account.user.section_id))
        person = staff_number(account.user.staff_id)
        role = account.user.role.value
        form = GrantForm(None, role=role, organ=organ, section=section, person=person)
        return render_template("accounts/grant.html", form=form, account=account)
    form = GrantForm(request.args)
    chosen = _chosen(form) if _is_complete(form) else None
    if chosen is None:
        return render_template("accounts/grant.html", form=form, account=account), 422
    place = describe([_preview(account.user, chosen)], now())[0]
    return render_template("accounts/grant_check.html", form=form, account=account, new=place)


@bp.route("/accounts/<int:user_id>/disable", methods=["GET", "POST"])
@requires(Action.ACCOUNT_DISABLE)
def disable(user_id: int) -> ResponseReturnValue:
    """Disable an account, after a confirmation."""
    done = N_("%(name)s is disabled. Every session was ended.")
    return _switch(user_id, administration.disable_account, done, "accounts/disable.html")


@bp.route("/accounts/<int:user_id>/enable", methods=["GET", "POST"])
@requires(Action.ACCOUNT_DISABLE)
def enable(user_id: int) -> ResponseReturnValue:
    """Enable an account, after a confirmation."""
    done = N_("%(name)s may sign in again.")
    return _switch(user_id, administration.enable_account, done, "accounts/enable.html")


def _switch(
    user_id: int, switch: Callable[..., None], done: str, template: str
) -> ResponseReturnValue:
    """Ask for the reason, then disable or enable an account."""
    user, form = _get(user_id).user, AccountReasonForm()
    if form.validate_on_submit():
        switch(user, reason=form.reason.data or "", actor=current_actor(), now=now())
        flash(_(done, name=user.name))
        return redirect(url_for(".show", user_id=user_id), 303)
    return form_page(template, form=form, user=user)


def _get(user_id: int) -> AccountRow:
    return describe([db.session.get_one(User, user_id)], now())[0]


def _show_link(user: User, token: str) -> ShownOnce:
    """Render a new link in the response itself: the token is not stored."""
    page = render_template(
        "accounts/link_given.html",
        user=user,
        address=link_address(token),
        until=now() + LINK_LIFE,
    )
    return ShownOnce(page)


def _is_complete(form: GrantForm) -> bool:
    """Validate a form from the URL, without CSRF since it changes nothing."""
    return all([form.role.validate(form), form.section.validate(form), form.person.validate(form)])


def _chosen(form: GrantForm) -> Grant | None:
    """Return the grant of a form; None, with a field error, for an unknown code."""
    try:
        scope = get_scope(form.organ.data, form.section.data)
    except DomainError as error:
        form.section.errors = [words_of(error)]
        return None
    number = form.person.data or ""
    if number and find_staff(number) is None:
        form.person.errors = [words_of(DomainError(administration.UNKNOWN_STAFF, number=number))]
        return None
    return Grant(Role(form.role.data), scope, number)


def _preview(user: User, chosen: Grant) -> User:
    """Return the account with a grant applied, as a transient object."""
    scope = chosen.scope
    return User(
        id=user.id,
        name=user.name,
        role=chosen.role,
        organ_id=scope.organ_id,
        section_id=scope.section_id,
        staff_id=(find_staff(chosen.person or "") or (None,))[0],
    )
