"""Notices in the inbox of those who have to act, unique by key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from evalsys.cases.deadlines.queries import light_of
from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.holders import holders, holders_of
from evalsys.cases.engine.kinds import all_kinds, kind_of
from evalsys.cases.engine.models import Deadline, Notice, Party, Subject
from evalsys.cases.engine.rules.machine import Move, always
from evalsys.cases.inbox.lists import load_cases
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import is_same_person
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import add_new_rows, batched

OFFICE_OPENS, OFFICE_CLOSES = time(8, 30), time(18)
NEARS = frozenset({Light.YELLOW, Light.TODAY})
URGENT = NEARS | {Light.RED}


def announce(  # noqa: PLR0913  # Each is a part of the message.
    case: Subject, duty: str, topic: str, key: str, *, by: int | None, now: datetime, on: date
) -> int:
    """Add a notice for everybody who holds a duty; return how many are new.

    Whoever did it, by the account `by`, is told by none of their accounts; None is the system.
    """
    users = [user.id for user in _others(holders(case, duty, on), by)]
    had = set(
        db.session.scalars(
            select(Notice.user_id).where(Notice.user_id.in_(users), Notice.key == key)
        )
    )
    new = [user_id for user_id in users if user_id not in had]
    db.session.add_all(
        Notice(user_id=user_id, subject_id=case.id, key=key, topic=topic, at=now) for user_id in new
    )
    db.session.flush()
    return len(new)


def reached(
    deadline: Deadline, shown: Light, exists: Callable[[Move], bool] = always
) -> tuple[str, ...]:
    """Return the duties notified of a deadline's light; `exists` filters the case's moves.

    The holder of a right is notified before it ends. Its end, and that of a span, goes to whoever
    takes the next step: nobody is late. Open duties are also reported to the duties that `urged`
    names. A deadline met only by moves that the case does not have is reported to nobody, and one
    that its kind escalates to nobody by reminders.
    """
    kind, rule = kind_of(deadline.subject), deadline.rule
    if rule in kind.escalated:
        return ()
    machine = kind.machine
    moves = machine.moves_from(deadline.subject.state)
    if shown is Light.ENDED:
        return tuple(sorted({m.duty for m in moves if rule in machine.before(m) and exists(m)}))
    answers = [move for move in moves if rule in move.meets]
    if answers and not any(map(exists, answers)):
        return ()
    if deadline.rule in machine.rights:
        return (deadline.duty,) if shown in NEARS else ()
    if deadline.rule in machine.spans or shown not in URGENT:
        return ()
    return (deadline.duty, *(duty.name for duty in kind.duties if shown in duty.urged))


def _others(users: Sequence[User], by: int | None) -> list[User]:
    """Return those of some accounts that are not of the person who owns an account."""
    doer = None if by is None else db.session.get_one(User, by)
    if doer is None:
        return list(users)
    return [user for user in users if not is_same_person(user, doer)]


def announce_opened(  # noqa: PLR0913  # Each is a part of the message.
    cases: Sequence[Subject], duty: str, topic: str, *, by: int | None, now: datetime, on: date
) -> None:
    """Add a notice for everybody who holds a duty in new cases, but for who opened them."""
    keys = {case.id: case_key(case.id, None) for case in cases}
    announce_all(cases, duty, topic, keys, by=by, now=now, on=on)


def announce_all(  # noqa: PLR0913  # Each is a part of the message.
    cases: Sequence[Subject],
    duty: str,
    topic: str,
    keys: Mapping[int, str],
    *,
    by: int | None,
    now: datetime,
    on: date,
) -> None:
    """Add a notice for everybody who holds a duty in many cases, as `announce`.

    `keys` are by case.
    """
    users = holders_of(cases, duty, on)
    told = {"topic": topic, "at": now}
    add_new_rows(
        Notice,
        (
            {"user_id": user.id, "subject_id": case.id, "key": keys[case.id], **told}
            for case in cases
            for user in _others(users[case.id], by)
        ),
    )


def deadline_key(deadline: Deadline, shown: Light) -> str:
    """Return the key of a deadline's notice by due day and light."""
    return f"deadline:{deadline.id}:{deadline.due_on.isoformat()}:{shown}"


def case_key(case_id: int, step_id: int | None) -> str:
    """Return the key of the notice that a case was opened or moved by a step."""
    return f"case:{case_id}:opened" if step_id is None else f"case:{case_id}:step:{step_id}"


def is_office_time(now: datetime) -> bool:
    """Return whether reminders may be sent: working day and office hours, Shanghai time."""
    local = now.astimezone(SHANGHAI)
    is_open = OFFICE_OPENS <= local.time() < OFFICE_CLOSES
    return is_open and working_days().is_working(local.date())


def remind(*, now: datetime) -> int:
    """Add a notice for each open deadline whose light changed; return how many are new.

    Keys contain deadline, day and light, so that repeated or concurrent runs add each once. Each
    batch is a transaction: what an interrupted run told stays told.
    """
    if not is_office_time(now):
        return 0
    near = db.session.scalars(select(Deadline.id).join(Subject).where(*_is_near(local_day(now))))
    return sum(_remind_once(batch, now) for batch in batched(near))


def _is_near(on: date) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the running deadlines whose light is not green."""
    yield Deadline.closed_on.is_(None)
    yield Deadline.paused_on.is_(None)
    yield Deadline.nears_on <= on
    for kind in all_kinds().values():
        if kind.escalated:
            yield ~and_(Subject.kind == kind.name, Deadline.rule.in_(kind.escalated))


def _remind_once(ids: Sequence[int], now: datetime) -> int:
    try:
        return _remind(ids, now)
    except IntegrityError:  # A concurrent run added some: add the rest.
        return _remind(ids, now)


def _remind(ids: Sequence[int], now: datetime) -> int:
    on, sent = local_day(now), 0
    query = (
        select(Deadline)
        .join(Deadline.subject)
        .where(Deadline.id.in_(ids), *_is_near(on))
        .options(
            contains_eager(Deadline.subject).joinedload(Subject.owner).joinedload(Party.section)
        )
        .order_by(Deadline.id)
    )
    with unaudited_unit():
        running = [(row, light_of(row, on)) for row in db.session.scalars(query)]
        turned = {deadline_key(*each): each for each in running if reached(*each)}
        told = Notice.subject_id.in_({row.subject_id for row, _ in turned.values()})
        known = select(Notice.key).where(told, Notice.key.in_(turned)).distinct()
        # All holders of a duty were notified in one transaction.
        new = turned.keys() - set(db.session.scalars(known))
        cases = {turned[key][0].subject_id for key in new}
        loaded = {one.case.id: one for one in load_cases(cases, SYSTEM, on)}
        for key in sorted(new):
            deadline, shown = turned[key]
            for duty in reached(deadline, shown, loaded[deadline.subject_id].has):
                topic = f"light_{shown}"
                sent += announce(deadline.subject, duty, topic, key, by=None, now=now, on=on)
    return sent
