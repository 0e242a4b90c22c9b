"""Commands of cases."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from evalsys.cases.engine.words import trial_words
from evalsys.cases.notices.mail import send_test
from evalsys.core.error_pages import refusals
from evalsys.core.pages import now

group = AppGroup("cases", help="Cases, their deadlines and notices.")


@group.command("mail-test")
@click.argument("address")
@refusals
def mail_test(*, address: str) -> None:
    """Send a test mail to ADDRESS. Exits with 1 if the mail server does not take it."""
    send_test(address, *trial_words(), now=now())
    click.echo(_("The mail server took a test mail for %(address)s.", address=address))
