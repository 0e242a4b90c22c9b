"""`flask periods ...`, and the parameter type of a period."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import refusals
from evalsys.core.pages import now
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.periods.queries import find_period
from evalsys.organisation.periods.rules import BadPeriod, parse_period
from evalsys.organisation.periods.service import open_period
from evalsys.organisation.periods.words import state_words


class PeriodCode(click.ParamType[str]):
    """A period as 2026-09, 2026-Q3, 2026-H1 or 2026; anything else is a usage error."""

    name = "period"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the normalised code."""
        try:
            return parse_period(value).code
        except BadPeriod as error:
            self.fail(str(error), param, ctx)


PERIOD = PeriodCode()
group = AppGroup("periods", help="Assessment periods.")


@group.command("open")
@click.argument("code", type=PERIOD)
@refusals
def open_command(*, code: str) -> None:
    """Open the period CODE under the policy in force."""
    period = find_period(code)
    if period is not None:
        click.echo(
            _(
                "%(code)s was opened before; it is %(state)s.",
                code=code,
                state=state_words(period.state),
            )
        )
        return
    with unit_of_work(SYSTEM) as unit:
        period = open_period(unit, code, now=now())
    click.echo(
        _(
            "%(code)s is open under policy version %(version)s.",
            code=code,
            version=period.policy.version,
        )
    )
