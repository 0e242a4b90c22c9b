"""`flask ratings issue`: tickets for a list of services."""

import sys
from pathlib import Path
from typing import TextIO

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import refusals, words_of
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.spreadsheets.formulas import csv_line
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.options import FILE, NEW_FILE, hidden_option
from evalsys.ratings.ballots.queries import get_tickets
from evalsys.ratings.tickets.checks import EventsRefused
from evalsys.ratings.tickets.lists import heading, issue_list, read_services
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import IssuedTicket
from evalsys.ratings.tickets.slips import rating_link, slip_of

MOST_REASONS = 50  # lines on a terminal; a page shows all


@click.command("issue")
@click.argument("file", type=FILE)
@click.option("--out", type=NEW_FILE, help="Write the codes there instead of on the screen.")
@click.option("--pdf", type=NEW_FILE, help="Write printable slips there, too.")
@hidden_option
@with_appcontext
@refusals
def issue(file: Path, out: Path | None, pdf: Path | None, hidden: str) -> None:
    """Issue a ticket for each service in FILE (.xlsx or CSV).

    Columns: 办理日期, 工号, 办件编号; 事项, 渠道; for who is invited 评价人 and 受邀人.

    Prints CSV with the code, the link and the last day of each. The codes are not stored.
    """
    today = pages.today()
    services = read_services(file.name, file, on=today, hidden=Hidden(hidden))
    for notice in services.notices:
        click.echo(_(notice.message, **notice.params), err=True)
    try:
        with unit_of_work(SYSTEM) as unit:
            issued = issue_list(unit, services, on=today)
    except EventsRefused as error:
        for problem in error.problems[:MOST_REASONS]:
            text = _(problem.message, **problem.params)
            click.echo(
                _(
                    "Row %(row)s, %(field)s, %(value)s: %(text)s",
                    row=problem.row,
                    field=heading(problem.field),
                    value=problem.value or "—",
                    text=text,
                ),
                err=True,
            )
        raise click.ClickException(words_of(error)) from error
    if out is None:
        write_tickets(issued, sys.stdout)
    else:
        with out.open("w", encoding="utf-8-sig", newline="") as target:  # Excel needs the BOM.
            write_tickets(issued, target)
    if pdf is not None:
        pdf.write_bytes(_slips_of(issued))


def _slips_of(issued: list[IssuedTicket]) -> bytes:
    """Return the slips of tickets as PDF."""
    from evalsys.ratings.tickets.pdf import write_pdf

    tickets = get_tickets([read_code(ticket.code) for ticket in issued])
    names = [ticket.event.addressee or "" for ticket in issued]
    return write_pdf([slip_of(*pair) for pair in zip(tickets, names, strict=True)])


def write_tickets(issued: list[IssuedTicket], target: TextIO) -> None:
    """Write tickets as CSV, one line with its code for each."""
    heads = ("code", "link", "valid_until", "served_on", "staff_no", "row", "event_no")
    target.write(csv_line(heads))
    for ticket in issued:
        event = ticket.event
        until, numbers = ticket.valid_until.isoformat(), " ".join(event.numbers)
        link = rating_link(ticket.code)
        row = [ticket.code, link, until, event.served_on.isoformat(), numbers, event.row]
        row.append(event.addressee or event.event_no or "")
        target.write(csv_line(row))
