"""The page for inviting grass-roots units, sections and leaders."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.forms import SelectChoice, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.ballots.views import bp
from evalsys.ratings.ballots.words import RATER_GROUP_WORDS
from evalsys.ratings.tickets.checks import MOST_SERVED, EventsRefused, ServiceEvent
from evalsys.ratings.tickets.forms import InviteForm
from evalsys.ratings.tickets.service import issue_tickets
from evalsys.ratings.tickets.views import People, in_words, show_slips

INVITED = tuple(group for group in RaterGroup if group is not RaterGroup.RECIPIENT)


@bp.route("/tickets/invite", methods=["GET", "POST"])
@requires(Action.TICKET_INVITE)
def invite() -> ResponseReturnValue:
    """Invite by name: one slip per addressee and up to MOST_SERVED people rated."""
    people, form = People(pages.today()), InviteForm()
    form.staff.choices = people.choices
    form.rater_group.choices = [
        SelectChoice(group.value, _l(RATER_GROUP_WORDS[group])) for group in INVITED
    ]
    problems: list[str] = []
    if form.validate_on_submit():
        try:
            with unit_of_work(current_actor()) as unit:
                issued = issue_tickets(unit, _events(form), on=pages.today())
        except EventsRefused as error:
            problems = in_words(error.problems)
        else:
            return show_slips(issued)
    return form_page(
        "ratings/invite.html", form=form, problems=problems, people=people, most=MOST_SERVED
    )


def _events(form: InviteForm) -> list[ServiceEvent]:
    group, staff = RaterGroup(form.rater_group.data), given(form.staff.data)
    parts = [tuple(staff[n : n + MOST_SERVED]) for n in range(0, len(staff), MOST_SERVED)]
    return [
        ServiceEvent(pages.today(), part, rater_group=group, addressee=" ".join(name.split()))
        for name in given(form.addressees.data).splitlines()
        if name.strip()
        for part in parts
    ]
