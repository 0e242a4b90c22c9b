"""Pages of policies: versions, drafts, the preview on a past period, adoption, withdrawal."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import NotFound
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate, paginate_list
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.second_person import find_first
from evalsys.organisation.periods.models import Period
from evalsys.organisation.policies.forms import policy_form
from evalsys.organisation.policies.limits import LimitSection
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.queries import (
    get_policy,
    policy_before,
    rules_in_force,
    select_policies,
)
from evalsys.organisation.policies.registry import all_limits
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.service import adopt_policy, draft_policy, withdraw_policy
from evalsys.organisation.policies.words import difference_words, value_words
from evalsys.results.closing.forms import ReasonForm
from evalsys.results.closing.suggestions import Preview, preview
from evalsys.results.closing.views.blueprint import PER_PAGE, bp
from evalsys.scores.models import Result
from evalsys.scores.queries import list_closed


def changes(policy: Policy) -> list[tuple[str, str, str]]:
    """Return what a version changes against the adopted one before it, as texts."""
    before = policy_before(policy.version)
    if before is None:
        return []
    rules = (PolicyRules.from_json(version.rules) for version in (before, policy))
    return difference_words(*rules)


@bp.get("/policies")
@requires(Action.POLICY_VIEW)
def policies() -> ResponseReturnValue:
    """List the versions, the latest first, with what each changed."""
    rows = paginate(select_policies(), 20)
    return render_template(
        "closing/policies.html", rows=rows, changes={row.id: changes(row) for row in rows}
    )


@bp.get("/policies/<int:version>")
@requires(Action.POLICY_VIEW)
def policy(version: int) -> ResponseReturnValue:
    """Show all rules of a version with their legal basis."""
    row = get_policy(version)
    rules = PolicyRules.from_json(row.rules)
    return render_template(
        "closing/policy.html",
        policy=row,
        sections=[(section.title, _values(section, rules)) for section in all_limits()],
        changes=changes(row),
    )


def _values(section: LimitSection, rules: PolicyRules) -> list[tuple[str, str, str]]:
    """Return (label, value as text, legal basis) of each rule of a section."""
    return [(rule.label, value_words(rule, rules), rules.basis_of(rule)) for rule in section.rules]


@bp.route("/policies/draft", methods=["GET", "POST"])
@requires(Action.POLICY_DRAFT)
def draft() -> ResponseReturnValue:
    """Draft the next version, starting from the rules in force or those of a version."""
    form = policy_form()
    if form.validate_on_submit():
        with unit_of_work(current_actor()) as unit:
            row = draft_policy(unit, form.rules(), reason=given(form.reason.data), now=now())
        flash(_("Version %(version)s is drafted. Nothing changed yet.", version=row.version))
        return redirect(url_for("closing.policy", version=row.version), 303)
    if not form.is_submitted():
        model = request.args.get("from", type=int)
        rules = PolicyRules.from_json(get_policy(model).rules) if model else rules_in_force()
        form.show(rules)
    return form_page("closing/draft.html", form=form, sections=all_limits())


@bp.get("/policies/<int:version>/preview")
@requires(Action.POLICY_DRAFT)
def preview_one(version: int) -> ResponseReturnValue:
    """Show the proposals and scores of a past period under a draft."""
    row = get_policy(version)
    closed = list_closed()
    shown = _preview(row, closed)
    pairs = sorted(shown.pairs, key=lambda pair: not pair.differs) if shown else []
    return render_template(
        "closing/preview.html",
        policy=row,
        periods=[period for period, _result in closed],
        shown=shown,
        changes=changes(row),
        rows=paginate_list(pairs, PER_PAGE) if shown else None,
    )


@bp.route("/policies/<int:version>/adopt", methods=["GET", "POST"])
@requires(Action.POLICY_ADOPT)
def adopt(version: int) -> ResponseReturnValue:
    """Show what changes and whom it would have affected; let a second person adopt it."""
    row = get_policy(version)
    form = Form()
    if form.validate_on_submit():
        with unit_of_work(current_actor()) as unit:
            adopt_policy(unit, row, now=now())
        flash(_("Version %(version)s holds for the periods opened from now on.", version=version))
        return redirect(url_for("closing.policy", version=version), 303)
    if row.state is not PolicyState.DRAFT:
        return redirect(url_for("closing.policy", version=version), 303)
    shown = _preview(row, list_closed())
    drafter, is_other = find_first(current_actor(), row.created_by)
    return render_template(
        "closing/adopt.html",
        policy=row,
        shown=shown,
        changes=changes(row),
        form=form,
        drafter=drafter,
        may_adopt=is_other,
    )


@bp.route("/policies/<int:version>/withdraw", methods=["GET", "POST"])
@requires(Action.POLICY_WITHDRAW)
def withdraw(version: int) -> ResponseReturnValue:
    """Withdraw a draft with a reason: it is no longer a task."""
    row = get_policy(version)
    form = ReasonForm()
    if form.validate_on_submit():
        with unit_of_work(current_actor()) as unit:
            withdraw_policy(unit, row, reason=given(form.reason.data))
        flash(_("Version %(version)s is withdrawn. The rules in force stay.", version=version))
        return redirect(url_for("closing.policy", version=version), 303)
    if row.state is not PolicyState.DRAFT:
        return redirect(url_for("closing.policy", version=version), 303)
    return form_page("closing/withdraw.html", policy=row, form=form, changes=changes(row))


def _preview(draft: Policy, closed: Sequence[tuple[Period, Result]]) -> Preview | None:
    """Preview a draft on the period in the query string, or the latest; None without any."""
    if not closed:
        return None
    code = request.args.get("period") or closed[0][0].code
    result = next((result for period, result in closed if period.code == code), None)
    if result is None:
        raise NotFound
    return preview(current_actor(), draft, result)
