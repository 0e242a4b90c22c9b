"""Use cases of supervised matters: open one, and the effects of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.service import Opening, open_cases
from evalsys.cases.notices.service import announce, case_key
from evalsys.core.audit import Unit, lock_until_commit, unit_of_work
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ
from evalsys.organisation.org.queries import select_visible
from evalsys.supervision.duties import OFFICES, MatterDuty
from evalsys.supervision.hooks import after_intake
from evalsys.supervision.matters.assigning.effects import assigned, refused, studied
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
    MatterSource,
    contributions_wait,
    is_no_task,
    is_task,
    never_refused,
)
from evalsys.supervision.numbers import NUMBERS_LOCK, AlreadyOnFile, ClosedOnFile, typed_number
from evalsys.supervision.recusal import answers_for, answers_here, may_not_judge


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
        "assign": assigned,
        "assign_finally": assigned,
        "task": assigned,
        "study": studied,
        "refuse": refused,
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
        # The head of an organ leads every section of it: what counts is who answers in person, in
        # a task for the task itself, since others have it than the matter from which it came up.
        MatterDuty.CONVENER: answers_here,
        MatterDuty.IN_CHARGE: answers_for,
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
