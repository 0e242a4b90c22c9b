"""Use cases of policies: draft, adopt, withdraw."""

from datetime import datetime

from sqlalchemy import func, select

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.queries import find_policy_in_force
from evalsys.organisation.policies.registry import all_rules
from evalsys.organisation.policies.rules import PolicyRules


def draft_policy(unit: Unit, rules: PolicyRules, *, reason: str, now: datetime) -> Policy:
    """Add a draft of the next version, with explicit values for all registered rules.

    Raises DomainError for a limit outside its range.
    """
    latest = db.session.scalar(select(func.max(Policy.version))) or 0
    policy = Policy(
        version=latest + 1,
        state=PolicyState.DRAFT,
        rules=rules.completed(all_rules()).to_json(),
        reason=reason,
        created_by=unit.actor.user_id,
        created_at=now,
    )
    db.session.add(policy)
    unit.record(Action.POLICY_DRAFT, policy, version=policy.version, reason=reason)
    return policy


def adopt_policy(unit: Unit, policy: Policy, *, now: datetime) -> Policy:
    """Adopt a draft, as a second person; it applies to periods opened from now on.

    Raises DomainError if it is no draft, or older than the version in force.
    """
    _check_draft(policy)
    in_force = find_policy_in_force()
    if in_force is not None and in_force.version > policy.version:
        raise DomainError(
            N_("Version %(newer)s is in force and newer than this draft. Draft a new one."),
            newer=in_force.version,
        )
    check_second_person(unit.actor, policy.created_by)
    return _put_in_force(unit, policy, now=now)


def withdraw_policy(unit: Unit, policy: Policy, *, reason: str) -> Policy:
    """Withdraw a draft; it stays in the list. One person is enough, as it was never in force.

    Raises DomainError if it is no draft.
    """
    _check_draft(policy)
    policy.state = PolicyState.WITHDRAWN
    unit.record(Action.POLICY_WITHDRAW, policy, version=policy.version, reason=reason)
    return policy


def _check_draft(policy: Policy) -> None:
    lock_row(policy)
    if policy.state is PolicyState.ADOPTED:
        raise DomainError(
            N_("Version %(version)s is in force already and never changes. Draft a new one."),
            version=policy.version,
        )
    if policy.state is PolicyState.WITHDRAWN:
        raise DomainError(
            N_("Version %(version)s was withdrawn. Draft another from it if it is needed."),
            version=policy.version,
        )


def _put_in_force(unit: Unit, policy: Policy, *, now: datetime) -> Policy:
    policy.state = PolicyState.ADOPTED
    policy.adopted_by, policy.adopted_at = unit.actor.user_id, now
    unit.record(Action.POLICY_ADOPT, policy, version=policy.version, reason=policy.reason)
    return policy


def policy_in_force(unit: Unit, *, now: datetime) -> Policy:
    """Return the policy in force, adopting the defaults in an empty database."""
    policy = find_policy_in_force()
    if policy is None:
        policy = draft_policy(unit, PolicyRules(), reason="出厂默认规则 / default rules", now=now)
        _put_in_force(unit, policy, now=now)  # No second person: the defaults are nobody's draft.
    return policy
