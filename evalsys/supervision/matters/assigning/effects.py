"""What happens when a matter is assigned, studied first, or refused as misrouted."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import name_party
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import find_posting, select_visible, staff_by_number
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import CO_OWNER, HANDLING, MATTER, STUDY, TERM_OF
from evalsys.supervision.recusal import answers_in

LOOKS_AT_IT = N_(
    "Who gives a task looks at it in the end, and so does not answer for it: name somebody else, "
    "of a section that you are not the chief of."
)


def assigned(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Name owner, responsible person and co-owners; start the term of the source, or own date."""
    on = local_day(now)
    section = _give(unit.actor, case, step, on)
    if step.name == "task" and answers_in(unit.actor, case.id):
        raise DomainError(LOOKS_AT_IT)
    co_owners = _sections(unit.actor, case, codes_in(step.entry.get("co_owners", "")), on)
    if section in co_owners:
        raise DomainError(N_("Section %(code)s cannot be owner and co-owner."), code=section.code)
    for party in [
        one for one in case.parties if one.duty in {MatterDuty.CO_OWNER, MatterDuty.CONTRIBUTOR}
    ]:
        case.parties.remove(party)
    case.parties += [Party(duty=MatterDuty.CO_OWNER, section=one) for one in co_owners]
    rule = TERM_OF[get_matter(case).source]
    if "until" in step.entry:
        until = day_of(step.entry, "until")
        deadlines.start_until(case, rule, MATTER.owners[rule], on, until)
    else:
        deadlines.start(case, rule, MATTER.owners[rule], on)
    if co_owners:
        deadlines.start(case, CO_OWNER, MatterDuty.CO_OWNER, on)


def _give(actor: Actor, case: Subject, step: CaseStep, on: date) -> Section:
    """Name the owner and the responsible person of a matter; return the section that owns it."""
    [section] = _sections(actor, case, [step.entry["section"]], on)
    number = step.entry["handler"]
    handler = staff_by_number([number]).get(number)
    posting = find_posting(handler.id, on) if handler else None
    if handler is None or posting is None or posting.section_id != section.id:
        raise DomainError(
            N_("%(number)s does not belong to section %(code)s today."),
            number=number,
            code=section.code,
        )
    name_party(case, OWNER, section)
    name_party(case, MatterDuty.HANDLER, handler)
    if not (holders(case, MatterDuty.HANDLER, on) or holders(case, MatterDuty.HEAD, on)):
        raise DomainError(
            N_("Neither %(number)s nor the chief of section %(code)s has an account to answer by."),
            number=number,
            code=section.code,
        )
    return section


def studied(_unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Start the term up to the day on which the task is to be given."""
    until = day_of(step.entry, "until")
    deadlines.start_until(case, STUDY, MATTER.owners[STUDY], local_day(now), until)


def _sections(actor: Actor, case: Subject, codes: Sequence[str], on: date) -> list[Section]:
    """Return the sections of some codes that a matter can be given to. Raises DomainError.

    They are those that the actor sees, and those called to the coordination that it came from.
    """
    called = select(Party.section_id).where(
        Party.subject_id == case.origin_id, Party.duty == MatterDuty.CALLED
    )
    rows = db.session.scalars(
        select(Section).where(
            Section.code.in_(codes),
            or_(Section.id.in_(select_visible(actor, on, on)), Section.id.in_(called)),
            Section.ended_on.is_(None) | (Section.ended_on >= on),
        )
    )
    found = {row.code: row for row in rows}
    for code in codes:
        if code not in found:
            words = N_("There is no section %(code)s that this can be given to.")
            raise DomainError(words, code=code)
    return [found[code] for code in codes]


def refused(_unit: Unit, case: Subject, _step: CaseStep, now: datetime) -> None:
    """Give the matter back to the office: its organ owns it again, and nobody is responsible."""
    deadlines.drop(case, local_day(now), (*HANDLING, CO_OWNER))
    organ = case.section.organ
    for party in [one for one in case.parties if one.duty not in {OWNER, MatterDuty.DISCIPLINE}]:
        case.parties.remove(party)
    name_party(case, OWNER, organ)
