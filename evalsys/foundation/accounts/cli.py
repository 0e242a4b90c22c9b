"""`flask accounts ...`: create accounts and links, and manage those of administrators."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from evalsys.core.error_pages import refusals
from evalsys.core.extensions import db
from evalsys.core.pages import now, role_words, time_words
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts import administration, agreements
from evalsys.foundation.accounts.administration import Grant
from evalsys.foundation.accounts.queries import (
    AccountRow,
    describe,
    get_scope,
    get_user,
    select_accounts,
)
from evalsys.foundation.accounts.rules import LINK_LIFE
from evalsys.foundation.accounts.service import link_address

ROLES = [role.value for role in Role if role not in {Role.CITIZEN, Role.SYSTEM}]
NEED_A_PLACE = {Role.STAFF, Role.CHIEF, Role.LEADER}

group = AppGroup("accounts", help="Accounts of staff and administrators.")


@group.command("create")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they may do.")
@click.option("--organ", help="Code of the organ to which the account is limited.")
@click.option("--section", help="Code of the section to which the account is limited.")
@click.option("--display-name", help="Name of the person; by default that of the staff member.")
@refusals
def create(
    *, name: str, role: str, organ: str | None, section: str | None, display_name: str | None
) -> None:
    """Create the account NAME and print a one-time link for its password.

    NAME is the staff number, if the person has one: the account then belongs to that person.
    """
    moment = now()
    grant = Grant(Role(role), get_scope(organ, section))
    user, token = administration.open_account(
        name, grant=grant, display_name=display_name, actor=SYSTEM, now=moment
    )
    if grant.role in NEED_A_PLACE and user.staff_id is None and user.section_id is None:
        _echo_note(
            _(
                "Note: no staff member has the number %(name)s and no section was named, so this "
                "account sees no section.",
                name=user.name,
            )
        )
    _show_link(token)


@group.command("link")
@click.argument("name")
@refusals
def link(*, name: str) -> None:
    """Print a new one-time link for NAME, whose password is lost; earlier ones become void."""
    _show_link(agreements.issue_link(get_user(name), actor=SYSTEM, now=now()))


@group.command("reset-factor")
@click.argument("name")
@refusals
def reset_factor(*, name: str) -> None:
    """Remove the second factor of NAME, whose phone and recovery codes are lost.

    It is set up anew at the next sign-in; the person and the others with that role are told.
    """
    agreements.reset_factor(get_user(name), now=now())
    click.echo(_("%(name)s sets up a new second factor at the next sign-in.", name=name))


@group.command("person")
@click.argument("name")
@click.argument("number", default="")
@refusals
def person(*, name: str, number: str) -> None:
    """Make the staff member NUMBER the owner of the account NAME; without NUMBER it has none.

    What takes two people is done by two owners, however many accounts they have.
    """
    administration.name_person(get_user(name), number, actor=SYSTEM, now=now())
    click.echo(_("The account %(name)s belongs to: %(person)s", name=name, person=number or "—"))


@group.command("disable")
@click.argument("name")
@click.option("--reason", default="", help="Why; it is kept in the audit log.")
@refusals
def disable(*, name: str, reason: str) -> None:
    """Disable NAME and end its sessions at once."""
    administration.disable_account(get_user(name), reason=reason, actor=SYSTEM, now=now())
    click.echo(_("The account %(name)s is disabled.", name=name))


@group.command("enable")
@click.argument("name")
@click.option("--reason", default="", help="Why; it is kept in the audit log.")
@refusals
def enable(*, name: str, reason: str) -> None:
    """Let NAME sign in again."""
    administration.enable_account(get_user(name), reason=reason, actor=SYSTEM, now=now())
    click.echo(_("The account %(name)s is enabled.", name=name))


@group.command("list")
def list_accounts() -> None:
    """List all accounts: name, person, role, scope, state, last sign-in, separated by tabs."""
    users = db.session.scalars(select_accounts()).all()
    for row in describe(users, now()):
        click.echo("\t".join(_cells(row)))


def _cells(row: AccountRow) -> tuple[str, ...]:
    user = row.user
    if user.disabled_at:
        state = _("disabled")
    elif row.locked_at:
        state = _("locked")
    else:
        state = _("active") if user.password_hash else _("no password yet")
    scope = row.section or row.organ or "—"
    role = (
        role_words(user.role, user.organ_id) if user.role is not Role.CITIZEN else _("no role yet")
    )
    return (user.name, user.display_name, role, scope, state, time_words(user.signed_in_at))


def _show_link(token: str) -> None:
    """Print only the link to stdout, for scripts; the advice goes to stderr."""
    click.echo(link_address(token))
    hours = int(LINK_LIFE.total_seconds() // 3600)
    _echo_note(
        _(
            "Give this link to the person and to nobody else. It works once, within %(hours)s "
            "hours, and sets the password.",
            hours=hours,
        )
    )


def _echo_note(words: str) -> None:
    click.echo(words, err=True)
