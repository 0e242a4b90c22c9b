"""`flask policies ...`."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from evalsys.core.error_pages import refusals
from evalsys.core.pages import time_words
from evalsys.organisation.policies.models import PolicyState
from evalsys.organisation.policies.queries import find_policy_in_force, get_policy
from evalsys.organisation.policies.registry import all_limits
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.words import value_words

group = AppGroup("policies", help="The versioned rules of the house.")


@group.command("show")
@click.argument("version", type=int, required=False)
@refusals
def show(*, version: int | None) -> None:
    """Print the rules of a VERSION with their basis; without one those in force."""
    policy = get_policy(version) if version is not None else find_policy_in_force()
    if policy is None:
        click.echo(_("No policy was adopted yet; the first period adopts the defaults:"))
    elif policy.state is PolicyState.DRAFT:
        click.echo(_("Version %(version)s is a draft.", version=policy.version))
    elif policy.state is PolicyState.WITHDRAWN:
        click.echo(_("Version %(version)s was withdrawn.", version=policy.version))
    else:
        click.echo(
            _(
                "Version %(version)s, adopted on %(day)s: %(reason)s",
                version=policy.version,
                day=time_words(policy.adopted_at),
                reason=policy.reason,
            )
        )
    rules = PolicyRules.from_json(policy.rules) if policy else PolicyRules()
    for section in all_limits():
        click.echo(_(section.title))
        for rule in section.rules:
            basis = rules.basis_of(rule)
            words = _("%(column)s: ", column=_(rule.label)) + value_words(rule, rules)
            click.echo(f"  {words}" + (_(" (%(advice)s)", advice=basis) if basis else ""))
