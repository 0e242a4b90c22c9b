"""Queries of policies."""

import functools
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, Text, cast, select
from sqlalchemy.exc import NoResultFound

from evalsys.core.extensions import db
from evalsys.core.reads import once, read_fact
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.rules import PolicyRules

IN_FORCE = (
    select(Policy)
    .where(Policy.state == PolicyState.ADOPTED)
    .order_by(Policy.version.desc())
    .limit(1)
)
FACT = "rules"
RULES_IN_FORCE = IN_FORCE.with_only_columns(cast(Policy.rules, Text).label("text"))


def find_policy_in_force() -> Policy | None:
    """Return the latest adopted version, or None in an empty database."""
    return db.session.scalar(IN_FORCE)


def select_policies() -> Select[Policy]:
    """Return the query of all versions, latest first."""
    return select(Policy).order_by(Policy.version.desc())


@once
def list_policies() -> Sequence[Policy]:
    """Return all versions, latest first: each is read beside the one before it."""
    return db.session.scalars(select_policies()).all()


def get_policy(version: int) -> Policy:
    """Return a version. Raises NoResultFound."""
    found = next((row for row in list_policies() if row.version == version), None)
    if found is None:
        raise NoResultFound
    return found


def policy_before(version: int) -> Policy | None:
    """Return the latest adopted version before a version, or None."""
    adopted = (row for row in list_policies() if row.state is PolicyState.ADOPTED)
    return next((row for row in adopted if row.version < version), None)


def rules_in_force() -> PolicyRules:
    """Return the rules of the latest adopted version; the defaults in an empty database."""
    text = read_fact(FACT)
    return read_rules(text)


def rules_fact(_user_id: int | None) -> ScalarSelect[str]:
    """Return the subquery for the stored text of the rules in force; `read_rules` reads it."""
    return RULES_IN_FORCE.scalar_subquery()


def rules_at(at: datetime) -> PolicyRules:
    """Return the rules that were in force at a moment; the defaults before the first policy."""
    return rules_over_time()(at)


def rules_over_time() -> Callable[[datetime], PolicyRules]:
    """Read all adopted versions once; return a function from a time to the rules in force then."""
    adopted = (
        select(Policy.adopted_at, cast(Policy.rules, Text))
        .where(Policy.state == PolicyState.ADOPTED)
        .order_by(Policy.version.desc())
    )
    versions = db.session.execute(adopted).all()

    def at(moment: datetime) -> PolicyRules:
        known = (text for since, text in versions if since is not None and since <= moment)
        text = next(known, None)
        return read_rules(text)

    return at


@functools.lru_cache(maxsize=16)
def read_rules(text: str | None) -> PolicyRules:
    """Parse stored rules; None are the defaults. Cached by their text: every form needs them."""
    return PolicyRules.from_json(json.loads(text)) if text else PolicyRules()
