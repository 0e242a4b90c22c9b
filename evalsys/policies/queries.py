"""Reads of policies."""

from collections.abc import Sequence

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.policies.models import Policy, PolicyState
from evalsys.policies.rules import PolicyRules


def find_policy_in_force() -> Policy | None:
    """Return the latest adopted version, or None in an empty database."""
    return db.session.scalar(
        select(Policy)
        .where(Policy.state == PolicyState.ADOPTED)
        .order_by(Policy.version.desc())
        .limit(1)
    )


def list_policies() -> Sequence[Policy]:
    """Return every version, the latest first."""
    return db.session.scalars(select(Policy).order_by(Policy.version.desc())).all()


def rules_in_force() -> PolicyRules:
    """Return the rules of the latest adopted version; the defaults in an empty database."""
    policy = find_policy_in_force()
    return PolicyRules.from_json(policy.rules) if policy else PolicyRules()
