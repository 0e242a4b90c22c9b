"""The thank-you page, the same whatever was chosen."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Response, make_response, render_template

from evalsys.core import pages
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.phone import forget_ticket
from evalsys.ratings.ballots.queries import BallotReceipt, HeldTicket
from evalsys.ratings.contacts.limits import CALL
from evalsys.ratings.counting.limits import BATCH, LONGEST_WAIT
from evalsys.ratings.tickets.rules.codes import write_code


def show_thanks(receipts: Sequence[BallotReceipt], ticket: HeldTicket | None) -> Response:
    """Show the receipts; `ticket`, if the phone still holds it, offers its other persons."""
    rules = rules_in_force()
    until, numbers = receipts[0].valid_until, {receipt.number for receipt in receipts}
    counted_by = until + timedelta(days=rules[LONGEST_WAIT])
    others = [person for person in ticket.served if person.number not in numbers] if ticket else []
    html = render_template(
        "ratings/thanks.html",
        receipts=receipts,
        last_day=until,
        code=write_code(ticket.secret) if ticket else "",
        others=others,
        counted_by=counted_by,
        call_by=working_days().add(pages.today(), rules[CALL]),
        together=rules[BATCH],
        longest=rules[LONGEST_WAIT],
    )
    return forget_ticket(make_response(html))
