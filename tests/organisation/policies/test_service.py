from datetime import UTC, datetime

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, NoResultFound

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.organisation.periods.service import open_period
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.queries import (
    find_policy_in_force,
    get_policy,
    policy_before,
    rules_in_force,
    select_policies,
)
from evalsys.organisation.policies.registry import all_rules
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.service import (
    adopt_policy,
    draft_policy,
    policy_in_force,
)
from evalsys.ratings.tickets.limits import VALID
from tests.factories import make_policy, make_user, with_limits

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def draft(rules: PolicyRules | None = None, actor: Actor = SYSTEM) -> Policy:
    with unit_of_work(actor) as unit:
        return draft_policy(unit, rules or PolicyRules(), reason="市政府令第9号", now=NOW)


def adopt(policy: Policy, actor: Actor | None = None) -> Policy:
    with unit_of_work(actor or make_user(Role.HR).actor) as unit:
        return adopt_policy(unit, policy, now=NOW)


def test_a_draft_changes_nothing_until_it_is_adopted() -> None:
    adopt(draft())
    made = draft(with_limits({VALID: 7}), make_user(Role.HR).actor)
    assert (made.version, made.state, made.adopted_at) == (2, PolicyState.DRAFT, None)
    assert rules_in_force()[VALID] == 5
    second = make_user(Role.HR)
    adopt(made, second.actor)
    assert rules_in_force()[VALID] == 7
    assert (made.adopted_at, made.adopted_by) == (NOW, second.id)


def test_both_steps_leave_an_audit_line_with_their_reason() -> None:
    adopt(draft())
    lines = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [line.action for line in lines] == [Action.POLICY_DRAFT, Action.POLICY_ADOPT]
    assert lines[1].details == {"version": 1, "reason": "市政府令第9号"}


def test_an_adopted_version_never_changes() -> None:
    policy = adopt(draft())
    with pytest.raises(DomainError, match="is in force already and never changes"):
        adopt(policy)


def test_a_draft_that_a_newer_version_has_overtaken_is_refused() -> None:
    old, new = draft(), draft()
    adopt(new)
    with pytest.raises(DomainError, match="Version 2"):
        adopt(old)


def test_an_open_period_keeps_the_rules_under_which_it_was_opened() -> None:
    adopt(draft())
    with unit_of_work(SYSTEM) as unit:
        period = open_period(unit, "2026-Q3", now=NOW)
    adopt(draft(with_limits({VALID: 7})))
    assert PolicyRules.from_json(period.policy.rules)[VALID] == 5
    with unit_of_work(SYSTEM) as unit:
        after = open_period(unit, "2026-Q4", now=NOW)
    assert PolicyRules.from_json(after.policy.rules)[VALID] == 7


def test_an_empty_database_adopts_the_defaults_once() -> None:
    assert find_policy_in_force() is None
    assert rules_in_force() == PolicyRules()
    with unit_of_work(SYSTEM) as unit:
        first = policy_in_force(unit, now=NOW)
        assert policy_in_force(unit, now=NOW) is first
    assert PolicyRules.from_json(first.rules) == PolicyRules().completed(all_rules())


def test_a_role_without_the_right_neither_drafts_nor_adopts() -> None:
    leader = make_user(Role.LEADER).actor
    with pytest.raises(NotAllowed):
        draft(actor=leader)
    policy = draft()
    with pytest.raises(NotAllowed):
        adopt(policy, leader)
    assert policy.state is PolicyState.DRAFT


def test_the_version_before_is_the_adopted_one() -> None:
    first = adopt(draft())
    draft()
    third = draft()
    assert policy_before(third.version) is first
    assert policy_before(1) is None
    assert get_policy(2).state is PolicyState.DRAFT
    with pytest.raises(NoResultFound):
        get_policy(9)
    assert [p.version for p in db.session.scalars(select_policies())] == [3, 2, 1]


def test_the_database_knows_each_version_once() -> None:
    make_policy(version=1)
    with pytest.raises(IntegrityError):
        make_policy(version=1)
    db.session.rollback()


def show(app: Flask, *args: str) -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["policies", "show", *args])


def test_the_terminal_shows_the_rules_in_force_with_their_basis(app: Flask) -> None:
    assert "No policy was adopted yet" in show(app).output
    adopt(draft(with_limits({VALID: 7})))
    done = show(app)
    assert done.exit_code == 0
    assert "Version 1, adopted on 2026-07-01 10:00: 市政府令第9号" in done.output
    assert "valid after the service: 7 working days (现场服务后5个工作日内" in done.output


def test_the_terminal_shows_a_draft_as_one_and_refuses_what_is_not_there(app: Flask) -> None:
    draft()
    assert "Version 1 is a draft." in show(app, "1").output
    missing = show(app, "9")
    assert (missing.exit_code, "There is nothing here that you may see." in missing.output) == (
        1,
        True,
    )
    assert show(app, "first").exit_code == 2
