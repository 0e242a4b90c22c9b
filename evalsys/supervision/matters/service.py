"""Use cases of supervised matters: open one, and the effects of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import name_party
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.cases.engine.rules.machine import day_of
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.service import Opening, open_cases
from evalsys.cases.notices.service import announce, case_key
from evalsys.core.audit import Unit, lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import find_posting, select_visible, staff_by_number
from evalsys.supervision.duties import OFFICES, MatterDuty
from evalsys.supervision.hooks import after_intake
from evalsys.supervision.matters.facts import letter_facts
from evalsys.supervision.matters.letters.papers import PAPERS
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.places import organ_followed
from evalsys.supervision.matters.queries import (
    IS_TASK,
    NEVER_REFUSED,
    TITLE,
    WAITS_FOR_CO_OWNERS,
    find_matters,
    get_matter,
    in_title,
    matter_facts,
)
from evalsys.supervision.matters.rules import (
    CO_OWNER,
    CORRECTING,
    HANDLING,
    KIND,
    MATTER,
    STUDY,
    TERM_OF,
    MatterSource,
    contributions_wait,
    is_no_task,
    is_task,
    never_refused,
)
from evalsys.supervision.numbers import NUMBERS_LOCK, AlreadyOnFile, ClosedOnFile, typed_number
from evalsys.supervision.recusal import answers_for, answers_in, may_not_judge

LOOKS_AT_IT = N_(
    "Who gives a task looks at it in the end, and so does not answer for it: name somebody else, "
    "of a section that you are not the chief of."
)


@dataclass(frozen=True)
class MatterEntry:
    """What a matter is opened with. `organ` is whom it concerns, to the best of one's knowledge.

    With `follows` it may follow a closed matter of the same number.
    """

    source: MatterSource
    organ: Organ
    title: str
    says: str
    reference: str | None = None
    follows: bool = False


def open_matter(actor: Actor, entry: MatterEntry, *, now: datetime) -> Subject:
    """Open a matter by hand. Raises AlreadyOnFile, OfAnotherOrgan, or DomainError as the hooks."""
    with unit_of_work(actor) as unit:
        organ = organ_followed(actor, entry.source, typed_number(entry.reference))
        entry = replace(entry, organ=organ or entry.organ)
        [case] = open_matters(unit, [entry], now=now, opened_by=actor.user_id)
        after_intake(unit, case)
    return case


def open_matters(  # noqa: PLR0913  # Each is a part of the opening.
    unit: Unit,
    entries: list[MatterEntry],
    *,
    now: datetime,
    opened_by: int | None,
    origin: Subject | None = None,
    announces: bool = True,
) -> list[Subject]:
    """Open matters within an open unit, with a constant number of statements.

    `opened_by` is None if they arose by themselves, out of `origin`; `announces` as in
    `open_cases`. Raises AlreadyOnFile: nothing is opened then.
    """
    if any(entry.source is MatterSource.HOTLINE for entry in entries):
        lock_until_commit(NUMBERS_LOCK)
    entries = [replace(entry, reference=typed_number(entry.reference)) for entry in entries]
    before = _followed(entries)
    first = origin.id if origin else None
    openings = [
        Opening(
            entry.organ,
            None,
            {"says": without_phones(entry.says)},
            before[entry.reference].subject_id if entry.reference in before else first,
        )
        for entry in entries
    ]
    cases = open_cases(
        unit, MATTER_KIND, openings, now=now, opened_by=opened_by, announces=announces
    )
    for case, entry in zip(cases, entries, strict=True):
        number, title = entry.reference, without_phones(entry.title)
        turn = before[number].turn + 1 if number in before else 1
        facts = {"source": entry.source, "title": title, "reference": number, "turn": turn}
        db.session.add(Matter(subject_id=case.id, **facts))
    db.session.flush()
    return cases


def _followed(entries: Sequence[MatterEntry]) -> dict[str | None, Matter]:
    """Return number -> the closed matter that the new one follows. Raises AlreadyOnFile."""
    wanted = {(one.source, one.reference): one for one in entries if one.reference}
    known = find_matters(wanted) if wanted else ()
    for matter in known:
        is_closed = matter.subject.closed_at is not None
        if not (is_closed and wanted[(matter.source, matter.reference or "")].follows):
            refusal = ClosedOnFile if is_closed else AlreadyOnFile
            raise refusal(reference=matter.reference, number=matter.subject.number)
    return {matter.reference: matter for matter in known}


def _assigned(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
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


def _studied(_unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
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


def _refused(_unit: Unit, case: Subject, _step: CaseStep, now: datetime) -> None:
    """Give the matter back to the office: its organ owns it again, and nobody is responsible."""
    deadlines.drop(case, local_day(now), (*HANDLING, CO_OWNER))
    organ = case.section.organ
    for party in [one for one in case.parties if one.duty not in {OWNER, MatterDuty.DISCIPLINE}]:
        case.parties.remove(party)
    name_party(case, OWNER, organ)


def _contributed(unit: Unit, case: Subject, _step: CaseStep, now: datetime) -> None:
    """Note that the actor's sections contributed; the term ends with the last one."""
    on = local_day(now)
    own = set(db.session.scalars(select_visible(unit.actor, on, on)))
    for party in case.parties:
        if party.duty == MatterDuty.CO_OWNER and party.section_id in own:
            party.duty = MatterDuty.CONTRIBUTOR
    if not any(party.duty == MatterDuty.CO_OWNER for party in case.parties):
        deadlines.close(case, on, met=(CO_OWNER,))


def _concluded(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Tell section and responsible person; what was told is what they receive."""
    key, on = case_key(case.id, row.id), local_day(now)
    for duty in (MatterDuty.HEAD, MatterDuty.HANDLER):
        announce(case, duty, "concluded", key, by=row.by, now=now, on=on)


def _corrected(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Let the lateness no longer count, where an objection was decided so."""
    if row.entry.get("excused"):
        get_matter(case).excused_on = local_day(now)
        db.session.flush()


MATTER_KIND = Kind(
    KIND,
    N_("Supervised matter"),
    MATTER,
    file_word="督办",
    duties=OFFICES,
    arises=N_(
        "when the supervision office takes a matter in, or a bad review is not due to the person"
    ),
    watchers=frozenset(office.name for office in OFFICES),
    facts=matter_facts,
    effects={
        "assign": _assigned,
        "assign_finally": _assigned,
        "task": _assigned,
        "study": _studied,
        "refuse": _refused,
        "contribute": _contributed,
        "close": _concluded,
        **dict.fromkeys(CORRECTING, _corrected),
    },
    notices={
        "concluded": N_("%(kind)s %(number)s was concluded"),
        "referred": N_("%(kind)s %(number)s was referred to the discipline organ"),
    },
    when={
        never_refused: NEVER_REFUSED,
        contributions_wait: WAITS_FOR_CO_OWNERS,
        is_task: IS_TASK,
        is_no_task: ~IS_TASK,
    },
    title=TITLE,
    in_title=in_title,
    escalated=frozenset(HANDLING),
    recuses={
        **dict.fromkeys((MatterDuty.OFFICE, MatterDuty.DISCIPLINE), may_not_judge),
        # The head of an organ leads every section of it: what counts is who answers in person.
        **dict.fromkeys((MatterDuty.CONVENER, MatterDuty.IN_CHARGE), answers_for),
    },
    takes_evidence=frozenset(
        {"taken_in", "accepted", "study", "assigned", "handling", "fed_back", "reported"}
    ),
    opening="matters/says.html",
    beside="matters/beside.html",
    margin="matters/margin.html",
    papers=PAPERS,
    letter_facts=letter_facts,
)
