"""`flask closing ...`: close a period from the command line."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import refusals
from evalsys.core.errors import N_
from evalsys.core.pages import now, today
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.jobs.terminal import ask_first, progress_bar
from evalsys.organisation.periods.cli import PERIOD
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import find_period
from evalsys.organisation.periods.service import open_period
from evalsys.results.closing.models import ProposalKind
from evalsys.results.closing.queries import list_proposals, waiting
from evalsys.results.closing.service import close_period
from evalsys.scores.models import Result
from evalsys.scores.queries import count_sections
from evalsys.scores.rules.disclosure import about

group = AppGroup("closing", help="Closing a period.")
NAMES = {
    ProposalKind.INTERVIEW: N_("interview"),
    ProposalKind.COMMENDATION: N_("commendation"),
}


@group.command("run")
@click.argument("code", metavar="PERIOD", type=PERIOD)
@click.option("--yes", is_flag=True, help="Do not ask.")
@refusals
def run(*, code: str, yes: bool) -> None:
    """Close PERIOD: count what is due, freeze the scores, list the proposals.

    Publishing takes a second person with an account, so there is no command for it.
    """
    period = find_period(code) or _open(code)
    if not yes:
        counts = waiting(period, on=today())
        click.echo(
            _(
                "%(code)s runs from %(start)s to %(end)s; %(due)s ballots will be counted first.",
                code=code,
                start=period.starts_on,
                end=period.ends_on,
                due=counts.due,
            )
        )
    ask_first(_("A closed period is never changed. Close it?"), yes=yes)
    with progress_bar() as progress:
        result = close_period(SYSTEM, code, now=now(), on=today(), progress=progress)
    _summarise(result)


def _open(code: str) -> Period:
    with unit_of_work(SYSTEM) as unit:
        return open_period(unit, code, now=now())


def _summarise(result: Result) -> None:
    figures = count_sections(result)
    click.echo(
        _(
            "%(code)s is closed, version %(version)s: %(sections)s sections, of which "
            "%(comparable)s can be compared; %(ballots)s ballots or a few more in their scores.",
            code=result.period.code,
            version=result.version,
            sections=figures.sections,
            comparable=figures.comparable,
            ballots=about(figures.ballots),
        )
    )
    click.echo(_("Digest: %(digest)s", digest=result.digest))
    proposals = list_proposals(SYSTEM, result)
    click.echo(ngettext("%(num)s proposal:", "%(num)s proposals:", len(proposals)))
    for proposal in proposals:
        section, chief = proposal.section, proposal.chief
        parts = (section.code, section.name, chief.number if chief else "—")
        click.echo("  ".join(("", str(_(NAMES[proposal.kind])), *parts)))
    click.echo(_("It becomes public when a second person agrees on the page of the period."))
